"""Extract method and inline method."""

import tracemalloc

import pytest

from app.core.diff.refactorings import extraction
from tests.builders.diff_trees import changes, told

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


def test_arguments_stand_in_for_parameters() -> None:
    """A one-line body is known again by what is passed to it."""
    before = "def flip(parent):\n    return FilterNode([parent], flip.__name__, 'x', size=3)\n"
    after = (
        "def make(node, name, *args, **kwargs):\n    return FilterNode([node], name, *args, **kwargs)\n\n\n"
        "def flip(parent):\n    return make(parent, flip.__name__, 'x', size=3)\n"
    )
    assert ("extract_method", "flip", "make") in [told(c) for c in changes(before, after)]


def test_code_may_go_to_a_function_that_the_new_one_calls() -> None:
    """What was extracted in two steps is found in both."""
    inner = "def weigh(row):\n    if row.valid:\n        return row.value * row.weight\n    return row.spare\n"
    before = (
        "def total(rows):\n    found = 0\n    for row in rows:\n        if row.valid:\n"
        "            x = row.value * row.weight\n        else:\n            x = row.spare\n"
        "        found += x\n    return found\n"
    )
    after = (
        f"{inner}\n\ndef add_up(rows):\n    found = 0\n    for row in rows:\n        found += weigh(row)\n"
        "    return found\n\n\ndef total(rows):\n    return add_up(rows)\n"
    )
    found = [told(c) for c in changes(before, after)]
    assert ("extract_method", "total", "weigh") in found


def test_a_function_that_calls_a_new_one_keeps_its_name() -> None:
    """A function whose code went to a new one, with another parameter, was not renamed."""
    before = (
        "class Table:\n    def __str__(self):\n        rows = [self.line(row) for row in self.rows]\n"
        "        return '\\n'.join(rows)\n"
    )
    after = (
        "class Table:\n    def __str__(self):\n        return self.to_string()\n\n"
        "    def to_string(self, digits=None):\n        rows = [self.line(row, digits) for row in self.rows]\n"
        "        return '\\n'.join(rows)\n"
    )
    found = [told(c) for c in changes(before, after)]
    assert ("extract_method", "Table.__str__", "Table.to_string") in found
    assert "rename_method" not in {kind for kind, *_ in found}


def test_of_several_functions_of_one_name_the_nearest_was_extracted() -> None:
    """A method's code goes to its own class's new method."""
    body = "        for row in self.rows:\n            self.check(row.value, row.kind)\n"
    one = "class {0}:\n    def run(self):\n{1}        return {0}\n"
    new = (
        "class {0}:\n    def run(self):\n        self.check_all()\n        return {0}\n\n    def check_all(self):\n{1}"
    )
    before = one.format("A", body) + "\n\n" + one.format("B", body)
    after = new.format("A", body) + "\n\n" + new.format("B", body)
    found = {told(c) for c in changes(before, after) if c.kind.startswith("extract")}
    assert found == {("extract_method", "A.run", "A.check_all"), ("extract_method", "B.run", "B.check_all")}


def test_several_edited_statements_are_known_again() -> None:
    """Extracted code that got parameters and a fallback is still the code that its caller lost."""
    before = (
        "def main(opt):\n    with codecs.open(opt.source, 'r', 'utf-8') as source_file:\n"
        "        source_line = source_file.readline().strip().split()\n"
        "        _, _, n_source = extract_features(source_line)\n    weights = load(opt.weights, 'cpu')\n"
        "    model.restore(weights['model'], strict=False)\n    optimizer.restore(weights['optimizer'])\n"
        "    return build(opt, n_source)\n"
    )
    after = (
        "def count_features(side, opt):\n    if side == 'source':\n"
        "        path = opt.source if opt.kind == 'text' else None\n    else:\n        path = opt.target\n"
        "    if path is None:\n        return 0\n    with codecs.open(path, 'r', 'utf-8') as file:\n"
        "        line = file.readline().strip().split()\n        _, _, features = extract_features(line)\n"
        "    return features\n\n\n"
        "def main(opt):\n    return build(opt, count_features('source', opt))\n"
    )
    assert ("extract_method", "main", "count_features") in [told(c) for c in changes(before, after)]


