"""Two source trees -> which file became which: by path, by equal text, by similar lines."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from posixpath import basename, dirname, splitext
from typing import NamedTuple

from app.core.submission.sources import FileKind, SourceFile, SourceTree

_SIMILAR_MIN = 0.5  # share of text in common from which a file counts as renamed, as in git
_SIMILAR_MIN_SMALL = 0.75  # for files of a few lines, where half in common is chance
_SIMILAR_MIN_RELATED = 0.35  # … for files of one base name, or one that went and one that came in a folder
_REWRITTEN_MAX = 0.4  # share of text in common below which the files of one path may be others' …
_EXCHANGED_MIN = 0.8  # … if each has so much in common with one of another path
_SMALL_LINES = 8
_NAMES_OF_MANY = frozenset({"__init__.py", "__main__.py", "main.py", "README.md"})
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
    """Every file of both trees exactly once, sorted by path; none that is there on the other side and was not read.

    A path's old file became its new one, unless files took over names down a chain, as when `b.py` became `c.py`
    and `a.py` became `b.py`.
    """
    old = (
        {path: f for path, f in before.files.items() if path in after.files or not after.why_unread(path)}
        if before
        else {}
    )
    new = {path: f for path, f in after.files.items() if path in old or before is None or not before.why_unread(path)}
    removed = {path: file for path, file in sorted(old.items()) if path not in new}
    added = {path: file for path, file in sorted(new.items()) if path not in old}
    chained = _chained(old, new) if removed and added else []
    pairs = [FilePair(old[one], new[other], similarity) for one, other, similarity in chained]
    gone = {one for one, _, _ in chained}
    pairs.extend(FilePair(old[path], new[path]) for path in new if path in old and path not in gone)
    for one, other, _ in chained:
        removed.pop(one, None)
        added.pop(other, None)
    for rule in (_equal, _similar):
        for one, other, similarity in rule(removed, added):
            if one in removed and other in added:
                pairs.append(FilePair(removed.pop(one), added.pop(other), similarity))
    for one, other in _moved_along(removed, added, pairs):
        pairs.append(FilePair(removed.pop(one), added.pop(other)))
    pairs.extend(FilePair(file, None) for file in removed.values())
    pairs.extend(FilePair(None, file) for file in added.values())
    return tuple(sorted(pairs, key=lambda pair: (pair.path, pair.before is None)))


def _chained(old: dict[str, SourceFile], new: dict[str, SourceFile]) -> list[tuple[str, str, float]]:
    """Pairs of files of which one took over the other's name, down whole chains or round a circle.

    A chain goes from a path that is gone to a new one. If it breaks off on the way, all its paths keep their files.
    """
    rewritten = {
        path
        for path, file in old.items()
        if path in new
        and file.text != new[path].text
        and _similarity(_weights(file.text), _weights(new[path].text)) < _REWRITTEN_MAX
    }
    if not rewritten:
        return []
    olds = {path: file for path, file in sorted(old.items()) if path not in new or path in rewritten}
    news = {path: file for path, file in sorted(new.items()) if path not in old or path in rewritten}
    became: dict[str, tuple[str, float]] = {}
    origin: dict[str, str] = {}
    for one, other, similarity in (*_equal(olds, news), *_similar(olds, news)):
        if one not in became and other not in origin and one != other and similarity >= _EXCHANGED_MIN:
            became[one] = other, similarity
            origin[other] = one
    broken = sorted(path for path in rewritten if (path in became) != (path in origin))
    while broken:
        path = broken.pop()
        if path in became:
            other, _ = became.pop(path)
            del origin[other]
            broken.append(other)
        if path in origin:
            one = origin.pop(path)
            del became[one]
            broken.append(one)
    return [(one, other, share) for one, (other, share) in became.items() if {one, other} & rewritten]


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
    old_lines, new_lines = ({path: _weights(file.text) for path, file in files.items()} for files in (removed, added))
    holders: defaultdict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, weights in enumerate((old_lines, new_lines)):
        for path, lines in weights.items():
            for line in lines:
                holders[line][side].append(path)
    shared: Counter[tuple[str, str]] = Counter()
    for line, (olds, news) in holders.items():
        if max(len(olds), len(news)) <= _LINE_FILES_MAX:
            shared.update(dict.fromkeys(((old, new) for old in olds for new in news), len(line)))
    found: list[tuple[float, bool, tuple[str, ...], str, str]] = []
    alone = _alone_in_their_folders(removed, added)
    for old, new in _best(shared):
        one, other = old_lines[old], new_lines[new]
        similarity = _similarity(one, other) if _comparable(removed[old], added[new]) else 0.0
        related = (old, new) in alone or basename(old) == basename(new) not in _NAMES_OF_MANY
        if similarity >= _least(min(len(one), len(other)), related=related):
            found.append((-similarity, basename(old) != basename(new), tuple(sorted((old, new))), old, new))
    return [(old, new, round(-negative, 3)) for negative, _, _, old, new in sorted(found)]


def _moved_along(
    removed: dict[str, SourceFile], added: dict[str, SourceFile], pairs: Iterable[FilePair]
) -> list[tuple[str, str]]:
    """Files without text, as many an `__init__.py` is, that stand where most of the files around them moved to."""
    blank = [path for path, file in removed.items() if not file.text.strip()]
    if not blank or all(file.text.strip() for file in added.values()):
        return []
    ways: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for pair in pairs:
        old, new = (pair.before.path, pair.after.path) if pair.before and pair.after else ("", "")
        while old != new and basename(old) == basename(new):
            old, new = dirname(old), dirname(new)
            ways[old][new] += 1
    found: list[tuple[int, int, tuple[str, ...], str, str]] = []
    for path in blank:
        for depth, count, other in _places_along(path, ways):
            if other in added and not added[other].text.strip():
                found.append((depth, -count, tuple(sorted((path, other))), path, other))
    became: dict[str, str] = {}
    taken: set[str] = set()
    for *_, path, other in sorted(found):
        if path not in became and other not in taken:
            became[path] = other
            taken.add(other)
    return [*became.items()]


def _places_along(path: str, ways: Mapping[str, Counter[str]]) -> Iterator[tuple[int, int, str]]:
    """Where `path` would stand if it had gone with a folder around it: how far around, and with how many files."""
    folder, rest, depth = dirname(path), basename(path), 0
    while True:
        for way, count in ways[folder].most_common(_CANDIDATES_MAX) if folder in ways else ():
            yield depth, count, f"{way}/{rest}" if way else rest
        if not folder:
            return
        folder, rest, depth = dirname(folder), f"{basename(folder)}/{rest}", depth + 1


def _least(lines: int, *, related: bool) -> float:
    """The share of text that two files, the shorter of so many lines, must have in common."""
    if lines < _SMALL_LINES:
        return _SIMILAR_MIN_SMALL
    return _SIMILAR_MIN_RELATED if related else _SIMILAR_MIN


def _alone_in_their_folders(removed: Iterable[str], added: Iterable[str]) -> set[tuple[str, str]]:
    """Pairs of which each is the only one of its suffix that its folder lost, or that the folder got."""
    by_place: defaultdict[tuple[str, str], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, paths in enumerate((removed, added)):
        for path in paths:
            by_place[dirname(path), splitext(path)[1]][side].append(path)
    return {(olds[0], news[0]) for olds, news in by_place.values() if len(olds) == len(news) == 1}


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
