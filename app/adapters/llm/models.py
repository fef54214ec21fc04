"""The models of one endpoint in their order: the first one judges, the next ones where it is out.

Each has its own dialect and its own circuit, so that a first model that is out for an hour does not cost each review
the wait for it. What one of them has answered already is taken from the tape before any is asked.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog

from app.adapters.llm.answer_key import answer_key
from app.adapters.llm.endpoint import Endpoint, Exchange, Message
from app.adapters.llm.paid_answers import REFUSED_S, PaidAnswers
from app.adapters.llm.reading import Completion
from app.core.limits import SkippingLimits
from app.core.skipping_circuit import SkippingCircuit
from schemas.errors import Rejected, Unavailable

log = structlog.get_logger(__name__)

MODEL_CIRCUIT: Final = SkippingLimits(failures_max=2, pause_min_s=15.0, pause_max_s=300.0)
"""Of a model that has another behind it. Each failure is a whole round of attempts, minutes perhaps, so two are enough;
after an outage the first model is back within five minutes."""


class NotKept(Exception):
    """A question that nothing on the tape answers: it would have to be bought."""

    def __init__(self, messages: Sequence[Message]) -> None:
        super().__init__("not on the tape")
        self.messages = messages


class Models:
    """Completions from the first model that serves, over the tape and within the budget.

    What it raises is what `Endpoint` raises, `Unavailable` for MongoDB, and `Held` over the budget.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        answers: PaidAnswers,
        *,
        limits: SkippingLimits = MODEL_CIRCUIT,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoints = tuple(endpoints)
        self._answers = answers
        self._monotonic = monotonic
        self._circuits = {endpoint.model: SkippingCircuit(limits) for endpoint in self._endpoints}

    async def complete(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        tokens_max: int,
        exchange: Exchange,
        *,
        usual: bool = True,
    ) -> Completion:
        """One completion, as `Endpoint.complete`, kept on the tape. Its `model` is the one that judged.

        A repair goes to the model that gave the answer, as long as that serves.
        """
        exchange.doubtful_key = None
        line = sorted(self._endpoints, key=lambda endpoint: endpoint.model != exchange.model)
        keys = {
            endpoint.model: answer_key(endpoint.model, messages, schema, tokens_max, exchange.anew) for endpoint in line
        }
        for endpoint in line:
            found = await self._answers.find(keys[endpoint.model], endpoint, exchange)
            if found is not None:
                return _noted(found, endpoint, keys, exchange)
        if exchange.is_dry:
            raise NotKept(messages)
        if not exchange.answer_keys:
            # A review that has begun is finished: what was paid for it should not lie about until tomorrow.
            await self._answers.check_budget(exchange.student_id)

        async def buy(endpoint: Endpoint) -> Completion:
            return await endpoint.complete(messages, schema, tokens_max, exchange, usual=usual)

        endpoint, bought = await self._ask(line, buy, exchange)
        kept = await self._answers.keep(keys[endpoint.model], bought, endpoint, exchange)
        return _noted(kept, endpoint, keys, exchange)

    async def control(self, said: str, exchange: Exchange) -> None:
        """As `Endpoint.control`, of the model that was asked last, or else of the first that serves."""
        asked = [endpoint for endpoint in self._endpoints if endpoint.model == exchange.model]
        endpoint = asked[0] if asked else next(self._admitted(self._endpoints))
        try:
            await endpoint.control(said, exchange)
        except Unavailable as exc:
            self._note_failed(endpoint, exc)
            raise
        except BaseException:
            self._circuits[endpoint.model].abandoned()
            raise
        self._note_answered(endpoint)

    async def let_go_of_refused(self, exchange: Exchange) -> None:
        """The draft ends as a dead letter: have a requeue ask anew, and a kill before it is written not."""
        await self._answers.let_go(exchange.answer_keys, REFUSED_S)

    async def let_go_of_doubtful(self, exchange: Exchange) -> None:
        """The last answer was of no use because its endpoint broke it off: have the next attempt ask anew."""
        if exchange.doubtful_key is not None:
            await self._answers.let_go([exchange.doubtful_key], 0)

    async def _ask(
        self, line: Sequence[Endpoint], buy: Callable[[Endpoint], Awaitable[Completion]], exchange: Exchange
    ) -> tuple[Endpoint, Completion]:
        """The first endpoint of `line` that answers, and its answer; where none does, what the first one met."""
        met: Unavailable | None = None
        for endpoint in self._admitted(line):
            exchange.model = endpoint.model
            try:
                completion = await buy(endpoint)
            except Unavailable as exc:
                met = met or exc
                self._note_failed(endpoint, exc)
            except BaseException as exc:
                # A refused request is judged by the control that follows it.
                if isinstance(exc, Rejected):
                    self._note_answered(endpoint)
                else:
                    self._circuits[endpoint.model].abandoned()
                raise
            else:
                self._note_answered(endpoint)
                return endpoint, completion
        assert met is not None  # noqa: S101 -- at least one endpoint was asked
        raise met

    def _admitted(self, line: Sequence[Endpoint]) -> Iterator[Endpoint]:
        """Those whose circuits let them be asked; the first one where none does, for something has to be asked."""
        none = True
        for endpoint in line:
            if self._circuits[endpoint.model].admits(self._monotonic()):
                none = False
                yield endpoint
        if none:
            yield line[0]

    def _note_failed(self, endpoint: Endpoint, error: Unavailable) -> None:
        circuit = self._circuits[endpoint.model]
        was_open = circuit.is_open
        circuit.failed(self._monotonic(), error.retry_after_s)
        if circuit.is_open and not was_open and len(self._endpoints) > 1:
            log.warning("llm_model_skipped", model=endpoint.model, detail=error.detail)

    def _note_answered(self, endpoint: Endpoint) -> None:
        skipped = self._circuits[endpoint.model].answered()
        if skipped is not None and len(self._endpoints) > 1:
            log.info("llm_model_back", model=endpoint.model, skipped=skipped)


def _noted(completion: Completion, endpoint: Endpoint, keys: Mapping[str, str], exchange: Exchange) -> Completion:
    """The completion that is used, told in `exchange`, under its model's name where it names none itself."""
    key = keys[endpoint.model]
    exchange.model = endpoint.model
    exchange.answer_keys.append(key)
    exchange.doubtful_key = key if completion.ending == "failed" else None
    return replace(completion, model=completion.model or endpoint.model)
