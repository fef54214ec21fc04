"""One part's state as `reviewstream doctor` tells it, and the frame in which each part is asked."""

import asyncio
import functools
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec

from schemas.errors import Rejected, StartRefused, Unavailable

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Probe:
    """One part's state. `cause` says what was seen, good or bad, `cure` what to do about it.

    One that is `ok` and has a `cure` is a warning: nothing is broken, and it may not be what was meant.
    """

    name: str
    ok: bool
    cause: str
    cure: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def probing(
    name: str, cure: str
) -> Callable[[Callable[P, Awaitable[Probe]]], Callable[Concatenate[float, P], Awaitable[Probe]]]:
    """Give a probe a time limit as its first argument, and let no exception out of it.

    `cure` is for a part that does not answer; errors that carry a cure of their own keep it.
    """

    def decorate(ask: Callable[P, Awaitable[Probe]]) -> Callable[Concatenate[float, P], Awaitable[Probe]]:
        @functools.wraps(ask)
        async def limited(limit_s: float, /, *args: P.args, **kwargs: P.kwargs) -> Probe:
            try:
                async with asyncio.timeout(limit_s):
                    return await ask(*args, **kwargs)
            except TimeoutError:
                return Probe(name, ok=False, cause=f"no answer within {limit_s:g} s", cure=cure)
            except StartRefused as exc:
                return Probe(name, ok=False, cause=exc.cause, cure=exc.cure)
            except (Unavailable, Rejected) as exc:
                return Probe(name, ok=False, cause=exc.detail, cure=cure)
            except OSError as exc:
                return Probe(name, ok=False, cause=os.strerror(exc.errno or 0), cure=cure)
            except Exception as exc:  # noqa: BLE001 - whoever asks wants every part's answer, this one's bug included
                return Probe(name, ok=False, cause=f"the probe itself failed: {type(exc).__name__}", cure=cure)

        return limited

    return decorate
