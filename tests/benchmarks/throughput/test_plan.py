"""What a run is made of: latencies with an exact mean, homework that differs, students that take turns."""

from collections import Counter
from statistics import fmean

import pytest

from app.core.limits import SourceLimits
from app.core.submission.tree import tree_from_texts
from tests.benchmarks.throughput.homework import LARGE, SMALL, Turn, Volume, files_of, named_in, partition_of, turns
from tests.benchmarks.throughput.latency import BLOCK, Latency
from tests.benchmarks.throughput.port import PARTITIONS
from tests.benchmarks.throughput.scenarios.course import Course
from tests.benchmarks.throughput.sizes import SIZES
from tests.builders.prompts import work_line


def test_sixteen_calls_have_the_mean_that_was_asked_for() -> None:
    """A run has no luck in its draws; its longest call is known before it."""
    latency = Latency(8.0)
    drawn = [latency.of_call(number) for number in range(10 * BLOCK)]
    assert fmean(drawn[:BLOCK]) == pytest.approx(8.0)
    assert fmean(drawn[-BLOCK:]) == pytest.approx(8.0)
    assert max(drawn) == pytest.approx(latency.longest_s)
    assert drawn[:BLOCK] != drawn[BLOCK : 2 * BLOCK]


def test_latencies_are_the_same_each_time() -> None:
    """Two runs of one seed meet the same calls."""
    assert [Latency(1.0).of_call(n) for n in range(40)] == [Latency(1.0).of_call(n) for n in range(40)]


@pytest.mark.parametrize("volume", [SMALL, LARGE], ids=["small", "large"])
def test_attempts_differ_in_as_many_files_as_are_said(volume: Volume) -> None:
    """The others are the same, and all of them are the student's own text."""
    before, after = files_of(Turn(3, 1), volume), files_of(Turn(3, 2), volume)
    assert len(before) == len(after) == volume.files
    assert sum(before[path] != after[path] for path in before) == volume.changed
    assert len(tree_from_texts(after, SourceLimits()).files) == volume.files


def test_no_two_submissions_are_alike() -> None:
    """An answer that was kept for one is none for another."""
    texts = [str(files_of(turn, SMALL)) for turn in (*turns(60, 1), *turns(60, 2))]
    assert len(set(texts)) == len(texts)


def test_a_prompt_names_its_submission() -> None:
    """A numbered line of the new version counts before one that was removed; where none is numbered, the first."""
    old, new = work_line("s1.1"), work_line("s1.2")
    assert named_in(f"-{old}\n1|{new}") == "s1.2"
    assert named_in(f"# main.py\n{new}\n# diff\n-{old}+{new}") == "s1.2"
    assert named_in("nothing") is None


def test_partitions_are_filled_alike() -> None:
    """No peer waits for one partition that luck filled more than the others."""
    filled = Counter(partition_of(turn.student_id) for turn in turns(48, 1))
    assert filled == dict.fromkeys(range(PARTITIONS), 8)


def test_students_take_turns() -> None:
    """Each hands in the next attempt when all others have."""
    course = Course(2)
    assert [turn.submission_id for turn in course.next(3)] == [
        first := Turn(0, 1).submission_id,
        Turn(1, 1).submission_id,
        Turn(0, 2).submission_id,
    ]
    assert first.endswith(".1")
    assert course.next(1) == [Turn(1, 2)]
    assert course.turns_taken == 4


@pytest.mark.parametrize("size", SIZES)
def test_counts_have_an_exact_mean(size: str) -> None:
    """Submissions of a scenario are multiples of what makes the mean of their calls exact."""
    sizes = SIZES[size]
    counts = [sizes.crash_count, sizes.large_count, *(4 * in_flight for in_flight, _ in sizes.knee)]
    assert [count % BLOCK for count in counts] == [0] * len(counts)
