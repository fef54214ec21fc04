"""A submission read again gives the comparison that was made of it, from the log, the table or the archive."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest

from agents.comparator import Comparator
from app.adapters.analysis.tasks import analyse_now
from app.catalogue import load_catalogue
from app.core.comparing.compose import complete
from app.core.events.admission import DoorRules
from app.core.events.record import Record
from app.core.history.lineage import Lineage
from app.core.limits import Limits
from app.core.ports import Analysis, Compared, Side
from app.core.replaying.timeline import Head, Step, Timeline, checked
from app.core.submission.attempt import Attempt
from app.core.submission.sources import SourceTree
from app.core.submission.tree import tree_from_texts
from app.replay.rebuilding import Rebuilder
from schemas.codec import decode, encode
from schemas.comparison import Baseline, Comparison
from schemas.errors import Reason, Rejected
from schemas.history import SubmissionHistory
from schemas.origin import Origin
from schemas.review import Review
from schemas.submission import Submission
from tests.builders.records import a_review, a_submission
from tests.fakes.clock import FakeClock
from tests.fakes.kafka import FakeOutbox, submission_histories
from tests.fakes.replays import MemoryLog

LIMITS = Limits()
DOOR = DoorRules(record_bytes_max=10**6, future_max_s=60, partition_of=lambda _: 0)
DEPTH = 2


@dataclass
class Sources:
    """Reads inline files; a submission without any from `archive`, by its id."""

    archive: dict[str, dict[str, str]] = field(default_factory=dict)

    async def read(self, submission: Submission) -> SourceTree:
        files = submission.files or self.archive.get(submission.submission_id)
        if files is None:
            raise Rejected(Reason.ARCHIVE_MISSING, "gone")
        return tree_from_texts(files, LIMITS.sources)


@dataclass
class Analyst:
    """The real analysis, in this process, counted; equal sides are analysed in earnest once."""

    calls: int = 0
    _done: ClassVar[dict[str, Analysis]] = {}

    async def compare(self, before: Side | None, attempt: Attempt, lineage: Lineage) -> Compared:
        self.calls += 1
        sides = repr((before, attempt.tree, attempt.logs))
        if sides not in self._done:
            self._done[sides] = analyse_now(before, Side(attempt.tree), attempt.logs, LIMITS)
        return complete(attempt, lineage, self._done[sides], load_catalogue("en"))


class Bench:
    """A log that a comparator has read, and a rebuilder that reads it again."""

    def __init__(self, sources: Sources | None = None) -> None:
        self.sources = sources or Sources()
        self.analyst = Analyst()
        self.log = MemoryLog()
        self.made: dict[int, bytes] = {}
        self.outbox = FakeOutbox()
        self.histories = submission_histories()

    async def take(self, offset: int, **fields: Any) -> None:
        """Let the comparator see a submission, and keep it in the log."""
        submission = a_submission(**{"submission_id": f"sub-{offset}", **fields})
        place = Origin(topic="submissions", partition=0, offset=offset)
        record = Record(position=place, origin=place, key=submission.student_id.encode(), value=encode(submission))
        self.log.records[place] = record
        self.log.heads_there.append(
            Head(
                place,
                place,
                submission.submitted_at,
                submission.student_id,
                submission.assignment_id,
                submission.submission_id,
                submission.previous_submission_id,
            )
        )
        comparator = Comparator(
            sources=self.sources,
            analyst=Analyst(),
            comparisons=self.outbox,
            clock=FakeClock(),
            door=DOOR,
            history_depth=DEPTH,
        )
        await comparator.compare(record, self.histories)
        self.made[offset] = self.outbox.records[-1][1]

    def rebuilder(self, **fields: Any) -> Rebuilder:
        return Rebuilder(self.log, self.sources, self.analyst, FakeClock(), DOOR, **fields)

    def steps(self, *, lost: int = 0) -> dict[int, Step]:
        """What the log tells once its first `lost` records are gone."""
        timeline = Timeline(DEPTH, frozenset(), cut={0} if lost else frozenset())
        for head in self.log.heads_there[:lost]:
            del self.log.records[head.origin]
        steps = [timeline.take(head) for head in self.log.heads_there[lost:]]
        return {step.head.origin.offset: step for step in steps if step is not None}

    def table(self) -> dict[tuple[str, str], SubmissionHistory]:
        entry = self.histories.get("student-1", "hw-1")
        return {("student-1", "hw-1"): entry} if entry is not None else {}


def as_made(value: bytes) -> Comparison:
    return decode(Comparison, value)


def same(rebuilt: Comparison, value: bytes) -> bool:
    """Byte for byte, but for the generation."""
    return encode(rebuilt.model_copy(update={"generation": 0})) == value


def code(number: int) -> dict[str, str]:
    return {"main.py": f"def main():\n    return {number}\n"}


async def test_every_attempt_is_compared_as_it_was() -> None:
    """Long after the table has forgotten most of them, duplicates and named predecessors among them."""
    bench = Bench()
    for number in range(6):
        await bench.take(number, files=code(number))
    await bench.take(6, submission_id="sub-5", files=code(5))
    await bench.take(7, files=code(7), previous_submission_id="sub-4")
    await bench.take(8, files=code(8), previous_submission_id="sub-1")
    rebuilder = bench.rebuilder()
    for offset, step in bench.steps().items():
        rebuilt = await rebuilder.rebuild(step, 3)
        assert rebuilt.generation == 3
        assert same(rebuilt, bench.made[offset]), offset


async def test_a_predecessor_is_analysed_once() -> None:
    """Attempts that are chosen in turn are each other's predecessors, with a whole class in between."""
    bench = Bench()
    students = [f"student-{number}" for number in range(100)]
    offset = 0
    for attempt in range(4):
        for student in students:
            await bench.take(offset, student_id=student, submission_id=f"{student}-{attempt}", files=code(attempt))
            offset += 1
    chosen = [step for step in bench.steps().values() if step.head.submission_id[-1] in "123"]
    rebuilder = bench.rebuilder()
    for step in chosen:
        await rebuilder.rebuild(step, 1)
    assert bench.analyst.calls == len(chosen) + len(students), "only the first predecessor of each is no chosen one"


