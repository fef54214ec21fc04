"""Changes of a function's signature."""

import pytest
from pydantic import JsonValue

from tests.builders.diff_trees import changes


def signature(before: str, after: str, body: str = "return 1") -> list[tuple[str, dict[str, JsonValue]]]:
    """(kind, detail) of what happened between two signatures."""
    found = changes(f"def f({before}:\n    {body}\n", f"def f({after}:\n    {body}\n")
    return [(change.kind, change.detail) for change in found if change.kind != "modify_function"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a)", "a, b)", [("add_parameter", {"name": "b"})]),
        ("a, b)", "a)", [("remove_parameter", {"name": "b"})]),
        ("a, b)", "b, a)", [("reorder_parameter", {"before": ["a", "b"], "after": ["b", "a"]})]),
        ("a=1)", "a=2)", [("change_default", {"name": "a", "before": "1", "after": "2"})]),
        ("a)", "a=None)", [("change_default", {"name": "a", "before": None, "after": "None"})]),
        ("a)", "a: int)", [("change_annotation", {"name": "a", "before": None, "after": "int"})]),
        ("a)", "a) -> list[int]", [("change_return_annotation", {"before": None, "after": "list[int]"})]),
        (
            "a, b)",
            "a, *, b)",
            [("change_parameter_manner", {"name": "b", "before": "positional or keyword", "after": "keyword only"})],
        ),
        ("a)", "a, *args, **kwargs)", [("add_parameter", {"name": "args"}), ("add_parameter", {"name": "kwargs"})]),
    ],
)
def test_a_signature_s_change_is_named(
    before: str, after: str, expected: list[tuple[str, dict[str, JsonValue]]]
) -> None:
    """Each change of a signature gives its own record with the parameter's name."""
    assert sorted(signature(before, after), key=str) == sorted(expected, key=str)


def test_a_renamed_parameter_is_known_by_its_uses() -> None:
    """A name used where the old one was used is a rename; the body that only follows it is not modified."""
    found = changes("def f(path):\n    return open(path).read()\n", "def f(name):\n    return open(name).read()\n")
    assert [(c.kind, c.detail) for c in found] == [("rename_parameter", {"before": "path", "after": "name"})]


def test_two_renamed_parameters_are_told_apart_by_their_uses() -> None:
    """Renamed and swapped at once, each is followed to where it is used."""
    found = changes(
        "def f(a, b):\n    return a.strip() + len(b)\n", "def f(size, word):\n    return word.strip() + len(size)\n"
    )
    renames = {(c.detail["before"], c.detail["after"]) for c in found if c.kind == "rename_parameter"}
    assert renames == {("a", "word"), ("b", "size")}
    assert "reorder_parameter" in {c.kind for c in found}


def test_a_parameter_used_otherwise_was_replaced() -> None:
    """An unlike use is a removal and an addition."""
    found = changes("def f(path):\n    return open(path)\n", "def f(rows):\n    return [x * 2 for x in rows]\n")
    assert {c.kind for c in found} == {"add_parameter", "remove_parameter", "modify_function"}


def test_a_parameter_whose_place_and_part_another_took_was_renamed() -> None:
    """In an edited body, a name that nothing else is called is the old one's successor."""
    found = changes(
        "def f(lines):\n    for line in lines:\n        yield {'row': line, 'size': 1}\n",
        "def f(items):\n    for line in load(items['rows'], n=1):\n        yield {'row': line, 'size': len(line)}\n",
    )
    assert ("rename_parameter", {"before": "lines", "after": "items"}) in [(c.kind, c.detail) for c in found]


def test_of_several_that_gave_way_to_one_that_of_its_place_was_renamed() -> None:
    """Where the body stayed much the same, the others are removed."""
    same = (
        "    rows = [row.strip() for row in source if row]\n    total = sum(len(row) for row in rows)\n    log(total)\n"
    )
    found = changes(
        f"def f(x, y):\n    source = open(x)\n{same}    return y + total\n",
        f"def f(ops):\n    source = ops.files.pop().lines\n{same}    return total\n",
    )
    assert [(c.kind, c.detail) for c in found if "parameter" in c.kind] == [
        ("remove_parameter", {"name": "y"}),
        ("rename_parameter", {"before": "x", "after": "ops"}),
    ]


