"""What preceded a submission, told from the log alone, is what the comparator compared it with."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core.history.lineage import Lineage, remember_submission, trace
from app.core.replaying.timeline import Head, Timeline
from schemas.comparison import Baseline
from schemas.errors import Rejected
from schemas.history import PastSubmission, SubmissionHistory
from schemas.origin import Origin
from schemas.submission import Submission

START = datetime(2026, 3, 2, tzinfo=UTC)
DEPTH = 3
NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[Head, str, bool]]:
    """A partition of one student: heads, each with its content and whether the comparator refused it."""
    rows = draw(st.lists(st.tuples(NAMES, st.none() | NAMES, st.sampled_from("xy"), st.booleans()), max_size=14))
    log = []
    for offset, (name, named, content, refused) in enumerate(rows):
        origin = Origin(topic="submissions", partition=0, offset=offset)
        requeued = draw(st.booleans()) and offset > 0
        first = (
            Origin(topic="submissions", partition=0, offset=draw(st.integers(0, offset - 1))) if requeued else origin
        )
        names = named if named != name else None
        head = Head(first, origin, START + timedelta(minutes=offset), "s", "hw", name, names, offset if requeued else 0)
        log.append((head, content, refused))
    return log


def compared(log: list[tuple[Head, str, bool]]) -> list[tuple[Head, Lineage | None]]:
    """What the comparator's own rules make of the log; None where it refuses a submission."""
    entry: SubmissionHistory | None = None
    done: list[tuple[Head, Lineage | None]] = []
    for head, content, refused in log:
        if refused:
            done.append((head, None))
            continue
        submission = Submission(
            submission_id=head.submission_id,
            student_id="s",
            assignment_id="hw",
            submitted_at=head.written_at,
            previous_submission_id=head.previous_submission_id,
        )
        try:
            lineage = trace(entry, submission, head.origin, content)
        except Rejected:
            done.append((head, None))
            continue
        if lineage.moves_stamp:
            past = PastSubmission(
                origin=head.origin,
                submission_id=head.submission_id,
                previous_submission_id=lineage.before.submission_id if lineage.before else None,
                submitted_at=head.written_at,
                digest=content,
                sources={},
            )
            entry = remember_submission(entry, past, DEPTH)
        done.append((head, lineage))
    return done


@given(logs())
def test_the_log_tells_the_predecessor_that_the_comparator_saw(log: list[tuple[Head, str, bool]]) -> None:
    """Duplicates, named predecessors, requeued dead letters and refused submissions among them."""
    timeline = Timeline(DEPTH, {(head.origin, head.requeue_attempt) for head, _, refused in log if refused})
    for head, lineage in compared(log):
        step = timeline.take(head)
        if lineage is not None:
            assert step is not None
            told = step.before.submission_id if step.before is not None else None
            seen = lineage.before.submission_id if lineage.before is not None else None
            assert (told, step.baseline, step.is_certain) == (seen, lineage.baseline, True)


def test_a_log_that_lost_its_beginning_claims_no_first_submission() -> None:
    """Whether something came before, only the table or the archive can tell."""
    origin = Origin(topic="submissions", partition=0, offset=40)
    head = Head(origin, origin, START, "s", "hw", "a")
    step = Timeline(DEPTH, frozenset(), cut={0}).take(head)
    assert step is not None
    assert (step.is_certain, step.baseline) == (False, Baseline.NONE)