async def test_what_is_remembered_is_bounded() -> None:
    """The oldest is analysed again."""
    bench = Bench()
    for number in range(3):
        await bench.take(number, files=code(number))
    rebuilder = bench.rebuilder(chars_max=0)
    for offset in (1, 2):
        assert same(await rebuilder.rebuild(bench.steps()[offset], 1), bench.made[offset])
    assert bench.analyst.calls == 4


async def test_the_table_tells_what_the_log_has_lost() -> None:
    """It kept the predecessor with its sources."""
    bench = Bench()
    for number in range(3):
        await bench.take(number, files=code(number))
    step = bench.steps(lost=2)[2]
    assert not step.is_certain
    assert same(await bench.rebuilder(histories=bench.table()).rebuild(step, 1), bench.made[2])


async def test_the_archive_tells_what_the_table_has_forgotten() -> None:
    """Where the predecessor stood in the topic, nobody knows any more."""
    bench = Bench(Sources({"sub-0": code(0)}))
    for number in range(3):
        await bench.take(number, files=code(number))
    step = bench.steps(lost=1)[1]
    rebuilt = await bench.rebuilder(histories=bench.table()).rebuild(step, 0)
    made = as_made(bench.made[1])
    assert rebuilt == made.model_copy(update={"previous_origin": None, "previous_digest": rebuilt.previous_digest})
    assert (rebuilt.previous_submission_id, rebuilt.baseline) == ("sub-0", Baseline.PREVIOUS)


def the_live_review(made: bytes) -> Review:
    """What the live review says of its predecessor."""
    one = as_made(made)
    return a_review(
        new_submission_id=one.submission_id,
        previous_submission_id=one.previous_submission_id,
        previous_origin=one.previous_origin,
        previous_digest=one.previous_digest,
        baseline=one.baseline,
    )


async def test_the_live_review_names_what_lies_in_the_archive() -> None:
    """Long after topic and table have forgotten both sides' places: byte for byte what was made then."""
    bench = Bench(Sources({f"sub-{number}": code(number) for number in range(8)}))
    for number in range(8):
        await bench.take(number, files=None)
    steps = bench.steps(lost=4)
    rebuilder = bench.rebuilder(histories=bench.table())
    for offset, step in steps.items():
        rebuilt = await rebuilder.rebuild(checked(step, the_live_review(bench.made[offset])), 3)
        assert same(rebuilt, bench.made[offset]), offset