def test_self_is_not_a_parameter_that_comes_and_goes() -> None:
    """A function that becomes a method gains no parameter."""
    body = "rows = [row.strip() for row in text.split('\\n') if row]\n        return sorted(rows, key=len)\n"
    before = {"a.py": "def parse(text):\n        " + body + "\n\nclass Reader:\n    size = 1\n"}
    after = {"a.py": "class Reader:\n    size = 1\n    def parse(self, text):\n        " + body}
    assert [c.kind for c in changes(before, after)] == ["move_method"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(parents):\n    return Node(parents)\n", "def f(parent):\n    return Node([parent])\n"),
        ("def f(label):\n    return stream(label)\n", "def f(item):\n    return stream(label=item)\n"),
        (
            "def f(node):\n    return Filter(node, 1)\n",
            "def f(stream):\n    return Filter(stream, args=[1]).stream()\n",
        ),
        (
            "def f(items: Iter):\n    raise NotImplementedError\n",
            "def f(item: dict):\n    raise NotImplementedError()\n",
        ),
        ("def f(packs: Iter):\n    pass\n", "def f(instance: dict):\n    raise NotImplementedError\n"),
        ("def f(node, kind):\n    return N(None, kind)\n", "def f(nodes, kind):\n    return N(nodes, kind)\n"),
        (
            "def f(kinds):\n    def g(h):\n        return [k(h) for k in kinds]\n    return g\n",
            "def f(types):\n    def g(h):\n        return [k(h) for k in types]\n    return g\n",
        ),
    ],
)
def test_a_renamed_parameter_is_known_in_an_edited_body(before: str, after: str) -> None:
    """In brackets, by keyword, in a wrapped call, unused, or used by an inner function: in its place it is the same."""
    assert [c.kind for c in changes(before, after) if c.kind.endswith("_parameter")] == ["rename_parameter"]


def test_a_parameter_in_another_s_place_is_no_rename() -> None:
    """The place alone says nothing where both names are used, and used otherwise."""
    before = "def fail(stream, out):\n    report('failed', out)\n    keep.stream = stream\n"
    after = "def fail(cmd, out):\n    report('{} failed (see output for detail)'.format(cmd), out)\n"
    assert {c.kind for c in changes(before, after)} >= {"add_parameter", "remove_parameter"}


def test_a_parameter_of_a_rewritten_function_is_known_by_its_name_and_neighbours() -> None:
    """`component` that became `components` between the same parameters was renamed, whatever the body does now."""
    before = "def get(kind, component: str = None, limit=9):\n    return [e for e in all(kind, component)][:limit]\n"
    after = "def get(kind, components: list[str] = None, limit=9):\n    yield from entries(kind, components, limit)\n"
    assert ("rename_parameter", "component", "components") in [
        (c.kind, c.detail.get("before"), c.detail.get("after")) for c in changes(before, after)
    ]
    elsewhere = "def get(kind, limit=9, component_names=None):\n    yield from entries(kind, component_names, limit)\n"
    assert "rename_parameter" not in {c.kind for c in changes(before, elsewhere)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "def get(url, ssl=None):\n    return request('GET', url, ssl=ssl)\n",
            "def get(url, cert=None, verify=None):\n    return request('GET', url, cert=cert, verify=verify)\n",
        ),
        (
            "def send(method, url, body):\n    return forward(method, url, body)\n",
            "def send(request):\n    return forward(request)\n",
        ),
        (
            "def build(opt):\n    print(opt.size)\n    return Net(opt.size, opt.depth)\n",
            "def build(size, depth):\n    print(size)\n    return Net(size, depth)\n",
        ),
    ],
)
def test_parameters_that_were_split_or_merged_were_not_renamed(before: str, after: str) -> None:
    """One parameter that gave way to several alike, or several to one, became none of them."""
    assert {c.kind for c in changes(before, after) if "parameter" in c.kind} == {"add_parameter", "remove_parameter"}
    assert {c.kind for c in changes(after, before) if "parameter" in c.kind} == {"add_parameter", "remove_parameter"}


