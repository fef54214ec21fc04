"""The comparator: a submission comes in, its comparison with the previous one goes out, the history moves on."""

from dataclasses import dataclass, field

import structlog

from app.core.comparing.compose import keep
from app.core.comparing.kept_side import side_of
from app.core.events.admission import DoorRules, admit
from app.core.events.record import Record
from app.core.history.lineage import remember_submission, trace
from app.core.history.rewound import Rewound
from app.core.ports import Analyst, Clock, Outbox, SourceReader, SubmissionHistories
from app.core.submission.attempt import Attempt
from schemas.codec import encode
from schemas.replay import REPEAT


@dataclass(frozen=True, slots=True)
class Comparator:
    """What the comparator works with."""

    sources: SourceReader
    analyst: Analyst
    comparisons: Outbox
    clock: Clock
    door: DoorRules
    history_depth: int
    rewound: Rewound = field(default_factory=Rewound)

    async def compare(self, record: Record, histories: SubmissionHistories) -> None:
        """Compare one submission with its predecessor.

        The comparison is acknowledged before the history moves: after a crash in between, the submission comes
        again, finds the history as it was and gives the same comparison.
        """
        submission = admit(record, self.door, self.clock.now())
        structlog.contextvars.bind_contextvars(
            submission=submission.submission_id, student=submission.student_id, assignment=submission.assignment_id
        )
        attempt = Attempt(submission, await self.sources.read(submission))
        entry = histories.get(submission.student_id, submission.assignment_id)
        lineage = self.rewound.mend(trace(entry, submission, record.origin, attempt.digest()), submission)

        compared = await self.analyst.compare(side_of(lineage.before), attempt, lineage)

        past = keep(attempt, lineage, compared)
        headers = () if lineage.moves_stamp else ((REPEAT, b"1"),)
        await self.comparisons.send(submission.student_id.encode(), encode(compared.comparison), headers)
        if lineage.moves_stamp:
            grown = remember_submission(entry, past, self.history_depth)
            await histories.put(submission.student_id, submission.assignment_id, grown)
        else:
            self.rewound.note(submission.student_id, submission.assignment_id, past)
