"""Changes of Python symbols, named."""

import pytest

from app.core.limits import DiffLimits
from app.core.submission.sources import FileKind, SourceFile, SourceTree
from schemas.changes import Change
from tests.builders.diff_trees import changes, diff, told, tree

SUMMARISE = """\
def summarise(rows):
    total = 0
    for row in rows:
        total += row.value * row.weight
    return total / len(rows)
"""
NORMALISE = """\
def normalise(rows, low, high):
    spread = high - low
    return [(row - low) / spread for row in rows if spread]
"""
MODEL = """\
class Model:
    rate = 0.1

    def fit(self, x, y):
        for _ in range(10):
            self.weight -= self.rate * (self.weight * x - y) * x
        return self

    def predict(self, x):
        return self.weight * x
"""


def kinds(before: str | dict[str, str], after: str | dict[str, str]) -> list[tuple[str, str | None, str | None]]:
    """The changes in short."""
    return [told(change) for change in changes(before, after)]


def test_a_first_submission_lists_its_top_level_symbols() -> None:
    """Without a previous side, imports, constants, functions and classes are added, methods with their class."""
    found = diff(None, tree({"main.py": f"import os\nSIZE = 3\n\n\n{SUMMARISE}\n\n{MODEL}"}))
    assert [told(change) for change in found.changes] == [
        ("add_import", None, None),
        ("add_constant", None, "SIZE"),
        ("add_function", None, "summarise"),
        ("add_class", None, "Model"),
    ]
    assert found.changes[3].detail == {"methods": ["fit", "predict"]}
    assert found.diff_info.change_ratio == 1.0
    assert found.diff_info.has_new_imports
    assert not found.diff_info.has_refactor


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("x = 1\n", "x = 2\n", ("modify_constant", "x", "x")),
        ("x = 1\n", "x = 1\ny = 2\n", ("add_constant", None, "y")),
        (SUMMARISE, SUMMARISE.replace("+=", "-="), ("modify_function", "summarise", "summarise")),
        (SUMMARISE, SUMMARISE + "\n\n" + NORMALISE, ("add_function", None, "normalise")),
        (MODEL, MODEL.replace("class Model:", "class Model(Base):"), ("modify_class", "Model", "Model")),
        (MODEL, MODEL.replace("0.1", "0.2"), ("modify_constant", "Model.rate", "Model.rate")),
        (MODEL, MODEL.replace("* x\n", "+ x\n"), ("modify_function", "Model.fit", "Model.fit")),
        ("import os\n", "import os\nimport json\n", ("add_import", None, None)),
        ("from a import f\n", "from b import f\n", ("modify_import", None, None)),
        ("import numpy\n", "import numpy as np\n", ("modify_import", None, None)),
        ("print(1)\n", "print(2)\n", ("modify_module", None, None)),
        ("def f():\n    pass\n", "async def f():\n    pass\n", ("modify_function", "f", "f")),
    ],
)
def test_an_edit_is_told_first_under_its_own_name(
    before: str, after: str, expected: tuple[str, str | None, str | None]
) -> None:
    """Each kind of edit gives its record, at the innermost symbol."""
    assert kinds(before, after)[0] == expected


def test_swapping_sides_turns_additions_into_removals() -> None:
    """What is added in one direction is removed in the other."""
    assert kinds(SUMMARISE + "\n\n" + MODEL, SUMMARISE) == [("remove_class", "Model", None)]


def test_a_renamed_function_is_found_in_its_file() -> None:
    """The same body under another name is a rename; callers only follow."""
    caller = "\n\ndef main(rows):\n    print({}(rows))\n"
    found = changes(
        SUMMARISE + caller.format("summarise"), SUMMARISE.replace("summarise", "mean") + caller.format("mean")
    )
    assert [told(c) for c in found] == [("rename_method", "summarise", "mean"), ("modify_function", "main", "main")]
    assert found[0].confidence == 1.0
    assert found[1].detail == {"only": "renamed_references"}


