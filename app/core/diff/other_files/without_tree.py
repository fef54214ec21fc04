"""Files without a syntax tree, compared by what they are made of: keys, sections, or the headers of broken Python."""

from dataclasses import dataclass
from typing import Final

from app.core.diff.matching.files import FilePair
from app.core.diff.other_files.config import Unreadable, compare_config
from app.core.diff.other_files.markdown import compare_markdown, compare_prose
from app.core.diff.other_files.outline import compare_outlines
from app.core.limits import DiffLimits
from app.core.submission.sources import FileKind, SourceFile
from schemas.changes import Change


@dataclass(frozen=True, slots=True)
class Parts:
    """What changed within one file, and `reasons` why it has to be compared by line instead."""

    changes: tuple[Change, ...] = ()
    reasons: tuple[str, ...] = ()


NOTHING: Final = Parts()
"""Of a file that has no parts but lines."""


def compare_parts(pair: FilePair, *, broken: bool, limits: DiffLimits) -> Parts:
    """What changed within one file; `NOTHING` where lines are all that it has.

    `broken` says that a side of it is Python that neither parses nor could be mended.
    """
    before, after = pair.before, pair.after
    if broken:
        return Parts(tuple(compare_outlines(before, after, limits)))
    if before is None or after is None or before.kind != after.kind or before.text == after.text:
        return NOTHING
    if after.kind is FileKind.CONFIG:
        return _config(before, after, limits)
    if after.kind is FileKind.NOTEBOOK:
        return Parts(tuple(compare_prose(before, after, limits)))
    return _markdown(before, after, limits) if after.kind is FileKind.MARKDOWN else NOTHING


def _config(before: SourceFile, after: SourceFile, limits: DiffLimits) -> Parts:
    try:
        return Parts(tuple(compare_config(before, after, limits)))
    except Unreadable as exc:
        return Parts(reasons=(str(exc),))


def _markdown(before: SourceFile, after: SourceFile, limits: DiffLimits) -> Parts:
    changes = compare_markdown(before, after, limits)
    if changes is None:
        return Parts(reasons=(f"not read: {limits.markdown_chars_max} characters at most",))
    return Parts(tuple(changes))
