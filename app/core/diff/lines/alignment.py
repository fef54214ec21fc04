"""Two texts -> an alignment of their equal lines, within a bounded number of steps.

Myers' greedy algorithm (1986) gives the shortest edit script where few lines changed; where many did, lines that
are unique on both sides are anchors (Bram Cohen's patience diff) and Myers works between them. `difflib` is not
used: it is quadratic, and its "popular lines" heuristic gives wrong counts on long files.
"""

from bisect import bisect_left
from dataclasses import dataclass
from io import StringIO
from itertools import compress, count
from operator import ne

from app.core.limits import DiffLimits

_ANCHOR_DEPTH_MAX = 32  # nested anchoring; without it crafted texts would make it quadratic
_EDITS_MAX = 512  # Myers keeps one frontier per edit: bounds its memory, about half a million small integers
_GREEDY_REACH = 32  # lines that the coarse alignment may run ahead, so that one match cannot throw away the rest

Block = tuple[int, int, int]
"""`size` equal lines from `before` and from `after` on, 0-based: (before, after, size)."""

_Range = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which lines of two texts are the same, in order.

    `exact` is False where the step limit was reached: the counts then still belong to this alignment and to the
    diff made from it, but a shorter diff may exist.
    """

    before_lines: int
    after_lines: int
    blocks: tuple[Block, ...]
    exact: bool = True

    @property
    def equal(self) -> int:
        """Lines that both sides share."""
        return sum(size for _, _, size in self.blocks)

    @property
    def added(self) -> int:
        """Lines that only the new side has."""
        return self.after_lines - self.equal

    @property
    def removed(self) -> int:
        """Lines that only the old side has."""
        return self.before_lines - self.equal


def split_lines(text: str) -> list[str]:
    """Lines with their line feed; only a line feed ends a line, as for git and for Python's parser."""
    lines = text.splitlines(keepends=True)  # several times as fast, and right where nothing else looks like an end
    return lines if len(lines) == count_lines(text) else list(StringIO(text, newline="\n"))


def count_lines(text: str) -> int:
    """How many lines `split_lines` gives."""
    return text.count("\n") + (text[-1:] not in {"", "\n"})


def align(before: list[str], after: list[str], limits: DiffLimits) -> Alignment:
    """Align two lists of lines.

    The smaller side is always taken as the old one and the result mirrored, so that swapping the sides swaps the
    counts whatever the algorithm had to choose between.
    """
    swapped = (len(before), before) > (len(after), after)
    first, second = (after, before) if swapped else (before, after)
    head = _common_head(first, second)
    tail = _common_head(first[head:][::-1], second[head:][::-1])
    ends = len(first) - tail, len(second) - tail
    aligner = _Aligner(first[head : ends[0]], second[head : ends[1]], _steps(before, after, limits))
    blocks = [(i + head, j + head, size) for i, j, size in aligner.run()]
    blocks = [block for block in ((0, 0, head), *blocks, (*ends, tail)) if block[2]]
    if swapped:
        blocks = [(j, i, size) for i, j, size in blocks]
    return Alignment(len(before), len(after), tuple(blocks), aligner.exact)


def _common_head(first: list[str], second: list[str]) -> int:
    """How many lines two lists have in common at their beginning."""
    differ = compress(count(), map(ne, first, second))
    return next(differ, min(len(first), len(second)))


def _steps(before: list[str], after: list[str], limits: DiffLimits) -> int:
    return limits.alignment_steps_base + limits.alignment_steps_per_line * (len(before) + len(after))