def test_a_renamed_and_edited_function_gives_both_records() -> None:
    """A rename does not hide an edit, nor an edit a rename; the confidence says how sure it is."""
    after = SUMMARISE.replace("summarise", "mean").replace("total = 0", "total = 0.0")
    found = changes(SUMMARISE, after)
    assert [c.kind for c in found] == ["modify_function", "rename_method"]
    assert 0.6 <= found[1].confidence < 1


def test_a_function_that_went_to_another_file_was_moved() -> None:
    """Matching is global: a removal here and an addition there are one move."""
    before = {"a.py": SUMMARISE + "\n\n" + NORMALISE, "b.py": "import os\n"}
    after = {"a.py": SUMMARISE, "b.py": "import os\n\n\n" + NORMALISE}
    found = changes(before, after)
    assert [told(c) for c in found] == [("move_method", "normalise", "normalise")]
    assert found[0].before is not None
    assert found[0].after is not None
    assert (found[0].before.path, found[0].after.path) == ("a.py", "b.py")


def test_a_function_may_be_moved_and_renamed_at_once() -> None:
    """An identical body of some size is recognised under another name in another file."""
    before = {"a.py": SUMMARISE + "\n\n" + NORMALISE, "b.py": "import os\n"}
    after = {"a.py": SUMMARISE, "b.py": "import os\n\n\n" + NORMALISE.replace("normalise", "scale")}
    assert kinds(before, after) == [("move_and_rename_method", "normalise", "scale")]


def test_a_trivial_body_is_not_taken_for_a_move() -> None:
    """`pass` here and `pass` there are two functions."""
    before = {"a.py": "def one():\n    pass\n", "b.py": "x = 1\n"}
    after = {"a.py": "", "b.py": "x = 1\n\n\ndef two():\n    pass\n"}
    assert kinds(before, after) == [("remove_function", "one", None), ("add_function", None, "two")]


def test_a_renamed_class_keeps_its_methods() -> None:
    """The methods of a renamed class are neither moved nor renamed."""
    assert kinds(MODEL, MODEL.replace("class Model", "class Line")) == [("rename_class", "Model", "Line")]


def test_a_moved_class_keeps_its_methods() -> None:
    """A class in another file is one move."""
    before = {"a.py": SUMMARISE + "\n\n" + MODEL, "b.py": "import os\n"}
    after = {"a.py": SUMMARISE, "b.py": "import os\n\n\n" + MODEL}
    assert kinds(before, after) == [("move_class", "Model", "Model")]


def test_a_method_that_went_to_the_base_class_was_pulled_up() -> None:
    """The base that the class has now decides between pulling up and moving; the way back is pushing down."""
    fit = "    def fit(self, x):\n        self.mean = sum(x) / len(x)\n        return self.mean\n"
    low = "class Base:\n    size = 1\n\n\nclass Model(Base):\n    rate = 1\n" + fit
    high = "class Base:\n    size = 1\n" + fit + "\n\nclass Model(Base):\n    rate = 1\n"
    assert kinds(low, high) == [("pull_up_method", "Model.fit", "Base.fit")]
    assert kinds(high, low) == [("push_down_method", "Base.fit", "Model.fit")]


def test_a_method_of_a_file_that_moved_was_not_moved() -> None:
    """What a renamed file contains stays where it is."""
    found = changes({"a.py": MODEL + "\n\n" + SUMMARISE}, {"src/a.py": MODEL + "\n\n" + SUMMARISE + "\n\n" + NORMALISE})
    assert [c.kind for c in found] == ["move_file", "add_function"]


def test_a_closure_is_a_symbol_of_its_own() -> None:
    """An edit within a nested function is told there and not of the function around it."""
    before = "def outer():\n    def inner(x):\n        return x + 1\n    return inner\n"
    assert kinds(before, before.replace("+ 1", "+ 2")) == [("modify_function", "outer.inner", "outer.inner")]


