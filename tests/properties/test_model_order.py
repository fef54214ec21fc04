"""Models that stand in for each other, against a plain account of which may be asked when."""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.llm.endpoint import Endpoint, Exchange, Message
from app.adapters.llm.models import Models
from app.adapters.llm.paid_answers import nothing_kept
from app.adapters.llm.reading import Completion
from app.core.limits import SkippingLimits
from app.core.reviewing.answer.text import AnswerParts
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from tests.fakes.clock import FakeClock

NAMES: Final = ("first", "second", "third")
LIMITS: Final = SkippingLimits(failures_max=2, pause_min_s=10, pause_max_s=40, retry_after_s_max=100)


class ScriptedEndpoint:
    """As much of an endpoint as `Models` uses; `state` says how the next request ends."""

    price = None

    def __init__(self, model: str, asked: list[str]) -> None:
        self.model = model
        self.state = "serves"
        self._asked = asked

    async def complete(
        self, _messages: Sequence[Message], _schema: Mapping[str, Any], _max: int, _exchange: Exchange, *, usual: bool
    ) -> Completion:
        assert usual
        self._asked.append(self.model)
        if self.state == "out":
            raise Unavailable(Dependency.LLM, self.model)
        if self.state == "refuses":
            raise Rejected(Reason.MODEL_REFUSED, self.model)
        return Completion(AnswerParts("{}"), "stop")


class Account:
    """What is known of one model, told plainly: failures in a row, and until when it is left out."""

    def __init__(self) -> None:
        self.failures = 0
        self.pause_s = LIMITS.pause_min_s
        self.out_until_s: float | None = None

    def may_be_asked(self, now_s: float) -> bool:
        """Whether its pause, if it has one, is over."""
        return self.out_until_s is None or now_s >= self.out_until_s

    def note(self, state: str, now_s: float) -> None:
        """It was asked while it might be, and was in this state."""
        if state != "out":
            self.__init__()  # type: ignore[misc]  # all is forgotten
            return
        self.failures += 1
        if self.out_until_s is not None:
            self.pause_s = min(self.pause_s * 2, LIMITS.pause_max_s)
        if self.failures >= LIMITS.failures_max:
            self.out_until_s = now_s + self.pause_s


STATES = st.sampled_from(["serves", "out", "refuses"])
STEPS = st.one_of(
    st.tuples(st.just("set"), st.integers(0, 2), STATES),
    st.tuples(st.just("ask"), st.just(0), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 60), st.none()),
)


@given(st.integers(1, 3), st.lists(STEPS, max_size=60))
@settings(deadline=None)
def test_the_first_that_may_be_asked_and_serves_judges(count: int, steps: list[tuple[str, int, str | None]]) -> None:
    """In order, none in its pause, but the first where all are; a refusal ends the asking; all out: the first's."""
    asked: list[str] = []
    endpoints = [ScriptedEndpoint(name, asked) for name in NAMES[:count]]
    accounts = {name: Account() for name in NAMES[:count]}
    clock = FakeClock()
    models = Models(cast("list[Endpoint]", endpoints), nothing_kept(clock), limits=LIMITS, monotonic=clock.monotonic)
    for step, number, state in steps:
        if step == "set" and state is not None:
            endpoints[number % count].state = state
        elif step == "wait":
            clock.move(number)
        elif step == "ask":
            now_s = clock.monotonic()
            line = [e for e in endpoints if accounts[e.model].may_be_asked(now_s)] or endpoints[:1]
            until = next((n for n, e in enumerate(line) if e.state != "out"), len(line) - 1)
            asked.clear()
            end = ending(models.complete([], {}, 1, Exchange()))
            assert asked == [endpoint.model for endpoint in line[: until + 1]]
            last = line[until]
            assert (
                end
                == {"serves": last.model, "refuses": f"refused by {last.model}", "out": f"{line[0].model} out"}[
                    last.state
                ]
            )
            for endpoint in line[: until + 1]:
                if accounts[endpoint.model].may_be_asked(now_s):
                    accounts[endpoint.model].note(endpoint.state, now_s)
                elif endpoint.state != "out":
                    accounts[endpoint.model] = Account()


def ending(work: Coroutine[Any, Any, Completion]) -> str:
    """How it ended, in a word or two: nothing in it waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return str(done.value.model)
    except Rejected as exc:
        return f"refused by {exc.detail}"
    except Unavailable as exc:
        return f"{exc.detail} out"
    raise AssertionError("a scripted endpoint does not wait")
