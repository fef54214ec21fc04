"""Both versions of the changed files, and what of the one became what of the other.

A comparison holds the new texts alone; the old ones follow from them and the diff, where the diff was not cut.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, NamedTuple, Self

from app.core.diff.records.kinds import EXTRACTIONS, FOLDERS, RELOCATED_SYMBOLS
from app.core.hunks import Patch, read_patches
from app.core.masking.students_text import mask
from app.core.reviewing.threads.code_lines import CodeLines, read_code
from app.core.reviewing.threads.logical_lines import LogicalLine, with_new_names
from schemas.changes import Change, ChangeKind, FileChange
from schemas.changes import Place as ChangePlace
from schemas.comparison import Baseline, Comparison, FactCode

_CHARS_MAX: Final = 512 * 1024
"""Text of both versions that is read, half a second's work at worst; a whole homework has 20 KB."""

_LOCAL_NAMES: Final = frozenset({ChangeKind.RENAME_VARIABLE, ChangeKind.RENAME_PARAMETER})
_FILES: Final = frozenset({ChangeKind.RENAME_FILE, ChangeKind.MOVE_FILE, ChangeKind.MOVE_AND_RENAME_FILE})
_SURFACE: Final = frozenset({FactCode.ONLY_FORMATTING, FactCode.ONLY_COMMENTS, FactCode.ONLY_SURFACE})


class SymbolAt(NamedTuple):
    """A symbol by its file and dotted name; None is what the file does outside of all."""

    path: str
    name: str | None


@dataclass(slots=True)
class BothVersions:
    """The two versions of a comparison. Paths and symbols are the old version's where a method says `before`."""

    files: Mapping[str, FileChange]
    """The changed files, by new path; a removed one by its old path."""
    old_paths: Mapping[str, str]
    """New path -> old path, of the files that were there."""
    new_texts: Mapping[str, str]
    old_texts: Mapping[str, str]
    symbols: Mapping[SymbolAt, SymbolAt]
    """What was renamed or moved."""
    taken_to: Mapping[SymbolAt, tuple[SymbolAt, ...]]
    """Where parts of a symbol went: extracted from it, or inlined."""
    lists_all: bool
    """Whether all files there are stand in `files`, for there was nothing to compare them with."""
    is_surface: bool
    """Whether all that changed does what it did before."""
    names_everywhere: Mapping[str, str]
    names_within: Mapping[SymbolAt, Mapping[str, str]]
    _read: dict[tuple[str, bool], CodeLines | None] = field(default_factory=dict)
    _chars_left: int = _CHARS_MAX

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        """Both versions of the changed files of `comparison`."""
        files = {file.path: file for file in comparison.files}
        new_texts = {source.path: source.text for source in comparison.sources}
        patches = {patch.path: patch for patch in read_patches(comparison.diff_info.diff)}
        old_paths = {
            path: file.previous_path or path
            for path, file in files.items()
            if file.status in {"modified", "renamed", "removed"}
        }
        old_texts = {
            old_paths[path]: text
            for path, file in files.items()
            if path in old_paths and (text := _text_before(file, new_texts.get(path), patches.get(path))) is not None
        }
        symbols = dict(_relocated(comparison.changes))
        return cls(
            files=files,
            old_paths=old_paths,
            new_texts=new_texts,
            old_texts=old_texts,
            symbols=symbols,
            taken_to=_taken(comparison.changes),
            lists_all=comparison.baseline in {Baseline.NONE, Baseline.UNAVAILABLE},
            is_surface=any(fact.code in _SURFACE for fact in comparison.evidence.facts),
            names_everywhere=_names_everywhere(comparison.changes, symbols),
            names_within=_names_within(comparison.changes),
        )

    def path_now(self, before: str) -> str | None:
        """Where a file is now; None where it is gone."""
        for path, old in self.old_paths.items():
            if old == before:
                return None if self.files[path].status == "removed" else path
        return None if self.lists_all and before not in self.files else before

    def is_touched(self, before: str) -> bool:
        """Whether the comparison tells of a change of the file that was at `before`."""
        if self.lists_all:
            return True
        file = self.files.get(before)
        return before in self.old_paths.values() or (file is not None and file.status in {"unread", "added"})

    def is_same_text(self, path: str) -> bool:
        """Whether a file that is at `path` now says all that it said, under another name."""
        file = self.files.get(path)
        return file is not None and file.status == "renamed" and file.lines_added == file.lines_removed == 0

    def is_elsewhere(self, before: SymbolAt, now: SymbolAt) -> bool:
        """Whether a symbol stands in another file, class or function than before; a new name alone is no move."""
        if now.path != before.path:
            return True
        parents = (before.name or "").rpartition(".")[0], (now.name or "").rpartition(".")[0]
        if not parents[0] or not parents[1]:
            return parents[0] != parents[1]
        return self._followed(SymbolAt(before.path, parents[0])) != SymbolAt(now.path, parents[1])

    def now(self, path: str) -> CodeLines | None:
        """The new version's code; None where its text is not at hand, or too much was read already."""
        return self._code(path, self.new_texts.get(path), is_new=True)

    def before(self, path: str) -> CodeLines | None:
        """The old version's code; None where it is not known."""
        return self._code(path, self.old_texts.get(path), is_new=False)

    def symbol_now(self, before: SymbolAt) -> SymbolAt | None:
        """Where a symbol is now, by what the changes say, else by its name; None where there is none of it."""
        found = self._followed(before)
        if found is None:
            return None
        code = self.now(found.path)
        return found if code is not None and code.has(found.name) else None

    def symbol_before(self, now: SymbolAt) -> SymbolAt | None:
        """Where a symbol was; None where it is new."""
        for before, after in self.symbols.items():
            if after == now:
                return before
        parent, _, name = (now.name or "").rpartition(".")
        if parent:
            above = self.symbol_before(SymbolAt(now.path, parent))
            return SymbolAt(above.path, f"{above.name}.{name}") if above is not None and above.name else None
        path = self.old_paths.get(now.path)
        return SymbolAt(path, now.name) if path is not None else None

    def names_in(self, before: SymbolAt) -> dict[str, str]:
        """The names that became others in what a symbol says."""
        names = dict(self.names_everywhere)
        name = before.name or ""
        while name:
            names |= self.names_within.get(SymbolAt(before.path, name), {})
            name = name.rpartition(".")[0]
        return names

    def is_unchanged(self, before: SymbolAt, now: SymbolAt, *, whole: bool = False) -> bool | None:
        """Whether a symbol says what it said, names that became others aside; None where that cannot be known.

        Comments and layout say nothing. `whole` includes the symbols within it.
        """
        old, new = self.before(before.path), self.now(now.path)
        if old is None or new is None:
            return None
        names = self.names_in(before)
        one = [with_new_names(s.code, names) for s in _said(old, before.name, whole=whole)]
        other = [s.code for s in _said(new, now.name, whole=whole)]
        return one == other

    def _followed(self, before: SymbolAt) -> SymbolAt | None:
        if before in self.symbols:
            return self.symbols[before]
        parent, _, name = (before.name or "").rpartition(".")
        if parent:
            above = self._followed(SymbolAt(before.path, parent))
            return SymbolAt(above.path, f"{above.name}.{name}") if above is not None else None
        path = self.path_now(before.path)
        return SymbolAt(path, before.name) if path is not None else None

    def _code(self, path: str, text: str | None, *, is_new: bool) -> CodeLines | None:
        if (path, is_new) not in self._read:
            code = None
            if text is not None and len(text) <= self._chars_left:
                self._chars_left -= len(text)
                code = read_code(path, mask(text))
            self._read[path, is_new] = code
        return self._read[path, is_new]