def test_repeated_names_are_matched_by_their_lines_first() -> None:
    """A property's getter, setter and deleter share a name; adding one does not look like editing another."""
    getter = "    @property\n    def size(self):\n        return self._size\n"
    setter = "    @size.setter\n    def size(self, value):\n        self._size = value\n"
    found = kinds(f"class A:\n{setter}", f"class A:\n{getter}\n{setter}")
    assert found == [("add_function", None, "A.size")]


def test_decorators_come_and_go() -> None:
    """Added and removed decorators are named."""
    found = changes("@cache\n" + SUMMARISE, "@wraps(print)\n" + SUMMARISE)
    assert [(c.kind, c.detail["name"]) for c in found] == [
        ("add_decorator", "wraps(print)"),
        ("remove_decorator", "cache"),
    ]


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (SUMMARISE.replace("(rows)", "( rows )"), "format_only"),
        (SUMMARISE.replace("    total = 0", "    # so far\n    total = 0"), "comment_only"),
        (SUMMARISE.replace("rows):\n", 'rows):\n    """Mean."""\n'), "docstring_only"),
        ('"""A module."""\n' + SUMMARISE, "docstring_only"),
    ],
)
def test_what_does_not_run_is_told_apart(after: str, kind: str) -> None:
    """Layout, comments and docstrings are not modifications."""
    assert [change.kind for change in changes(SUMMARISE, after)] == [kind]


@pytest.mark.parametrize(
    ("line", "symbol"), [("        return 1", "A.f"), ("    y = 1", "A"), ("    def f(self):", "A"), ("z = 1", None)]
)
def test_a_comment_is_told_of_the_innermost_that_holds_it(line: str, symbol: str | None) -> None:
    """Neither of what is around that nor of what is within; one above a definition or a variable is its owner's."""
    methods = "    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n"
    before = f"class A:\n    y = 1\n\n{methods}\n\nz = 1\n"
    commented = before.replace(line, f"{line[: len(line) - len(line.lstrip())]}# why\n{line}")
    found = [told(change) for change in changes(before, commented.replace("return 2", "return 3"))]
    assert sorted(found, key=str) == [("modify_comment", symbol, symbol), ("modify_function", "A.g", "A.g")]


def test_a_comment_in_a_class_that_says_nothing_moves_no_class() -> None:
    """A class keeps to its name, whatever class of that name and as little stands elsewhere."""
    before = "class A:\n    import a\ndef f():\n    class A:\n        import a\n"
    after = before.replace("class A:\n", "class A:\n    # why\n", 1)
    assert [change.kind for change in changes(before, after)] == ["comment_only"]


def test_a_comment_does_not_part_functions_of_one_name_from_what_they_were() -> None:
    """Of several that are the same but for comments, each is matched in its order, and with it what stands in it."""
    before = 2 * "def load():\n    class a:\n        import a\n"
    after = before.replace("class a:\n", "class a:\n        # why\n", 1)
    assert [change.kind for change in changes(before, after)] == ["comment_only"]


def test_definitions_in_another_order_are_not_mere_layout() -> None:
    """Unequal syntax trees are never `format_only`."""
    one, other = f"{SUMMARISE}\n\n{NORMALISE}", f"{NORMALISE}\n\n{SUMMARISE}"
    assert [change.kind for change in changes(one, other)] == ["reorder_statements"]


def test_what_does_not_parse_is_compared_by_line_with_the_position() -> None:
    """A syntax error on one side leaves that file with what its headers tell, and no other."""
    before = {"a.py": SUMMARISE, "b.py": SUMMARISE}
    after = {"a.py": "def f(:\n", "b.py": SUMMARISE + "\n\n" + NORMALISE}
    found = diff(tree(before), tree(after))
    whole = [told(c) for c in found.changes if c.confidence == 1]
    assert whole == [("modify_file", None, None), ("add_function", None, "normalise")]
    assert {place.path for c in found.changes if c.confidence < 1 for place in (c.before, c.after) if place} == {"a.py"}
    assert found.files[0].syntax_error == "line 1, column 7: invalid syntax"
    assert found.changes[0].detail["reasons"] == ["line 1, column 7: invalid syntax"]
    assert [file.syntax_error_before for file in found.files] == [None, None]


