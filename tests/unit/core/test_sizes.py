"""Sizes of records: worst cases as they are really encoded stay below what is derived."""

import pytest

from app.core.limits import DiffLimits, HistoryLimits, Limits, LogLimits, SourceLimits
from app.core.sizes import JSON_BYTES_PER_CHAR, Sizes
from schemas.changes import Change, Place
from schemas.codec import encode
from schemas.comparison import ChangedFile
from schemas.history import GivenReview, ReviewHistory, SubmissionHistory
from schemas.review import Review, Thread, ThreadState
from schemas.tests import Outcome, TestCase, TestProgress, TestReport
from tests.builders.records import NOON, a_comparison, a_diff, a_review, a_submission

LIMITS = Limits(
    sources=SourceLimits(text_chars_max=400_000),
    logs=LogLimits(log_chars_max=100_000, report_chars_max=50_000),
    diff=DiffLimits(unified_diff_chars_max=60_000, changes_max=500),
    history=HistoryLimits(depth=2),
)
SIZES = Sizes(LIMITS)
WORST = ("\x01", "😀", "я", '"', "\\")


def a_full_report(char: str) -> TestReport:
    """A report of nothing but ids, as large as the limit allows."""
    ids = [f"{n:04}{char * 496}" for n in range(100)]
    return TestReport(cases=tuple(TestCase(id=id_, outcome=Outcome.PASSED) for id_ in ids))


def a_full_comparison(char: str) -> dict[str, object]:
    """Fields of a comparison with everything at its limit."""
    report = a_full_report(char)
    ids = tuple(case.id for case in report.cases)
    place = Place(path="p" * 200, symbol="s" * 100, line=1, end_line=9)
    return {
        "diff_info": a_diff(diff=char * LIMITS.diff.unified_diff_chars_max),
        "changes": tuple(Change(kind="move", before=place, after=place) for _ in range(LIMITS.diff.changes_max)),
        "tests": TestProgress(current=report, newly_passing=ids, added=ids, removed=ids),
    }


@pytest.mark.parametrize("char", WORST)
def test_submission_fits(char: str) -> None:
    """A submission with all the text and logs it may have fits its topic."""
    submission = a_submission(
        files={"main.py": char * LIMITS.sources.text_chars_max}, test_logs=char * LIMITS.logs.log_chars_max
    )
    assert len(encode(submission)) <= SIZES.submission_bytes_max


@pytest.mark.parametrize("char", WORST)
def test_comparison_fits(char: str) -> None:
    """A comparison with all sources, the longest diff, a full report and all changes fits its topic."""
    source = ChangedFile(path="main.py", text=char * LIMITS.sources.text_chars_max)
    assert len(encode(a_comparison(sources=(source,), **a_full_comparison(char)))) <= SIZES.comparison_bytes_max


@pytest.mark.parametrize("char", WORST)
def test_review_fits(char: str) -> None:
    """A review with the longest diff, a full report, all changes and all comments fits its topic."""
    assert len(encode(a_full_review(char))) <= SIZES.review_bytes_max


def a_full_review(char: str) -> Review:
    """A review with everything at its limit, the comments of earlier attempts among it."""
    threads = LIMITS.threads
    thread = Thread(
        comment_id="0" * 16,
        state=ThreadState.STILL_OPEN,
        decided_by="code",
        category="function_length",
        severity="critical",
        path="p" * LIMITS.sources.path_chars_max,
        symbol=char * threads.symbol_chars_max,
        line=1_000_000,
        quote=char * threads.quote_chars_max,
        test_id=char * threads.test_id_chars_max,
        message=char * threads.message_chars_max,
        since_submission_id="s" * 100,
        closed_submission_id="s" * 100,
    )
    result = a_review().review_result.model_copy(update={"threads": (thread,) * threads.threads_max})
    return a_review(**a_full_comparison(char), review_result=result)


@pytest.mark.parametrize("char", WORST)
def test_review_history_fits(char: str) -> None:
    """An entry of the reviewer's table holds full reviews, and the comments beside them."""
    review = a_full_review(char)
    given = (GivenReview.of(1, review),) * LIMITS.history.depth
    entry = ReviewHistory(given=given, threads=review.review_result.threads)
    assert len(encode(entry)) <= SIZES.review_history_bytes_max


@pytest.mark.parametrize("char", WORST)
def test_history_fits(char: str) -> None:
    """An entry of the comparator's table holds as many full submissions as the history is deep."""
    origin = a_comparison().origin
    past = {
        "origin": origin,
        "submission_id": "sub-1",
        "submitted_at": NOON,
        "digest": "0" * 64,
        "sources": {"main.py": char * LIMITS.sources.text_chars_max},
        "tests": a_full_report(char),
    }
    entry = SubmissionHistory.model_validate({"stamp": origin, "submissions": [past] * LIMITS.history.depth})
    assert len(encode(entry)) <= SIZES.submission_history_bytes_max


def test_worst_character_takes_six_bytes() -> None:
    """No character takes more bytes in our JSON than the sizes reckon with, and a control character takes as many."""
    taken = {char: len(encode(a_submission(metadata={"x": char * 1000}))) for char in (*WORST, "\u2028", "\x7f", "a")}
    letter = taken["a"] - 1000
    assert max(taken.values()) - letter == JSON_BYTES_PER_CHAR * 1000
