"""Two versions of a Markdown file -> which sections came, went, changed and got another heading."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, pairwise
from typing import Any, Final

from pydantic import JsonValue

from app.core.diff.lines.alignment import align, split_lines
from app.core.diff.records.location import place_of_lines, shorten_text
from app.core.limits import DiffLimits
from app.core.submission.notebook import prose_lines
from app.core.submission.sources import SourceFile
from schemas.changes import Change, ChangeKind, Place

Detail = dict[str, JsonValue]
Paths = tuple[str, ...]

_ALIKE_MIN: Final = 0.5  # share of lines in common from which a section under another heading is the same section
_TEXT_CHARS_MIN: Final = 20  # of a text whose section is known by it: shorter ones are alike by chance
_WEIGHED_MAX: Final = 20  # sections below one heading that are weighed for one that is new
_SEPARATOR: Final = " > "


@cache
def _blocks() -> Any:
    """The parser; of text within a line it needs nothing, for there are no headings."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - it takes a fifth of a second, and code has none of it

    return MarkdownIt("commonmark").disable("inline")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the lines up to the next one, whatever its level. The text before the first has no heading.

    `path` holds the headings above and its own; equal paths within a file are told apart by a number. `lines` is how
    many lines are its own, which in a notebook are not all from its first to its last.
    """

    path: Paths
    level: int
    line: int
    end_line: int
    lines: int
    body: tuple[str, ...]


def compare_markdown(before: SourceFile, after: SourceFile, limits: DiffLimits) -> list[Change] | None:
    """What changed between two texts of one file; None where one of them is too large.

    Of a section that came or went with those below it, only the outermost is told. Never empty for texts that differ.
    """
    if max(len(before.text), len(after.text)) > limits.markdown_chars_max:
        return None
    matching = _Matching(sections(before.text), sections(after.text))
    changes = list(_Records(matching, before, after, limits).all())
    return changes or [
        Change(kind=ChangeKind.FORMAT_ONLY, before=Place(path=before.path), after=Place(path=after.path))
    ]


def compare_prose(before: SourceFile, after: SourceFile, limits: DiffLimits) -> list[Change]:
    """What changed between two versions of the Markdown in a notebook, its cells read as one text; layout aside."""
    sides = prose_lines(before.text), prose_lines(after.text)
    if _said(sides[0]) == _said(sides[1]):
        return []
    places = Place(path=before.path), Place(path=after.path)
    if max(len(before.text), len(after.text)) > limits.markdown_chars_max:
        return [Change(kind=ChangeKind.MODIFY_SECTION, before=places[0], after=places[1])]
    old, new = (_sections_of_prose(file.text, prose) for file, prose in zip((before, after), sides, strict=True))
    one, other = replace(before, cell_starts=()), replace(after, cell_starts=())  # cells are counted by those of code
    return list(_Records(_Matching(old, new), one, other, limits).all())


def _said(prose: Mapping[int, str]) -> list[str]:
    return [" ".join(line.split()) for line in prose.values() if line.strip()]


def _sections_of_prose(text: str, prose: Mapping[int, str]) -> list[Section]:
    """The sections of a notebook's Markdown, from the first to the last line of each that says something."""
    count = text.count("\n") + 1
    found = []
    for section in sections("\n".join(prose.get(number, "") for number in range(1, count + 1))):
        own = [n for n in range(section.line, section.end_line + 1) if prose.get(n, "").strip()]
        body = tuple(line for line in section.body if line.strip())
        found.append(replace(section, line=own[0], end_line=own[-1], lines=len(own), body=body))
    return found


def sections(text: str) -> list[Section]:
    """The sections of a text in its order; what stands in code, lists or quotes is no heading."""
    lines = [line.removesuffix("\n") for line in split_lines(text)]
    heads = [(0, "", 0, 0), *_headings(text)]
    found: list[Section] = []
    above: list[tuple[int, str]] = []
    numbers: Counter[Paths] = Counter()
    for (level, title, start, body_start), end in zip(
        heads, [*(head[2] for head in heads[1:]), len(lines)], strict=True
    ):
        above = [entry for entry in above if entry[0] < level]
        path = tuple(name for _, name in above)
        if level:
            numbers[*path, title] += 1
            number = numbers[*path, title]
            above.append((level, title if number == 1 else f"{title} ({number})"))
            path = (*path, above[-1][1])
        body = tuple(lines[body_start:end])
        if level or any(map(str.strip, body)):
            end_line = max(end, start + 1)
            found.append(Section(path, level, start + 1, end_line, end_line - start, body))
    return found


def _headings(text: str) -> Iterator[tuple[int, str, int, int]]:
    """Level, title, first line and the line after, 0-based."""
    tokens = _blocks().parse(text)
    for token, content in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield int(token.tag[1:]), " ".join(content.content.split()), token.map[0], token.map[1]


