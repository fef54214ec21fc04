"""One pass over a text's words: what they mean, what stands together, and what that amounts to."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from app.core.evidence.injection import forms, rules, words
from app.core.evidence.injection.meanings import Meaning
from app.core.evidence.injection.pairs import PAIRS, pairs_of
from app.core.evidence.injection.rule import Rule
from app.core.evidence.injection.topic import is_about_grading

_NEAR_WORDS: Final = 9
_FAR_WORDS: Final = 22
_LINE_WORDS: Final = 1  # a line's end counts as so many words, so that far lines do not meet
_BLANK_WORDS: Final = 8
_SPACED_MIN: Final = 5  # tokens of a line before letters are sought that were spaced out
_NAME: Final = "name"
_NAME_CHARS_MAX: Final = 400
_IDENTIFIER_WORDS_MIN: Final = 3
_NEVER: Final = -1_000
_CACHED_MAX: Final = 10_000
_NAME_MARKS: Final = re.compile(r"[-.,\s]+|(?<=\w)_+(?=\w)")
_CIPHER: Final = "\0"
_SPACED_OUT: Final = "\1"


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
    plain = words.reveal(text)
    with_claims: bool | None = None  # asked for at the first claim: it takes another pass
    for recent in windows(plain):
        rule = rules.broken_order(recent.near_mask, recent.far_mask)
        if rule is None and with_claims is not False:
            rule = rules.broken_claim(recent.near_mask, recent.far_mask)
            if rule is not None and with_claims is None:
                with_claims = not is_about_grading(plain)
                rule = rule if with_claims else None
        if rule is not None and rule.name not in found:
            found[rule.name] = Order(rule.name, recent.start(rule))
            if len(found) >= limit:
                break
    return tuple(found.values())


def find_order_in_name(path: str) -> Order | None:
    """What the name of a file or of one of its folders tells that no honest name does, or what the path says."""
    for part in path.split("/"):
        tokens = forms.TOKEN.findall(_NAME_MARKS.sub(" ", part[:_NAME_CHARS_MAX]))
        meanings = tuple(bits for token in tokens for bits in words.meanings(token))
        if rules.is_telling_name(_said(meanings), of_file=True):
            return Order(_NAME, 1)
    return next(iter(find_orders(path)), None)


def _said(meanings: tuple[int, ...]) -> int:
    recent = Recent()
    for position, bits in enumerate(meanings):
        if bits:
            recent.add(position, bits, 1)
    return recent.near_mask


@lru_cache(maxsize=_CACHED_MAX)
def _with_name(meanings: tuple[int, ...]) -> tuple[int, ...]:
    """The meanings of an identifier's words, with that of its whole where it is an order by itself."""
    if len(meanings) < _IDENTIFIER_WORDS_MIN or not rules.is_telling_name(_said(meanings), of_file=False):
        return meanings
    return (*meanings[:-1], meanings[-1] | int(Meaning.NAME))


def windows(text: str) -> Iterator["Recent"]:
    """For each word that means something: what was said up to it. It is one object all the time."""
    known: dict[str, tuple[int, ...]] = dict.fromkeys(forms.SIGNS, ())
    known |= {_CIPHER: (int(Meaning.CIPHER),), _SPACED_OUT: (int(Meaning.DISGUISED),)}
    position = 0
    recent = Recent()
    marked = {line: int(Meaning.MARKER) for line, _ in words.numbered(text, forms.MARKERS.finditer(text))}
    marked |= {line: int(Meaning.FENCE) for line, _ in words.numbered(text, forms.FENCES.finditer(text))}
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
                meanings = known[token] = _with_name(words.meanings(token))
            if not meanings:
                position += forms.SIGNS.get(token, 1)
                continue
            for bits in meanings:
                position += 1
                if bits:
                    recent.add(position, bits, number)
                    yield recent


def _tokens(line: str) -> list[str]:
    found = forms.TOKEN.findall(line)
    if len(found) >= _SPACED_MIN:
        joined = words.joined_letters(line)
        if joined != line:
            return [_SPACED_OUT, *forms.TOKEN.findall(joined)]
    return found


@dataclass(slots=True)
class Recent:
    """The meanings of the last words as (position, meanings, line), and where each half of a pair stood last."""

    near_mask: int = 0
    far_mask: int = 0
    far: deque[tuple[int, int, int]] = field(default_factory=deque)
    last: list[tuple[int, int]] = field(default_factory=lambda: [(_NEVER, 0)] * len(PAIRS))

    def add(self, position: int, bits: int, line: int) -> None:
        """Take in the word at `position`, with what it says together with others."""
        last = self.last
        said, start = bits, line
        for index, earlier, between, later, together in pairs_of(bits):
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

    def start(self, rule: Rule) -> int:
        """The line on which what `rule` needs begins."""
        mask, line = 0, self.far[-1][2]
        for _, one, start in reversed(self.far):
            mask |= one
            line = min(line, start)
            if rule.is_met(mask):
                break
        return line
