"""Python that does not parse, mended so that it can be compared by its syntax trees."""

import ast

import pytest

from app.core.diff.compare import compare_trees
from app.core.limits import DiffLimits
from app.core.python.python2 import translate_python2
from app.core.python.repairs import Repairs
from app.core.submission.sources import FileKind, SourceFile, SourceTree
from schemas.changes import Change
from tests.builders.diff_trees import changes, told

PYTHON_2 = '''\
class Loader(object):
    def read(self, path, mode="r"):
        """def no(): print "x" """
        print "reading", path
        try:
            return open(path, mode).read()
        except IOError, error:
            raise ValueError, "cannot read %s" % path


def main(path):
    loader = Loader()
    print loader.read(path)
'''


def records(before: str, after: str) -> list[Change]:
    """What is told beside the file's own record."""
    return [change for change in changes(before, after) if change.kind != "modify_file"]


@pytest.mark.parametrize(
    ("python_2", "python_3"),
    [
        ('print "a", b  # why', 'print("a", b)  # why'),
        ('if x: print "a"; y = 1', 'if x: print("a"); y = 1'),
        ('print "%s" % (a,\n    b)', 'print("%s" % (a,\n    b))'),
        ('print "%s" % (a,  # why\n    b)  # c\n', 'print("%s" % (a,  # why\n    b))  # c\n'),
        ('exec "x = 1" in names', 'exec("x = 1" in names)'),
        ('raise ValueError, "no"', 'raise ValueError("no")'),
        ("try:\n    f()\nexcept (A, B), e:\n    pass", "try:\n    f()\nexcept (A, B) as e:\n    pass"),
        ("x = `y` <> 0777 + 10L", "x = repr(y) != 0o777 + 10"),
        ('x = ur"a"', 'x = r"a"'),
        ("def f(a, (b, c)): pass", "def f(a, b, c): pass"),
        ("sort(key=lambda (k, v): v)", "sort(key=lambda k, v: v)"),
        ("run(async=True)", "run(async_=True)"),
        ("<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other", "\nx = 1\n\nx = 2\n"),
    ],
)
def test_python_2_is_translated_on_its_lines(python_2: str, python_3: str) -> None:
    """Only what Python 3 cannot parse is put in other words, and no line moves."""
    assert translate_python2(python_2) == python_3
    ast.parse(python_3)


def test_what_python_3_parses_is_not_translated() -> None:
    """Calls of `print`, strings and comments that look like Python 2 stay as they are."""
    text = 'print (x)\nprint is None\ny = "print 1"  # print 2\nz = 0.0 + 00 + a01\n'
    assert translate_python2(text) == text


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("def f(x)\n    return x\n", "def f(x):\n    return x\n"),
        ("def f(x:\n    return x\n", "def f(x):\n    return x\n"),
        ("def f(:\n", "def f(): pass\n"),
        ("class A(B\n    x = 1\n", "class A(B):\n    x = 1\n"),
        ("def f():\ndef g():\n    pass\n", "def f(): pass\ndef g():\n    pass\n"),
        ("x = (\ndef f():\n    pass\n", "('x = (',)\ndef f():\n    pass\n"),
        ("x = 'a\ny = 1\n", '("x = \'a",)\ny = 1\n'),
        ("x = 1\n  y = 2\n  z = 3\n", "x = 1\ny = 2\nz = 3\n"),
        ("if x:\n    a\n   b\nc\n", "if x:\n    a\n    b\nc\n"),
        ("try:\n    a\nb\n", "if 1:\n    a\nb\n"),
        ("if x:\n    a\nelsewhere:\n    b\n", "if x:\n    a\nif ('elsewhere:',):\n    b\n"),
        ("if x:\n\ta\n        b\n", "if x:\n        a\n        b\n"),
    ],
)
def test_an_error_is_mended_where_it_is(broken: str, mended: str) -> None:
    """A header keeps its name, a block its place; of anything else its text is left."""
    found = Repairs(DiffLimits()).repair(broken)
    assert found is not None
    assert found[0] == mended


def test_a_renamed_parameter_of_python_2_is_told() -> None:
    """Python 2 is compared by its trees, with less confidence, and the file's own record says why."""
    after = PYTHON_2.replace("path", "name").replace("main(name)", "main(path)").replace("read(name)", "read(path)")
    found = changes(PYTHON_2, after)
    assert [(c.kind, c.confidence) for c in found] == [("modify_file", 1.0), ("rename_parameter", 0.6)]
    assert found[0].detail["compared_by"] == "repaired code"
    assert str(found[0].detail["reasons"]).count("line 4, column 9") == 2


def test_an_edit_of_what_was_put_aside_shows() -> None:
    """A statement that cannot be parsed is still part of its function."""
    before = "def f(x):\n    y = x +* 1\n    return y\n"
    assert [told(c) for c in records(before, before.replace("1", "2"))] == [("modify_function", "f", "f")]


def test_translated_code_equals_its_translation() -> None:
    """Moving to Python 3 is a change of the file, not of its functions."""
    assert records(PYTHON_2, translate_python2(PYTHON_2)) == []


def test_an_error_does_not_hide_what_else_changed() -> None:
    """A half-written function is no reason not to find a rename beside it."""
    before = "def first(rows):\n    total = 0\n    for row in rows:\n        total += row.value\n    return total\n"
    after = before.replace("first", "total_of") + "\n\ndef second(rows\n    retur\n"
    assert ("rename_method", "first", "total_of") in [told(c) for c in records(before, after)]


def test_too_many_errors_are_not_mended() -> None:
    """Each attempt parses the file again, so there is a limit to them, and one for all files together."""
    text = "x +* 1\n" * 30
    assert Repairs(DiffLimits()).repair(text) is None
    assert Repairs(DiffLimits(repairs_max=40)).repair(text) is not None
    repairs = Repairs(DiffLimits(repair_chars_max=100))
    assert repairs.repair("x +* 1\n") is not None
    assert repairs.repair("x +* 1\n" * 9) is None


@pytest.mark.parametrize(
    "text",
    [
        "print x,(" * 30_000,
        "print " * 60_000,
        "except a, " * 40_000,
        "except" + " " * 300_000 + "x",
        "lambda (" * 50_000,
        "`" * 199_999,
        "def f(" + "(a, " * 90_000,
        "(\n" * 150_000,
        "  x\n y\n" * 40_000,
        "raise a, (\n" * 30_000,
        "'''" + "a\\\n" * 100_000,
        "f'{" * 100_000,
        "f'{\n" * 100_000,
        'f"""{' * 80_000,
        "def f[" * 60_000,
        "type x\n" * 60_000,
    ],
)
def test_hostile_text_takes_no_longer_than_its_size(text: str) -> None:
    """Nothing is searched again and again: a rule that did would take minutes, and be stopped."""
    repaired = Repairs(DiffLimits()).repair(text)
    assert repaired is None or isinstance(repaired[1], ast.Module)


def test_the_diff_shows_what_the_student_wrote() -> None:
    """Never the text that stands for it while it is compared."""
    file = SourceFile("a.py", "x = [\ny = 1\n", FileKind.PYTHON)
    diff = compare_trees(SourceTree({}), SourceTree({"a.py": file}), DiffLimits()).diff_info.diff
    assert diff.endswith("+x = [\n+y = 1\n")