def test_three_statements_among_many_new_ones_are_known_again() -> None:
    """A function elsewhere that does more than what it was made of was extracted too; from two of them, it was not."""
    shared = ["record = parse(line, schema)", "check(record, schema.required)", "store(database, record, line.number)"]
    more = "".join(f"    limit_{n} = settings.lookup('limit', {n}, default=None)\n" for n in range(5))
    for statements, kind in ((shared, "extract_and_move_method"), (shared[:2], "add_function")):
        body = "".join(f"    {statement}\n" for statement in statements)
        lost = "".join(
            f"    print('{word} of the file', line.number, line.text)\n" for word in ("begin", "middle", "end")
        )
        before = {"a.py": f"def load(line, schema, database):\n{lost}{body}    return database\n"}
        after = {
            "a.py": "def load(line, schema, database):\n    take(line, schema, database)\n    return database\n",
            "b.py": f"def take(line, schema, database):\n{more}{body}",
        }
        assert kind in {change.kind for change in changes(before, after)}


PARSED = """\
class Reader:
    def read(self, path):
        for line in open(path):
            columns = line.strip().split(',')
            self.word = columns[0]
            self.tag = columns[1]
            self.rows.append((self.word, self.tag))
"""
PARSED_BY_LINE = """\
class Reader:
    def read(self, path):
        for line in open(path):
            self.rows.append(self.parse(line))

    def parse(self, line):
        parts = line.strip().split(',')
        fields = {}
        for name, part in zip(self.names, parts):
            if name is not None:
                fields[name] = part
        return self.Row(**fields)
"""


def test_one_statement_as_it_was_tells_what_a_method_beside_was_made_of() -> None:
    """A method that its neighbour calls anew and that begins as that one began was extracted, though rewritten."""
    assert ("extract_method", "Reader.read", "Reader.parse") in [told(c) for c in changes(PARSED, PARSED_BY_LINE)]


def test_one_statement_does_not_tell_what_a_function_elsewhere_was_made_of() -> None:
    """In another file the same function is new: it may read lines as others do."""
    beside, elsewhere = PARSED_BY_LINE.split("    def parse(self, line)")
    after = {
        "a.py": "from b import parse\n\n" + beside.replace("self.parse", "parse"),
        "b.py": "def parse(self, line)" + elsewhere,
    }
    found = changes({"a.py": PARSED, "b.py": "import os\n"}, after)
    assert ("add_function", None, "parse") in [told(c) for c in found]


TAKEN_ALONG = {
    "a.py": (
        "def report(path):\n    for record in load(path):\n        total = record.size * 2\n"
        "        print(record.name, total)\n        log(record.name.strip(), total + 1)\n"
    )
}
LEFT = "def report(path):\n    for record in load(path):\n        show({passed})\n\n"
CAME = (
    "def show(item):\n    double = item.size * 2\n    print(item.name, double)\n"
    "    log(item.name.strip(), double + 1)\n"
)


def test_variables_that_left_with_extracted_code_are_followed() -> None:
    """A local that is passed became the parameter; one that left with the code is told by its new name."""
    found = changes(TAKEN_ALONG, {"a.py": LEFT.format(passed="record") + CAME})
    names = {(c.kind, *told(c)[1:], str(c.detail)) for c in found if "variable" in c.kind}
    assert names == {
        ("parameterize_variable", "report", "show", "{'before': 'record', 'after': 'item'}"),
        ("rename_variable", "report", "show", "{'before': 'total', 'after': 'double'}"),
    }


def test_a_local_that_is_not_itself_passed_did_not_become_the_parameter() -> None:
    """What the call passes says what a parameter was; that it is used alike does not."""
    found = changes(TAKEN_ALONG, {"a.py": LEFT.format(passed="copy(record)") + CAME})
    assert "extract_method" in {c.kind for c in found}
    assert "parameterize_variable" not in {c.kind for c in found}


