"""Refused events go to the `dead-letters` topic, byte for byte, with headers that say why."""

import faust

from app.core.events.event_attributes import EventAttributes
from app.stream.faust.sends import send_confirmed
from schemas.dead_letter import DeadLetter, Part
from schemas.errors import Reason, Rejected


class DeadLetterProducer:
    """Produces to the dead-letters topic: where intakes send what they refuse."""

    def __init__(self, app: faust.App, topic: str, events: EventAttributes) -> None:
        self._app = app
        self._topic = topic
        self._events = events

    async def __call__(self, letter: DeadLetter) -> None:
        """Produce one dead letter; returns once the broker has acknowledged it, however long an outage lasts.

        Raises `StartRefused` where the topic takes no record before an operator has changed something, and
        `Rejected(record_too_large)` where not even our own headers fit.

        A record that arrived well compressed may not fit unpacked. Then its value is left out and the size said in a
        header; its headers and its key, too, where they alone are that large. The bytes still lie at the origin. The
        alternative is a partition that waits for ever.
        """
        omitted: list[Part] = []
        left = list(letter.sizes())
        while True:
            try:
                await self._produce(letter, omitted)
            except Rejected as exc:
                if exc.reason is not Reason.RECORD_TOO_LARGE or not left:
                    raise
                omitted.append(left.pop(0))
            else:
                return

    async def _produce(self, letter: DeadLetter, omitted: list[Part]) -> None:
        key, value = letter.record_body(omitted)
        # Behind ours, so that what is before ours is still the original's, and goes back with it.
        headers = [*letter.record_headers(omitted), *self._events.of_dead_letter(letter)]
        await send_confirmed(self._app, self._topic, key=key, value=value, headers=headers)
