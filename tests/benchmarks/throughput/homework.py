"""Homework for a run: attempt after attempt of each student, made of real code by a seed, no two texts alike.

Equal texts would give equal questions, and an answer that was kept would be found again: nobody would be asked.
"""

import random
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

from aiokafka.partitioner import murmur2

from schemas.submission import Submission
from tests.benchmarks import diff_speed_trees as trees
from tests.benchmarks.throughput.port import PARTITIONS
from tests.builders.prompts import submission_in, work_line

ASSIGNMENT: Final = "hw-1"
MARKED: Final = "main.py"
"""The file whose first line names the submission to the scripted model."""

_VARIANTS: Final = 24  # of a homework, shared by the students in turn
_CHARS_MAX: Final = 3_000  # of a file: a homework's, as in the comparison's own benchmark
_WORK: Final = re.compile(r'WORK = "([0-9a-f]+)"')


@dataclass(frozen=True, slots=True)
class Volume:
    """How large a submission is: files in all, and files that differ from the attempt before."""

    name: str
    files: int
    changed: int


SMALL: Final = Volume("small", 5, 2)
LARGE: Final = Volume("large", 25, 6)


@dataclass(frozen=True, slots=True)
class Turn:
    """One student's attempt, counted from 1."""

    student: int
    attempt: int

    @property
    def student_id(self) -> str:
        """The record's key. Students lie in the partitions in turn, so that none is fuller than another by luck."""
        return _student_id(self.student)

    @property
    def submission_id(self) -> str:
        """Unique within an installation."""
        return f"{self.student_id}.{self.attempt}"


def turns(students: int, attempt: int) -> list[Turn]:
    """One attempt of each student."""
    return [Turn(student, attempt) for student in range(students)]


def submissions(of: Sequence[Turn], volume: Volume) -> list[Submission]:
    """What these students hand in."""
    now = datetime.now(UTC)
    return [
        Submission(
            submission_id=turn.submission_id,
            student_id=turn.student_id,
            assignment_id=ASSIGNMENT,
            submitted_at=now,
            files=files_of(turn, volume),
        )
        for turn in of
    ]


def files_of(turn: Turn, volume: Volume) -> dict[str, str]:
    """Path -> text of one attempt."""
    rest = _variant(volume, turn.student % _VARIANTS, turn.attempt)
    steps = "".join(f"\n\ndef step_{n}(rows):\n    return [row for row in rows if row > {n}]\n" for n in _upto(turn))
    return {MARKED: work_line(turn.submission_id) + steps, **rest}


def named_in(prompt: str) -> str | None:
    """The submission that a prompt asks about: its mark in a numbered line of the new version, else the first mark."""
    numbered = submission_in(prompt)
    if numbered is not None:
        return numbered
    found = _WORK.search(prompt)
    return bytes.fromhex(found[1]).decode() if found else None


@cache
def _student_id(student: int) -> str:
    names = (f"s{student:05}{letter}" for letter in string.ascii_lowercase + string.ascii_uppercase)
    return next(name for name in names if partition_of(name) == student % PARTITIONS)


def partition_of(student_id: str) -> int:
    """Where Kafka's default partitioner puts a student's records."""
    partition: int = (murmur2(student_id.encode()) & 0x7FFFFFFF) % PARTITIONS
    return partition


def _upto(turn: Turn) -> range:
    return range(1, turn.attempt + 1)


@cache
def _variant(volume: Volume, number: int, attempt: int) -> dict[str, str]:
    """Files beside the marked one. Each attempt edits those of the attempt before."""
    chance = random.Random(f"{volume.name} {number} {attempt}")
    if attempt == 1:
        return {f"part_{n}.py": text for n, text in enumerate(chance.sample(_pool(), volume.files - 1))}
    files = dict(_variant(volume, number, attempt - 1))
    for path in chance.sample(sorted(files), volume.changed - 1):
        files[path] = trees.edit(chance, files[path], wanted=2)
    return files


@cache
def _pool() -> list[str]:
    return [text for text in trees.package_files().values() if len(text) <= _CHARS_MAX]
