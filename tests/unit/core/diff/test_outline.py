"""Python that is not mended, compared by its headers."""

import time
from typing import Any

from app.core.diff.other_files.outline import outline
from app.core.limits import DiffLimits
from app.core.submission.sources import FileKind, SourceFile, SourceTree
from schemas.changes import Change
from tests.builders.diff_trees import changes, diff, told, tree

NEVER_MENDED = DiffLimits(repairs_max=0)
PYTHON_2 = '''
import os

class Loader(object):
    @staticmethod
    def read(path,
             mode="r"):
        """def no(): pass"""
        print "reading", path
        return open(path, mode).read()

    def close(self):
        print >>out, "closed"
        self.file.close()


def main():
    loader = Loader()
    for name in os.listdir("."):
        print loader.read(name)
'''


def records(before: str, after: str) -> list[Change]:
    """What the outlines tell, the file's own record aside."""
    found = diff(tree({"main.py": before}), tree({"main.py": after}), NEVER_MENDED).changes
    return [change for change in found if change.kind != "modify_file"]


def test_an_outline_has_every_function_and_class_with_its_lines() -> None:
    """Headers over several lines, decorators and strings that look like headers are seen through."""
    found = outline(PYTHON_2)
    assert {(s.kind, name, s.line, s.end_line) for name, s in found.items()} == {
        ("class", "Loader", 4, 14),
        ("function", "Loader.read", 6, 10),
        ("function", "Loader.close", 12, 14),
        ("function", "main", 17, 20),
    }


def test_an_edited_function_of_python_2_is_found() -> None:
    """The change is told at its function, with less confidence than a syntax tree would give."""
    (change,) = records(PYTHON_2, PYTHON_2.replace("self.file.close()", "self.file.shut()"))
    assert told(change) == ("modify_function", "Loader.close", "Loader.close")
    assert change.confidence == 0.6
    assert change.detail == {"compared_by": "line"}


def test_the_position_of_the_error_is_told() -> None:
    """The file's own record says where each side ceases to be Python."""
    whole = changes(PYTHON_2, PYTHON_2 + "x = (\n")[0]
    assert whole.kind == "modify_file"
    reasons: Any = whole.detail["reasons"]
    assert [str(reason).split(":")[0] for reason in reasons] == ["line 9, column 9", "line 9, column 9"]


def test_a_renamed_class_takes_its_methods_along() -> None:
    """Methods of a class under another name are neither new nor gone."""
    found = records(PYTHON_2, PYTHON_2.replace("Loader", "Reader"))
    assert [told(change)[:2] for change in found] == [("rename_class", "Loader"), ("modify_function", "main")]


def test_a_renamed_function_is_found_by_its_lines() -> None:
    """The header's name alone makes no other change."""
    (change,) = records(PYTHON_2, PYTHON_2.replace("def close", "def shut"))
    assert told(change) == ("rename_method", "Loader.close", "Loader.shut")


def test_new_and_removed_symbols_are_told_once() -> None:
    """A class that came or went is told without its methods."""
    one, other = "x = (\nclass A:\n    def m(self):\n        pass\n", "x = (\ndef f():\n    return 'something'\n"
    assert sorted(map(told, records(one, other)), key=str) == [
        ("add_function", None, "f"),
        ("remove_class", "A", None),
    ]


def test_imports_are_compared() -> None:
    """Names in brackets over several lines, other names and stars too; a new import counts as one."""
    before, after = "x = (\nfrom a import (b,\n    c)\n", "x = (\nfrom a import (b,\n    d as e)\nfrom q import *\n"
    old, new = (SourceTree({"a.py": SourceFile("a.py", text, FileKind.PYTHON)}) for text in (before, after))
    found = diff(old, new, NEVER_MENDED)
    assert {(c.kind, c.detail.get("target")) for c in found.changes[1:]} == {
        ("remove_import", "a.c"),
        ("add_import", "a.d"),
        ("add_import", "q.*"),
    }
    assert found.diff_info.has_new_imports


def test_comments_and_layout_of_broken_code_are_no_change_of_functions() -> None:
    """Only lines of code count."""
    assert records(PYTHON_2, PYTHON_2.replace('        print "r', '        # why\n\n        print  "r')) == []


def test_a_file_that_parses_on_one_side_is_compared_by_its_headers() -> None:
    """Repairing one function shows as that, not as everything."""
    good = "def one():\n    return 1\n\n\ndef two():\n    return (1, 2)\n"
    assert [told(c) for c in records(good, good.replace("(1, 2)", "(1, 2"))] == [("modify_function", "two", "two")]


def test_a_broken_cell_of_a_notebook_is_named() -> None:
    """Records of a notebook in the middle of an edit name the cell."""
    before = SourceFile("n.ipynb", "def f():\n    return 1\n\nx = (\n", FileKind.NOTEBOOK, cell_starts=(1, 4))
    after = SourceFile("n.ipynb", "def f():\n    return 2\n\nx = (\n", FileKind.NOTEBOOK, cell_starts=(1, 4))
    change = diff(SourceTree({"n.ipynb": before}), SourceTree({"n.ipynb": after}), NEVER_MENDED).changes[-1]
    assert change.after is not None
    assert (change.kind, change.after.cell) == ("modify_function", 1)


def test_many_broken_functions_take_linear_time() -> None:
    """Ten thousand functions under new names do not take seconds."""
    before, after = (
        "x = (\n" + "".join(f"def {side}{n}():\n    return 'a line of {n % 7} words'\n" for n in range(10_000))
        for side in ("old", "new")
    )
    start = time.process_time()
    records(before, after)
    assert time.process_time() - start < 20
