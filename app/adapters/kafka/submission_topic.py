"""The topic of submissions, written to by the HTTP API."""

from datetime import datetime

from app.adapters.kafka.written_topic import WrittenTopic
from app.config import Settings
from schemas.origin import Origin
from schemas.submission import Submission


class SubmissionTopic:
    """Port `SubmissionOutbox`."""

    def __init__(self, settings: Settings) -> None:
        self._topic = WrittenTopic(settings, settings.topic_submissions)

    async def aclose(self) -> None:
        """Disconnect."""
        await self._topic.aclose()

    async def send(self, submission: Submission, at: datetime) -> Origin:
        """Produce a submission, written `at`; returns where it stands. Raises as `WrittenTopic`."""
        return await self._topic.send(submission.student_id.encode(), submission, at)
