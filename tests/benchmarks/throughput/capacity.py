"""Capacity planning: from measured figures to what a course needs. Pure arithmetic; each assumption is a field."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_HOUR_S: Final = 3600
_MINUTE_S: Final = 60
_GIB: Final = 1024**3
FILLED: Final = 0.7
"""Share of a core, or of the calls in flight, that is planned with: the rest is for what nobody planned."""


@dataclass(frozen=True, slots=True)
class Course:
    """A course. `peak_share`: of the students, how many hand in within the last hour before a deadline."""

    students: int
    assignments: int = 10
    attempts: int = 4
    peak_share: float = 0.3

    @property
    def submissions(self) -> int:
        """In all."""
        return self.students * self.assignments * self.attempts

    @property
    def peak_per_s(self) -> float:
        """Submissions a second in the last hour."""
        return self.students * self.peak_share / _HOUR_S


COURSES: Final = tuple(map(Course, (1_000, 10_000, 100_000, 1_000_000)))


@dataclass(frozen=True, slots=True)
class Basis:
    """What was measured, of one worker. `per_s`: most submissions a second that it was seen to do with long calls,
    at `in_flight`; bytes are per submission, but the table's, which are per student and assignment.
    """

    call_s: float
    in_flight: int
    per_s: float
    worker_ms: float
    servers_ms: float
    worker_mib: int
    prompt_tokens: int
    topic_bytes: int
    changelog_bytes: int
    mongo_bytes: int
    table_bytes: int

    @classmethod
    def of(cls, knee: Mapping[str, Any]) -> "Basis":
        """From the scenario `knee`: the row with the most submissions a second, of those that were not stopped."""
        best = max((row for row in knee["rows"] if row["complete"]), key=lambda row: row["per_s"])
        kept = knee["storage"]
        topics: Mapping[str, int] = kept["topic_bytes"]
        changelogs = sum(size for name, size in topics.items() if name.endswith("changelog"))
        return cls(
            call_s=best["call_s"],
            in_flight=best["in_flight"],
            per_s=best["per_s"],
            worker_ms=best["processor_ms"],
            servers_ms=best["servers_processor_ms"],
            worker_mib=best["memory_mib"],
            prompt_tokens=best["prompt_tokens"],
            topic_bytes=sum(topics.values()) - changelogs,
            changelog_bytes=changelogs,
            mongo_bytes=sum(kept["collection_bytes"].values()),
            table_bytes=kept["table_bytes_per_student"],
        )


@dataclass(frozen=True, slots=True)
class Need:
    """What a course needs in its last hour before a deadline, and over its whole length."""

    workers: int
    partitions: int
    calls: int
    worker_cores: float
    server_cores: float
    worker_gib: float
    requests_per_minute: int
    prompt_tokens_per_minute: int
    prompt_tokens: int
    kafka_gib: float
    mongo_gib: float
    table_gib: float


def need_of(course: Course, basis: Basis) -> Need:
    """Workers by what one was seen to do, filled to a share; everything else by rule of three."""
    per_s = course.peak_per_s
    workers = max(1, _whole(per_s / (basis.per_s * FILLED)))
    entries = course.students * course.assignments
    return Need(
        workers=workers,
        partitions=_partitions(workers),
        calls=_whole(per_s * basis.call_s),
        worker_cores=per_s * basis.worker_ms / 1000 / FILLED,
        server_cores=per_s * basis.servers_ms / 1000 / FILLED,
        worker_gib=workers * basis.worker_mib / 1024,
        requests_per_minute=_whole(per_s * _MINUTE_S),
        prompt_tokens_per_minute=_whole(per_s * _MINUTE_S * basis.prompt_tokens),
        prompt_tokens=course.submissions * basis.prompt_tokens,
        kafka_gib=(course.submissions * (basis.topic_bytes + basis.changelog_bytes)) / _GIB,
        mongo_gib=course.submissions * basis.mongo_bytes / _GIB,
        table_gib=entries * basis.table_bytes / _GIB,
    )


def _whole(value: float) -> int:
    """The next whole number, of a value that is one but for its last binary digits, that one."""
    return math.ceil(round(value, 6))


def _partitions(workers: int) -> int:
    """Twice the workers, so that the load can double without a migration, and never fewer than the default."""
    return max(6, 2 * workers)
