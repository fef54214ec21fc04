"""Old texts made from new ones and the diff, and what of the one became what of the other."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.reviewing.threads.both_versions import BothVersions, SymbolAt
from schemas.changes import FileChange
from schemas.comparison import ChangedFile
from tests.builders.attempts import Homework, says
from tests.builders.records import a_comparison, a_diff

LINES: Final = st.lists(
    st.sampled_from(["", "x = 1", "def f():", "    return x", "# a", "--- a/b", "+++ c", "@@ -1 +1 @@"])
)


def versions_of(old: dict[str, str], new: dict[str, str]) -> BothVersions:
    homework = Homework(says(), is_linted=False)
    homework.hand_in(old)
    homework.hand_in(new)
    return BothVersions.of(homework.comparisons[-1])


@settings(max_examples=80, deadline=None)
@given(LINES, LINES, st.booleans())
def test_the_old_text_is_what_it_was(before: list[str], after: list[str], is_ended: bool) -> None:
    """The changes taken back from the new text give the old one, line by line."""
    end = "\n" if is_ended else ""
    old, new = ("\n".join(["y = 2", *lines]) + end for lines in (before, after))
    keep = {"keep.py": "z = 3\n"}
    versions = versions_of({"a.py": old} | keep, {"a.py": new} | keep)
    if old != new:
        made = versions.old_texts["a.py"].split("\n")
        assert [line for line in made if line] == [line for line in old.split("\n") if line]


def test_a_cut_diff_tells_of_no_old_text() -> None:
    """Where the diff does not hold all changes of a file, its old text is not known, and neither is its code."""
    file = FileChange(path="main.py", status="modified", lines_added=5, lines_removed=1)
    comparison = a_comparison(files=(file,))
    versions = BothVersions.of(comparison)
    assert versions.old_texts == {}
    assert versions.before("main.py") is None
    assert versions.is_unchanged(SymbolAt("main.py", "main"), SymbolAt("main.py", "main")) is None


def test_symbols_are_followed_through_renames_and_moves() -> None:
    """A class that moved takes its methods along, a renamed one as well, and what is gone is nowhere."""
    gone = "\n\n\ndef gone():\n    pass\n"
    old = f"class A:\n    def run(self):\n        total = 0\n        return total + len(self.rows)\n{gone}"
    new = old.replace("class A", "class Runner").replace(gone, "\n")
    versions = versions_of({"a.py": old, "b.py": "x = 1\n"}, {"lib/a.py": new, "b.py": "x = 1\n"})
    assert versions.symbol_now(SymbolAt("a.py", "A.run")) == SymbolAt("lib/a.py", "Runner.run")
    assert versions.symbol_before(SymbolAt("lib/a.py", "Runner.run")) == SymbolAt("a.py", "A.run")
    assert versions.is_unchanged(SymbolAt("a.py", "A.run"), SymbolAt("lib/a.py", "Runner.run"))
    assert versions.symbol_now(SymbolAt("a.py", "gone")) is None
    assert versions.path_now("b.py") == "b.py"
    assert not versions.is_touched("b.py")


def test_what_was_not_read_is_not_known() -> None:
    """A file that could not be read before has no old text, though nothing of it was changed."""
    file = FileChange.model_validate({"path": "a.py", "status": "modified", "unread": {"cause": "merge_markers"}})
    comparison = a_comparison(
        files=(file,), sources=(ChangedFile(path="a.py", text="x = 1\n"),), diff_info=a_diff(diff="")
    )
    assert BothVersions.of(comparison).old_texts == {}


def test_no_more_is_read_than_there_is_time_for() -> None:
    """Beyond half a megabyte of text nothing is read, and code of it is not known."""
    text = "x = 1\n" * (200_000 // 6)
    sources = tuple(ChangedFile(path=f"{n}.py", text=text) for n in range(4))
    versions = BothVersions.of(a_comparison(sources=sources, diff_info=a_diff(diff="")))
    assert [versions.now(source.path) is not None for source in sources] == [True, True, False, False]
