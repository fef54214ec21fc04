"""Order of the scores: more of what is bad is never worth more, more of what is good never less."""

from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import words_in
from app.core.evidence.bounds import derive
from app.core.reviewing.grading import Scores
from schemas.changes import Complexity
from schemas.comparison import ChangedFile, Fact
from tests.builders.graded import scores_of

SOURCES = (ChangedFile(path="a.py", text="x = 1\n" * 100),)
GOOD = st.sampled_from(
    [
        Fact(code="tests_written", weight=0.4, data={"count": 3}),
        Fact(code="findings_fixed", weight=0.3, data={"count": 2, "errors": 1}),
        Fact(code="complexity_reduced", weight=0.4),
        Fact(code="refactoring", weight=0.3),
        Fact(code="syntax_mended", weight=0.6),
    ]
)
BAD = st.sampled_from(
    [
        Fact(code="certain_error", weight=-0.8, data={"rule": "F821", "count": 1, "is_new": True}),
        Fact(code="work_deleted", weight=-0.8, data={"count": 3, "total": 4}),
        Fact(code="syntax_error", weight=-1.0, data={"files_python": 2}),
        Fact(code="complexity_raised", weight=-0.3),
        Fact(code="complex_function", weight=-0.4, data={"rank": "D", "symbol": "f"}),
        Fact(code="findings", weight=-0.1, data={"group": "likely", "count": 2, "rules": "F632"}),
        Fact(code="findings", weight=-0.1, data={"group": "SIM", "count": 9, "rules": "SIM102"}),
        Fact(code="asserts_removed", weight=-0.5, data={"count": 2}),
        Fact(code="secret_in_source", weight=-0.5),
    ]
)
SOME = st.lists(GOOD | BAD, max_size=6)
INDEX = st.none() | st.floats(0, 100)


def sums(facts: list[Fact], index: float | None) -> Scores:
    return scores_of(facts, sources=SOURCES, complexity=Complexity(average_maintainability=index))


@given(SOME, BAD, INDEX)
def test_nothing_bad_raises_a_score(facts: list[Fact], bad: Fact, index: float | None) -> None:
    """One more mistake, loss or danger leaves neither score higher."""
    before, after = sums(facts, index), sums([*facts, bad], index)
    assert after.overall <= before.overall
    assert after.quality <= before.quality


@given(SOME, GOOD, INDEX)
def test_nothing_good_lowers_a_score(facts: list[Fact], good: Fact, index: float | None) -> None:
    """One more improvement leaves neither score lower."""
    before, after = sums(facts, index), sums([*facts, good], index)
    assert after.overall >= before.overall
    assert after.quality >= before.quality


@given(SOME)
def test_bounds_never_cross(facts: list[Fact]) -> None:
    """However many caps and floors there are, a score is left between them, and each that narrows is told."""
    held = derive(facts, (), None, words_in("en"))
    assert 0 <= held.overall_min <= held.overall_max <= 100
    assert 0 <= held.quality_min <= held.quality_max <= 100
    assert held.why
