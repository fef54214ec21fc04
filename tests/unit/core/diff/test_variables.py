"""Variables and attributes that were renamed, extracted, inlined, made a parameter or a local."""

from collections import Counter

import pytest
from pydantic import JsonValue

from app.core.diff.records.kinds import LOCAL_REFACTORINGS
from tests.builders.diff_trees import changes, diff, told, tree

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


def test_a_value_that_left_another_statement_was_extracted() -> None:
    """The value stood whole within a statement; that it is found there needs no counterpart of that statement."""
    before = "def check(ask):\n    out = (1, 2)\n    same(ask(1, tries=3), out)\n"
    after = "def check(ask):\n    out = ask(1, tries=3)\n    out_ = ((1,), {'tries': 2})\n    same(out, out_)\n"
    assert ("extract_variable", {"name": "out"}) in local(before, after)
    assert ("inline_variable", {"name": "out"}) in local(after, before)


def test_values_within_values_are_seen_through() -> None:
    """Two variables that one expression was taken apart into were both extracted."""
    before = "def load(path):\n    return parse(clean(read(path, 'utf-8'), strict=True))\n"
    after = (
        "def load(path):\n    text = read(path, 'utf-8')\n    tidy = clean(text, strict=True)\n    return parse(tidy)\n"
    )
    assert local(before, after) == [("extract_variable", {"name": name}) for name in ("text", "tidy")]


def test_a_name_that_both_versions_have_may_stand_for_a_value_that_it_did_not_have() -> None:
    """The assignment is new, though the name is not."""
    before = "def rows(dist, raw):\n    if raw:\n        rows = shown(dist.rows)\n    else:\n        rows = []\n"
    after = before.replace("    if raw", "    rows = dist.rows\n    if raw").replace("shown(dist.rows)", "shown(rows)")
    assert local(before, after) == [("extract_variable", {"name": "rows"})]


def test_what_an_attribute_is_given_at_once_was_inlined() -> None:
    """The attribute got the variable before; a value that only moved to an attribute was not inlined."""
    before = "def build(self, rows):\n    rows = matrix(rows, 3)\n    self.rows = rows\n    self.rank = 3\n"
    after = "def build(self, rows):\n    self.rows = matrix(rows, 3)\n    self.rank = 3\n"
    assert local(before, after) == [("inline_variable", {"name": "rows"})]
    kept = "def build(self, rows):\n    rows = matrix(rows, 3)\n    self.rank = rows.rank()\n"
    moved = "def build(self, rows):\n    self.rows = matrix(rows, 3)\n    self.rank = self.rows.rank()\n"
    assert local(kept, moved) == []


def test_a_variable_that_wraps_what_it_replaced_was_extracted() -> None:
    """What stood there is an argument of its value, or a branch of it."""
    before = "def run(layer, data):\n    mid = layer.attend(data, data, 7)\n    return mid\n"
    after = (
        "def run(layer, data):\n    clean = layer.norm(data)\n    mid = layer.attend(clean, clean, 7)\n    return mid\n"
    )
    assert local(before, after) == [("extract_variable", {"name": "clean"})]
    assert local(after, before) == [("inline_variable", {"name": "clean"})]


def test_a_call_that_is_awaited_now_was_not_inlined() -> None:
    """It is given to the same variable, which has one value as before."""
    before = "def get(client, url):\n    response = client.get(url)\n    return response.text\n"
    assert local(before, before.replace("client.get", "await client.get").replace("def", "async def")) == []


def test_names_of_code_that_became_a_function_are_followed() -> None:
    """A variable renamed or extracted on the way is told of both functions; so is the way back."""
    code = "    spots = search(grid, pmf)\n    near = choose(grid, spots - 1, spots)\n    pmf[:] = grid[near]\n"
    code += "    pmf.flags.writeable = False\n    log('clamped', pmf, near)\n"
    before = f"def project(pmf, grid):\n    start(pmf)\n{code}    log('projected', pmf, grid)\n    return pmf\n"
    after = before.replace(code, "    snap(pmf, grid)\n") + "\n\ndef snap(pmf, grid):\n" + code.replace("spots", "at")
    after = after.replace("    near =", "    lower = at - 1\n    near =").replace("grid, at - 1, at", "grid, lower, at")
    found = [(told(c), c.detail) for c in changes(before, after) if c.kind in LOCAL_REFACTORINGS]
    assert (("rename_variable", "project", "snap"), {"before": "spots", "after": "at"}) in found
    assert (("extract_variable", "project", "snap"), {"name": "lower"}) in found
    back = [(told(c), c.detail) for c in changes(after, before) if c.kind in LOCAL_REFACTORINGS]
    assert (("rename_variable", "snap", "project"), {"before": "at", "after": "spots"}) in back
    assert (("inline_variable", "snap", "project"), {"name": "lower"}) in back


