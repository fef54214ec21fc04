"""Quick attempts: how many, how long between them, and when they end early."""

import asyncio
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from app.backoff import Backoff, FailedTry
from schemas.errors import Dependency, Reason, Rejected, Unavailable


def unavailable(retry_after_s: float | None = None) -> Unavailable:
    return Unavailable(Dependency.LLM, "busy", retry_after_s=retry_after_s)


class Flaky:
    """A call that raises the given errors one after the other and then answers."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


class Pauses:
    """A sleep that takes no time and remembers what was asked of it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def longest(_low: float, high: float) -> float:
    return high


def shortest(low: float, _high: float) -> float:
    return low


async def test_first_success_returns_without_wait() -> None:
    """A call that succeeds at once is made once and nobody sleeps."""
    call, pauses = Flaky(), Pauses()
    assert await Backoff(attempts=3).retry(call, sleep=pauses) == "answer"
    assert (call.calls, pauses.seconds) == (1, [])


async def test_unavailable_is_retried_until_it_works() -> None:
    """A call that is unavailable twice answers on the third attempt."""
    call = Flaky(unavailable(), unavailable())
    assert await Backoff(attempts=3).retry(call, sleep=Pauses()) == "answer"
    assert call.calls == 3


async def test_last_error_is_raised_when_attempts_are_used_up() -> None:
    """When no attempt succeeds, the last `Unavailable` is raised itself, not wrapped."""
    errors = [unavailable() for _ in range(3)]
    call = Flaky(*errors)
    with pytest.raises(Unavailable) as caught:
        await Backoff(attempts=3).retry(call, sleep=Pauses())
    assert caught.value is errors[-1]
    assert call.calls == 3


@pytest.mark.parametrize(
    "error",
    [Rejected(Reason.API_REFUSED, "no"), ValueError("bug"), asyncio.CancelledError()],
    ids=lambda e: type(e).__name__,
)
async def test_other_errors_pass_through_at_once(error: BaseException) -> None:
    """A refusal, a bug and a cancellation are never retried."""
    call, pauses = Flaky(error), Pauses()
    with pytest.raises(type(error)) as caught:
        await Backoff(attempts=5).retry(call, sleep=pauses)
    assert caught.value is error
    assert (call.calls, pauses.seconds) == (1, [])


@pytest.mark.parametrize(
    ("draw", "expected"),
    [(longest, [0.5, 1.0, 2.0, 3.0, 3.0]), (shortest, [0.0] * 5)],
    ids=["longest", "shortest"],
)
async def test_waits_are_drawn_from_doubling_ranges(
    draw: Callable[[float, float], float], expected: list[float]
) -> None:
    """The n-th wait is drawn between nothing and base * 2^(n-1), and never exceeds the maximum."""
    pauses = Pauses()
    call = Flaky(*[unavailable() for _ in range(5)])
    await Backoff(attempts=6, first_s=0.5, max_s=3.0).retry(call, sleep=pauses, draw=draw)
    assert pauses.seconds == expected


async def test_two_workers_draw_different_waits() -> None:
    """Without a fixed draw the waits differ, so workers do not come back in step."""
    pauses = Pauses()
    for _ in range(20):
        await Backoff(attempts=2, first_s=8.0).retry(Flaky(unavailable()), sleep=pauses)
    assert len(pauses.seconds) == 20
    assert len(set(pauses.seconds)) > 1
    assert all(0 <= s <= 8.0 for s in pauses.seconds)


@pytest.mark.parametrize(("draw", "expected"), [(shortest, 7.0), (longest, 7.5)], ids=["shortest", "longest"])
async def test_retry_after_is_the_least_wait(draw: Callable[[float, float], float], expected: float) -> None:
    """A server that asks for seven seconds gets them, with the jitter on top."""
    pauses = Pauses()
    await Backoff(attempts=2).retry(Flaky(unavailable(7.0)), sleep=pauses, draw=draw)
    assert pauses.seconds == [expected]


async def test_retry_after_with_jitter_stays_within_the_maximum() -> None:
    """What the server asks for and the jitter together never exceed the maximum wait."""
    pauses = Pauses()
    backoff = Backoff(attempts=2, first_s=10.0, max_s=30.0)
    await backoff.retry(Flaky(unavailable(29.0)), sleep=pauses, draw=longest)
    assert pauses.seconds == [30.0]


async def test_longer_retry_after_ends_the_quick_attempts() -> None:
    """A server that asks for more than the maximum is left alone: its error is raised at once."""
    error = unavailable(31.0)
    call, pauses = Flaky(error), Pauses()
    with pytest.raises(Unavailable) as caught:
        await Backoff(attempts=5, max_s=30.0).retry(call, sleep=pauses)
    assert caught.value is error
    assert caught.value.retry_after_s == 31.0
    assert (call.calls, pauses.seconds) == (1, [])


async def test_log_tells_every_failed_attempt_and_nothing_of_the_call() -> None:
    """Each failed attempt is one line with number, dependency, wait and the error's class, and without its words."""
    caused = unavailable(2.0)
    caused.__cause__ = TimeoutError("private text")
    with capture_logs() as lines:
        await Backoff(attempts=3).retry(Flaky(unavailable(), caused), sleep=Pauses(), draw=longest)
    first = {"event": "call_failed", "log_level": "debug", "dependency": "llm"}
    assert lines == [
        first | {"attempt": 1, "error": "Unavailable", "wait_s": 0.5},
        first | {"attempt": 2, "error": "TimeoutError", "wait_s": 3.0},
    ]


async def test_hook_is_silent_about_the_attempt_that_is_raised() -> None:
    """The last failure is the caller's to report: the hook sees only attempts that are repeated."""
    seen: list[FailedTry] = []
    with pytest.raises(Unavailable):
        await Backoff(attempts=2).retry(Flaky(unavailable(), unavailable()), on_wait=seen.append, sleep=Pauses())
    assert [a.attempt for a in seen] == [1]


async def test_cancelling_during_a_wait_ends_the_attempts() -> None:
    """A cancelled worker does not finish its wait first."""
    call = Flaky(unavailable(), unavailable())
    task = asyncio.create_task(Backoff(attempts=3, first_s=60, max_s=60).retry(call, draw=longest))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert call.calls == 1


async def test_a_large_number_of_attempts_does_not_overflow() -> None:
    """Two thousand failed attempts still wait the maximum, though 2^1999 is no float."""
    pauses = Pauses()
    call = Flaky(*[unavailable() for _ in range(1_999)])
    await Backoff(attempts=2_000, max_s=5.0).retry(call, sleep=pauses, draw=longest)
    assert pauses.seconds[-1] == 5.0


@pytest.mark.parametrize("bad", [{"attempts": 0}, {"attempts": 1, "first_s": -1}, {"attempts": 1, "max_s": -1}])
def test_nonsense_is_refused(bad: dict[str, float]) -> None:
    """A backoff without attempts or with negative waits is a programmer's error."""
    with pytest.raises(ValueError, match="at least one attempt"):
        Backoff(**bad)  # type: ignore[arg-type]