class _Matching:
    """Which section became which: by path, by equal text, then below the same heading by title or likeness."""

    def __init__(self, old: list[Section], new: list[Section]) -> None:
        self.new = new
        self.origins: dict[Paths, Section] = {}
        self._free = {section.path: section for section in old}
        self._below: defaultdict[Paths, dict[Paths, Section]] = defaultdict(dict)
        for section in old:
            self._below[section.path[:-1]][section.path] = section
        for section in new:
            self._take(section, self._free.get(section.path))
        by_text: defaultdict[tuple[str, ...], list[Section]] = defaultdict(list)
        for section in self._free.values():
            by_text[_words(section)].append(section)
        for section in self._unmatched():
            text = _words(section)
            same = [one for one in by_text.get(text, ()) if one.path in self._free]
            self._take(section, same[0] if same and sum(map(len, text)) >= _TEXT_CHARS_MIN else None)
        for section in self._unmatched():
            self._take(section, self._neighbour(section))

    @property
    def gone(self) -> list[Section]:
        """Sections of the old side without a counterpart."""
        return list(self._free.values())

    def _unmatched(self) -> list[Section]:
        return [section for section in self.new if section.path not in self.origins]

    def _take(self, section: Section, origin: Section | None) -> None:
        if origin is not None:
            self.origins[section.path] = self._free.pop(origin.path)
            del self._below[origin.path[:-1]][origin.path]

    def _neighbour(self, section: Section) -> Section | None:
        """A section below the same heading: of the same title, or the one that is most alike."""
        parent = self.origins.get(section.path[:-1])
        above = parent.path if parent else section.path[:-1]
        if not section.path:
            return None
        if (*above, section.path[-1]) in self._free:
            return self._free[*above, section.path[-1]]
        beside = list(islice(self._below[above].values(), _WEIGHED_MAX))
        likeness, at = max(((_likeness(one, section), -at) for at, one in enumerate(beside)), default=(0.0, 0))
        return beside[-at] if likeness >= _ALIKE_MIN else None


@dataclass(frozen=True, slots=True)
class _Records:
    matching: _Matching
    before: SourceFile
    after: SourceFile
    limits: DiffLimits

    def all(self) -> Iterator[Change]:
        """The records of one file."""
        origins = self.matching.origins
        for section in self.matching.new:
            if section.path in origins:
                yield from self._both(origins[section.path], section)
        yield from self._alone([section for section in self.matching.new if section.path not in origins], came=True)
        yield from self._alone(self.matching.gone, came=False)

    def _both(self, old: Section, new: Section) -> Iterator[Change]:
        places = {"before": self._place(self.before, old), "after": self._place(self.after, new)}
        parent = self.matching.origins.get(new.path[:-1])
        if old.path[-1:] != new.path[-1:]:
            yield Change(kind=ChangeKind.RENAME_SECTION, **places)
        if old.path[:-1] != new.path[:-1] and (parent.path if parent else None) != old.path[:-1]:
            yield Change(kind=ChangeKind.MOVE_SECTION, **places)
        detail: Detail = {}
        if _words(old) != _words(new):
            alignment = align(list(old.body), list(new.body), self.limits)
            detail = {"lines_added": alignment.added, "lines_removed": alignment.removed}
        if old.level != new.level:
            detail |= {"level_before": old.level, "level_after": new.level}
        if detail:
            yield Change(kind=ChangeKind.MODIFY_SECTION, detail=detail, **places)

    def _alone(self, alone: list[Section], *, came: bool) -> Iterator[Change]:
        """The outermost of sections that are on one side only, with the number of those below and itself."""
        sizes = Counter(section.path[:depth] for section in alone for depth in range(1, len(section.path) + 1))
        paths = {section.path for section in alone}
        for section in alone:
            if len(section.path) > 1 and section.path[:-1] in paths:
                continue
            detail: Detail = {"lines": section.lines, "sections": sizes[section.path] or 1}
            if came:
                yield Change(kind=ChangeKind.ADD_SECTION, after=self._place(self.after, section), detail=detail)
            else:
                yield Change(kind=ChangeKind.REMOVE_SECTION, before=self._place(self.before, section), detail=detail)

    def _place(self, file: SourceFile, section: Section) -> Place:
        name = shorten_text(_SEPARATOR.join(section.path), self.limits) or None
        return place_of_lines(file, section.line, section.end_line, name)


def _words(section: Section) -> tuple[str, ...]:
    """A section's lines without their layout."""
    return tuple(" ".join(line.split()) for line in section.body if line.strip())


def _likeness(one: Section, other: Section) -> float:
    """Dice's coefficient over lines."""
    lines, others = Counter(_words(one)), Counter(_words(other))
    whole = lines.total() + others.total()
    return 2 * (lines & others).total() / whole if whole else 0.0
