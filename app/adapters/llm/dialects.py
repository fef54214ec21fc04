"""How a request says that JSON is wanted and how long it may be: what endpoints understand differs.

The schema goes where the endpoint takes it, and into the instructions only for one that does not. A weaker dialect is
remembered only once the endpoint has refused the stronger one again and again, or has named the field that it does not
know: one passing 400 proves nothing. From time to time the strongest is tried again, for endpoints are upgraded.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

log = structlog.get_logger(__name__)

_FORMS: Final = ("json_schema", "json_object", "plain text")
_LIMITS: Final[tuple[str | None, ...]] = ("max_completion_tokens", "max_tokens", None)

REPETITIONS: Final = 3
"""Calls one after the other for which a weaker dialect had to be taken, before it is remembered."""
PROBE_AFTER: Final = 100
"""Answers in a remembered weaker dialect before the strongest is tried again."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to ask: indexes of the form of the answer, and of the token limit's name, the strongest first."""

    form: int = 0
    limit: int = 0

    def request(self, tokens_max: int, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a request for an answer of this JSON Schema."""
        name = _LIMITS[self.limit]
        fields: dict[str, Any] = {} if name is None else {name: tokens_max}
        match _FORMS[self.form]:
            case "json_schema":
                named = {"name": "review", "strict": True, "schema": schema}
                return {"response_format": {"type": "json_schema", "json_schema": named}} | fields
            case "json_object":
                return {"response_format": {"type": "json_object"}} | fields
            case _:
                return fields

    def told(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any]) -> list[dict[str, str]]:
        """`messages` with the schema at the end of the instructions, where the request has no other place for it."""
        if _FORMS[self.form] == "json_schema" or messages[0]["role"] != "system":
            return [dict(message) for message in messages]
        text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        first = {**messages[0], "content": f"{messages[0]['content']}\n{text}"}
        return [first, *(dict(message) for message in messages[1:])]

    def weaker(self, param: str | None = None) -> "Dialect | None":
        """The next dialect after a refusal, which may have named a field; None after the weakest."""
        if param is not None and param.startswith("max_"):
            return Dialect(self.form, self.limit + 1) if self.limit + 1 < len(_LIMITS) else None
        if self.form + 1 < len(_FORMS):
            # Endpoints of old know neither of the newer fields.
            return Dialect(self.form + 1, self.limit if param is not None else max(self.limit, 1))
        if param is None and self.limit + 1 < len(_LIMITS):
            return Dialect(self.form, self.limit + 1)
        return None

    def __str__(self) -> str:
        return f"{_FORMS[self.form]}, {_LIMITS[self.limit] or 'no token limit'}"


class DialectMemory:
    """What the endpoint is known to understand, shared by all calls."""

    def __init__(self) -> None:
        self.known = Dialect()
        """Where calls begin."""
        self.strikes = 0
        """Times in a row that a weaker one had to be taken; a call hands back the number it began with."""
        self._answers = 0

    def begin(self) -> Dialect:
        """Where this call begins: the strongest again from time to time."""
        if self.known != Dialect() and self._answers >= PROBE_AFTER:
            self._answers = 0
            return Dialect()
        return self.known

    def note(self, used: Dialect, strikes_at_begin: int, *, named: bool) -> None:
        """Learn from an answer in the dialect `used`; `named`: each refusal before it named the field.

        Calls that ran at the same time fail together, and count once.
        """
        self._answers += 1
        if used == self.known:
            self.strikes = 0
            return
        if used.form <= self.known.form and used.limit <= self.known.limit:
            log.info("llm_dialect_regained", dialect=str(used))
            self.known, self.strikes = used, 0
            return
        if self.strikes == strikes_at_begin:
            self.strikes += 1
        if named or self.strikes >= REPETITIONS:
            log.warning("llm_dialect_weakened", dialect=str(used), named_by_the_endpoint=named)
            self.known, self.strikes, self._answers = used, 0, 0
