"""Two source trees -> which file became which: by path, by equal text, by similar lines."""

from collections import Counter, defaultdict
from hashlib import blake2b
from posixpath import basename
from typing import NamedTuple

from app.core.sources import FileKind, SourceFile, SourceTree

_SIMILAR_MIN = 0.5  # share of text in common from which a file counts as renamed, as in git
_SIMILAR_MIN_SMALL = 0.75  # for files of a few lines, where half in common is chance
_SMALL_LINES = 8
_LINE_FILES_MAX = 8  # a line in more files than this says nothing about where a file came from
_CANDIDATES_MAX = 6  # old files weighed for one new file; keeps the pairing linear in the number of files
_CODE = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})


class FilePair(NamedTuple):
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
        old, new = self.before, self.after
        return (old is None or old.kind in _CODE) and (new is None or new.kind in _CODE)


def pair_files(before: SourceTree | None, after: SourceTree) -> tuple[FilePair, ...]:
    """Every file of both trees exactly once, sorted by path."""
    old = dict(before.files) if before else {}
    new = dict(after.files)
    pairs = [FilePair(old[path], new[path]) for path in new if path in old]
    removed = {path: file for path, file in sorted(old.items()) if path not in new}
    added = {path: file for path, file in sorted(new.items()) if path not in old}
    for rule in (_equal, _similar):
        for one, other, similarity in rule(removed, added):
            if one in removed and other in added:
                pairs.append(FilePair(removed.pop(one), added.pop(other), similarity))
    pairs.extend(FilePair(file, None) for file in removed.values())
    pairs.extend(FilePair(None, file) for file in added.values())
    return tuple(sorted(pairs, key=lambda pair: (pair.path, pair.before is None)))


def _equal(removed: dict[str, SourceFile], added: dict[str, SourceFile]) -> list[tuple[str, str, float]]:
    """Pairs of equal text, those that keep their base name first; files without text say nothing."""
    by_text: defaultdict[bytes, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, files in enumerate((removed, added)):
        for path, file in files.items():
            if file.text.strip():
                by_text[_digest(file.text)][side].append(path)
    pairs: list[tuple[str, str, float]] = []
    for olds, news in by_text.values():
        names = {basename(path): path for path in news[::-1]}
        named = {old: names.pop(basename(old)) for old in olds if basename(old) in names}
        taken = set(named.values())
        rest = zip([o for o in olds if o not in named], [n for n in news if n not in taken], strict=False)
        pairs.extend((old, new, 1.0) for old, new in (*named.items(), *rest))
    return pairs


def _similar(removed: dict[str, SourceFile], added: dict[str, SourceFile]) -> list[tuple[str, str, float]]:
    """Pairs with enough text in common, the most similar first.

    Only files that share a line which is rare on both sides are weighed, so that the time does not grow with the
    product of both numbers. Nothing here prefers one side: swapped trees give swapped pairs.
    """
    lines = {path: _weights(file.text) for path, file in (*removed.items(), *added.items())}
    holders: defaultdict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, files in enumerate((removed, added)):
        for path in files:
            for line in lines[path]:
                holders[line][side].append(path)
    shared: Counter[tuple[str, str]] = Counter()
    for line, (olds, news) in holders.items():
        if max(len(olds), len(news)) <= _LINE_FILES_MAX:
            shared.update(dict.fromkeys(((old, new) for old in olds for new in news), len(line)))
    found: list[tuple[float, bool, tuple[str, ...], str, str]] = []
    for old, new in _best(shared):
        similarity = _similarity(lines[old], lines[new]) if _comparable(removed[old], added[new]) else 0.0
        small = min(len(lines[old]), len(lines[new])) < _SMALL_LINES
        if similarity >= (_SIMILAR_MIN_SMALL if small else _SIMILAR_MIN):
            found.append((-similarity, basename(old) != basename(new), tuple(sorted((old, new))), old, new))
    return [(old, new, round(-negative, 3)) for negative, _, _, old, new in sorted(found)]


def _best(shared: Counter[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs that are among the best few of either of their files."""
    ranked = sorted(shared, key=lambda pair: (-shared[pair], sorted(pair)))
    kept: set[tuple[str, str]] = set()
    taken: Counter[str] = Counter()
    for old, new in ranked:
        if min(taken[old], taken[new]) < _CANDIDATES_MAX:
            kept.add((old, new))
            taken.update((old, new))
    return kept


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