def test_a_variable_that_took_another_one_s_name_was_renamed() -> None:
    """All of its places have the name of one that was there before, and it is set as it was."""
    before = (
        "def same(a, b):\n    one = None\n    if a.dense:\n        one = a.space()\n        rows = one\n"
        "    if two is None:\n        two = tuple(b.space())\n    return rows, two\n"
    )
    after = before.replace("one", "two").replace("Ntwo", "None")
    assert local(before, after) == [("rename_variable", {"before": "one", "after": "two"})]


def test_a_variable_that_left_its_name_to_something_new_was_renamed() -> None:
    """It is set as before under another name; what has its name now is new."""
    before = "def mapped(first, second):\n    chain = first.output(PATH, 3)\n    chain.map(second)\n    return chain\n"
    after = before.replace("chain = first", "start = first").replace("    chain.map", "    chain = start.map")
    assert local(before, after) == [("rename_variable", {"before": "chain", "after": "start"})]


def test_of_two_variables_that_gave_way_to_one_that_of_the_same_value_was_renamed() -> None:
    """As often as the other gave way to it, the value tells."""
    before = (
        "def shown(a, b):\n    plain = a.output(b, PATH)\n    chain = a.map(b)\n"
        "    assert plain.node == chain.node\n    assert chain.args() == plain.args() == ['-i', PATH]\n"
    )
    after = "def shown(a, b):\n    out = a.output(b, PATH)\n    assert out.args() == ['-i', PATH]\n"
    assert ("rename_variable", {"before": "plain", "after": "out"}) in local(before, after)


@pytest.mark.parametrize("start", ["0", "None", "[]", "{}", "()"])
def test_a_variable_that_is_gone_did_not_become_one_that_starts_at_the_same_constant(start: str) -> None:
    """Two variables of one function may both start at a constant: dropping one of them renames nothing."""
    before = (
        "def load(self, need):\n    if self.tail:\n        start = self.first(need)\n"
        f"    else:\n        start = {start}\n"
        "    count = self.tail\n    while below(count, need):\n        count += self.step()\n    return start\n"
    )
    after = f"def load(self, need):\n    count = {start}\n    while below(count, need):\n        count += self.step()\n"
    assert local(before, after) == []
    assert local(after, before) == []


def test_names_of_extracted_code_are_followed_as_far_as_there_is_little_to_read() -> None:
    """Of a function of which very much was extracted, the extractions are told; the names of all would take minutes."""

    def lines(name: str, part: int) -> str:
        value = " + ".join(f"c{part}_{term}(a, {term})" for term in range(20))
        return "".join(f"    {name}_{number} = {value} + {number}\n    use({name}_{number})\n" for number in range(4))

    parts = range(40)
    before = "def big(a):\n" + "".join(lines(f"v{part}", part) for part in parts)
    calls = "".join(f"    part_{part}(a)\n" for part in parts)
    after = f"def big(a):\n{calls}" + "".join(f"def part_{part}(a):\n{lines(f'u{part}', part)}" for part in parts)
    kinds = Counter(change.kind for change in changes(before, after))
    assert kinds["extract_method"] == len(parts)
    assert 0 < kinds["rename_variable"] < 4 * len(parts)


@pytest.mark.parametrize(
    ("before", "after", "told_of"),
    [
        ("self.lr = lr", "self.rate = rate", True),  # with the parameter
        ("self._lr = lr", "self._rate = rate", True),
        ("self.batchsize = 16", "self.batch_size = 16", True),  # by its letters
        ("self.size = 16", "self.batch_size = 32", True),  # by a word
        ("self.alpha = 1", "self.beam = 5", False),
        ("self.links = list()", "self.store = Store()", False),
    ],
)
def test_one_place_tells_of_attributes_that_have_something_in_common(before: str, after: str, told_of: bool) -> None:
    """Where a class sets one and does not say it again, another one in its place is as likely a new one."""
    made = (
        "class Model:\n    def __init__(self, {0}):\n        super().__init__()\n        {1}\n        self.seed({0})\n"
    )
    found = changes(made.format("lr", before), made.format("rate", after))
    assert ("rename_attribute" in {c.kind for c in found}) is told_of
