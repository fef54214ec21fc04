"""How large the scenarios are: `full` for the docs, in under 30 minutes; `quick` to see that all works, in under 5."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of each scenario. Seconds are means of the model's calls; counts of submissions are multiples of 16, over which
    that mean is exact. `rounds` is how many times all calls in flight are gone through.
    """

    name: str
    in_flight: int
    call_s: float
    bare_call_s: float
    rounds: int
    rounds_of_few: int
    """Of a peer that keeps fewer than 16 calls in flight: more rounds make up for it."""
    crash_call_s: float
    crash_count: int
    crash_quiet_s: float
    """A peer that takes longer to take up again what it lost is not killed."""
    knee: tuple[tuple[int, float], ...]
    """(in flight, seconds of a call), in the order in which they are measured: what may not be through comes last."""
    knee_students: int
    students: tuple[int, ...]
    students_call_s: float
    large_count: int
    burst: tuple[int, float, float] | None
    """Submissions, seconds in which they come, seconds of a call."""
    endurance_minutes: float
    endurance_in_flight: int
    endurance_call_s: float
    state_students: int
    """Of a course, whose tables a worker recovers; each has handed in twice."""
    desk_runs: int


FULL: Final = Sizes(
    name="full",
    in_flight=128,
    call_s=8.0,
    bare_call_s=2.0,
    rounds=5,
    rounds_of_few=8,
    crash_call_s=4.0,
    crash_count=512,
    crash_quiet_s=200.0,
    knee=((16, 8.0), (64, 8.0), (128, 8.0), (32, 2.0), (256, 8.0), (512, 8.0)),
    knee_students=1000,
    students=(1, 10, 100),
    students_call_s=2.0,
    large_count=192,
    burst=(3000, 60.0, 8.0),
    endurance_minutes=1.5,
    endurance_in_flight=32,
    endurance_call_s=2.0,
    state_students=100_000,
    desk_runs=5,
)

QUICK: Final = Sizes(
    name="quick",
    in_flight=16,
    call_s=2.0,
    bare_call_s=1.0,
    rounds=3,
    rounds_of_few=4,
    crash_call_s=1.0,
    crash_count=32,
    crash_quiet_s=60.0,
    knee=((32, 2.0),),
    knee_students=64,
    students=(10,),
    students_call_s=1.0,
    large_count=32,
    burst=None,
    endurance_minutes=0.15,
    endurance_in_flight=16,
    endurance_call_s=2.0,
    state_students=2_000,
    desk_runs=1,
)

SIZES: Final = {sizes.name: sizes for sizes in (FULL, QUICK)}
