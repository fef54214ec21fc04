"""Extract method and inline method."""

from tests.diff_trees import changes, told

LONG = """\
def report(rows):
    print("rows", len(rows))
    total = 0
    for row in rows:
        if row.valid:
            total += row.value * row.weight
    print("total", total)
    return total
"""
SHORT = """\
def report(rows):
    print("rows", len(rows))
    total = sum_valid(rows)
    print("total", total)
    return total
"""
EXTRACTED = """\
def sum_valid(items):
    total = 0
    for row in items:
        if row.valid:
            total += row.value * row.weight
    return total
"""


def test_code_that_left_for_a_new_function_was_extracted() -> None:
    """The new function holds the statements that its caller lost; it is not told as added."""
    found = changes(LONG, SHORT + "\n\n" + EXTRACTED)
    assert sorted(told(c) for c in found) == [
        ("extract_method", "report", "sum_valid"),
        ("modify_function", "report", "report"),
    ]
    extracted = next(c for c in found if c.kind == "extract_method")
    assert extracted.detail == {"caller": "report"}
    assert extracted.confidence >= 0.5


def test_code_that_came_back_was_inlined() -> None:
    """With the sides swapped the same change is an inlined method."""
    found = changes(SHORT + "\n\n" + EXTRACTED, LONG)
    assert ("inline_method", "sum_valid", "report") in [told(c) for c in found]
    assert "remove_function" not in {c.kind for c in found}


def test_code_extracted_into_another_file_was_moved_too() -> None:
    """A new function in another file is extracted and moved."""
    before = {"a.py": LONG, "b.py": "import os\n"}
    after = {"a.py": "from b import sum_valid\n\n\n" + SHORT, "b.py": "import os\n\n\n" + EXTRACTED}
    assert ("extract_and_move_method", "report", "sum_valid") in [told(c) for c in changes(before, after)]


def test_a_script_s_statements_are_extracted_into_a_function() -> None:
    """Statements of the module itself that became a function were extracted from the module."""
    body = "for row in rows:\n    print(row.value * row.weight)\n    store(row.name, row.value)\n"
    before = "rows = load()\n" + body
    after = "def main(rows):\n    " + body.replace("\n", "\n    ").rstrip() + "\n\n\nrows = load()\nmain(rows)\n"
    assert ("extract_method", None, "main") in [told(c) for c in changes(before, after)]


def test_a_new_function_with_new_code_was_added() -> None:
    """Calling a new function does not make it an extracted one."""
    new = "def sum_valid(items):\n    return database.query(items, limit=10).first().amount\n"
    found = {c.kind for c in changes(LONG, SHORT + "\n\n" + new)}
    assert "add_function" in found
    assert "extract_method" not in found