def test_names_in_code_that_stayed_say_nothing_of_extracted_code() -> None:
    """A statement that the caller still has is not the origin of a like one in the new function."""
    stays = "    size = len(rows)\n    print('rows', size)\n"
    leaves = "    total = sum(row.value * row.weight for row in rows if row.valid)\n"
    after = (
        f"def report(rows):\n{stays}    return weigh(rows)\n\n"
        "def weigh(rows):\n    width = len(rows)\n    print('all', width)\n"
        "    return sum(row.value * row.weight for row in rows if row.valid)\n"
    )
    found = changes(f"def report(rows):\n{stays}{leaves}    return total\n", after)
    assert "extract_method" in {c.kind for c in found}
    assert "rename_variable" not in {c.kind for c in found}


def test_an_attribute_that_a_method_sets_tells_whence_it_came() -> None:
    """`self.kind = Row` left for a new method, though it reads `self.kind = self.base.Row` there."""
    init = "class Reader:\n    def __init__(self, path):\n        self.path = open(path)\n        {0}\n\n"
    before = init.format("self.kind = Row")
    after = init.format("self.define()") + "    def define(self):\n        self.kind = self.base.Row\n"
    assert ("extract_method", "Reader.__init__", "Reader.define") in [told(c) for c in changes(before, after)]
    other = after.replace("self.kind = self.base.Row", "self.size = self.base.Row")
    assert ("add_function", None, "Reader.define") in [told(c) for c in changes(before, other)]


def test_a_key_that_is_set_in_an_attribute_tells_as_much() -> None:
    """`self.state["row"] = row` was inlined where a name would say little."""
    step = "    def step(self, row):\n        {0}\n        return self.decode(row).strip()\n"
    before = "class Decoder:\n    def keep(self, new):\n        self.state['row'] = new\n\n" + step.format(
        "self.keep(row)"
    )
    after = "class Decoder:\n" + step.format("self.state['row'] = row")
    assert ("inline_method", "Decoder.keep", "Decoder.step") in [told(c) for c in changes(before, after)]


def test_code_that_left_for_a_function_within_its_caller_moved_too() -> None:
    """RefactoringMiner's word for it: an outer function is a place of its own."""
    nested = "".join(f"    {line}\n" for line in EXTRACTED.splitlines())
    head, rest = SHORT.split("\n", 1)
    found = [told(c) for c in changes(LONG, head + "\n" + nested + rest)]
    assert ("extract_and_move_method", "report", "report.sum_valid") in found


def test_long_values_and_names_do_not_multiply() -> None:
    """A value passed on to many places of many others, or a long name around much else, takes little memory."""
    passed = "def report(rows):\n    return one({0})\n\ndef one(a):\n    b = two({1})\n    return b\n\n"
    passed = passed.format(", ".join(["rows"] * 600), ", ".join(["a"] * 600))
    assert (
        _peak_mb(
            "def report(rows):\n    x = (rows, rows.size)\n    return x\n",
            passed + f"def two(*c):\n    return {', '.join(['c'] * 600)}\n",
        )
        < 20
    )
    sets = f"    row.{'a' * 20_000}[{'1, ' * 5_000}] = 1\n"
    assert _peak_mb(f"def report(row):\n{sets}", f"def report(row):\n    one(row)\n\ndef one(row):\n{sets}") < 40


def _peak_mb(before: str, after: str) -> float:
    """The most memory that Python held at once during a comparison."""
    tracemalloc.start()
    try:
        changes(before, after)
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def test_code_is_sought_in_so_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond them a new function counts as added, however many functions call it."""
    monkeypatch.setattr(extraction, "_STEPS_MAX", 50)
    assert "extract_method" in {c.kind for c in changes(LONG, SHORT + EXTRACTED)}
    many = "".join(f"def caller{n}(rows):\n    print({n})\n    return {{0}}(rows)\n\n" for n in range(9))
    found = changes(many.format("sum") + LONG, many.format("sum_valid") + SHORT + EXTRACTED)
    assert {c.kind for c in found} == {"modify_function", "add_function"}
