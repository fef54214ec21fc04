"""Python that cannot be mended -> its functions, classes and imports all the same, by their headers and indentation.

A file with too many errors to be parsed has no syntax tree, but its lines still say where a `def` begins and where it
ends. What is found so is told with less confidence, and of this file alone.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import JsonValue

from app.core.diff.records.kinds import ADDED, MODIFIED, REMOVED, RENAMED
from app.core.diff.records.location import place_of_lines, shorten_text
from app.core.limits import DiffLimits
from app.core.python.lexemes import LEXEME
from app.core.submission.sources import SourceFile
from schemas.changes import Change, ChangeKind, Place

Kind = Literal["function", "class"]
Detail = dict[str, JsonValue]

CONFIDENCE_MAX: Final = 0.6  # of what is told of code that does not parse
_RENAMED_MIN: Final = 0.6  # share of lines in common from which a new name is a rename
_TEXT_CHARS_MIN: Final = 20  # of a body that tells what it was; `pass` does not
_WEIGHED_MAX: Final = 20  # symbols of one place that are weighed for one that is new
_HEADER: Final = re.compile(r"(?:async\s+)?(def|class)\s+(\w+)")
_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n;(]+)|import[ \t]+([^\n;]+))", re.MULTILINE
)
_IMPORTED: Final = re.compile(r"([\w.]+|\*)(?:\s+as\s+(\w+))?")
_TAB: Final = 8


@dataclass(slots=True)
class Outlined:
    """One function or class: 1-based lines, and its lines of code without layout and comments.

    `own` are those of no symbol within it, header first; `whole` are all but the header.
    """

    kind: Kind
    qualname: str
    line: int
    end_line: int
    indent: int
    own: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)

    @property
    def unnamed(self) -> list[str]:
        """Its own lines without its name."""
        return [self.own[0].replace(self.name, "", 1), *self.own[1:]]

    @property
    def parent(self) -> str:
        """The dotted name of what it stands in."""
        return self.qualname.rpartition(".")[0]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.qualname.rpartition(".")[2]


def compare_outlines(before: SourceFile | None, after: SourceFile | None, limits: DiffLimits) -> list[Change]:
    """What the outlines of two texts tell; the outermost symbols only where whole ones came or went."""
    old, new = (outline(file.text) if file else {} for file in (before, after))
    origins = _origins(old, new)
    told = _Told(before, after, limits)
    changes: list[Change] = []
    for name, (origin, likeness) in origins.items():
        if name.rpartition(".")[2] != origin.rpartition(".")[2]:
            changes.append(told.both(RENAMED, old[origin], new[name], likeness))
        if old[origin].unnamed != new[name].unnamed:
            changes.append(told.both(MODIFIED, old[origin], new[name], 1.0))
    came = new.keys() - origins.keys()
    gone = old.keys() - {origin for origin, _ in origins.values()}
    changes += [told.came(new[name]) for name in sorted(came) if new[name].parent not in came]
    changes += [told.gone(old[name]) for name in sorted(gone) if old[name].parent not in gone]
    return changes + list(told.imports())


def outline(text: str) -> dict[str, Outlined]:
    """Functions and classes by dotted name; of one name, the last, as for Python."""
    code = LEXEME.sub(_blank_comment, text).split("\n")
    bare = LEXEME.sub(_blank, text).split("\n")
    found: dict[str, Outlined] = {}
    inside: list[Outlined] = []
    decorators: list[str] = []
    for number, (line, skeleton) in enumerate(zip(code, bare, strict=True), 1):
        stripped = skeleton.strip()
        if not stripped:
            _say(inside, line)
            continue
        indent = len(skeleton.expandtabs(_TAB)) - len(skeleton.expandtabs(_TAB).lstrip())
        if stripped[0] not in ")]}":  # a closing bracket ends no block
            while inside and indent <= inside[-1].indent:
                inside.pop()
        header = _HEADER.match(stripped)
        if stripped.startswith("@"):
            decorators.append(line)
            continue
        if header:
            prefix = f"{inside[-1].qualname}." if inside else ""
            kind: Kind = "class" if header[1] == "class" else "function"
            symbol = Outlined(kind, prefix + header[2], number, number, indent, own=[" ".join(line.split())])
            found[symbol.qualname] = symbol
            inside.append(symbol)
        for said in decorators if header else (*decorators, line):
            _say(inside, said)
        for symbol in inside:
            symbol.end_line = number
        decorators.clear()
    return found


def _say(inside: list[Outlined], line: str) -> None:
    """A line belongs to the innermost symbol; what says nothing is left out."""
    words = " ".join(line.split())
    if inside and words:
        inside[-1].own.append(words)
        for symbol in inside:
            symbol.whole.append(words)


def _blank_comment(match: re.Match[str]) -> str:
    return "" if match[0].startswith("#") else match[0]


def _blank(match: re.Match[str]) -> str:
    """Strings and comments as spaces, on as many lines; a string stays something that stands there."""
    return "" if match[0].startswith("#") else '"' + "\n" * match[0].count("\n")


def _origins(old: dict[str, Outlined], new: dict[str, Outlined]) -> dict[str, tuple[str, float]]:
    """New name -> old name and likeness: of the same name in the same place, or a neighbour whose lines are alike."""
    free: defaultdict[tuple[str, Kind], list[Outlined]] = defaultdict(list)
    for symbol in old.values():
        free[symbol.parent, symbol.kind].append(symbol)
    origins: dict[str, tuple[str, float]] = {}
    for name, symbol in new.items():  # parents before their children
        above = origins[symbol.parent][0] if symbol.parent in origins else symbol.parent
        same = old.get(_joined(above, symbol.name))
        if same is not None and same.kind == symbol.kind:
            origins[name] = (same.qualname, 1.0)
            continue
        beside = free[above, symbol.kind]
        weighed = [one for one in beside[:_WEIGHED_MAX] if _joined(symbol.parent, one.name) not in new]
        likeness, at = max(((_likeness(one, symbol), -at) for at, one in enumerate(weighed)), default=(0.0, 0))
        if likeness >= _RENAMED_MIN:
            origins[name] = (weighed[-at].qualname, likeness)
            beside.remove(weighed[-at])
    return origins


def _joined(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent else name


def _likeness(one: Outlined, other: Outlined) -> float:
    """Dice's coefficient over lines, the headers aside."""
    lines, others = Counter(one.whole), Counter(other.whole)
    whole = lines.total() + others.total()
    if min(sum(map(len, one.whole)), sum(map(len, other.whole))) < _TEXT_CHARS_MIN:
        return 0.0
    return 2 * (lines & others).total() / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class _Told:
    """Records, and what all of them need."""

    before: SourceFile | None
    after: SourceFile | None
    limits: DiffLimits

    def both(self, kinds: Mapping[str, ChangeKind], old: Outlined, new: Outlined, likeness: float) -> Change:
        return Change(
            kind=kinds[new.kind],
            before=self._place(self.before, old),
            after=self._place(self.after, new),
            detail={"compared_by": "line"},
            confidence=round(CONFIDENCE_MAX * likeness, 3),
        )

    def came(self, symbol: Outlined) -> Change:
        return self._alone(ADDED[symbol.kind], after=self._place(self.after, symbol))

    def gone(self, symbol: Outlined) -> Change:
        return self._alone(REMOVED[symbol.kind], before=self._place(self.before, symbol))

    def _alone(self, kind: ChangeKind, before: Place | None = None, after: Place | None = None) -> Change:
        detail: Detail = {"compared_by": "line"}
        return Change(kind=kind, before=before, after=after, detail=detail, confidence=CONFIDENCE_MAX)

    def imports(self) -> Iterator[Change]:
        """Imported names that came or went; repeated ones count once."""
        old, new = (dict(_imports(file.text)) if file else {} for file in (self.before, self.after))
        for key in sorted(old.keys() - new.keys()):
            yield self._import(ChangeKind.REMOVE_IMPORT, key, before=_line_of(self.before, old[key]))
        for key in sorted(new.keys() - old.keys()):
            yield self._import(ChangeKind.ADD_IMPORT, key, after=_line_of(self.after, new[key]))

    def _import(
        self, kind: ChangeKind, key: tuple[str, str], before: Place | None = None, after: Place | None = None
    ) -> Change:
        names = {name: shorten_text(text, self.limits) for name, text in zip(("name", "target"), key, strict=True)}
        detail: Detail = {**names, "compared_by": "line"}
        return Change(kind=kind, before=before, after=after, detail=detail, confidence=CONFIDENCE_MAX)

    def _place(self, file: SourceFile | None, symbol: Outlined) -> Place | None:
        if file is None:
            return None
        return place_of_lines(file, symbol.line, symbol.end_line, shorten_text(symbol.qualname, self.limits))


def _line_of(file: SourceFile | None, line: int) -> Place | None:
    return place_of_lines(file, line, line) if file else None


def _imports(text: str) -> Iterator[tuple[tuple[str, str], int]]:
    """(Name as it is called here, name where it comes from) of each import, with its line."""
    code = LEXEME.sub(_blank, text)
    line, at = 1, 0
    for match in _IMPORT.finditer(code):
        line += code.count("\n", at, match.start())
        at = match.start()
        source = f"{match[1]}." if match[1] else ""
        for part in (match[2] or match[3]).strip("()").split(","):
            name = _IMPORTED.fullmatch(part.strip())
            if name:
                yield (name[2] or name[1], source + name[1]), line
