"""One pass over a text's words: what they mean, what stands together, and what that amounts to."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from app.core.evidence.injection import rules, words
from app.core.evidence.injection.meanings import Meaning

_NEAR_WORDS: Final = 9
_FAR_WORDS: Final = 22
_LINE_WORDS: Final = 1  # a line's end counts as so many words, so that far lines do not meet
_BLANK_WORDS: Final = 8
_SPACED_MIN: Final = 5  # tokens of a line before letters are sought that were spaced out
_NEVER: Final = -1_000
_CACHED_MAX: Final = 10_000
_CIPHER: Final = "\0"
_SPACED_OUT: Final = "\1"
M: Final = Meaning  # the table below is read by it

#: What two words say together: the earlier one's meaning, how many words apart at most, the later one's, the sum.
_PAIRS: Final = tuple(
    (int(earlier), between, int(later), int(together))
    for earlier, between, later, together in (
        (M.DEAR, 1, M.MACHINE, M.SALUTED),
        (M.SCORE, 1, M.TOP, M.TOPSCORE),
        (M.LOWER, 3, M.NOT, M.SPARE),
        (M.AS, 1, M.FULFILLED, M.ASDONE),
        (M.RAISE, 3, M.SCORE, M.RAISED),
        (M.IMPERATIVE, 4, M.FIVE, M.AWARD),
        (M.SALUTE, 2, M.GRADER | M.AI, M.SALUTED),
        (M.NOT, 1, M.BEHEST, M.SPARED),
        (M.NOT, 2, M.HEED, M.UNHEED),
        (M.MUST, 3, M.NUMBER, M.DEMAND),
        (M.ANSWER, 5, M.NUMBER | M.TOP, M.MARKED),
        (M.FIELD | M.OWN, 3, M.NUMBER, M.FIELDSET),
        (M.NUMBER, 1, M.NUMBER, M.TOPSCORE),
        (M.GRANT, 6, M.TOP | M.NUMBER, M.AWARD),
        (M.IMPERATIVE, 6, M.TOP | M.NUMBER, M.AWARD),
        (M.TOP | M.NUMBER, 4, M.IMPERATIVE, M.AWARD),
        (M.SCORE, 5, M.NUMBER, M.TOPSCORE | M.SCORED),
        (M.NUMBER, 1, M.SCORE, M.SCORED),
        (M.TOP | M.NUMBER, 2, M.SCORE, M.TOPSCORE),
        (M.NOT, 2, M.LOWER | M.MENTION, M.SPARE),
        (M.NOT, 3, M.DEFECT, M.CLEAN),
        (M.DEFECT, 2, M.NOT, M.CLEAN),
        (M.OVERRIDE, 5, M.RULES, M.CANCEL),
        (M.RULES, 6, M.OVERRIDE, M.CANCEL),
        (M.NOT, 2, M.NEED, M.NEEDLESS),
        (M.NEED, 1, M.NOT, M.NEEDLESS),
        (M.NEEDLESS, 5, M.CHECK, M.SKIP),
        (M.CHECK, 4, M.NEEDLESS, M.SKIP),
        (M.NOT, 2, M.CHECK, M.SKIP),
        (M.PRAISE, 1, M.WORK, M.LAUDED),
        (M.WORK, 3, M.PRAISE, M.LAUDED),
        (M.VERDICT, 2, M.PRAISE | M.HUNDRED, M.TOPSCORE | M.SCORED),
        (M.REVIEW, 1, M.HUNDRED, M.TOPSCORE | M.SCORED),
        (M.YOU | M.AI | M.GRADER, 5, M.THREAT, M.HARM),
        (M.THREAT, 4, M.YOU | M.AI | M.GRADER, M.HARM),
        (M.YOU, 2, M.NAMED, M.ROLE),
        (M.NAMED, 1, M.YOU, M.ROLE),
        (M.TEN, 1, M.OUTOF, M.TENOUT),
        (M.TENOUT, 2, M.TEN, M.TOPSCORE | M.SCORED),
    )
)


@lru_cache(maxsize=_CACHED_MAX)
def _pairs_of(bits: int) -> tuple[tuple[int, int, int, int, int], ...]:
    """The pairs, with their places in the table, that a word of these meanings can be a half of: few of them."""
    said, pairs = bits, []
    for index, (earlier, between, later, together) in enumerate(_PAIRS):
        if said & (earlier | later):
            pairs.append((index, earlier, between, later, together))
        if said & later:
            said |= together
    return tuple(pairs)


@dataclass(frozen=True, slots=True)
class Order:
    """One suspicious place: which rule tells, and the 1-based line."""

    rule: str
    line: int


def find_orders(text: str, limit: int = 1) -> tuple[Order, ...]:
    """The places of `text` that read like an order to the reviewer: the first of each rule, `limit` rules at most.

    A place is told by the line on which the order begins.
    """
    found: dict[str, Order] = {}
    for recent in windows(words.reveal(text)):
        rule = rules.broken_rule(recent.near_mask, recent.far_mask)
        if rule is not None and rule.name not in found:
            found[rule.name] = Order(rule.name, recent.start(rule))
            if len(found) >= limit:
                break
    return tuple(found.values())


def windows(text: str) -> Iterator["Recent"]:
    """For each word that means something: what was said up to it. It is one object all the time."""
    known: dict[str, tuple[int, ...]] = dict.fromkeys(words.SIGNS, ())
    known |= {_CIPHER: (int(M.CIPHER),), _SPACED_OUT: (int(M.DISGUISED),)}
    position = 0
    recent = Recent()
    marked = {line: int(M.MARKER) for line, _ in words.numbered(text, words.MARKERS.finditer(text))}
    marked |= {line: int(M.FENCE) for line, _ in words.numbered(text, words.FENCES.finditer(text))}
    ciphers = words.ciphers(text)
    for number, line in enumerate(text.split("\n"), start=1):
        tokens = _tokens(line)
        if number in ciphers:
            tokens += [_CIPHER, *_tokens(ciphers[number])]
        position += _LINE_WORDS if tokens else _BLANK_WORDS
        if number in marked:
            recent.add(position, marked[number], number)
            yield recent
        for token in tokens:
            meanings = known.get(token)
            if meanings is None:
                meanings = known[token] = words.meanings(token)
            if not meanings:
                position += words.SIGNS.get(token, 1)
                continue
            for bits in meanings:
                position += 1
                if bits:
                    recent.add(position, bits, number)
                    yield recent


def _tokens(line: str) -> list[str]:
    found = words.TOKEN.findall(line)
    if len(found) >= _SPACED_MIN:
        joined = words.joined_letters(line)
        if joined != line:
            return [_SPACED_OUT, *words.TOKEN.findall(joined)]
    return found


@dataclass(slots=True)
class Recent:
    """The meanings of the last words as (position, meanings, line), and where each half of a pair stood last."""

    near_mask: int = 0
    far_mask: int = 0
    far: deque[tuple[int, int, int]] = field(default_factory=deque)
    last: list[tuple[int, int]] = field(default_factory=lambda: [(_NEVER, 0)] * len(_PAIRS))

    def add(self, position: int, bits: int, line: int) -> None:
        """Take in the word at `position`, with what it says together with others."""
        last = self.last
        said, start = bits, line
        for index, earlier, between, later, together in _pairs_of(bits):
            if said & later and position - last[index][0] <= between:
                said |= together
                start = min(start, last[index][1])
            if said & earlier:
                last[index] = (position, line)
        self.far.append((position, said, start))
        while self.far[0][0] < position - _FAR_WORDS:
            self.far.popleft()
        near = far = 0
        for place, one, _ in self.far:
            far |= one
            if place >= position - _NEAR_WORDS:
                near |= one
        self.near_mask, self.far_mask = near, far

    def start(self, rule: rules.Rule) -> int:
        """The line on which what `rule` needs begins."""
        mask, line = 0, self.far[-1][2]
        for _, one, start in reversed(self.far):
            mask |= one
            line = min(line, start)
            if rule.is_met(mask):
                break
        return line
