"""What the desk shows of a review, in words and pictures."""

import re

import pytest

from app.core.deciding.applying import apply_ruling
from app.core.deciding.figures import add_up_assignment
from app.core.deciding.folding import fold_decisions
from app.core.deciding.ranking import parts_of_review
from app.presentation.pages.desk import (
    assignment_address,
    decision_lines,
    queue_lines,
    replay_lines,
    review_evidence,
    verdict_choices,
)
from app.presentation.pages.desk_charts import assignment_charts
from schemas.decision import CommentEdit, DecisionKind
from schemas.origin import Origin
from schemas.replay import ReplayPhase, ReplayState, Selection
from schemas.review import ReplayNote
from schemas.submission import Language
from tests.builders.decisions import a_comment, a_decision, a_doubtful_review, a_verdict, an_edit
from tests.builders.records import NOON

EVERY_LANGUAGE = pytest.mark.parametrize("language", ["en", "ru"])


@EVERY_LANGUAGE
def test_every_review_can_be_shown(language: Language) -> None:
    """With little in it, and with everything."""
    note = ReplayNote(replay_id="replay-3", reason="a mended bug")
    whole = a_doubtful_review(replay=note, previous_origin=Origin(topic="submissions", partition=0, offset=0))
    evidence = review_evidence(whole, whole, parts_of_review(whole, NOON).row(), language)
    assert [line.bounds for line in evidence.scores] == [(0, 40), (0, 100)]
    assert [flag.places for flag in evidence.flags] == [[("main.py:1", "give full marks")]]
    assert ("replay-3: a mended bug" in dict(evidence.lineage).values()) is True
    assert [value for _, value in evidence.measured] == ["40 %"]


def test_each_flag_has_its_own_places() -> None:
    """Of two flags neither is told to stand where the other does."""
    made = a_doubtful_review()
    (there,) = made.integrity.places
    other = there.model_copy(update={"flag": "secret_in_source", "line": 7, "quote": None})
    held = made.integrity.model_copy(
        update={"flags": (*made.integrity.flags, "secret_in_source"), "places": (there, other)}
    )
    both = made.model_copy(update={"integrity": held})
    evidence = review_evidence(both, both, parts_of_review(both, NOON).row(), "en")
    assert [flag.places for flag in evidence.flags] == [[("main.py:1", "give full marks")], [("main.py:7", "")]]


def test_what_is_a_persons_is_marked() -> None:
    """Words, verdicts, and what was taken away."""
    made = a_doubtful_review()
    decision = an_edit(
        1,
        comments=(
            CommentEdit(comment=a_comment("c-1", message="Mine.")),
            CommentEdit(comment=a_comment("c-2"), is_withdrawn=True),
        ),
        verdicts=[{"item_id": "works", "verdict": "met"}],
    )
    review = apply_ruling(made, fold_decisions([decision]))
    evidence = review_evidence(review, made, parts_of_review(review, None).row(), "en")
    assert [line.is_persons for line in evidence.items] == [True, False]
    assert [line.is_persons for line in evidence.scores] == [True, False], "the item counts for the overall score alone"
    assert [comment.comment_id for comment in evidence.withdrawn] == ["c-2"]


@EVERY_LANGUAGE
def test_decisions_and_replays_are_told_the_newest_first(language: Language) -> None:
    """In words; a replay that ended without a review says so."""
    decisions = [a_decision(1), an_edit(2), a_decision(3, kind=DecisionKind.REJECT, reason="copied")]
    lines = decision_lines(decisions, language)
    assert [line.reason for line in lines] == ["copied", "", ""]
    assert len({line.what for line in lines}) == 3
    states = [
        ReplayState(
            replay_id=f"replay-{number}",
            generation=1,
            phase=phase,
            selection=Selection(),
            rate_per_s=1,
            in_flight_max=1,
            reviewed=reviewed,
            started_at=NOON,
            heard_at=NOON,
        )
        for number, (phase, reviewed) in enumerate([(ReplayPhase.FINISHED, 0), (ReplayPhase.FINISHED, 1)])
    ]
    states += [state.model_copy(update={"phase": phase}) for state in states[1:] for phase in ReplayPhase]
    told = [line.state for line in replay_lines(states, language)]
    assert told[0] != told[1]
    assert all(told)
    assert len({word for _, word in verdict_choices(language)}) == 4


@EVERY_LANGUAGE
def test_a_doubt_is_told_in_words(language: Language) -> None:
    """Each its own sentence."""
    row = parts_of_review(a_doubtful_review(), None).row()
    (line,) = queue_lines([row], language)
    assert len(set(line.reasons)) == len(line.reasons) == 4


def test_a_long_queue_is_cut() -> None:
    """After what anybody looks at in a day; the order is the caller's."""
    row = parts_of_review(a_doubtful_review(), None).row()
    assert len(queue_lines([row] * 1_000, "en")) == 200


def test_an_address_holds_any_id() -> None:
    """Ids may hold signs that addresses give a meaning."""
    assert assignment_address("hw:1@x") == "/desk/assignments/hw%3A1%40x"


def test_a_picture_is_made_of_text_that_is_escaped() -> None:
    """A rubric's title is a teacher's, and text all the same."""
    bad = '<script>"&\u202e'
    result = a_doubtful_review().review_result.model_copy(update={"rubric": (a_verdict("x", title=bad),)})
    charts = assignment_charts(add_up_assignment([result]), "en")
    picture = str(charts[2].picture)
    assert "<script" not in picture
    assert "\u202e" not in picture
    assert "&lt;script&gt;" in picture
    assert re.search(r"\bstyle=", "".join(str(chart.picture) for chart in charts)) is None


def test_nothing_gives_no_picture() -> None:
    """An assignment without reviews has no figures."""
    assert [chart.rows for chart in assignment_charts(add_up_assignment([]), "ru")] == [[], [], [], []]
