"""What a prompt leaves out of the changed files: in lines, and in sentences for the model and for people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.reviewing.prompt.numbered_files import ListedLine, Listing
from app.core.reviewing.prompt.template import Template, fill

_NAMED_MAX: Final = 5  # files named in one note
_NOTED_CHARS_MAX: Final = 80


@dataclass(slots=True)
class ShownFile:
    """One file's listing, the lines of it that are shown, and what was shown of it before those, step by step."""

    listing: Listing
    lines: tuple[ListedLine, ...] = ()
    earlier: list[tuple[ListedLine, ...]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is shown, removed lines too."""
        return len(self.lines) == len(self.listing.lines)

    @property
    def is_seen(self) -> bool:
        """Whether any line of its new version is shown."""
        return any(line.number for line in self.lines)

    @property
    def missing(self) -> frozenset[int]:
        """The lines of its new version that are not shown."""
        return self.listing.numbers - {line.number for line in self.lines if line.number is not None}


def unseen_lines(files: Sequence[ShownFile]) -> dict[str, frozenset[int] | None]:
    """The lines that are not shown, by path; None for a whole file. A file that is shown whole is not named."""
    return {file.listing.path: file.missing if file.is_seen else None for file in files if file.missing}


def notes_on(
    files: Sequence[ShownFile], lost: Mapping[str, int], template: Template, shown_path: Callable[[str], str]
) -> tuple[str, ...]:
    """Sentences on what is left out; `lost` counts the blocks of each section that did not fit."""
    headings, words = template.headings, template.not_shown
    notes = []
    unseen = [_short(shown_path(file.listing.path)) for file in files if not file.lines and file.listing.lines]
    if unseen:
        more = fill(words.more, count=len(unseen) - _NAMED_MAX) if len(unseen) > _NAMED_MAX else ""
        notes.append(fill(words.files, names=", ".join(unseen[:_NAMED_MAX])) + more)
    cut = [(file, len(file.missing)) for file in files if file.lines and file.missing]
    notes += [
        fill(words.part, path=_short(shown_path(file.listing.path)), missing=gone, lines=len(file.listing.numbers))
        for file, gone in sorted(cut, key=lambda entry: -entry[1])[:_NAMED_MAX]
    ]
    if count := lost.get(headings.failing_tests):
        notes.append(fill(words.failures, count=count))
    if headings.log in lost:
        notes.append(fill(words.log))
    tables = [heading for heading in lost if heading not in {headings.failing_tests, headings.log}]
    if tables:
        notes.append(fill(words.tables, names=", ".join(tables)))
    return tuple(notes)


def _short(name: str) -> str:
    """A path for a note: its end, which tells it from its neighbours."""
    return name if len(name) <= _NOTED_CHARS_MAX else f"…{name[-_NOTED_CHARS_MAX:]}"