def test_a_parameter_that_gave_way_beside_an_optional_one_was_renamed() -> None:
    """Of two that gave way to one, the one that has a default as it has, or has none as it has, is it."""
    before = "def shrink(pmf, depth, base=2):\n    return METHODS[0](pmf, depth, base)\n"
    after = "def shrink(pmf, parts):\n    return METHODS[0](pmf, parts)\n"
    assert {(c.kind, c.detail.get("before")) for c in changes(before, after) if "parameter" in c.kind} == {
        ("rename_parameter", "depth"),
        ("remove_parameter", None),
    }


def test_a_parameter_may_take_over_a_local_s_name() -> None:
    """`input` that became `inputs`, and the local of that name that became another, are two renames."""
    before = "def f(input):\n    inputs = input.split(1)\n    check(inputs)\n    return [g(x) for x in inputs]\n"
    after = "def f(inputs):\n    parts = inputs.split(1)\n    check(parts)\n    return [g(x) for x in parts]\n"
    assert {(c.kind, c.detail.get("before"), c.detail.get("after")) for c in changes(before, after)} == {
        ("rename_parameter", "input", "inputs"),
        ("rename_variable", "inputs", "parts"),
    }


def test_a_local_that_is_passed_in_now_stays_itself() -> None:
    """A name that is a local before and a parameter after was made a parameter, whatever else is passed in now."""
    before = "def f():\n    tokens = load()\n    assert run() == tokens\n    return tokens\n"
    after = "def f(outputs, tokens):\n    assert run() == outputs\n    return tokens\n"
    assert {(c.kind, c.detail.get("before")) for c in changes(before, after) if "parameter" in c.kind} == {
        ("parameterize_variable", "tokens"),
        ("add_parameter", None),
    }


def test_parameters_of_the_same_words_are_the_same_wherever_they_stand() -> None:
    """`config` that became `configs` behind another parameter was renamed, and all were reordered."""
    before = "class T:\n    def initialize(self, config, resources):\n        raise NotImplementedError\n"
    after = "class T:\n    def initialize(self, resource, configs):\n        raise NotImplementedError\n"
    assert {(c.kind, str(c.detail["before"])) for c in changes(before, after)} == {
        ("rename_parameter", "config"),
        ("rename_parameter", "resources"),
        ("reorder_parameter", "['config', 'resources']"),
    }


def test_a_parameter_that_is_passed_in_another_manner_is_known_by_its_words() -> None:
    """Several that became one thing of much the same name; other words are another parameter."""
    renamed = {kind for kind, _ in signature("*streams)", "stream_spec)")}
    assert renamed == {"rename_parameter", "change_parameter_manner"}
    assert {kind for kind, _ in signature("*streams)", "path)")} == {"remove_parameter", "add_parameter"}


def test_arguments_that_gave_way_to_several_parameters_became_none_of_them() -> None:
    """`*args` held all of them; to one alone it may have been renamed."""
    body = "        self.log(', '.join(map(str, {0})))\n        return super().run(self.options)\n"
    before = "class A:\n    def run(self, *args):\n" + body.format("args")
    several = changes(before, "class A:\n    def run(self, epoch, rate):\n" + body.format("(epoch, rate)"))
    assert {(c.kind, str(c.detail)) for c in several if "parameter" in c.kind} == {
        ("add_parameter", "{'name': 'epoch'}"),
        ("add_parameter", "{'name': 'rate'}"),
        ("remove_parameter", "{'name': 'args'}"),
    }
    named = changes(before, "class A:\n    def run(self, epoch, rate):\n" + body.format("epoch"))
    assert "rename_parameter" not in {c.kind for c in named}
    one = changes(before, "class A:\n    def run(self, values):\n" + body.format("values"))
    assert ("rename_parameter", {"before": "args", "after": "values"}) in [(c.kind, c.detail) for c in one]
