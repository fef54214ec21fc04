"""A refused event: its bytes untouched, and headers that say who refused it and why.

The record's key and value are the original's, byte for byte; the original headers come first, ours after them.
Names follow Kafka Streams' KIP-1034 (`__streams.errors.*`), under a prefix of our own.
"""

from collections.abc import Collection, Sequence
from typing import Annotated, Final, Literal

from pydantic import AliasGenerator, ConfigDict, Field, StringConstraints, ValidationError

from schemas.base import Schema
from schemas.errors import Reason
from schemas.origin import Origin

HEADER_PREFIX: Final = "__reviewstream.errors."

_FIRST: Final = HEADER_PREFIX + "exception"

Header = tuple[str, bytes | None]

Part = Literal["value", "headers", "key"]
"""What may be left out of a dead letter that does not fit its topic."""

_Whole = Annotated[str, StringConstraints(pattern=r"^[0-9]+$")]
_Seconds = Annotated[str, StringConstraints(pattern=r"^[0-9]+\.[0-9]{3}$")]


class RefusalHeaders(Schema):
    """The headers of a dead letter, each a text in UTF-8, in the order in which they stand: `exception` comes first.

    Times are seconds since 1970. `value_was_null` stands only where the record had neither key nor value: the letter's
    value is then empty. `value_omitted_bytes`, `headers_omitted_bytes` and `key_omitted_bytes` stand only where that
    part did not fit the topic and was left out: its size. Letters of older versions lack `requeue_attempt`.
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
    value_was_null: Literal["true"] | None = None
    value_omitted_bytes: _Whole | None = None
    headers_omitted_bytes: _Whole | None = None
    key_omitted_bytes: _Whole | None = None


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

    def sizes(self) -> dict[Part, int]:
        """How many bytes each part has that may be left out, the one that goes first in front; parts without any not.

        The key goes last: it says whose letter it is.
        """
        headers = sum(len(name.encode("utf-8", "replace")) + len(value or b"") for name, value in self.headers)
        each: dict[Part, int] = {"value": len(self.value or b""), "headers": headers, "key": len(self.key or b"")}
        return {part: size for part, size in each.items() if size}

    def record_headers(self, omitted: Collection[Part] = ()) -> list[Header]:
        """The original headers, then ours, in the order that `read_headers` looks for: `exception` comes first.

        Parts that are `omitted` are only told of, by their sizes.
        """
        sizes = {part: str(size) for part, size in self.sizes().items() if part in omitted}
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
            value_was_null="true" if self.key is None and self.value is None else None,
            value_omitted_bytes=sizes.get("value"),
            headers_omitted_bytes=sizes.get("headers"),
            key_omitted_bytes=sizes.get("key"),
        )
        texts: dict[str, str] = ours.model_dump(by_alias=True, exclude_none=True)
        original = () if "headers" in omitted else self.headers
        return [*original, *((name, text.encode("utf-8", "replace")) for name, text in texts.items())]

    def record_body(self, omitted: Collection[Part] = ()) -> tuple[bytes | None, bytes | None]:
        """Key and value as they are produced, without those that are `omitted`.

        Kafka takes a record with neither, and aiokafka sends none: where both are missing the value is empty.
        """
        key = None if "key" in omitted else self.key
        value = None if "value" in omitted else self.value
        return key, b"" if key is None and value is None else value


class Refusal(Schema):
    """What a dead letter's headers say. `reason` is text, for another version may know codes that this one does not.

    `value_was_null`: the record had neither key nor value, and the letter's value is empty in its place. The sizes are
    those of parts that did not fit the topic; their bytes lie at the origin alone.
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
    value_was_null: bool = False
    value_omitted_bytes: int | None = None
    headers_omitted_bytes: int | None = None
    key_omitted_bytes: int | None = None

    @property
    def left_out(self) -> dict[Part, int]:
        """The parts that were left out, and their sizes in bytes."""
        each: dict[Part, int | None] = {
            "value": self.value_omitted_bytes,
            "headers": self.headers_omitted_bytes,
            "key": self.key_omitted_bytes,
        }
        return {part: size for part, size in each.items() if size is not None}


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
        "value_was_null": ours.get("value_was_null") == "true",
        **{name: ours.get(name) for name in ("value_omitted_bytes", "headers_omitted_bytes", "key_omitted_bytes")},
    }
