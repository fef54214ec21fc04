"""A pair whose order code can prove is never inverted: more tests pass, and nothing was lost."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue import words_in
from app.core.ports import Draft, ItemOpinion, Opinion, QuotedPlace
from app.core.reviewing.finish import finish
from app.core.rubric import Rubric
from app.core.testlog.progress import compare
from schemas.changes import Complexity, Finding
from schemas.comparison import ChangedFile, Comparison
from schemas.review import Review, Usage
from schemas.rubric import Verdict
from schemas.tests import Outcome, TestCase, TestReport
from tests.builders.evidence import weighed
from tests.builders.graded import own_rubric
from tests.builders.questions import a_question, the_default_rubric
from tests.builders.records import NOON, a_comparison

PAIRS = 200
SOURCES = (ChangedFile(path="main.py", text="def main():\n    return 1\n"),)
OLD_FINDINGS = (
    Finding(path="main.py", line=1, rule="F401", message="`os` imported but unused"),
    Finding(path="main.py", line=1, rule="B006", message="Mutable default"),
    Finding(path="main.py", line=1, rule="SIM102", message="Nested if"),
)
OUTCOMES = st.sampled_from([Outcome.PASSED, Outcome.FAILED])


@dataclass(frozen=True)
class Attempts:
    """Outcomes by test of three attempts: before, one that follows, and one that passes more than this."""

    before: dict[str, Outcome]
    worse: dict[str, Outcome]
    better: dict[str, Outcome]


@st.composite
def attempts(draw: st.DrawFn) -> Attempts:
    """`better` passes some tests that `worse` fails, and may have more; it fails no other ones."""
    names = [f"tests/test_a.py::test_{number}" for number in range(draw(st.integers(2, 12)))]
    before = {name: draw(OUTCOMES) for name in names}
    worse = {name: draw(OUTCOMES) for name in names}
    worse[names[0]] = Outcome.FAILED
    failing = [name for name in names if worse[name] is Outcome.FAILED]
    mended = {names[0], *draw(st.lists(st.sampled_from(failing)))}
    better = worse | dict.fromkeys(mended, Outcome.PASSED)
    new = (f"tests/test_a.py::test_new_{number}" for number in range(draw(st.integers(0, 3))))
    return Attempts(before, worse, better | dict.fromkeys(new, Outcome.PASSED))


def a_log(outcomes: dict[str, Outcome]) -> TestReport:
    cases = tuple(TestCase(id=name, outcome=outcome) for name, outcome in outcomes.items())
    totals = {outcome: sum(case.outcome is outcome for case in cases) for outcome in (Outcome.PASSED, Outcome.FAILED)}
    return TestReport(formats=("pytest",), totals=totals, cases=cases, confidence=1.0)


def compared(
    ids: tuple[str, str], before: dict[str, Outcome] | None, now: dict[str, Outcome], index: float, found: int
) -> Comparison:
    """The comparison of two attempts, with as much evidence as the comparator makes of it."""
    tests = compare(a_log(before) if before is not None else None, a_log(now))
    comparison = a_comparison(
        submission_id=ids[1],
        previous_submission_id=ids[0],
        tests=tests,
        sources=SOURCES,
        complexity=Complexity(average_maintainability=index),
    )
    return comparison.model_copy(update={"evidence": weighed(comparison, OLD_FINDINGS[:found])})


def review_of(comparison: Comparison, verdicts: tuple[Verdict, ...], previous: Review | None, rubric: Rubric) -> Review:
    """The review with these verdicts of a reader, whose quotes stand."""
    place = QuotedPlace("main.py", 2, "return 1")
    question = a_question(comparison, previous, rubric=rubric)
    items = tuple(
        ItemOpinion(item.id, verdict, None, place)
        for item, verdict in zip(rubric.left_to_a_reader, verdicts, strict=False)
    )
    draft = Draft(Opinion("Read.", items=items), model="m", prompt_version="1", usage=Usage())
    return finish(
        question,
        draft,
        review_id=UUID(int=1),
        timestamp=NOON,
        latency_ms=0,
        words=words_in(comparison.language),
    )


VERDICTS = st.tuples(*[st.sampled_from(list(Verdict))] * 3)
INDEX = st.floats(0, 100)
FOUND = st.integers(0, len(OLD_FINDINGS))


@settings(max_examples=PAIRS, deadline=timedelta(seconds=5))
@given(attempts(), st.tuples(VERDICTS, VERDICTS), st.tuples(INDEX, INDEX), FOUND, st.booleans())
def test_a_later_attempt_that_is_provably_better_never_scores_lower(
    made: Attempts, said: tuple[tuple[Verdict, ...], ...], indexes: tuple[float, float], found: int, own: bool
) -> None:
    """Whatever a reader says of either, by either rubric, and however the code's other figures moved."""
    rubric = own_rubric() if own else the_default_rubric()
    first = compared(("s0", "s1"), made.before, made.worse, indexes[0], found)
    one = review_of(first, said[0], None, rubric)
    second = compared(("s1", "s2"), made.worse, made.better, indexes[1], found)
    other = review_of(second, said[1], one, rubric)
    cap = second.evidence.bounds.overall_max
    assert cap >= first.evidence.bounds.overall_max
    assert other.review_result.overall_score >= one.review_result.overall_score


@settings(max_examples=PAIRS, deadline=timedelta(seconds=5))
@given(attempts(), st.tuples(VERDICTS, VERDICTS), INDEX, FOUND, st.booleans())
def test_of_two_variants_the_provably_better_one_never_scores_lower(
    made: Attempts, said: tuple[tuple[Verdict, ...], ...], index: float, found: int, is_first: bool
) -> None:
    """Of one submission, by the default rubric, whatever a reader says of either."""
    before = None if is_first else made.before
    one, other = (
        review_of(compared(("s0", "s1"), before, now, index, found), verdicts, None, the_default_rubric())
        for now, verdicts in zip((made.worse, made.better), said, strict=True)
    )
    assert other.review_result.overall_score >= one.review_result.overall_score