class _Aligner:
    """The state of one alignment: interned lines, the steps left, and whether they sufficed."""

    def __init__(self, first: list[str], second: list[str], steps: int) -> None:
        numbers: dict[str, int] = {}
        self.a = [numbers.setdefault(line, len(numbers)) for line in first]
        self.b = [numbers.setdefault(line, len(numbers)) for line in second]
        self.steps = steps
        self.exact = True

    def run(self) -> list[Block]:
        found: list[Block] = []
        work: list[tuple[_Range, int]] = [((0, len(self.a), 0, len(self.b)), 0)]
        while work:
            span, depth = work.pop()
            inner, ends = self._trim(span)
            found.extend(ends)
            if inner[0] == inner[1] or inner[2] == inner[3]:
                continue
            script = self._shortest(inner)
            if script is not None:
                found.extend(script)
                continue
            anchors = self._anchors(inner) if depth < _ANCHOR_DEPTH_MAX else []
            if not anchors:
                self.exact = False
                found.extend(self._greedy(inner))
                continue
            found.extend((i, j, 1) for i, j in anchors)
            work.extend((gap, depth + 1) for gap in _gaps(inner, anchors))
        return _merge(found)

    def _trim(self, span: _Range) -> tuple[_Range, list[Block]]:
        """Cut the common head and tail off a range."""
        a, b = self.a, self.b
        a0, a1, b0, b1 = span
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            a0, b0 = a0 + 1, b0 + 1
        while a1 > a0 and b1 > b0 and a[a1 - 1] == b[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
        ends = [(span[0], span[2], a0 - span[0]), (a1, b1, span[1] - a1)]
        return (a0, a1, b0, b1), [end for end in ends if end[2]]

    def _anchors(self, span: _Range) -> list[tuple[int, int]]:
        """Lines unique on both sides of a range, the longest sequence of them that is in order on both."""
        a0, a1, b0, b1 = span
        in_b = _once(self.b, b0, b1)
        pairs = [(i, in_b[line]) for line, i in _once(self.a, a0, a1).items() if line in in_b]
        pairs.sort()
        tails: list[int] = []
        tops: list[int] = []
        parents: list[int] = []
        for index, (_, j) in enumerate(pairs):
            at = bisect_left(tails, j)
            parents.append(tops[at - 1] if at else -1)
            if at == len(tails):
                tails.append(j)
                tops.append(index)
            else:
                tails[at], tops[at] = j, index
        chain: list[tuple[int, int]] = []
        index = tops[-1] if tops else -1
        while index >= 0:
            chain.append(pairs[index])
            index = parents[index]
        return chain[::-1]

    def _shortest(self, span: _Range) -> list[Block] | None:
        """Myers: the shortest edit script of a range, or None where it takes more than the steps allowed."""
        a, b = self.a, self.b
        a0, a1, b0, b1 = span
        n, m = a1 - a0, b1 - b0
        if abs(n - m) > _EDITS_MAX:
            return None
        frontier = {1: 0}
        trace: list[dict[int, int]] = []
        for edits in range(min(n + m, _EDITS_MAX) + 1):
            self.steps -= edits + 1
            if self.steps < 0:
                return None
            reached: dict[int, int] = {}
            for k in range(-edits, edits + 1, 2):
                left, up = frontier.get(k - 1, -1), frontier.get(k + 1, -1)
                x = max(up, left + 1)
                y = x - k
                if max(left, up) < 0 or x > n or y > m:
                    continue
                while x < n and y < m and a[a0 + x] == b[b0 + y]:
                    x, y = x + 1, y + 1
                reached[k] = x
                if x == n and y == m:
                    return _script(a0, b0, (n, m), [*trace, frontier], edits)
            trace.append(frontier)
            frontier = reached
        return None

    def _greedy(self, span: _Range) -> list[Block]:
        """An alignment in linear time, not the shortest: each line takes its next equal within reach."""
        a0, a1, b0, b1 = span
        places: dict[int, list[int]] = {}
        for j in range(b0, b1):
            places.setdefault(self.b[j], []).append(j)
        blocks: list[Block] = []
        following = b0
        for i in range(a0, a1):
            candidates = places.get(self.a[i])
            if not candidates:
                continue
            at = bisect_left(candidates, following)
            diagonal = b0 + (i - a0) * (b1 - b0) // (a1 - a0)
            if at < len(candidates) and candidates[at] <= max(diagonal + _GREEDY_REACH, following):
                blocks.append((i, candidates[at], 1))
                following = candidates[at] + 1
        return blocks


def _once(lines: list[int], start: int, end: int) -> dict[int, int]:
    """Line -> position, of the lines that occur once in a range."""
    seen: dict[int, int] = {}
    for position in range(start, end):
        seen[lines[position]] = -1 if lines[position] in seen else position
    return {line: position for line, position in seen.items() if position >= 0}


def _gaps(span: _Range, anchors: list[tuple[int, int]]) -> list[_Range]:
    a0, a1, b0, b1 = span
    gaps: list[_Range] = []
    for i, j in [*anchors, (a1, b1)]:
        gaps.append((a0, i, b0, j))
        a0, b0 = i + 1, j + 1
    return [gap for gap in gaps if gap[0] < gap[1] and gap[2] < gap[3]]


def _script(a0: int, b0: int, end: tuple[int, int], frontiers: list[dict[int, int]], edits: int) -> list[Block]:
    """Walk Myers' frontiers back from the end; the equal runs between the edits are the blocks."""
    blocks: list[Block] = []
    x, y = end
    for d in range(edits, -1, -1):
        frontier, k = frontiers[d], x - y
        left, up = frontier.get(k - 1, -1), frontier.get(k + 1, -1)
        down = up > left
        from_x = up if down else left
        from_y = from_x - (k + 1 if down else k - 1)
        start_x = from_x if down else from_x + 1
        if x > start_x:
            blocks.append((a0 + start_x, b0 + start_x - k, x - start_x))
        x, y = from_x, from_y
    return blocks


def _merge(blocks: list[Block]) -> list[Block]:
    """Blocks in order, neighbours joined."""
    merged: list[Block] = []
    for i, j, size in sorted(blocks):
        if merged and merged[-1][0] + merged[-1][2] == i and merged[-1][1] + merged[-1][2] == j:
            merged[-1] = (merged[-1][0], merged[-1][1], merged[-1][2] + size)
        else:
            merged.append((i, j, size))
    return merged
