"""Trees of two versions of a text, of which the second is parsed from where it differs."""

import ast
import random

import pytest

from app.core.diff import compare_trees
from app.core.diff.symbols.symbols import Module
from app.core.diff.symbols.versions import have_same_tree
from app.core.limits import DiffLimits
from app.core.python.syntax import SyntaxProblem
from app.core.python.syntax_trees import SyntaxTrees
from app.core.submission.sources import FileKind, SourceFile, SourceTree
from tests.benchmarks.diff_speed_trees import edit, package_files

LIMITS = DiffLimits()
SEEDS = range(40)
FILES = [text for text in package_files(("click", "radon")).values() if len(text) < 20_000]


def parse_both(before: str, after: str) -> tuple[ast.Module | SyntaxProblem, ast.Module | SyntaxProblem]:
    """The trees of two versions, the second one parsed as a continuation of the first."""
    trees = SyntaxTrees(LIMITS)
    trees.parse_all([(before, after)])
    return trees.read(before), trees.read(after)


def same_tree(before: str, after: str) -> bool:
    """Whether two texts that parse have one tree, by the comparison of blocks."""
    modules = []
    for text, tree in zip((before, after), parse_both(before, after), strict=True):
        assert isinstance(tree, ast.Module)
        modules.append(Module(SourceFile("a.py", text, FileKind.PYTHON), tree, {}))
    return have_same_tree(*modules)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\ny = 2\n", "x = 1\ny = 3\n"),
        ("if a:\n    b\n", "if a:\n    b\nelse:\n    c\n"),
        ("def f():\n    a\n\nx = 1\n", "def f():\n    a\n\n    b\nx = 1\n"),
        ("try:\n    a\nexcept E:\n    b\nc\n", "try:\n    a\nexcept E:\n    b\nfinally:\n    c\n"),
        ("x = 1 \\\n\ny = 2\n", "x = 1 \\\n+ 3\ny = 2\n"),
        ("x = 1; y = '''\na # '''\nz\n", "x = 1; y = '''\nb # '''\nz\n"),
        ("a\n@b\ndef c(): pass\n", "a\n@d\ndef c(): pass\n"),
        ("class A(b):\n    x = 1\n    y = 2\n", "class A(b):\n    x = 1\n    y = 3\nz = 4\n"),
        ("@a\nclass B:\n  def c(): pass\n  d\n", "@a\nclass B:\n  def c(): pass\n  @e\n  def d(): pass\n"),
        ("class A: x = 1\nb\n", "class A: x = 1\nc\n"),
        ("class A:\n    x\n    y\n", "class A:\n    x\nz\n"),
        ("x = 1\n", "x = 1\n\n\n"),
        ("x = 1", "x = 1\ny = 2"),
        ("x = 1\n\x0cy = 2\n", "x = 1\n\x0cy = 3\n"),
        ("é = 'ü'\nb = 1\n", "é = 'ü'\nb = 'ß'\n"),
        ("x = 1\ry = 2\nz = 3\n", "x = 1\ry = 2\nz = 4\n"),
        ("", "x\n"),
    ],
)
def test_a_continued_tree_equals_one_parsed_at_once(before: str, after: str) -> None:
    """Nodes and places are those of the whole text, also where what follows belongs to the last statement."""
    tree = parse_both(before, after)[1]
    assert isinstance(tree, ast.Module)
    assert ast.dump(tree, include_attributes=True) == ast.dump(ast.parse(after), include_attributes=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_edited_files_have_the_trees_that_they_have_alone(seed: int) -> None:
    """Real files, edited by chance, get the same tree whether or not the version before was parsed."""
    chance = random.Random(seed)
    before = chance.choice(FILES)
    after = edit(chance, before)
    tree = parse_both(before, after)[1]
    assert isinstance(tree, ast.Module)
    assert ast.dump(tree, include_attributes=True) == ast.dump(ast.parse(after), include_attributes=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_blocks_tell_whether_trees_are_equal(seed: int) -> None:
    """Two versions have one tree by their blocks exactly where their whole trees are equal."""
    chance = random.Random(seed)
    before = chance.choice(FILES)
    after = edit(chance, before, wanted=1)
    assert same_tree(before, after) == (ast.dump(ast.parse(before)) == ast.dump(ast.parse(after)))


def test_statements_that_change_their_block_make_another_tree() -> None:
    """The same statements in the same order are another tree where an `else` comes between them."""
    assert not same_tree("if a:\n    b\n    c\n", "if a:\n    b\nelse:\n    c\n")
    assert same_tree("if a:\n    b\n    c\n", "if a:\n    # why\n    b\n\n    c\n")


def test_what_both_versions_begin_with_is_parsed_once() -> None:
    """The statements before the first difference are the same objects in both trees."""
    before, after = parse_both("import a\n\nx = 1\ny = 2\n", "import a\n\nx = 1\ny = 3\n")
    assert isinstance(before, ast.Module)
    assert isinstance(after, ast.Module)
    assert [one is other for one, other in zip(before.body, after.body, strict=True)] == [True, True, False]


def test_members_that_both_versions_of_a_class_begin_with_are_parsed_once() -> None:
    """In a class that changed, the statements before the first difference are the same objects too."""
    before, after = parse_both("class A:\n    x = 1\n    y = 2\n", "class A:\n    x = 1\n    y = 3\n    z = 4\n")
    assert isinstance(before, ast.Module)
    assert isinstance(after, ast.Module)
    old, new = before.body[0], after.body[0]
    assert isinstance(old, ast.ClassDef)
    assert isinstance(new, ast.ClassDef)
    assert [node in old.body for node in new.body] == [True, False, False]


def test_an_error_after_the_common_beginning_says_where_it_is() -> None:
    """The problem's line and message are those of the whole text."""
    problem = parse_both("x = 1\ny = 2\n", "x = 1\ny = (\n")[1]
    assert problem == SyntaxTrees(LIMITS).read("x = 1\ny = (\n")
    assert isinstance(problem, SyntaxProblem)
    assert problem.line == 2


def test_unchanged_functions_are_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file with one changed function, tokens are made of that function alone."""
    read: list[str] = []
    original = Module.tokens_of

    def noted(module: Module, body: list[ast.stmt]) -> tuple[str, ...]:
        read.extend(ast.unparse(node) for node in body)
        return original(module, body)

    monkeypatch.setattr(Module, "tokens_of", noted)
    functions = [f"def f{number}(x):\n    return x + {number}\n\n\n" for number in range(20)]
    before = "".join(functions)
    after = before.replace("x + 7", "x + 70")
    trees = [SourceTree({"a.py": SourceFile("a.py", text, FileKind.PYTHON)}) for text in (before, after)]
    found = compare_trees(trees[0], trees[1], LIMITS)
    assert [change.kind for change in found.changes] == ["modify_function"]
    assert set(read) == {"return x + 7", "return x + 70"}
