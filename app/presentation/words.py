"""The words of a review card, from the catalogue: one phrase for each kind of change, metric and sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.catalogue import words_in
from schemas.submission import Language


@dataclass(frozen=True, slots=True)
class CardWords:
    """All phrases of one language. Kinds, flags and severities that are not listed are shown as they are."""

    quality: str
    first: str
    unavailable: str
    against: str
    code: str
    handed_in: str
    files: str
    complexity: str
    average: str
    maintainability: str
    tests: str
    no_log: str
    passed: str
    failed: str
    skipped: str
    not_collected: str
    broke_off: str
    point: str
    before: str
    newly_passing: str
    newly_failing: str
    still_failing: str
    comments: str
    threads: str
    fixed: str
    still_open: str
    moved: str
    regressed: str
    obsolete: str
    cell: str
    suggestion: str
    recommendations: str
    warnings: str
    more: str
    rubric: str
    met: str
    partly: str
    not_met: str
    cannot_tell: str
    out_of: str
    hidden: str
    kinds: Mapping[str, str]
    metrics: Mapping[str, str]
    severities: Mapping[str, str]
    flags: Mapping[str, str]


@cache
def card_words(language: Language) -> CardWords:
    """A card's words of `language`."""
    words = words_in(language)
    return CardWords(
        **words.card,
        kinds=words.card_kinds,
        metrics=words.metrics,
        severities=words.severities,
        flags=words.flags,
    )
