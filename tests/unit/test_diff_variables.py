"""Variables and attributes that were renamed, extracted, inlined, made a parameter or a local."""

import pytest
from pydantic import JsonValue

from app.core.diff.kinds import LOCAL_REFACTORINGS
from tests.diff_trees import changes, diff, told, tree

READ = """\
def read(path, limit):
    rows = [line.split(",") for line in open(path)]
    total = 0
    for row in rows[:limit]:
        total += int(row[0]) * int(row[1])
    print("sum of", path, total)
    return total / len(rows)
"""
SHAPE = """\
class Shape:
    def __init__(self, points):
        self.pts = points
        self.closed = points[0] == points[-1]

    def length(self):
        return sum(distance(a, b) for a, b in zip(self.pts, self.pts[1:]))

    def is_closed(self):
        return self.closed and len(self.pts) > 2
"""


def local(before: str, after: str) -> list[tuple[str, dict[str, JsonValue]]]:
    """(kind, detail) of the refactorings within functions and classes."""
    return [(change.kind, change.detail) for change in changes(before, after) if change.kind in LOCAL_REFACTORINGS]


@pytest.mark.parametrize(("old", "new"), [("total", "amount"), ("rows", "lines"), ("row", "cells")])
def test_a_renamed_variable_is_the_only_change(old: str, new: str) -> None:
    """A local name that gave way to another everywhere is a rename; the body that follows it is not modified."""
    found = changes(
        READ, READ.replace(f"{old} ", f"{new} ").replace(f"{old})", f"{new})").replace(f"{old}[", f"{new}[")
    )
    assert [(c.kind, c.detail) for c in found] == [("rename_variable", {"before": old, "after": new})]


def test_a_variable_renamed_amid_edits_is_still_found() -> None:
    """Statements that changed otherwise are each other's counterparts all the same."""
    after = READ.replace("total", "amount").replace("int(row[0])", "float(row[0])").replace("open(path)", "read(path)")
    assert ("rename_variable", {"before": "total", "after": "amount"}) in local(READ, after)


def test_two_swapped_uses_are_not_a_rename() -> None:
    """A name that both versions know was not renamed."""
    assert (
        local("def f(a):\n    x = a\n    y = 2\n    return x\n", "def f(a):\n    x = a\n    y = 2\n    return y\n")
        == []
    )


def test_a_comprehension_s_name_may_be_a_parameter_s_new_name() -> None:
    """What a comprehension binds is its own: the parameter's new name is new all the same."""
    before = "def tops(parent):\n    found = sort(parent)\n    return [node for node in found if node.top]\n"
    found = changes(before, before.replace("parent", "node"))
    assert ("rename_parameter", {"before": "parent", "after": "node"}) in [(c.kind, c.detail) for c in found]


def test_an_expression_that_got_a_name_was_extracted() -> None:
    """A new variable that stands where its value stood is an extracted variable; the way back is an inlined one."""
    after = READ.replace("    print(", '    label = "sum of"\n    print(').replace('print("sum of"', "print(label")
    assert local(READ, after) == [("extract_variable", {"name": "label"})]
    assert local(after, READ) == [("inline_variable", {"name": "label"})]


def test_a_variable_with_one_value_per_branch_was_extracted_too() -> None:
    """One of its values is what it stands for."""
    before = "def show(node):\n    draw(str(node), node.short, shape='box')\n"
    after = (
        "def show(node, detail):\n    if detail:\n        text = ''.join(node.lines)\n    else:\n"
        "        text = node.short\n    draw(str(node), text, shape='box')\n"
    )
    assert local(before, after) == [("extract_variable", {"name": "text"})]


def test_a_message_worded_anew_was_extracted_all_the_same() -> None:
    """Texts are compared by their words."""
    before = "def check(x):\n    if not x:\n        raise Problem('Events and space are not compatible.')\n"
    after = (
        before.replace("        raise Problem(", "        msg = ")
        .replace("Events", "Outcomes")
        .replace("ble.')", "ble.'")
    )
    after += "        raise Problem(msg)\n"
    assert local(before, after) == [("extract_variable", {"name": "msg"})]


def test_a_new_variable_for_something_new_was_not_extracted() -> None:
    """A variable whose value is nothing like what it replaced is just new."""
    after = READ.replace("    return total / len(rows)", "    mean = median(path)\n    return mean")
    assert "extract_variable" not in {kind for kind, _ in local(READ, after)}


def test_a_local_that_became_a_parameter_is_told_as_such() -> None:
    """It is neither an added parameter nor a renamed variable; the way back makes a local of a parameter."""
    before = "def grid(pmf, depth):\n    size = 2 ** depth\n    return split(0, 1, size + 1, pmf, size)\n"
    after = "def grid(pmf, parts):\n    return split(0, 1, parts + 1, pmf, parts)\n"
    assert local(before, after) == [("parameterize_variable", {"before": "size", "after": "parts"})]
    assert local(after, before) == [("localize_parameter", {"before": "parts", "after": "size"})]


def test_a_renamed_attribute_is_told_of_its_class() -> None:
    """What the methods set under another name, and use in the same places, was renamed."""
    found = changes(SHAPE, SHAPE.replace("self.pts", "self.points"))
    renamed = [c for c in found if c.kind == "rename_attribute"]
    assert [(told(c), c.detail) for c in renamed] == [
        (("rename_attribute", "Shape", "Shape"), {"before": "pts", "after": "points"})
    ]


def test_an_attribute_that_the_class_declares_is_told_there() -> None:
    """One record, at the variable of the class."""
    before = SHAPE.replace("class Shape:\n", "class Shape:\n    pts = None\n\n")
    found = [c for c in changes(before, before.replace("pts", "points_")) if c.kind == "rename_attribute"]
    assert [told(c) for c in found] == [("rename_attribute", "Shape.pts", "Shape.points_")]


def test_a_module_s_variable_is_renamed_with_its_uses() -> None:
    """Equal value, and used where the old one was: an attribute of the module that was renamed."""
    before = "SIZE = 5\n\n\ndef area():\n    return SIZE * SIZE\n"
    found = changes(before, before.replace("SIZE", "WIDTH"))
    assert told(found[0]) == ("rename_attribute", "SIZE", "WIDTH")
    assert not {"add_constant", "remove_constant"} & {c.kind for c in found}


def test_renaming_a_variable_counts_as_refactoring() -> None:
    """The payload's `has_refactor` follows."""
    one, other = tree({"a.py": READ}), tree({"a.py": READ.replace("total", "amount")})
    assert diff(one, other).diff_info.has_refactor