@pytest.mark.parametrize("has_live_review", [True, False])
async def test_a_predecessor_that_was_not_the_named_one_is_told_so(has_live_review: bool) -> None:
    """The submission named one that nobody knew: then the previous one was taken, and a replay says so again."""
    bench = Bench(Sources({f"sub-{number}": code(number) for number in range(3)}))
    await bench.take(0, files=None)
    await bench.take(1, files=None, previous_submission_id="never-seen")
    await bench.take(2, files=None)
    live = the_live_review(bench.made[1]) if has_live_review else None
    rebuilt = await bench.rebuilder(histories=bench.table()).rebuild(checked(bench.steps(lost=1)[1], live), 1)
    assert (rebuilt.previous_submission_id, rebuilt.baseline) == ("sub-0", Baseline.UNKNOWN_NAMED)


@pytest.mark.parametrize("has_table", [True, False])
async def test_an_archive_that_holds_something_else_by_now_is_no_predecessor(has_table: bool) -> None:
    """No false diff."""
    bench = Bench(Sources({f"sub-{number}": code(number) for number in range(3)}))
    for number in range(3):
        await bench.take(number, files=None)
    step = checked(bench.steps(lost=1)[1], the_live_review(bench.made[1]))
    bench.sources.archive["sub-0"] = code(9)
    rebuilt = await bench.rebuilder(histories=bench.table() if has_table else {}).rebuild(step, 1)
    assert (rebuilt.baseline, rebuilt.previous_submission_id) == (Baseline.UNAVAILABLE, None)


async def test_a_first_attempt_in_what_is_left_of_a_partition_is_still_one() -> None:
    """Its live review says so: what was lost is somebody else's."""
    bench = Bench()
    await bench.take(0, student_id="student-2", files=code(0))
    for number in (1, 2):
        await bench.take(number, files=code(number))
    for offset, step in bench.steps(lost=1).items():
        rebuilt = await bench.rebuilder().rebuild(checked(step, the_live_review(bench.made[offset])), 1)
        assert same(rebuilt, bench.made[offset])


@pytest.mark.parametrize("has_table", [True, False])
async def test_a_lost_predecessor_is_told_and_nothing_is_compared(has_table: bool) -> None:
    """No false diff: not against another submission."""
    bench = Bench()
    for number in range(3):
        await bench.take(number, files=code(number))
    step = bench.steps(lost=1)[1]
    rebuilt = await bench.rebuilder(histories=bench.table() if has_table else {}).rebuild(step, 1)
    assert (rebuilt.baseline, rebuilt.previous_submission_id) == (Baseline.UNAVAILABLE, None)
    assert (rebuilt.previous_origin, rebuilt.previous_digest, rebuilt.diff_info.lines_removed) == (None, None, 0)


async def test_a_guess_of_the_log_is_not_believed() -> None:
    """An uncertain step with a predecessor: the review said that it was another one."""
    bench = Bench()
    for number in range(3):
        await bench.take(number, files=code(number))
    doubtful = replace(bench.steps()[2], is_certain=False)
    rebuilt = await bench.rebuilder().rebuild(doubtful, 1)
    assert (rebuilt.baseline, rebuilt.previous_submission_id) == (Baseline.UNAVAILABLE, None)
    assert same(await bench.rebuilder(histories=bench.table()).rebuild(doubtful, 1), bench.made[2])


async def test_a_record_that_is_gone_is_refused_by_name() -> None:
    """So is a submission whose archive is gone."""
    bench = Bench(Sources({"sub-0": code(0)}))
    await bench.take(0, files=None)
    step = bench.steps()[0]
    bench.sources.archive.clear()
    with pytest.raises(Rejected) as refused:
        await bench.rebuilder().rebuild(step, 1)
    assert refused.value.reason is Reason.ARCHIVE_MISSING
    bench.log.records.clear()
    with pytest.raises(Rejected, match="has left the topic"):
        await bench.rebuilder().rebuild(step, 1)
