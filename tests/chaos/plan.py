"""What will happen in a run, drawn from its seed: who submits what and when, and what is broken when.

The same scenario always gives the same plan; when a worker answers is up to the machine, so two runs of one plan
meet the same disturbances at the same seconds, not at the same instructions.
"""

import random
from dataclasses import dataclass
from typing import Final, Literal

from tests.builders.prompts import work_line

Kind = Literal[
    "kill",
    "term",
    "add",
    "remove",
    "pause",
    "broker_stop",
    "broker_kill",
    "mongo_stop",
    "mongo_kill",
    "api_down",
    "llm_down",
]

PARTITIONS: Final = 6
"""Of each topic: the production default."""
SESSION_TIMEOUT_S: Final = 6.0
"""Of every worker: the production default, and what a pause has to outlast."""
DRAIN_GRACE_S: Final = 2.0
LLM_TIMEOUT_S: Final = 5.0

_PER_SECOND = (
    8.0  # submissions: what two cores shared by broker, workers and this driver can take, with room to recover
)
_SECONDS_PER_KILL = 11.0  # a killed worker's partitions move within 6 s; closer kills only hit workers that start
_LONG_FROM_KILLS = 20  # from here on a run also has outages longer than every client's own patience

_FOR_S: Final[dict[Kind, tuple[float, float]]] = {
    "kill": (0.0, 3.0),  # until the restart: at once, as by a supervisor, or with a pause
    "term": (0.0, 3.0),
    "add": (0.0, 0.0),
    "remove": (0.0, 0.0),
    "pause": (SESSION_TIMEOUT_S + 2, SESSION_TIMEOUT_S + 5),
    "broker_stop": (2.0, 8.0),
    "broker_kill": (2.0, 8.0),
    "mongo_stop": (4.0, 10.0),
    "mongo_kill": (4.0, 10.0),
    "api_down": (5.0, 12.0),
    "llm_down": (5.0, 12.0),
}
_LONG_FOR_S: Final[dict[Kind, float]] = {"broker_stop": 45.0, "mongo_stop": 60.0, "api_down": 90.0, "llm_down": 90.0}


@dataclass(frozen=True, slots=True)
class Scenario:
    """The size of a run. `minutes` is how long submissions keep coming; None: as long as the size asks for."""

    submissions: int
    kills: int
    seed: int
    workers: int = 3
    minutes: float | None = None
    stock: bool = False

    @property
    def duration_s(self) -> float:
        """How long submissions keep coming and things break."""
        if self.minutes is not None:
            return self.minutes * 60
        return max(20.0, self.submissions / _PER_SECOND, self.kills * _SECONDS_PER_KILL)


@dataclass(frozen=True, slots=True)
class Planned:
    """One submission; `number` counts a student's from 1."""

    at_s: float
    student: str
    number: int

    @property
    def submission_id(self) -> str:
        """Unique in the run."""
        return f"{self.student}.{self.number}"

    @property
    def previous_id(self) -> str | None:
        """What its review must be compared with."""
        return f"{self.student}.{self.number - 1}" if self.number > 1 else None

    @property
    def files(self) -> dict[str, str]:
        """A small homework that grows by a function each time."""
        functions = "\n\n".join(
            f"def step_{n}(rows):\n    return [row for row in rows if row > {n}]\n" for n in range(1, self.number + 1)
        )
        return {"main.py": f"{work_line(self.submission_id)}\n\n{functions}"}


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Something breaks at `at_s` and is whole again `for_s` later.

    `pick`, from 0 to 1, chooses among the workers there are; `fresh`: a killed worker comes back without its data.
    """

    at_s: float
    kind: Kind
    for_s: float
    pick: float
    fresh: bool


def plan_submissions(scenario: Scenario) -> list[Planned]:
    """All submissions in the order in which they are produced; each student's numbers rise."""
    chance = random.Random(f"submissions {scenario.seed}")
    planned: list[Planned] = []
    student = 0
    while len(planned) < scenario.submissions:
        student += 1
        at_s = chance.uniform(0, scenario.duration_s)
        for number in range(1, min(chance.randint(2, 5), scenario.submissions - len(planned)) + 1):
            planned.append(Planned(min(at_s, scenario.duration_s), f"s{student:05}", number))
            # Some hand in twice in a row: the second must wait for the first one's review.
            at_s += 0.0 if chance.random() < 0.3 else chance.expovariate(1 / 6)
    return sorted(planned, key=lambda p: (p.at_s, p.student, p.number))


def plan_disturbances(scenario: Scenario) -> list[Disturbance]:
    """All disturbances in the order of their times, spread over the whole run."""
    chance = random.Random(f"disturbances {scenario.seed}")
    kinds = _alternated(_shuffled(_kinds(scenario), chance))
    longest = set(_LONG_FOR_S) if scenario.kills >= _LONG_FROM_KILLS else set()
    begin_s, end_s = 0.08 * scenario.duration_s, 0.92 * scenario.duration_s
    slot_s = (end_s - begin_s) / len(kinds)
    disturbances = []
    for index, kind in enumerate(kinds):
        for_s = chance.uniform(*_FOR_S[kind])
        if kind in longest:
            longest.remove(kind)
            for_s = _LONG_FOR_S[kind]
        at_s = begin_s + slot_s * (index + chance.random())
        disturbances.append(Disturbance(at_s, kind, for_s, chance.random(), fresh=chance.random() < 0.5))
    return disturbances


def _kinds(scenario: Scenario) -> list[Kind]:
    kills = scenario.kills
    resized, paused, broken = max(1, kills // 6), max(1, kills // 6), max(1, kills // 8)
    kinds = _times("kill", kills) + _times("term", max(1, kills // 4)) + _times("pause", paused)
    kinds += _times("add", resized) + _times("remove", resized if kills >= 6 else 0)
    kinds += _turns("broker_stop", "broker_kill", broken)
    if scenario.stock:  # it knows no database and no API, and its model is never away
        return kinds
    return kinds + _turns("mongo_stop", "mongo_kill", broken) + _times("api_down", broken) + _times("llm_down", broken)


def _times(kind: Kind, count: int) -> list[Kind]:
    return [kind] * count


def _shuffled(kinds: list[Kind], chance: random.Random) -> list[Kind]:
    chance.shuffle(kinds)
    return kinds


def _alternated(kinds: list[Kind]) -> list[Kind]:
    """`kinds` with additions and removals taking turns, so that the number of workers stays near its start."""
    if "remove" not in kinds:
        return kinds
    turns = iter(_turns("add", "remove", len(kinds)))
    return [next(turns) if kind in {"add", "remove"} else kind for kind in kinds]


def _turns(first: Kind, second: Kind, count: int) -> list[Kind]:
    return [second if number % 2 else first for number in range(count)]