def test_both_versions_errors_are_told_apart() -> None:
    """Under a new name as well; a file that is gone has had its error, and none before it."""
    broken = SUMMARISE + "\n\n" + NORMALISE + "\n\ndef f(:\n"
    before = {"a.py": broken, "b.py": broken, "c.py": "def g(:\n"}
    found = diff(tree(before), tree({"a.py": SUMMARISE, "other.py": broken + "\n\nx = 1\n"}))
    told_of = {file.path: (file.status, file.syntax_error, file.syntax_error_before) for file in found.files}
    error = "line 13, column 7: invalid syntax"
    assert told_of == {
        "a.py": ("modified", None, error),
        "other.py": ("renamed", error, error),
        "c.py": ("removed", "line 1, column 7: invalid syntax", None),
    }


def test_a_notebook_s_changes_name_their_cell() -> None:
    """A line of a notebook's Python text is told as its cell's."""
    before = SourceFile("n.ipynb", "x = 1\n\ny = 2\n", FileKind.NOTEBOOK, cell_starts=(1, 3))
    after = SourceFile("n.ipynb", "x = 1\n\ny = 3\n", FileKind.NOTEBOOK, cell_starts=(1, 3))
    found = diff(SourceTree({"n.ipynb": before}), SourceTree({"n.ipynb": after})).changes
    assert [(c.kind, c.after.cell if c.after else None) for c in found] == [("modify_constant", 2)]


def test_other_kinds_are_compared_by_line() -> None:
    """A changed text file gives one record with its counts."""
    found = changes({"notes.txt": "a\nb\n"}, {"notes.txt": "a\nc\nd\n"})
    assert [(c.kind, c.detail) for c in found] == [("modify_file", {"lines_added": 2, "lines_removed": 1})]


def test_records_over_the_limit_are_counted() -> None:
    """The most telling records are kept, and the last one says how many are missing."""
    before, after = SUMMARISE, "".join(f"X{n} = {n}\n" for n in range(30)) + SUMMARISE.replace("summarise", "mean")
    found = diff(tree({"a.py": before}), tree({"a.py": after}), DiffLimits(changes_max=5)).changes
    assert len(found) == 5
    assert "rename_method" in {change.kind for change in found}
    assert found[-1] == Change(kind="changes_omitted", detail={"records": 27})


def test_new_imports_are_those_that_come_from_elsewhere() -> None:
    """Another name for the same module is not a new import."""
    base = tree({"a.py": "import numpy\n"})
    assert not diff(base, tree({"a.py": "import numpy as np\n"})).diff_info.has_new_imports
    assert diff(base, tree({"a.py": "import torch\n"})).diff_info.has_new_imports


def test_the_change_ratio_is_relative_to_the_new_size() -> None:
    """One changed line of four is a quarter; an empty submission has a ratio of 0."""
    assert diff(tree({"a.txt": "1\n2\n3\n4\n"}), tree({"a.txt": "1\n2\n3\nx\n"})).diff_info.change_ratio == 0.25
    assert diff(None, tree({})).diff_info.change_ratio == 0.0


def test_a_function_may_take_over_its_neighbour_s_name() -> None:
    """Where a function is what another one was under this name, names alone decide nothing."""
    one = "def load(path):\n    rows = open(path).read().split()\n    return [int(row) for row in rows if row]\n"
    other = (
        "def load_all(paths, limit):\n    found = {}\n    for path in paths[:limit]:\n        found[path] = path.size\n"
    )
    before = f"{one}\n\n{other}"
    after = f"{one.replace('load', 'load_one')}\n\n{other.replace('load_all', 'load')}"
    assert kinds(before, after) == [("rename_method", "load", "load_one"), ("rename_method", "load_all", "load")]


