"""What holds for the comparison of any two trees."""

import ast
import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.python.raw_counts import count_raw
from app.core.python.syntax import comments, flatten_all
from app.core.submission.sources import SourceTree
from schemas.changes import Change
from tests.builders.diff_trees import changes, diff, names_path, tree

NAMES = st.sampled_from(["a", "b", "total", "rows", "x", "load", "Model", "fit"])
OPERATORS = st.sampled_from(["+", "-", "*", "==", "<", "and"])


def indented(block: str) -> str:
    """A block one level deeper."""
    return "".join(f"    {line}\n" for line in block.splitlines())


EXPRESSIONS = st.recursive(
    NAMES | st.integers(0, 9).map(str) | st.sampled_from(["'a # b'", '"it\'s"', "'''x'''", "None", "[]"]),
    lambda inner: st.one_of(
        st.tuples(inner, OPERATORS, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(NAMES, st.lists(inner, max_size=2)).map(lambda t: f"{t[0]}({', '.join(t[1])})"),
        st.tuples(inner, NAMES).map(lambda t: f"({t[0]}).{t[1]}"),
    ),
    max_leaves=5,
)
SIMPLE = st.one_of(
    st.tuples(NAMES, EXPRESSIONS).map(lambda t: f"{t[0]} = {t[1]}\n"),
    EXPRESSIONS.map(lambda e: f"print({e})\n"),
    NAMES.map(lambda name: f"import {name}\n"),
    st.just("pass\n"),
)
BLOCKS = st.recursive(
    st.lists(SIMPLE, min_size=1, max_size=4).map("".join),
    lambda inner: st.one_of(
        st.tuples(NAMES, st.lists(NAMES, max_size=3, unique=True), inner).map(
            lambda t: f"def {t[0]}({', '.join(t[1])}):\n{indented(t[2])}"
        ),
        st.tuples(NAMES, inner).map(lambda t: f"class {t[0]}:\n{indented(t[1])}"),
        st.tuples(EXPRESSIONS, inner).map(lambda t: f"if {t[0]}:\n{indented(t[1])}"),
        st.lists(inner, min_size=2, max_size=3).map("".join),
    ),
    max_leaves=6,
)
ANY_TEXT = st.text(alphabet=st.sampled_from("ab \n\t()[]{}:='\"#\\\x0c\u2028é"), max_size=60)
PATHS = st.sampled_from(["a.py", "b.py", "pkg/c.py", "d.txt", "README.md"])
TREES = st.dictionaries(PATHS, BLOCKS | ANY_TEXT, max_size=4).map(tree)


def line_counts(before: SourceTree, after: SourceTree) -> tuple[int, int]:
    """Lines added and removed."""
    info = diff(before, after).diff_info
    return info.lines_added, info.lines_removed


@given(TREES)
def test_equal_trees_have_no_difference(one: SourceTree) -> None:
    """The comparison of a tree with itself is empty."""
    found = diff(one, one)
    assert found.changes == ()
    assert found.diff_info.diff == ""
    assert {file.status for file in found.files} <= {"unchanged"}
    assert (found.diff_info.total_files_changed, found.diff_info.change_ratio) == (0, 0)


@given(TREES, TREES)
def test_swapped_sides_swap_the_counts(one: SourceTree, other: SourceTree) -> None:
    """What is added in one direction is removed in the other, line for line."""
    assert line_counts(one, other) == line_counts(other, one)[::-1]


@given(TREES, TREES)
def test_swapped_sides_swap_additions_and_removals_of_symbols(one: SourceTree, other: SourceTree) -> None:
    """As many symbols are added in one direction as are removed in the other."""
    there, back = ([change.kind for change in diff(*sides).changes] for sides in ((one, other), (other, one)))
    for noun in ("function", "class", "constant", "import"):
        assert there.count(f"add_{noun}") == back.count(f"remove_{noun}")


@given(TREES, TREES)
def test_lines_added_up_give_the_new_size(one: SourceTree, other: SourceTree) -> None:
    """Old lines, less those removed, plus those added, are the new lines; the ratio lies between 0 and 1."""
    info = diff(one, other).diff_info
    old, new = (
        sum(len(re.findall(r"[^\n]*\n|[^\n]+\Z", f.text)) for f in side.files.values()) for side in (one, other)
    )
    assert old - info.lines_removed + info.lines_added == new
    assert 0 <= info.change_ratio <= 1


@given(TREES, TREES)
def test_every_changed_file_is_explained(one: SourceTree, other: SourceTree) -> None:
    """For each file that is not unchanged there is a record that names it."""
    found = diff(one, other)
    for file in found.files:
        assert file.status == "unchanged" or any(names_path(change, file.path) for change in found.changes)


@given(TREES, TREES)
def test_nothing_says_only_of_a_file_that_others_are_about(one: SourceTree, other: SourceTree) -> None:
    """A record that says "only" is its file's only one."""
    found = diff(one, other).changes
    for change in found:
        if change.kind.endswith("_only"):
            paths = {place.path for place in (change.before, change.after) if place}
            assert [c for c in found if any(p and p.path in paths for p in (c.before, c.after))] == [change]


TOLD_ALIKE = ("modify_decorator", "change_annotation", "change_return_annotation", "reorder_decorators")
DECORATED = st.builds(
    "{}def f(x: {}) -> {}:\n    return total(x, {})\n\n\nclass A:\n    y: {}\n".format,
    st.lists(st.sampled_from(["@a\n", "@b(1)\n", "@b(2)\n", '@app.get("/x")\n', '@app.get("/y")\n']), max_size=3).map(
        "".join
    ),
    *([st.sampled_from(["int", "str", "list[int]"])] * 2),
    st.integers(0, 1),
    st.sampled_from(["int", "str"]),
)


@given(DECORATED, DECORATED)
def test_swapped_sides_swap_types_and_decorators(one: str, other: str) -> None:
    """What was so and is other now is, from the other side, the same with both values exchanged."""
    there, back = (
        sorted((c.kind, *ends(c)) for c in changes(*sides) if c.kind in TOLD_ALIKE)
        for sides in ((one, other), (other, one))
    )
    assert there == sorted((kind, after, before) for kind, before, after in back)


def ends(change: Change) -> tuple[str, str]:
    """The old and the new value."""
    return str(change.detail["before"]), str(change.detail["after"])


@given(st.permutations(["import a", "import b", "from c import *", "from d import a", "x = 1"]))
def test_swapped_sides_swap_orders(lines: list[str]) -> None:
    """Statements in another order are told from either side with the same kinds; the same order, not at all."""
    one, other = "import a\nimport b\nfrom c import *\nfrom d import a\nx = 1\n", "\n".join(lines) + "\n"
    there, back = ([change.kind for change in changes(*sides)] for sides in ((one, other), (other, one)))
    assert sorted(there) == sorted(back)
    assert bool(there) == (one != other)


@given(BLOCKS)
def test_reformatting_is_format_only(code: str) -> None:
    """Code as Python's own printer writes it differs from the original in format alone."""
    printed = ast.unparse(ast.parse(code)) + "\n\n"
    assume(printed != code)
    assert [change.kind for change in changes(code, printed)] == ["format_only"]


@given(BLOCKS, st.data())
def test_comments_are_comment_only(code: str, data: st.DataObject) -> None:
    """Comments after any line, or between lines, change nothing but comments."""
    lines = code.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    comment = data.draw(st.sampled_from(["# why", "# it's", "#'''", '# "x']))
    commented = [*lines[:at], f"{lines[at]}  {comment}", *lines[at + 1 :]]
    assert [change.kind for change in changes(code, "\n".join(commented) + "\n")] == ["comment_only"]


@given(BLOCKS, BLOCKS)
def test_equal_tokens_mean_equal_trees(one: str, other: str) -> None:
    """The tokens of two texts are equal exactly where `ast.dump` is."""
    trees = ast.parse(one), ast.parse(other)
    assert (flatten_all(trees[0]) == flatten_all(trees[1])) == (ast.dump(trees[0]) == ast.dump(trees[1]))


@given(BLOCKS, NAMES)
def test_an_added_function_is_the_only_change(code: str, name: str) -> None:
    """A function appended under a new name is added, and nothing else happened."""
    added = f"{code}\n\ndef new_{name}(value):\n    return [value * 17, 'something new']\n"
    found = changes(code, added)
    assert [change.kind for change in found] == ["add_function"]


@given(BLOCKS)
def test_a_renamed_module_level_function_is_found_again(code: str) -> None:
    """A function of some size under another name is a rename, whatever stands around it."""
    body = (
        "(rows):\n    total = 0\n    for row in rows:\n        total += row.weight * row.price\n    return total / 7\n"
    )
    found = changes(f"{code}\ndef old_name{body}", f"{code}\ndef new_name{body}")
    assert [change.kind for change in found] == ["rename_method"]


@given(BLOCKS, st.lists(st.sampled_from(["# c", "x = '#'  # d", '"""# no"""', ""]), max_size=5))
def test_comments_are_those_of_the_tokenizer(code: str, more: list[str]) -> None:
    """Strings that look like comments are none."""
    text = code + "\n".join(more) + "\n"
    expected = [line.split("# ", 1)[1] for line in more if re.search(r"# [cd]$", line)]
    assert [found.removeprefix("# ") for found in comments(text)] == expected


@given(BLOCKS)
def test_raw_counts_add_up(code: str) -> None:
    """Source, blank, multi-line and single comment lines are all the lines, as radon promises."""
    found = count_raw(code)
    assert found.loc == found.sloc + found.blank + found.multi + found.single_comments == len(code.splitlines())


@settings(max_examples=50)
@given(st.dictionaries(PATHS, ANY_TEXT | st.text(max_size=40), max_size=4), TREES)
def test_no_text_makes_the_comparison_fail(files: dict[str, str], other: SourceTree) -> None:
    """Whatever the text, there is a comparison in both directions and from nothing."""
    one = tree(files)
    assert diff(one, other).diff_info.total_files_changed == diff(other, one).diff_info.total_files_changed
    assert diff(None, one).diff_info.lines_removed == 0