def _said(code: CodeLines, name: str | None, *, whole: bool) -> Iterator[LogicalLine]:
    found = code.whole(name) if whole and name is not None else code.within(name)
    return (statement for statement in found if not statement.is_comment)


def _text_before(file: FileChange, text: str | None, patch: Patch | None) -> str | None:
    """The old text, made from the new one by taking the changes back; None where the diff does not hold them all."""
    if file.unread is not None:
        return None  # it was not read then, or is not now
    hunks = patch.hunks if patch is not None else ()
    changed = [line for hunk in hunks for line in hunk if line.sign != " "]
    removed = sum(line.sign == "-" for line in changed)
    if (len(changed) - removed, removed) != (file.lines_added, file.lines_removed):
        return None
    if file.status == "removed":
        return "\n".join(line.text for line in changed)
    if text is None:
        return None
    new, old = text.split("\n"), []
    at = 0
    for hunk in hunks:
        if not hunk:
            continue
        old += new[at : hunk[0].number - 1]
        old += [line.text for line in hunk if line.sign != "+"]
        at = hunk[0].number - 1 + sum(line.sign != "-" for line in hunk)
    return "\n".join([*old, *new[at:]])


def _relocated(changes: Iterable[Change]) -> Iterator[tuple[SymbolAt, SymbolAt]]:
    for change in changes:
        if change.kind in RELOCATED_SYMBOLS and change.before is not None and change.after is not None:
            yield _at(change.before), _at(change.after)


def _taken(changes: Iterable[Change]) -> dict[SymbolAt, tuple[SymbolAt, ...]]:
    found: dict[SymbolAt, tuple[SymbolAt, ...]] = {}
    for change in changes:
        is_taken = change.kind in EXTRACTIONS or change.kind == ChangeKind.INLINE_METHOD
        if is_taken and change.before is not None and change.after is not None:
            before = _at(change.before)
            found[before] = (*found.get(before, ()), _at(change.after))
    return found


def _names_everywhere(changes: Iterable[Change], symbols: Mapping[SymbolAt, SymbolAt]) -> dict[str, str]:
    """Names that anybody may use: of functions, classes, attributes, files and folders. Of two ways, none."""
    pairs = {(_last(one.name), _last(other.name)) for one, other in symbols.items()}
    for change in changes:
        if change.kind == ChangeKind.RENAME_ATTRIBUTE:
            pairs.update(_names(change))
        elif change.kind in _FILES | FOLDERS and change.before is not None and change.after is not None:
            pairs.add((PurePosixPath(change.before.path).stem, PurePosixPath(change.after.path).stem))
    return _certain(pairs)


def _names_within(changes: Iterable[Change]) -> dict[SymbolAt, dict[str, str]]:
    pairs: dict[SymbolAt, set[tuple[str, str]]] = {}
    for change in changes:
        if change.kind in _LOCAL_NAMES and change.before is not None:
            pairs.setdefault(_at(change.before), set()).update(_names(change))
    return {symbol: _certain(found) for symbol, found in pairs.items()}


def _names(change: Change) -> Iterator[tuple[str, str]]:
    before, after = change.detail.get("before"), change.detail.get("after")
    if isinstance(before, str) and isinstance(after, str):
        yield _last(before), _last(after)


def _certain(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    different = [pair for pair in sorted(pairs) if pair[0] != pair[1]]
    olds = [one for one, _ in different]
    return {one: other for one, other in different if olds.count(one) == 1}


def _last(name: str | None) -> str:
    return (name or "").rpartition(".")[2]


def _at(place: ChangePlace) -> SymbolAt:
    return SymbolAt(place.path, place.symbol)
