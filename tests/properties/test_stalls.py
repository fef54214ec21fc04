"""The stall detector, held against the definition: left to do, not excused, nothing finished, all the time."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from app.core.stalls import Progress, StallDetector

AFTER_S: Final = 60.0
PARTITIONS: Final = [("submissions", 0), ("submissions", 1), ("reviews", 0)]

Look = tuple[float, dict[tuple[str, int], Progress]]

progress = st.builds(
    Progress, left_to_do=st.integers(0, 2), finished=st.integers(0, 2), excused=st.sampled_from([False, False, True])
)
looks = st.lists(
    st.tuples(st.floats(0, 70), st.dictionaries(st.sampled_from(PARTITIONS), progress)), min_size=1, max_size=25
)


def silent_since(history: list[Look], partition: tuple[str, int]) -> float | None:
    """The time of the earliest look since when all looks found the same silence, or None."""
    since, finished = None, None
    for at, seen in reversed(history):
        found = seen.get(partition)
        if found is None or not found.left_to_do or found.excused or finished not in {None, found.finished}:
            break
        since, finished = at, found.finished
    return since


@given(looks)
def test_a_stall_is_a_silence_that_lasts(steps: list[Look]) -> None:
    """After each look exactly those are stalled whose silence is old enough; what begins and ends is told once."""
    detector = StallDetector(AFTER_S)
    history: list[Look] = []
    now = 0.0
    for wait, seen in steps:
        now += wait
        history.append((now, seen))
        before = set(detector.stalled)
        began, ended = detector.observe(now, seen)
        sinces = {partition: silent_since(history, partition) for partition in PARTITIONS}
        expected = {p: since for p, since in sinces.items() if since is not None and now - since >= AFTER_S}
        assert detector.stalled == expected
        assert (set(began), set(ended)) == (set(expected) - before, before - set(expected))
        assert len(began) == len(set(began))
