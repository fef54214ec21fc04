"""A refused event: its bytes untouched, and headers that say who refused it and why.

The record's key and value are the original's, byte for byte; the original headers come first, ours after them.
Names follow Kafka Streams' KIP-1034 (`__streams.errors.*`), under a prefix of our own.
"""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AliasGenerator, ConfigDict, Field, StringConstraints, ValidationError

from schemas.base import Schema
from schemas.errors import Reason
from schemas.origin import Origin

HEADER_PREFIX: Final = "__reviewstream.errors."

VALUE_OMITTED: Final = HEADER_PREFIX + "value_omitted_bytes"
"""Stands last where the value did not fit the topic and was left out: its size in bytes."""

_FIRST: Final = HEADER_PREFIX + "exception"

Header = tuple[str, bytes | None]

_Whole = Annotated[str, StringConstraints(pattern=r"^[0-9]+$")]
_Seconds = Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]{3}$")]


class RefusalHeaders(Schema):
    """The headers of a dead letter, each a text in UTF-8, in the order in which they stand: `exception` comes first.

    Times are seconds since 1970. `value_omitted_bytes` stands only where the value did not fit the topic and was left
    out: its size. Letters of older versions lack `requeue_attempt`.
    """

    model_config = ConfigDict(
        alias_generator=AliasGenerator(alias=lambda name: HEADER_PREFIX + name), validate_by_name=True
    )

    exception: str
    message: str
    topic: str
    partition: _Whole
    offset: _Whole
    stage: str
    reason: Annotated[Reason | str, Field(union_mode="left_to_right")]
    attempts: _Whole
    first_time: _Seconds
    last_time: _Seconds
    requeue_attempt: _Whole = "0"
    value_omitted_bytes: _Whole | None = None


class DeadLetter(Schema):
    """One refused event. `key` and `value` may be None, as in Kafka. Times are epoch seconds.

    `requeue_attempt` counts how often the event had been requeued when it was refused, 0 at first.
    """

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    stage: str
    reason: Reason
    detail: str
    exception: str
    attempts: int
    first_failed_at: float
    last_failed_at: float
    requeue_attempt: int = 0

    def record_headers(self) -> list[Header]:
        """The original headers, then ours, in the order that `read_headers` looks for: `exception` comes first."""
        ours = RefusalHeaders(
            exception=self.exception,
            message=self.detail,
            topic=self.origin.topic,
            partition=str(self.origin.partition),
            offset=str(self.origin.offset),
            stage=self.stage,
            reason=self.reason,
            attempts=str(self.attempts),
            first_time=f"{self.first_failed_at:.3f}",
            last_time=f"{self.last_failed_at:.3f}",
            requeue_attempt=str(self.requeue_attempt),
        )
        texts: dict[str, str] = ours.model_dump(by_alias=True, exclude_none=True)
        return [*self.headers, *((name, text.encode("utf-8", "replace")) for name, text in texts.items())]


class Refusal(Schema):
    """What a dead letter's headers say. `reason` is text, for another version may know codes that this one does not.

    `value_omitted_bytes` is the size of a value that did not fit the topic; its bytes lie at the origin alone.
    """

    origin: Origin
    stage: str
    reason: str
    detail: str
    exception: str
    attempts: int
    first_failed_at: float
    last_failed_at: float
    requeue_attempt: Annotated[int, Field(ge=0)] = 0
    value_omitted_bytes: int | None = None


class DeadLetterHeaders(Schema):
    """A dead letter's headers, taken apart. `refusal` is None where they are not ours; `problem` then says why."""

    original: tuple[Header, ...]
    refusal: Refusal | None
    problem: str = ""


def read_headers(headers: Sequence[Header]) -> DeadLetterHeaders:
    """Take apart the headers of any record in the topic; never raises, for anyone may produce to it.

    Ours are the last run of headers that begins with `exception`: the original ones may hold an earlier run, where
    somebody produced a dead letter to a source topic as it was.
    """
    start = max((at for at, (name, _) in enumerate(headers) if name == _FIRST), default=None)
    if start is None:
        return DeadLetterHeaders(original=tuple(headers), refusal=None, problem="no headers of a dead letter")
    ours: dict[str, str] = {}
    for name, value in headers[start:]:
        if not name.startswith(HEADER_PREFIX):
            break
        ours[name.removeprefix(HEADER_PREFIX)] = (value or b"").decode("utf-8", "replace")
    try:
        refusal = Refusal.model_validate(_fields(ours))
    except (ValidationError, KeyError) as exc:
        wrong = exc.args[0] if isinstance(exc, KeyError) else ".".join(map(str, exc.errors()[0]["loc"]))
        return DeadLetterHeaders(
            original=tuple(headers), refusal=None, problem=f"a dead letter's header is wrong: {wrong}"
        )
    return DeadLetterHeaders(original=tuple(headers[:start]), refusal=refusal)


def _fields(ours: dict[str, str]) -> dict[str, object]:
    return {
        "origin": {name: ours[name] for name in ("topic", "partition", "offset")},
        "stage": ours["stage"],
        "reason": ours["reason"],
        "detail": ours["message"],
        "exception": ours["exception"],
        "attempts": ours["attempts"],
        "first_failed_at": ours["first_time"],
        "last_failed_at": ours["last_time"],
        "requeue_attempt": ours.get("requeue_attempt", "0"),
        "value_omitted_bytes": ours.get("value_omitted_bytes"),
    }
