"""Which Cyrillic encoding bytes are in that are no UTF-8: by how often Russian uses the letters that they would be.

A detector for all languages wants pages of text; a homework's file has one comment, an archive's name one word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise
from math import log2
from typing import Final

ENCODINGS: Final[Mapping[str, float]] = {
    "cp1251": 2.0, "cp866": 1.0, "koi8_r": 0.0, "mac_cyrillic": -3.0, "iso8859_5": -3.0
}  # fmt: skip
"""Encodings with what each is worth from the start, in bits: of two readings as good as each other the usual one."""

_FREQUENCIES: Final = {
    "о": 10.97, "е": 8.45, "а": 8.01, "и": 7.35, "н": 6.70, "т": 6.26, "с": 5.47, "р": 4.73, "в": 4.54, "л": 4.40,
    "к": 3.49, "м": 3.21, "д": 2.98, "п": 2.81, "у": 2.62, "я": 2.01, "ы": 1.90, "ь": 1.74, "г": 1.70, "з": 1.65,
    "б": 1.59, "ч": 1.44, "й": 1.21, "х": 0.97, "ж": 0.94, "ш": 0.73, "ю": 0.64, "ц": 0.48, "щ": 0.36, "э": 0.32,
    "ф": 1.00, "ъ": 0.10, "ё": 2.00, "і": 0.10, "ї": 0.05, "є": 0.05, "ў": 0.05, "ґ": 0.02,
}  # fmt: skip
"""Per cent of Russian text, by Lyashevskaya and Sharov (2009), with the letters of its neighbours.

ф is more frequent here, for it begins files and functions; so is ё, for it is as good a sign of Russian as е.
"""

_FOLLOWING: Final = (
    "а:бвдежзйклмнпрстхцчшщюя б:аеклнорущы в:аеиклнорстыь г:длоу д:авеилноруы е:вгдежзийклмнпрстчш ж:деину "
    "з:авдмноуы и:бвдезийклмнпрстхцчшюя й:клт к:аеилорстуц л:аежиклносуыьюя м:авеимнопуы н:адеикнотуыя "
    "о:бвгдежзийклмнпрстхцчшя п:аеикоруы р:авеикмнотухшыья с:авдеиклмнопрстучыья т:авезикнопрсуыь "
    "у:бгдежклмнпрстчщю ф:аоу х:иор ц:еи ч:аеикнт ш:аеилн щ:аеи ы:вдезйлмптхч ь:зкнтш э:т ю:тчщ я:демнтю"
)
"""A letter, and those that follow it in the 300 pairs of letters that are 19 of 20 in our Russian texts; ё is е."""

_PAIRS: Final = frozenset(entry[0] + second for entry in _FOLLOWING.split() for second in entry[2:])

_WEIGHTS: Final = {letter: log2(share * len(_FREQUENCIES) / 100) for letter, share in _FREQUENCIES.items()}
_PUNCTUATION: Final = frozenset("«»—–№…“”„‘’•°©\N{NO-BREAK SPACE}")
_WORD: Final = re.compile(rb"[A-Za-z\x80-\xff]{1,32}")
_LETTERS_MIN: Final = 2  # one alone may be an accented letter of any language
_STRANGE: Final = -5.0  # a character that is no letter and no usual mark
_TURNED: Final = -4.0  # a capital behind a small letter
_CAPITAL: Final = -0.8  # each letter of a word in capitals …
_CAPITAL_OF_FEW: Final = -0.3  # … of one so short that it may be an abbreviation
_FEW: Final = 3
_TWINS: Final = ("cp1251", "koi8_r")
"""In one of them capitals are where the other has small letters: words in either are words in both."""
_IN_CAPITALS: Final = -4.0  # all of a text, if most of its words are
_FREQUENT_PAIR: Final = 0.5
_RARE_PAIR: Final = -2.0
_WORDS_MAX: Final = 200
_LEAST: Final = -1.0  # bits for each letter, on the average, below which it is no Russian
_MIXED_MAX: Final = 0.1  # share of words that are Latin in part, which words of one language are not


def guess_cyrillic(data: bytes, encodings: Mapping[str, float] = ENCODINGS) -> str | None:
    """The encoding in which `data` reads most like Russian, or None if it does in none of `encodings`."""
    words = list(islice(_foreign_words(data), _WORDS_MAX))
    mixed = sum(any(byte < 0x80 for byte in word) for word in words)
    letters = sum(map(len, words))
    if letters < _LETTERS_MIN or mixed > _MIXED_MAX * len(words):
        return None
    scores = {encoding: _score(words, encoding) for encoding in encodings}
    best = max(scores, key=lambda encoding: scores[encoding] + encodings[encoding])
    if best in _TWINS and encodings.keys() >= {*_TWINS} and any(len(word) > _FEW for word in words):
        best = max(_TWINS, key=lambda encoding: _score_of_twin(words, encoding) + encodings[encoding])
    return best if scores[best] >= _LEAST * letters else None


def _foreign_words(data: bytes) -> Iterator[bytes]:
    return (word[0] for word in _WORD.finditer(data) if not word[0].isascii())


def _score(words: Iterable[bytes], encoding: str) -> float:
    total = 0.0
    for raw in words:
        word = raw.decode(encoding, "replace")
        total += _score_of_letters(word)
        if len(word) > 1 and word.isupper():
            total += len(word) * (_CAPITAL if len(word) > _FEW else _CAPITAL_OF_FEW)
    return total


def _score_of_letters(word: str) -> float:
    total = 0.0
    for number, char in enumerate(word):
        total += 0.0 if char in _PUNCTUATION or char.isascii() else _WEIGHTS.get(char.lower(), _STRANGE)
        total += _TURNED if number and char.isupper() and word[number - 1].islower() else 0.0
    return total


def _score_of_twin(words: Iterable[bytes], encoding: str) -> float:
    """How much `words` read like Russian by their pairs of letters too: single ones are too little for one word.

    Capitals speak against a reading once, however many there are.
    """
    read = [raw.decode(encoding, "replace") for raw in words]
    total = _IN_CAPITALS if 2 * sum(map(str.isupper, read)) > len(read) else 0.0
    for word in read:
        total += _score_of_letters(word)
        letters = word.lower().replace("ё", "е")
        for one, other in pairwise(letters):
            if one in _WEIGHTS and other in _WEIGHTS:
                total += _FREQUENT_PAIR if one + other in _PAIRS else _RARE_PAIR
    return total
