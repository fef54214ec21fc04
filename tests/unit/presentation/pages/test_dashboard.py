"""The dashboard's values: figures as a language writes them, a picture that fits, words for all that can be."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.costs import Budgets, DayTotals, TokenCounts
from app.core.watching.flow import STAGES, Flow, StageFlow
from app.core.watching.observed import Bounds, LettersSeen, Observed
from app.core.watching.overview import Overview
from app.core.watching.worker_status import WorkerPhase
from app.presentation.pages.dashboard import LivePieces, dashboard_view
from app.presentation.pages.dashboard_words import dashboard_words
from app.presentation.pages.flow_picture import flow_picture
from app.presentation.pages.told_figures import ToldFigures
from app.presentation.pages.told_troubles import reason_cure, reason_rows
from schemas.errors import Reason
from schemas.replay import ReplayPhase
from schemas.submission import Language
from tests.builders.records import NOON
from tests.builders.watching import a_heard

EVERY_LANGUAGE = pytest.mark.parametrize("language", get_args(Language))
ENGLISH, RUSSIAN = ToldFigures("en"), ToldFigures("ru")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (ENGLISH.whole(1234567), "1\u202f234\u202f567"),
        (ENGLISH.rate(0.04), "0.0"),
        (RUSSIAN.rate(12.34), "12,3"),
        (ENGLISH.rate(123.4), "123"),
        (RUSSIAN.seconds(0.256), "0,26"),
        (ENGLISH.seconds(12.34), "12.3"),
        (ENGLISH.seconds(312.0), "312"),
        (ENGLISH.seconds(None), "–"),
        (RUSSIAN.money(Decimal("17.5")), "17,50"),
        (ENGLISH.money(Decimal("0.00012")), "0.0001"),
        (ENGLISH.money(Decimal(0)), "0.00"),
        (ENGLISH.moment(NOON, NOON + timedelta(hours=11)), "12:00:00"),
        (ENGLISH.moment(NOON, NOON + timedelta(hours=12)), "2026-03-02 12:00:00"),
    ],
)
def test_figures_are_written_as_the_language_does(written: str, expected: str) -> None:
    """With its decimal point, its thousands apart, and no digit that says nothing."""
    assert written == expected


@EVERY_LANGUAGE
def test_everything_that_can_be_has_its_word(language: Language) -> None:
    """Each phase of a worker and of a replay, each source that may not answer, each outcome of a requeue."""
    words = dashboard_words(language)
    names = [f"phase_{phase.value}" for phase in (*WorkerPhase, *ReplayPhase)]
    names += [f"outcome_{name}" for name in ("would_requeue", "requeued", "left", "failed")]
    names += ["workers", "parts", "today", "replays", "reviews", "letters"]
    assert all(getattr(words, name) for name in names)


@EVERY_LANGUAGE
def test_every_reason_has_its_cure_beside_it(language: Language) -> None:
    """In the reader's language; a record that is not ours has one, too, and cannot go back."""
    rows = list(reason_rows({**{reason.value: 1 for reason in Reason}, "foreign": 2, "newer_code": 1}, language))
    assert all(row.cure for row in rows)
    assert [row.reason for row in rows if not row.can_requeue] == ["foreign"]
    assert reason_cure("bug", "ru") != reason_cure("bug", "en")


@given(st.lists(st.integers(0, 10**7), min_size=len(STAGES), max_size=len(STAGES)))
def test_the_picture_fits_whatever_waits(lags: list[int]) -> None:
    """Boxes stand apart, piles stay within the picture, and grow with what waits."""
    flow = Flow(tuple(StageFlow(stage, lag=lag) for stage, lag in zip(STAGES, lags, strict=True)))
    stages = dashboard_view(Overview(1, Observed(NOON, flow=flow)), "en").stages
    picture = flow_picture(stages, dashboard_words("en"))
    assert [stage.x for stage in picture.stages] == sorted(stage.x for stage in picture.stages)
    for left, right in zip(picture.stages, picture.stages[1:], strict=False):
        assert left.x + picture.box_width < right.x
    for stage in picture.stages:
        assert 0 <= stage.arrow_from < stage.arrow_to <= stage.x
        assert stage.pile_y >= 0
        assert stage.pile_y + stage.pile_height <= picture.arrow_y
        assert bool(stage.pile_height) == bool(stage.figures.lag_count)
    assert picture.stages[-1].x + picture.box_width < picture.exit_to <= picture.width
    assert all(stage.name in picture.told for stage in stages)


def test_a_stage_beside_the_way_is_in_the_table_alone() -> None:
    """The picture is a submission's way; a stage without a word of ours is told by its name."""
    flow = Flow((*Flow().stages, StageFlow("auditor", in_flight=2)))
    shown = dashboard_view(Overview(1, Observed(NOON, flow=flow)), "ru")
    assert (shown.stages[-1].name, shown.stages[-1].in_hand) == ("auditor", "2")
    assert [stage.figures.stage for stage in shown.picture.stages] == list(STAGES)


def test_money_is_told_against_the_budget() -> None:
    """What it cost of what it may; a meter shows all of it at the most, and none stands where there is no budget."""
    spent = DayTotals(Decimal("21.5"), 3, 1, TokenCounts(1000, 20, 300))
    budget = Bounds(Budgets(Decimal(20), None, "EUR"))
    money = dashboard_view(Overview(1, Observed(NOON, spent=spent, bounds=budget)), "en").money
    assert money is not None
    assert (money.cost, money.spent, money.budget) == ("21.50 of a budget of 20.00 EUR", Decimal(20), Decimal(20))
    assert ("without a price", "1") in money.facts
    money = dashboard_view(Overview(1, Observed(NOON, spent=spent)), "en").money
    assert money is not None
    assert (money.cost, money.budget) == ("21.50 USD, no budget for the day", None)


def test_nothing_is_said_of_what_is_not_known() -> None:
    """Not known yet is not the same as none."""
    unknown = dashboard_view(Overview(0, Observed(NOON)), "en")
    assert (unknown.is_known, unknown.letters, unknown.reviews, unknown.workers) == (False, None, None, None)
    known = dashboard_view(Overview(1, Observed(NOON, parts=(), workers=(), letters=LettersSeen({}, NOON))), "en")
    assert (known.is_known, known.letters, known.workers) == (True, (), ())


def test_pieces_are_made_once_for_all_who_watch() -> None:
    """Of one moment and one language the same are given again; of the next one others."""
    pieces, overview = LivePieces(), Overview(1, Observed(NOON, workers=(a_heard(),), parts=()))
    first = pieces.of(overview, "en")
    assert pieces.of(overview, "en") is first
    assert pieces.of(overview, "ru") is not first
    later = Overview(2, replace(overview.seen, now=NOON + timedelta(seconds=1)))
    assert pieces.of(later, "en")["moment"] != first["moment"]
    assert pieces.of(later, "en")["flow"] == first["flow"]