def test_a_class_may_take_over_another_one_s_name() -> None:
    """The same for classes: their methods stay with them."""
    other = "class Net:\n    def forward(self, rows):\n        return [self.layer(row) + self.bias for row in rows]\n"
    stays = "".join(f"limit_{n} = settings['limit_{n}']\n" for n in range(40))  # of the file, whose name is its own
    before = {"a.py": stays + MODEL, "b.py": other}
    after = {"a.py": stays + other.replace("Net", "Model"), "c.py": MODEL.replace("Model", "Linear")}
    found = set(kinds(before, after))
    assert {("move_and_rename_class", "Model", "Linear"), ("move_and_rename_class", "Net", "Model")} <= found


def test_two_similar_functions_keep_their_names() -> None:
    """Functions that differ in their own name alone are not taken for each other."""
    twin = "@step\ndef {0}({1}, **options):\n    return Filter([{1}], {0}.__name__, 'filter', len([{1}]), **options)\n"
    before = twin.format("trim", "parent") + "\n\n" + twin.format("zoom", "parent")
    after = twin.format("trim", "node") + "\n\n" + twin.format("zoom", "node")
    assert {kind for kind, *_ in kinds(before, after)} == {"rename_parameter"}


def test_an_abstract_method_follows_those_that_override_it() -> None:
    """A body that says nothing is known by the new name of the methods of its old name."""
    base = "class Base:\n    def has_event(self, event):\n        raise NotImplementedError\n"
    model = (
        "class Model(Base):\n    def has_event(self, event):\n"
        "        return event in self.events and self.p[event] > 0\n"
    )
    before = f"{base}\n\n{model}"
    assert kinds(before, before.replace("has_event", "has_outcome")) == [
        ("rename_method", "Base.has_event", "Base.has_outcome"),
        ("rename_method", "Model.has_event", "Model.has_outcome"),
    ]


def test_a_short_method_follows_its_neighbours() -> None:
    """A method of one line went where the other methods of its class went."""
    moved = "    def sort(self):\n        self.rows = sorted(self.rows, key=self.rank)\n        return self.rows[0]\n"
    short = "    def __len__(self):\n        return self.size\n"
    keep = "    def show(self):\n        print(self.name, self.kind, self.rows)\n"
    before = f"class Table:\n{keep}\n{moved}\n{short}\n\nclass View:\n    kind = 'view'\n"
    after = f"class Table:\n{keep}\n\nclass View:\n    kind = 'view'\n{moved}\n{short}"
    assert kinds(before, after) == [
        ("move_method", "Table.sort", "View.sort"),
        ("move_method", "Table.__len__", "View.__len__"),
    ]


def test_a_small_class_is_known_by_who_uses_it() -> None:
    """A class that callers name in place of another, half of it the same, is that class."""
    error = (
        "class ReadError(Exception):\n    def __init__(self, text):\n"
        "        super().__init__('cannot read')\n        self.text = text\n"
    )
    use = "def read(path):\n    raise {}(path)\n"
    grown = error.replace("ReadError", "Failure").replace("text)", "text, code)").replace("cannot read", "failed")
    before = {"a.py": error, "b.py": use.format("ReadError")}
    after = {"c.py": grown + "        self.code = code\n", "b.py": use.format("Failure")}
    assert ("move_and_rename_class", "ReadError", "Failure") in kinds(before, after)


def test_equal_methods_of_several_subclasses_are_all_pulled_up() -> None:
    """The one that the base has now was all of theirs; the way back pushes it down to each."""
    fit = "    def fit(self, x):\n        self.mean = sum(x) / len(x)\n        return self.mean\n"
    subs = "\n\nclass {0}(Base):\n    rate = 1\n{1}\n\n    def show(self):\n        print('{0}', self.rate, {0})\n"
    low = "class Base:\n    size = 1\n" + subs.format("One", fit) + subs.format("Two", fit)
    high = "class Base:\n    size = 1\n" + fit + subs.format("One", "") + subs.format("Two", "")
    assert sorted(kinds(low, high)) == [
        ("pull_up_method", "One.fit", "Base.fit"),
        ("pull_up_method", "Two.fit", "Base.fit"),
    ]
    assert sorted(kinds(high, low)) == [
        ("push_down_method", "Base.fit", "One.fit"),
        ("push_down_method", "Base.fit", "Two.fit"),
    ]
