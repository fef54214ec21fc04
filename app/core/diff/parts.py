"""Files other than Python, compared by what they are made of: configuration by key, Markdown by section."""

from dataclasses import dataclass
from typing import Final

from app.core.diff.config import Unreadable, compare_config
from app.core.diff.files import FilePair
from app.core.diff.markdown import compare_markdown
from app.core.limits import DiffLimits
from app.core.sources import FileKind
from schemas.changes import Change


@dataclass(frozen=True, slots=True)
class Parts:
    """What changed within one file, and `reasons` why it has to be compared by line instead."""

    changes: tuple[Change, ...] = ()
    reasons: tuple[str, ...] = ()


NOTHING: Final = Parts()
"""Of a file that has no parts but lines."""


def compare_parts(pair: FilePair, limits: DiffLimits) -> Parts:
    """What changed within one file that has both sides; `NOTHING` where lines are all that it has."""
    before, after = pair.before, pair.after
    if before is None or after is None or before.kind != after.kind or before.text == after.text:
        return NOTHING
    if after.kind is FileKind.CONFIG:
        try:
            return Parts(tuple(compare_config(before, after, limits)))
        except Unreadable as exc:
            return Parts(reasons=(str(exc),))
    if after.kind is FileKind.MARKDOWN:
        changes = compare_markdown(before, after, limits)
        if changes is None:
            return Parts(reasons=(f"not read: {limits.markdown_chars_max} characters at most",))
        return Parts(tuple(changes))
    return NOTHING
