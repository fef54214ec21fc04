"""Two source trees -> which file became which: by path, by equal text, by similar lines."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from posixpath import basename

from app.core.sources import FileKind, SourceFile, SourceTree

_SIMILAR_MIN = 0.5  # share of text in common from which a file counts as renamed, as in git
_SIMILAR_MIN_SMALL = 0.75  # for files of a few lines, where half in common is chance
_SMALL_LINES = 8
_LINE_FILES_MAX = 8  # a line in more files than this says nothing about where a file came from
_CANDIDATES_MAX = 6  # old files weighed for one new file; keeps the pairing linear in the number of files
_CODE = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})


@dataclass(frozen=True, slots=True)
class FilePair:
    """One file before and after; one of them may be None. `similarity` is the share of text in common."""

    before: SourceFile | None
    after: SourceFile | None
    similarity: float = 1.0

    @property
    def path(self) -> str:
        """The new path; for a removed file the old one."""
        return (self.after or self.present).path

    @property
    def present(self) -> SourceFile:
        """The side that exists, the new one where both do."""
        file = self.after or self.before
        if file is None:
            raise AssertionError("a pair has a side")
        return file

    @property
    def status(self) -> str:
        """The file's fate, as in `FileChange`."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        if self.before.path != self.after.path:
            return "renamed"
        return "unchanged" if self.before.text == self.after.text else "modified"

    @property
    def is_code(self) -> bool:
        """Whether both sides that exist are Python text."""
        return all(side is None or side.kind in _CODE for side in (self.before, self.after))


def pair_files(before: SourceTree | None, after: SourceTree) -> tuple[FilePair, ...]:
    """Every file of both trees exactly once, sorted by path."""
    old = dict(before.files) if before else {}
    new = dict(after.files)
    pairs = [FilePair(old[path], new[path]) for path in new if path in old]
    removed = {path: file for path, file in sorted(old.items()) if path not in new}
    added = {path: file for path, file in sorted(new.items()) if path not in old}
    for one, other, similarity in [*_equal(removed, added), *_similar(removed, added)]:
        if one in removed and other in added:
            pairs.append(FilePair(removed.pop(one), added.pop(other), similarity))
    pairs.extend(FilePair(file, None) for file in removed.values())
    pairs.extend(FilePair(None, file) for file in added.values())
    return tuple(sorted(pairs, key=lambda pair: (pair.path, pair.before is None)))


def _equal(removed: dict[str, SourceFile], added: dict[str, SourceFile]) -> list[tuple[str, str, float]]:
    """Pairs of equal text, those that keep their base name first; files without text say nothing."""
    by_text: defaultdict[bytes, list[str]] = defaultdict(list)
    for path, file in removed.items():
        if file.text.strip():
            by_text[_digest(file.text)].append(path)
    found = []
    for path, file in added.items():
        for old in by_text.get(_digest(file.text), [])[:_CANDIDATES_MAX]:
            found.append((basename(old) != basename(path), old, path))
    return [(old, path, 1.0) for _, old, path in sorted(found)]


def _similar(removed: dict[str, SourceFile], added: dict[str, SourceFile]) -> list[tuple[str, str, float]]:
    """Pairs with enough text in common, the most similar first.

    Only files that share a line which is rare among the removed ones are weighed, so that the time does not grow
    with the product of both numbers.
    """
    old_lines = {path: _weights(file.text) for path, file in removed.items()}
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for path, lines in old_lines.items():
        for line in lines:
            holders[line].append(path)
    found = []
    for path, file in added.items():
        lines = _weights(file.text)
        shared: Counter[str] = Counter()
        for line, weight in lines.items():
            rare = holders.get(line, ())
            if len(rare) <= _LINE_FILES_MAX:
                for old in rare:
                    shared[old] += weight
        best = sorted(shared, key=lambda old: (-shared[old], old))[:_CANDIDATES_MAX]
        for old in best:
            if not _comparable(removed[old], file):
                continue
            similarity = _similarity(old_lines[old], lines)
            small = min(len(old_lines[old]), len(lines)) < _SMALL_LINES
            if similarity >= (_SIMILAR_MIN_SMALL if small else _SIMILAR_MIN):
                found.append((-similarity, basename(old) != basename(path), old, path))
    return [(old, path, round(-negative, 3)) for negative, _, old, path in sorted(found)]


def _comparable(one: SourceFile, other: SourceFile) -> bool:
    return one.kind == other.kind or (one.kind in _CODE and other.kind in _CODE)


def _weights(text: str) -> Counter[str]:
    """Stripped lines that say something, weighted by their length times how often they stand there."""
    weights: Counter[str] = Counter()
    for line in text.split("\n"):
        stripped = line.strip()
        if len(stripped) > 2:
            weights[stripped] += len(stripped)
    return weights


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Dice's coefficient over weighted lines."""
    whole = one.total() + other.total()
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    common = sum(min(weight, large[line]) for line, weight in small.items() if line in large)
    return 2 * common / whole if whole else 0.0


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
