"""Whatever the evidence, the rubric and a reader's verdicts are, the scores keep to the slack and the bounds."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.rubric import Slack
from schemas.comparison import Evidence, Fact, ScoreBounds
from schemas.rubric import Verdict
from tests.builders.graded import graded, own_rubric, question_of, read_as, scores_of
from tests.properties.test_score_properties import BAD, GOOD

FACTS = st.lists(GOOD | BAD, max_size=5)
VERDICTS = st.tuples(st.sampled_from(list(Verdict)), st.sampled_from(list(Verdict)))
POINTS = st.integers(0, 100)
SLACKS = st.builds(Slack, up=POINTS, down=POINTS)


@st.composite
def bounds(draw: st.DrawFn) -> ScoreBounds:
    """Bounds that do not cross."""
    overall, quality = sorted((draw(POINTS), draw(POINTS))), sorted((draw(POINTS), draw(POINTS)))
    return ScoreBounds(
        overall_min=overall[0], overall_max=overall[1], quality_min=quality[0], quality_max=quality[1], why=("why",)
    )


@given(FACTS, VERDICTS, SLACKS, bounds())
def test_scores_keep_to_slack_and_bounds(
    facts: list[Fact], verdicts: tuple[Verdict, ...], slack: Slack, held: ScoreBounds
) -> None:
    """Within the bounds always, and beyond the slack only where a bound moved them; what was moved is told."""
    rubric = own_rubric(slack=slack)
    evidence = Evidence(facts=tuple(facts), bounds=held)
    question = question_of(facts, rubric=rubric, evidence=evidence)
    found = graded(question, read_as(question, *verdicts))
    alone = scores_of(facts, rubric=rubric)
    for score, code_gives, least, most in (
        (found.scores.overall, alone.overall, held.overall_min, held.overall_max),
        (found.scores.quality, alone.quality, held.quality_min, held.quality_max),
    ):
        assert least <= score <= most
        low, high = code_gives - slack.down, code_gives + slack.up
        assert low <= score <= high or score in {least, most}
        assert low <= score <= high or found.adjustments


@given(FACTS, VERDICTS)
def test_a_better_verdict_never_lowers_a_score(facts: list[Fact], verdicts: tuple[Verdict, ...]) -> None:
    """Of the same items: met is worth no less than partly, and that no less than not met."""
    order = (Verdict.NOT_MET, Verdict.PARTLY, Verdict.MET)
    question = question_of(facts, rubric=own_rubric())
    told = [verdict for verdict in verdicts if verdict is not Verdict.CANNOT_TELL]
    first = told[0] if told else Verdict.NOT_MET
    scores = [graded(question, read_as(question, verdict, first)).scores for verdict in order]
    assert [one.overall for one in scores] == sorted(one.overall for one in scores)
    assert [one.quality for one in scores] == sorted(one.quality for one in scores)
