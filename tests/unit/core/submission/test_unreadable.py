"""A file that is there and cannot be read is never told as deleted, and the reason is."""

import json
from collections.abc import Mapping

import pytest

from app.catalogue import load_catalogue
from app.core.comparing.analysis import analyse_sides
from app.core.comparing.compose import compose, keep
from app.core.diff import compare_trees_by_line
from app.core.history.lineage import Lineage
from app.core.limits import DiffLimits, PromptLimits, SourceLimits
from app.core.ports import Side
from app.core.reviewing.prompt.messages import build
from app.core.submission.attempt import Attempt
from app.core.submission.sources import SourceTree, Unread
from app.core.submission.tree import tree_from_archive, tree_from_texts
from schemas.comparison import Baseline, Comparison
from schemas.errors import Reason, Rejected
from schemas.history import PastSubmission
from schemas.origin import Origin
from tests.builders import archives as made
from tests.builders.prompts import a_template
from tests.builders.questions import a_question
from tests.builders.records import NOON, a_submission
from tests.builders.reviewed import judge

LIMITS = SourceLimits()
ORIGIN = Origin(topic="submissions", partition=0, offset=1)
CODE = "def total(xs):\n    return sum(xs)\n\n\ndef mean(xs):\n    return total(xs) / len(xs)\n"
NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": CODE}],
    },
    indent=1,
)
MERGED = NOTEBOOK.replace('   "source"', '<<<<<<< HEAD\n   "source"') + "\n=======\n>>>>>>> b\n"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
PAGE = "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n"
UNREADABLE: dict[str, tuple[str, made.Content, Unread]] = {
    "merge markers": ("eda.ipynb", MERGED, Unread("merge_markers", 10)),
    "empty": ("eda.ipynb", "", Unread("empty")),
    "blank": ("eda.ipynb", "\n \n", Unread("empty")),
    "truncated": ("eda.ipynb", NOTEBOOK[:-30], Unread("truncated", NOTEBOOK[:-30].count("\n") + 1)),
    "no JSON": ("eda.ipynb", NOTEBOOK.replace('"nbformat_minor": 5', "oops"), Unread("not_json", 3)),
    "another shape": ("eda.ipynb", '{"nbformat": 9, "sheets": []}', Unread("no_cells")),
    "web page": ("eda.ipynb", PAGE, Unread("html")),
    "LFS pointer": ("eda.ipynb", POINTER, Unread("lfs_pointer")),
    "NUL bytes": ("main.py", "x = 1\ny = '\0'\n", Unread("nul_bytes", 2)),
    "binary": ("main.py", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x02\x03\x04\x05\x06", Unread("binary")),
    "web page as code": ("main.py", PAGE, Unread("html")),
    "LFS pointer as code": ("main.py", POINTER, Unread("lfs_pointer")),
    "document as code": ("main.py", "{\\rtf1\\ansi def f(): pass}", Unread("rtf")),
    "too large": ("main.py", "#" * (LIMITS.file_bytes_max + 1), Unread("too_large")),
}
CASES = pytest.mark.parametrize("name", UNREADABLE)


def packed(files: Mapping[str, made.Content]) -> SourceTree:
    """The tree of files that were handed in as a zip file."""
    return tree_from_archive(made.zip_of(files), LIMITS)


def readable(path: str) -> str:
    """What stands at `path` where it can be read."""
    return NOTEBOOK if path.endswith(".ipynb") else CODE


def compared(before: SourceTree, after: SourceTree, language: str = "en") -> Comparison:
    """The comparison of two trees, as the comparator makes it."""
    analysis = analyse_sides(Side(before), Side(after), DiffLimits())
    past = PastSubmission(
        origin=Origin(topic="submissions", partition=0, offset=0),
        submission_id="sub-0",
        submitted_at=NOON,
        digest=before.digest(),
        sources=before.texts(),
    )
    lineage = Lineage(Baseline.PREVIOUS, past, ORIGIN, moves_stamp=True)
    return compose(Attempt(a_submission(language=language), after), lineage, analysis, load_catalogue("en"))


def both_ways(name: str) -> tuple[SourceTree, SourceTree, str]:
    """A tree whose file can be read, the same with the file that cannot, and the file's path."""
    path, content, _ = UNREADABLE[name]
    old, new = {path: readable(path), "u.py": "x = 1\n"}, {path: content, "u.py": "x = 2\n"}
    return packed(old), packed(new), path


@CASES
def test_the_cause_and_its_line_are_found(name: str) -> None:
    """The tree knows of each file that was not read why, and on which line that shows."""
    _, tree, path = both_ways(name)
    assert tree.unread == {path: UNREADABLE[name][2]}
    assert list(tree.files) == ["u.py"]


@CASES
def test_a_file_that_is_there_is_not_deleted(name: str) -> None:
    """Neither the diff, nor the records, nor the figures, nor the facts say that anything of the file is gone."""
    before, after, path = both_ways(name)
    found = compared(before, after)
    assert [(file.path, file.status) for file in found.files] == sorted([(path, "unread"), ("u.py", "modified")])
    assert path not in found.diff_info.diff
    assert found.diff_info.lines_removed == 1
    assert [change.kind for change in found.changes if change.after and change.after.path == path] == ["unread_file"]
    assert not any(change.kind.startswith("remove") for change in found.changes)
    assert found.complexity.functions_removed == 0
    assert found.complexity.deltas == ()
    assert not {"work_deleted", "tests_removed", "no_change"} & {fact.code for fact in found.evidence.facts}


@CASES
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_review_and_the_prompt_tell_why(name: str, language: str) -> None:
    """Both name the file and its cause, and neither speaks of deleted work, in either language."""
    before, after, path = both_ways(name)
    found = compared(before, after, language)
    _, _, why = UNREADABLE[name]
    said = judge(found).opinion
    told = " ".join([said.summary, *said.recommendations])
    assert f"`{path}`" in told
    assert why.line is None or str(why.line) in told
    assert not any(word in told for word in ("deleted", "bring back", "удалённ", "верните"))
    prompt = build(a_question(found), a_template(), PromptLimits(), len).messages[1][1]
    assert f": cause {why.cause}" in prompt
    assert f"-{readable(path)[:10]}" not in prompt


@CASES
def test_what_can_be_read_again_is_not_new(name: str) -> None:
    """A file that could not be read last time is not told as added, and the whole of it is shown."""
    after, before, path = both_ways(name)
    found = compared(before, after)
    assert [(file.path, file.status) for file in found.files] == sorted([(path, "modified"), ("u.py", "modified")])
    assert not any(change.kind.startswith("add_") for change in found.changes)
    assert (found.diff_info.lines_added, path in found.diff_info.diff) == (1, False)
    assert path in {source.path for source in found.sources}
    assert found.complexity.deltas == ()
    assert "can be read now" in judge(found).opinion.summary


@CASES
def test_what_neither_side_could_read_has_not_changed(name: str) -> None:
    """A file that was unreadable in both attempts is no change, and its cause is told again."""
    _, tree, path = both_ways(name)
    found = compared(tree, tree)
    assert {"no_change", "file_unread"} <= {fact.code for fact in found.evidence.facts}
    assert (found.diff_info.total_files_changed, found.changes) == (0, ())
    assert [file.path for file in found.files if file.status == "unread"] == [path]


@CASES
def test_a_submission_of_nothing_else_is_refused_with_the_cause(name: str) -> None:
    """The refusal names the file, what is wrong with it and where."""
    path, content, why = UNREADABLE[name]
    with pytest.raises(Rejected) as caught:
        packed({path: content})
    assert path in caught.value.detail
    assert why.line is None or f"at line {why.line}" in caught.value.detail
    wanted = Reason.SUBMISSION_TOO_LARGE if why.cause == "too_large" else Reason.NO_SOURCES
    assert caught.value.reason is wanted


def test_merge_markers_and_emptiness_are_told_in_words() -> None:
    """Who handed in a notebook in the middle of a merge reads of the markers and of their line."""
    for text, words in ((MERGED, "eda.ipynb: merge conflict markers at line 10"), ("", "eda.ipynb: empty")):
        with pytest.raises(Rejected, match=words):
            tree_from_texts({"eda.ipynb": text}, LIMITS)


def test_the_last_resort_deletes_nothing_either() -> None:
    """Compared by line alone, a file that cannot be read is unread, too."""
    before, after, path = both_ways("merge markers")
    found = compare_trees_by_line(before, after, DiffLimits(), "too slow")
    assert (path, "unread") in {(file.path, file.status) for file in found.files}
    assert path not in found.diff_info.diff


def test_a_file_that_is_ignored_from_now_on_is_not_deleted() -> None:
    """A `.gitignore` that leaves a file out which is still there deletes nothing."""
    found = compared(packed({"a.py": CODE, "b.py": CODE}), packed({"a.py": CODE, "b.py": CODE, ".gitignore": "b.py\n"}))
    assert ("b.py", "unread") in {(file.path, file.status) for file in found.files}
    assert "work_deleted" not in {fact.code for fact in found.evidence.facts}


def test_an_archive_that_breaks_deletes_nothing_that_lay_in_it() -> None:
    """Of an archive within the submission that cannot be opened any more nothing is known to be gone."""
    inner = made.zip_of({"a.py": CODE, "b.py": CODE})
    old, new = packed({"hw.zip": inner, "u.py": "x = 1\n"}), packed({"hw.zip": inner[:40], "u.py": "x = 2\n"})
    found = compared(old, new)
    assert [(file.path, file.status) for file in found.files] == [("hw.zip", "unread"), ("u.py", "modified")]


def test_a_link_in_a_files_place_deletes_nothing() -> None:
    """Links are not followed, so of the file behind one nothing is known."""
    linked = tree_from_archive(made.zip_with_link("a.py", "main.py"), LIMITS)
    found = compared(packed({"main.py": "x = 1\n", "a.py": CODE}), linked)
    assert [(file.path, file.status) for file in found.files] == [("a.py", "unread"), ("main.py", "unchanged")]


def test_an_encrypted_archive_deletes_nothing_that_lay_in_it() -> None:
    """Of an archive that needs a password now nothing is known to be gone."""
    inner = made.zip_of({"a.py": CODE})
    old = packed({"hw.zip": inner, "u.py": "x = 1\n"})
    found = compared(old, packed({"hw.zip": made.zip_encrypted(), "u.py": "x = 1\n"}))
    assert [(file.path, file.status) for file in found.files] == [("hw.zip", "unread"), ("u.py", "unchanged")]
    assert "no_change" not in {fact.code for fact in found.evidence.facts}


def test_what_is_really_deleted_is_told_beside_what_is_not_read() -> None:
    """A file that could not be read hides no work that is gone."""
    old = packed({"eda.ipynb": NOTEBOOK, "a.py": CODE, "b.py": "def one():\n    return 1\n"})
    found = compared(old, packed({"eda.ipynb": "", "b.py": "def one():\n    return 1\n"}))
    assert {"work_deleted", "file_unread"} <= {fact.code for fact in found.evidence.facts}


def test_the_history_remembers_what_could_not_be_read() -> None:
    """As many paths as there is room for, code before the rest, each with its cause."""
    files = {f"{number:03}.txt": "\0" for number in range(200)} | {"z.py": "x\n\0", "u.py": "x = 1\n"}
    tree = tree_from_texts(files, LIMITS)
    analysis = analyse_sides(None, Side(tree), DiffLimits())
    past = keep(Attempt(a_submission(), tree), Lineage(Baseline.NONE, None, ORIGIN, moves_stamp=True), analysis)
    assert len(past.unread) == LIMITS.unread_kept_max
    assert (past.unread["z.py"].cause, past.unread["z.py"].line) == ("nul_bytes", 2)
