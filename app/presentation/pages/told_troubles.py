"""What is wrong, and what was refused, in words: each with its cure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.catalogue import words_in
from app.core.cures import cure_for
from app.core.watching.troubles import Gravity, InstallationTrouble
from app.presentation.pages.dashboard_words import dashboard_words
from app.presentation.pages.told_figures import ToldFigures
from schemas.submission import Language

_FOREIGN: Final = "foreign"
"""The reason under which records that are no dead letters of ours are counted."""


@dataclass(frozen=True, slots=True)
class ToldTrouble:
    """A trouble in words. `since_iso` is for machines; `may_be_older`: than `since`; `is_bad`: work stands."""

    kind: str
    name: str
    cause: str
    cure: str
    since: str
    since_iso: str
    may_be_older: bool
    is_bad: bool


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Dead letters of one reason. One that is not ours cannot be requeued."""

    reason: str
    label: str
    count: str
    cure: str
    can_requeue: bool


def told_trouble(trouble: InstallationTrouble, language: Language, now: datetime) -> ToldTrouble:
    """A trouble in words: its name, its cause, what to do."""
    said = words_in(language)
    figures = dict(trouble.figures)
    if "stage" in figures:
        figures["stage"] = said.stages.get(str(figures["stage"]), str(figures["stage"]))
    name, cause, cure = (said.troubles[f"{trouble.kind}{part}"](figures) for part in ("", "_cause", "_cure"))
    since = "" if trouble.since is None else ToldFigures(language).moment(trouble.since, now)
    since_iso = "" if trouble.since is None else trouble.since.isoformat(timespec="seconds")
    is_bad = trouble.gravity is Gravity.STANDS
    return ToldTrouble(trouble.kind, name, cause, cure, since, since_iso, trouble.may_be_older, is_bad)


def reason_rows(by_reason: Mapping[str, int], language: Language) -> Iterator[ReasonRow]:
    """Dead letters by reason, each with its cure in this language."""
    words, figures = dashboard_words(language), ToldFigures(language)
    for reason, count in by_reason.items():
        is_ours = reason != _FOREIGN
        yield ReasonRow(
            reason=reason,
            label=reason if is_ours else words.foreign,
            count=figures.whole(count),
            cure=reason_cure(reason, language),
            can_requeue=is_ours,
        )


def reason_cure(reason: str, language: Language) -> str:
    """What mends a refusal, in this language where it is told there."""
    return words_in(language).cures.get(reason, cure_for(reason))
