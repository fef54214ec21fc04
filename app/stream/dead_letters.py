"""Refused events go to the `dead-letters` topic, byte for byte, with headers that say why."""

import faust

from app.stream.sends import send_confirmed
from schemas.dead_letter import DeadLetter


class DeadLetterTopic:
    """Where intakes send what they refuse."""

    def __init__(self, app: faust.App, topic: str) -> None:
        self._app = app
        self._topic = topic

    async def __call__(self, letter: DeadLetter) -> None:
        """Produce one dead letter; returns once the broker has acknowledged it, else raises `Unavailable`."""
        await send_confirmed(
            self._app, self._topic, key=letter.key, value=letter.value, headers=letter.record_headers()
        )
