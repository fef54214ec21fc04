"""A course whose students hand in again and again: who is next, and with which attempt."""

from collections import Counter
from dataclasses import dataclass, field

from tests.benchmarks.throughput.homework import Turn


@dataclass(slots=True)
class Course:
    """So many students, who take turns."""

    students: int
    _attempts: Counter[int] = field(default_factory=Counter)
    _next: int = 0

    @property
    def turns_taken(self) -> int:
        """Submissions so far."""
        return self._attempts.total()

    def next(self, count: int) -> list[Turn]:
        """The next `count` turns, in their order."""
        found = []
        for _ in range(count):
            student = self._next
            self._next = (student + 1) % self.students
            self._attempts[student] += 1
            found.append(Turn(student, self._attempts[student]))
        return found
