"""Refused events go to the `dead-letters` topic, byte for byte, with headers that say why."""

import faust

from app.core.events.event_attributes import EventAttributes
from app.stream.faust.sends import send_confirmed
from schemas.dead_letter import VALUE_OMITTED, DeadLetter
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
        `Rejected(record_too_large)` where not even key and headers fit.

        A record that arrived well compressed may not fit unpacked. Then the value is left out and its size said in
        a header; the bytes still lie at the origin. The alternative is a partition that waits for ever.
        """
        headers = letter.record_headers()
        # Behind ours, so that what is before ours is still the original's, and goes back with it.
        event = self._events.of_dead_letter(letter)
        whole = [*headers, *event]
        try:
            await send_confirmed(self._app, self._topic, key=letter.key, value=letter.value, headers=whole)
        except Rejected as exc:
            if exc.reason is not Reason.RECORD_TOO_LARGE:
                raise
            omitted = (VALUE_OMITTED, str(len(letter.value or b"")).encode())
            await send_confirmed(
                self._app, self._topic, key=letter.key, value=None, headers=[*headers, omitted, *event]
            )
