"""Dead letters of one reason that are to go back: what would become of each, or what did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.presentation.pages.dashboard_words import DashboardWords, dashboard_words
from app.presentation.pages.environment import PageFrame, page
from app.presentation.pages.told_troubles import reason_cure
from schemas.submission import Language

ROWS_SHOWN: Final = 100

_GOING: Final = "would requeue"


@dataclass(frozen=True, slots=True)
class RequeueChoice:
    """Which letters are meant: those of a reason that were written in a time; `again`: requeued ones, too."""

    reason: str
    since: datetime
    until: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class RequeueView:
    """The choice, and each letter with its outcome. `can_go`: something would go back."""

    reason: str
    cure: str
    since: str
    until: str
    again: bool
    is_foretold: bool
    is_complete: bool
    is_cut: bool
    can_go: bool
    outcomes: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, ...], ...]


def requeue_page(frame: PageFrame, choice: RequeueChoice, found: Mapping[str, Any]) -> str:
    """The page for what the operator's story gave, foretold or done."""
    say = dashboard_words(frame.language)
    view = _view(choice, found, say, frame.language)
    return page("requeue.html", frame, view=view, say=say, back=f"/?lang={frame.language}")


def _view(choice: RequeueChoice, found: Mapping[str, Any], say: DashboardWords, language: Language) -> RequeueView:
    letters = found["letters"]
    return RequeueView(
        reason=choice.reason,
        cure=reason_cure(choice.reason, language),
        since=choice.since.isoformat(),
        until=choice.until.isoformat(),
        again=choice.again,
        is_foretold=found["dry_run"],
        is_complete=found["requeues_complete"],
        is_cut=len(letters) > ROWS_SHOWN,
        can_go=found["outcomes"].get(_GOING, 0) > 0,
        outcomes=tuple((_outcome(name, say), count) for name, count in found["outcomes"].items()),
        rows=tuple(
            (row["letter"], _outcome(row["outcome"], say), row["student"] or "", row["origin"] or "", row["why"])
            for row in letters[:ROWS_SHOWN]
        ),
    )


def _outcome(name: str, say: DashboardWords) -> str:
    return str(getattr(say, f"outcome_{name.replace(' ', '_')}", name))
