"""What schemathesis is told as it asks a running server, in a process of its own: `SCHEMATHESIS_HOOKS`."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/zip", "application/gzip")
def as_it_is(_context: Any, value: Any) -> bytes:
    """Bytes of an archive, or of what is none."""
    return bytes(value.data) if hasattr(value, "data") else str(value).encode()


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Nobody is waited for: an answer that comes after a minute says no more than one that comes at once."""
    case.query = {name: value for name, value in (case.query or {}).items() if name != "wait"}


@schemathesis.check
def every_error_is_a_problem(_context: Any, response: Any, _case: Any) -> None:
    """Status 400 and above is `application/problem+json` with its cause and its cure."""
    if response.status_code >= 400:
        assert response.headers["content-type"][0] == "application/problem+json"
        assert {"type", "title", "status", "detail", "cure"} <= set(response.json())
