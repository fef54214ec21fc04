"""The topic of decisions, written to by the desk."""

from app.adapters.kafka.written_topic import WrittenTopic
from app.config import Settings
from schemas.decision import Decision
from schemas.origin import Origin


class DecisionTopic:
    """Port `DecisionOutbox`."""

    def __init__(self, settings: Settings) -> None:
        self._topic = WrittenTopic(settings, settings.topic_decisions)

    async def aclose(self) -> None:
        """Disconnect."""
        await self._topic.aclose()

    async def send(self, decision: Decision) -> Origin:
        """Produce a decision; returns where it stands. Raises as `WrittenTopic`."""
        return await self._topic.send(decision.student_id.encode(), decision, decision.decided_at)
