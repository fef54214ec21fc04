"""What CloudEvents attributes our records carry, where they are switched on.

An event has the same source and id however often its record is produced: after a crash, or when a group is set back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from schemas.cloud_event import CloudEventHeaders
from schemas.dead_letter import DeadLetter, Header
from schemas.replay import PROMOTED

_JSON: Final = "application/json"
_ANY_BYTES: Final = "application/octet-stream"  # of what was refused, perhaps for being no JSON


Attributes = Callable[[bytes, Sequence[Header]], Sequence[Header]]
"""The attributes of a record, by its value and its other headers."""


class EventKind(StrEnum):
    """The types of our events; a review in the shadow is told apart, for nobody is meant to act on it."""

    SUBMISSION_COMPARED = "reviewstream.submission.compared.v1"
    SUBMISSION_REVIEWED = "reviewstream.submission.reviewed.v1"
    SUBMISSION_REVIEWED_IN_SHADOW = "reviewstream.submission.reviewed-in-shadow.v1"
    EVENT_REFUSED = "reviewstream.event.refused.v1"


@dataclass(frozen=True, slots=True)
class EventAttributes:
    """Attributes of the events of one `installation`, which is its consumer group's name; none where switched off."""

    installation: str
    is_on: bool = True

    def of_comparison(self, value: bytes, headers: Sequence[Header] = ()) -> Sequence[Header]:  # noqa: ARG002
        """Of a comparison, by its JSON; its time is when the submission was handed in: it has none of its own."""
        if not self.is_on:
            return ()
        document = orjson.loads(value)
        return self._attributes(
            EventKind.SUBMISSION_COMPARED,
            "comparator",
            event_id="/".join([*_ids(document, "submission_id"), str(document["generation"])]),
            time=document["submitted_at"],
            subject="/".join(_ids(document, "submission_id")),
        )

    def of_review(self, value: bytes, headers: Sequence[Header] = ()) -> Sequence[Header]:
        """Of a review, by its JSON and its other headers: a promoted one is another event than when it was hidden."""
        if not self.is_on:
            return ()
        document = orjson.loads(value)
        is_promoted = any(name == PROMOTED for name, _ in headers)
        is_shadow = bool(document["replay"] and document["replay"]["is_shadow"]) and not is_promoted
        return self._attributes(
            EventKind.SUBMISSION_REVIEWED_IN_SHADOW if is_shadow else EventKind.SUBMISSION_REVIEWED,
            "reviewer",
            event_id=document["review_id"] + ("/promoted" if is_promoted else ""),
            time=document["timestamp"],
            subject="/".join(_ids(document, "new_submission_id")),
        )

    def of_dead_letter(self, letter: DeadLetter) -> Sequence[Header]:
        """Of a refused event: one for each place and each time that it was requeued."""
        if not self.is_on:
            return ()
        origin = letter.origin
        place = f"{origin.topic}/{origin.partition}/{origin.offset}"
        return self._attributes(
            EventKind.EVENT_REFUSED,
            letter.stage,
            event_id=f"{place}/{letter.requeue_attempt}",
            time=datetime.fromtimestamp(letter.last_failed_at, UTC),
            subject=place,
            content_type=_ANY_BYTES,
        )

    def _attributes(
        self,
        kind: EventKind,
        stage: str,
        *,
        event_id: str,
        time: str | datetime,
        subject: str,
        content_type: str = _JSON,
    ) -> tuple[Header, ...]:
        event = CloudEventHeaders.model_validate(
            {
                "ce_id": event_id,
                "ce_source": f"/{self.installation}/{stage}",
                "ce_type": kind,
                "ce_time": time,
                "ce_subject": subject,
                "content-type": content_type,
            }
        )
        return event.headers()


def _ids(document: Mapping[str, Any], submission: str) -> list[str]:
    return [document["student_id"], document["assignment_id"], document[submission]]
