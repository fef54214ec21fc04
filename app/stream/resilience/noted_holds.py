"""A reviewer that notes for whoever asks that a review waits on purpose: the log of topics cannot tell."""

from dataclasses import dataclass

from app.core.history.identity import review_id
from app.core.ports import Draft, HoldNotes, Question, Reviewer
from schemas.errors import Held
from schemas.state import HoldStory


@dataclass(frozen=True, slots=True)
class NotedReviewer:
    """`Reviewer`."""

    inner: Reviewer
    holds: HoldNotes

    async def draft(self, question: Question) -> Draft:
        """As the inner one; `Held` is noted before it goes on."""
        try:
            return await self.inner.draft(question)
        except Held as held:
            about = question.comparison
            task_id = review_id(about.student_id, about.assignment_id, about.submission_id, about.generation)
            story = HoldStory(reason=held.reason.value, detail=held.detail, cure=held.cure, until=held.until)
            await self.holds.note(task_id, story)
            raise
