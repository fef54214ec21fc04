"""Submissions that a rewound group reads again, as far as the table has forgotten them.

The table keeps a student's last submissions. Where somebody sets the group back beyond them, each submission's true
predecessor comes just before it, and is remembered for as long as that takes.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

from app.core.history.lineage import Lineage
from app.core.limits import MIB
from schemas.comparison import Baseline
from schemas.history import PastSubmission
from schemas.submission import Submission

_CHARS_MAX: Final = 64 * MIB
"""Text of all that is remembered: thousands of students' homework, and bounded against large ones."""


@dataclass(slots=True)
class Rewound:
    """The last submission of each student and assignment that was read again, the latest ones."""

    chars_max: int = _CHARS_MAX
    _past: OrderedDict[tuple[str, str], PastSubmission] = field(default_factory=OrderedDict)
    _chars: int = 0

    def note(self, student_id: str, assignment_id: str, past: PastSubmission) -> None:
        """Remember a submission that was read again."""
        key = student_id, assignment_id
        self._forget(key)
        self._past[key] = past
        self._chars += chars_of(past)
        while self._chars > self.chars_max:
            self._forget(next(iter(self._past)))

    def mend(self, lineage: Lineage, submission: Submission) -> Lineage:
        """`lineage` with the predecessor that was read again just before, where the table had forgotten it."""
        if lineage.baseline is not Baseline.UNAVAILABLE:
            return lineage
        past = self._past.get((submission.student_id, submission.assignment_id))
        if past is None or past.origin.offset >= lineage.origin.offset:
            return lineage
        named = submission.previous_submission_id
        if named is not None and named != past.submission_id:
            return lineage
        return replace(lineage, baseline=Baseline.PREVIOUS if named is None else Baseline.NAMED, before=past)

    def _forget(self, key: tuple[str, str]) -> None:
        past = self._past.pop(key, None)
        if past is not None:
            self._chars -= chars_of(past)


def chars_of(past: PastSubmission) -> int:
    """How much text a kept submission holds, in characters."""
    return sum(map(len, past.sources.values())) + len(past.sources)
