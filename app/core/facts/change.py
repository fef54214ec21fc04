"""What was handed in and what changed: size, form alone, refactorings, files that do not parse."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from app.core.diff.kinds import REFACTORINGS
from app.core.facts.names import names_of
from app.core.signs import is_test_path
from schemas.changes import Change, DiffInfo, FileChange
from schemas.comparison import Baseline, Fact

_LIKELY: Final = 0.5  # confidence from which a detected change is told as a fact
_FORM: Final = frozenset({"format_only"})
_WORDS: Final = frozenset({"format_only", "comment_only", "docstring_only"})
_BESIDE_CODE: Final = ("_key", "_section")
"""Kinds that are told after those of code, however many settings or headings were touched."""
_UNREAD_MAX: Final = 10  # files named that could not be read
_BROKEN: Final = frozenset(
    {"binary", "empty", "html", "lfs_pointer", "merge_markers", "no_cells", "not_json", "nul_bytes", "rtf", "truncated"}
)
"""Causes that a student can mend; others are limits of ours, or what a student meant."""
_SYNTAX_ERROR: Final = re.compile(r"line (\d{1,7})\b")
"""How a parser's complaint starts; a file that was too large or took too long carries another reason."""


def baseline_facts(
    baseline: Baseline,
    diff_info: DiffInfo,
    files: tuple[FileChange, ...],
    *,
    previous_id: str | None,
    compared: bool,
) -> Iterator[Fact]:
    if baseline is Baseline.UNAVAILABLE:
        yield Fact(code="baseline_unavailable")
    elif not compared:
        yield Fact(
            code="first_submission",
            data={"files": sum(1 for file in files if file.status != "unread"), "lines": diff_info.lines_added},
        )
    elif diff_info.total_files_changed == 0 and diff_info.lines_changed == 0:
        yield Fact(code="no_change", weight=-0.6)
    else:
        yield Fact(
            code="size",
            data={
                "files": diff_info.total_files_changed,
                "lines_added": diff_info.lines_added,
                "lines_removed": diff_info.lines_removed,
                "change_ratio": diff_info.change_ratio,
            },
        )
    if baseline is Baseline.UNKNOWN_NAMED:
        yield Fact(code="named_predecessor_unknown", data={"taken": previous_id})


def form_facts(changes: tuple[Change, ...]) -> Iterator[Fact]:
    """Changes of form alone: every changed file has its record, so what the records do not tell is not there."""
    kinds = {change.kind for change in changes}
    if kinds and kinds <= _FORM:
        yield Fact(code="only_formatting", weight=-0.3)
    elif kinds and kinds <= _WORDS:
        yield Fact(code="only_comments", weight=-0.2)


def syntax_facts(files: tuple[FileChange, ...]) -> Iterator[Fact]:
    """Files that do not parse, and files that were not parsed for other reasons, which are no fault of theirs."""
    present = [file for file in files if file.status != "removed"]
    python = sum(1 for file in present if file.path.endswith((".py", ".ipynb")))
    for file in present:
        if file.needs_python:
            yield Fact(code="needs_newer_python", path=file.path, data={"needs": file.needs_python})
        if not file.syntax_error:
            continue
        match = _SYNTAX_ERROR.match(file.syntax_error)
        if match is None:
            yield Fact(code="not_parsed", path=file.path)
            continue
        line = int(match.group(1)) or None
        yield Fact(code="syntax_error", weight=-1.0, path=file.path, line=line, data={"files_python": python})


def unread_facts(files: tuple[FileChange, ...]) -> Iterator[Fact]:
    """Files that are there and could not be read, and files that can be read again."""
    told = [file for file in files if file.unread is not None][:_UNREAD_MAX]
    for file in told:
        if file.unread is None:
            continue
        gone = file.status == "unread"
        broken = gone and file.unread.cause in _BROKEN
        yield Fact(
            code="file_unread" if gone else "file_readable",
            weight=-0.4 if broken else 0.0,
            path=file.path,
            line=file.unread.line if gone else None,
            data={"cause": file.unread.cause},
        )


def change_facts(changes: tuple[Change, ...]) -> Iterator[Fact]:
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.confidence >= _LIKELY:
            groups[_kind(change)].append(change)
    for kind, group in sorted(groups.items(), key=lambda item: (item[0].endswith(_BESIDE_CODE), -len(item[1]))):
        refactoring = kind in REFACTORINGS
        place = group[0].after or group[0].before
        names = list(dict.fromkeys(name for change in group if (name := _subject(change))))
        yield Fact(
            code="refactoring" if refactoring else "change",
            weight=0.3 if refactoring else 0.0,
            path=place.path if place else None,
            line=place.line if place and place is group[0].after else None,
            data={"kind": kind, "count": len(names), "names": names_of(names)},
        )


def _subject(change: Change) -> str | None:
    """What a change is about: a symbol, an import's name, or a file."""
    name = change.detail.get("name")
    place = change.after or change.before
    if change.kind.endswith("_import") and isinstance(name, str):
        return name
    if place is None:
        return None
    return (place.symbol or place.path).replace(", ", " ")  # a heading's comma is none between names


def _kind(change: Change) -> str:
    """The change's kind; a test function that came, went or changed is told as a test."""
    place = change.after or change.before
    name = (place.symbol or "").rpartition(".")[2] if place else ""
    if place and change.kind.endswith("_function") and name.startswith("test") and is_test_path(place.path):
        return change.kind.removesuffix("function") + "test"
    return change.kind
