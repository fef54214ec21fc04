"""What changed, symbol by symbol: each in words, with what it did to complexity."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.presentation.changes import change_line
from app.presentation.words import CardWords
from schemas.changes import ComplexityDelta
from schemas.review import Review

SYMBOLS_MAX: Final = 40
"""Rows of the table: beyond, the code itself says more."""
_PHRASES_MAX: Final = 6
_TEXT_CHARS_MAX: Final = 160

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class SymbolChange:
    """A symbol of a file, or the file itself; what happened to it, and its complexity before and now, as texts.

    `tone` says whether its complexity fell (good) or rose (bad).
    """

    path: str
    symbol: str
    phrases: tuple[str, ...]
    more: int
    complexity: str
    tone: str


def symbol_changes(review: Review, words: CardWords) -> tuple[tuple[SymbolChange, ...], int]:
    """The first symbols in the record's order, and how many more there are."""
    phrases: dict[_Key, list[str]] = {}
    for change in review.changes:
        line = change_line(change, words)
        key = (line.place.path, line.place.symbol or "") if line.place is not None else ("", "")
        about = "" if line.subjects in key else _cut(line.subjects.removesuffix(f" · {key[1]}"))
        phrases.setdefault(key, []).append(f"{line.phrase}: {about}" if about else line.phrase)
    deltas = dict(_deltas(review))
    for key in deltas:
        phrases.setdefault(key, [])
    rows = tuple(_row(key, said, deltas.get(key), words) for key, said in list(phrases.items())[:SYMBOLS_MAX])
    return rows, len(phrases) - len(rows)


def _deltas(review: Review) -> Iterator[tuple[_Key, ComplexityDelta]]:
    for delta in review.complexity.deltas:
        if delta.metric == "cyclomatic" and delta.symbol is not None and delta.after is not None:
            yield (delta.path, delta.symbol), delta


def _row(key: _Key, said: list[str], delta: ComplexityDelta | None, words: CardWords) -> SymbolChange:
    different = list(dict.fromkeys(said))
    text, tone = _complexity(delta, words) if delta is not None else ("", "")
    shown = tuple(different[:_PHRASES_MAX])
    return SymbolChange(key[0], key[1], shown, len(different) - len(shown), text, tone)


def _complexity(delta: ComplexityDelta, words: CardWords) -> tuple[str, str]:
    ranks = dict.fromkeys(rank for rank in (delta.rank_before, delta.rank_after) if rank is not None)
    rank = f" ({' → '.join(ranks)})" if ranks else ""
    if delta.before is None or delta.after is None or delta.before == delta.after:
        return f"{number(delta.after, words)}{rank}", ""
    tone = "good" if delta.after < delta.before else "bad"
    return f"{number(delta.before, words)} → {number(delta.after, words)}{rank}", tone


def number(value: float | None, words: CardWords) -> str:
    """A figure with one decimal at most, as the language writes it."""
    return "—" if value is None else f"{value:.1f}".removesuffix(".0").replace(".", words.point)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_CHARS_MAX else f"{text[: _TEXT_CHARS_MAX - 1]}…"
