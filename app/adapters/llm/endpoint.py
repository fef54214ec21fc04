"""One completion: asked in a dialect that the endpoint knows, read within bounds, counted."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final

import openai
import structlog

from app.adapters.http.body import BodyTooLong, read_bounded
from app.adapters.llm.client import BODY_BYTES_MAX
from app.adapters.llm.control import control_requests, server_words
from app.adapters.llm.dialects import Dialect, DialectMemory
from app.adapters.llm.errors import TRANSLATED, RequestRefused, translate
from app.adapters.llm.reading import Completion, UnreadableAnswer, read_completion
from app.adapters.llm.tokens import count_tokens
from app.backoff import Backoff
from app.core.costs import Price
from app.core.telemetry import UNTOLD, AnswerBought, CallOutcome, ModelCalled, Telemetry
from app.core.tracing import UNTRACED, ModelCall, Tracing
from schemas.errors import Dependency, Rejected, Unavailable
from schemas.review import Usage

log = structlog.get_logger(__name__)

QUICK_FRUITLESS_MAX: Final = 2
"""Paid answers without use in one go, before the event waits."""
_FRUITLESS_WAIT_S: Final = 60.0
_FRUITLESS_WAIT_MAX_S: Final = 600.0

Message = dict[str, str]


class FruitlessAnswer(Unavailable):
    """An answer that was paid for and is of no use: unreadable, or ended by the endpoint's own trouble.

    `unreadable` tells the first from the second.
    """

    def __init__(self, detail: str, *, unreadable: bool, retry_after_s: float | None = None) -> None:
        super().__init__(Dependency.LLM, detail, retry_after_s=retry_after_s)
        self.unreadable = unreadable


@dataclass(slots=True)
class Exchange:
    """One draft's talk with the models, and what it has cost so far, failed attempts included.

    `fruitless` counts the event's, earlier drafts' too. `model` is the one that was asked last, `answer_keys` are those
    of the answers that were used, `doubtful_key` that of the last one where its endpoint broke it off. `cost` is None
    until a price is known, and `unpriced` once one was not. `is_dry`: only what is kept is taken, nothing
    bought nor counted. `anew` is empty, or the word of a replay that wants no answer that was kept for others.
    """

    fruitless: int = 0
    fruitless_now: int = 0
    student_id: str = ""
    anew: str = ""
    is_dry: bool = False
    currency: str = ""
    model: str | None = None
    answer_keys: list[str] = field(default_factory=list)
    doubtful_key: str | None = None
    calls: int = 0
    taped: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_prompt_tokens: int = 0
    cost: Decimal | None = None
    unpriced: bool = False

    @property
    def usage(self) -> Usage:
        """All of it, as a review tells it."""
        cost = None if self.unpriced else self.cost
        return Usage(
            calls=self.calls,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cached_prompt_tokens=self.cached_prompt_tokens,
            taped=self.taped,
            cost=float(cost) if cost is not None else None,
            currency=self.currency if cost is not None else None,
        )

    def count_call(self) -> None:
        """A request goes out."""
        self.calls += 1

    def count_tokens(self, completion: Completion, price: Price | None) -> None:
        """A completion came, of a model that has this price."""
        self.prompt_tokens += completion.prompt_tokens
        self.completion_tokens += completion.completion_tokens
        self.cached_prompt_tokens += completion.cached_prompt_tokens
        self._add_cost(price.of(completion.tokens) if price is not None else None)

    def count_taped(self, price: Price | None) -> None:
        """An answer was on the tape."""
        self.taped += 1
        self._add_cost(Decimal(0) if price is not None else None)

    def _add_cost(self, cost: Decimal | None) -> None:
        if cost is None:
            self.unpriced = True
        else:
            self.cost = (self.cost or Decimal(0)) + cost

    def count_fruitless(self, detail: str, *, unreadable: bool) -> FruitlessAnswer:
        """A paid answer is of no use. After the second one in a row the endpoint is given time, longer each time."""
        self.fruitless += 1
        self.fruitless_now += 1
        wait_s = None
        if self.fruitless_now >= QUICK_FRUITLESS_MAX or self.fruitless > QUICK_FRUITLESS_MAX:
            wait_s = min(_FRUITLESS_WAIT_S * self.fruitless, _FRUITLESS_WAIT_MAX_S)
        return FruitlessAnswer(detail, unreadable=unreadable, retry_after_s=wait_s)


class Endpoint:
    """An OpenAI-compatible endpoint and its model. What it raises is `Unavailable`, `Rejected` or `RequestRefused`.

    `timeout_s` bounds one call from its start to its end. `renew_key` is asked after a 401 whether there is another
    key. `clean` makes the endpoint's words fit for a log. `price` is the model's, where it has one.
    """

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        *,
        backoff: Backoff,
        timeout_s: float,
        renew_key: Callable[[], Awaitable[bool]] | None,
        clean: Callable[[str], str],
        price: Price | None = None,
        telemetry: Telemetry = UNTOLD,
        tracing: Tracing = UNTRACED,
    ) -> None:
        # Retries are ours: the SDK's own would be counted and waited for twice.
        self._client = client.with_options(max_retries=0, timeout=timeout_s)
        self.model = model
        self._backoff = backoff
        self._timeout_s = timeout_s
        self._renew_key = renew_key
        self._clean = clean
        self.price = price
        self._telemetry = telemetry
        self._tracing = tracing
        self._dialects = DialectMemory()

    async def complete(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        tokens_max: int,
        exchange: Exchange,
        *,
        usual: bool = True,
    ) -> Completion:
        """One completion, in the strongest dialect that the endpoint takes; `schema` is the answer's JSON Schema.

        `usual`: with the usual token limit, so that what the endpoint refuses of the request teaches something.
        `RequestRefused` where it refuses the request in every dialect, and says nothing that tells whose fault it is.
        """
        dialect: Dialect | None = self._dialects.begin()
        strikes, named = self._dialects.strikes, True
        while True:
            assert dialect is not None  # noqa: S101 -- the loop ends with the weakest
            request = {"messages": dialect.told(messages, schema), **dialect.request(tokens_max, schema)}
            call = partial(self._call, request, exchange)
            try:
                completion = await self._backoff.retry(call)
            except RequestRefused as refusal:
                dialect = dialect.weaker(refusal.param) if refusal.may_be_form else None
                named = named and refusal.param is not None
                if dialect is None:
                    raise
                log.info("llm_dialect_refused", said=refusal.said, param=refusal.param, next=str(dialect))
                continue
            if usual:
                self._dialects.note(dialect, strikes, named=named)
            return completion

    async def control(self, said: str, exchange: Exchange) -> None:
        """Ask something tiny, after the endpoint refused a prompt, as `said`; returns where it answers that.

        `Unavailable` where it does not: then the account, the key, the model or the address is at fault, and the
        endpoint's words tell an operator which.
        """
        refused: Exception | None = None
        for request in control_requests(self.model):
            try:
                await self._send(request, exchange)
            except UnreadableAnswer as exc:
                raise Unavailable(
                    Dependency.LLM, f"the endpoint answers with {exc}, where a completion is due"
                ) from exc
            except TRANSLATED as exc:
                verdict = translate(exc)
                refused = exc
                if isinstance(verdict, RequestRefused) and verdict.may_be_form:
                    continue
                words = server_words(exc, self._clean)
                quota = isinstance(verdict, Unavailable) and verdict.quota_exhausted
                asked_s = verdict.retry_after_s if isinstance(verdict, Unavailable) else None
                detail = f"{_said(verdict)}{words}; the endpoint refuses even a tiny request; an operator has to act"
                raise Unavailable(Dependency.LLM, detail, retry_after_s=asked_s, quota_exhausted=quota) from exc
            else:
                log.info("llm_control_passed", said=said)
                return
        words = server_words(refused, self._clean) if refused else ""
        detail = f"{said}{words}; the endpoint refuses even a tiny request; an operator has to act"
        raise Unavailable(Dependency.LLM, detail) from refused

    async def _call(self, request: Mapping[str, Any], exchange: Exchange) -> Completion:
        try:
            completion = await self._send({"model": self.model, **request}, exchange)
        except UnreadableAnswer as exc:
            raise exchange.count_fruitless(f"HTTP 200 with {exc}, where a completion is due", unreadable=True) from exc
        except TRANSLATED as exc:
            raise translate(exc) from exc
        if self.price is not None and not completion.prompt_tokens:
            completion = await asyncio.to_thread(_estimated, completion, request["messages"])
        exchange.count_tokens(completion, self.price)
        self._tell_bought(completion, exchange.currency)
        if completion.ending == "failed" and completion.is_empty:
            raise exchange.count_fruitless("the endpoint ended the answer before it began", unreadable=False)
        return completion

    async def _send(self, request: Mapping[str, Any], exchange: Exchange) -> Completion:
        """One request; after a 401 once more, where there is another key by now."""
        try:
            return await self._send_once(request, exchange)
        except openai.AuthenticationError:
            if self._renew_key is None or not await self._renew_key():
                raise
            log.info("llm_key_renewed")
            return await self._send_once(request, exchange)

    def _tell_bought(self, completion: Completion, currency: str) -> None:
        cost = self.price.of(completion.tokens) if self.price is not None else None
        bought = AnswerBought(
            self.model,
            completion.prompt_tokens,
            completion.completion_tokens,
            completion.cached_prompt_tokens,
            float(cost) if cost is not None else None,
            currency,
        )
        self._telemetry.emit(bought)

    async def _send_once(self, request: Mapping[str, Any], exchange: Exchange) -> Completion:
        """One request, told and traced however it ends."""
        exchange.count_call()
        started_s = time.monotonic()
        outcome, error = CallOutcome.FAILED, ""
        try:
            with self._tracing.model_call(self.model) as call:
                completion = await self._ask(request)
                _note(call, completion)
            outcome = CallOutcome.ANSWERED
        except BaseException as exc:
            error = type(exc).__name__
            if isinstance(exc, asyncio.CancelledError):
                outcome = CallOutcome.CANCELLED
            raise
        finally:
            self._telemetry.emit(ModelCalled(self.model, outcome, time.monotonic() - started_s, error))
        return completion

    async def _ask(self, request: Mapping[str, Any]) -> Completion:
        # All of it as `extra_body`: field by field the SDK walks the whole prompt, to find nothing to change.
        asked: dict[str, Any] = {"model": self.model, "messages": (), "extra_body": dict(request)}
        try:
            async with asyncio.timeout(self._timeout_s):
                async with self._client.chat.completions.with_streaming_response.create(**asked) as response:
                    body = await read_bounded(response.iter_bytes(), BODY_BYTES_MAX)
        except TimeoutError as exc:
            raise Unavailable(Dependency.LLM, f"no whole answer within {self._timeout_s:g} s") from exc
        except BodyTooLong as exc:
            raise UnreadableAnswer(f"a body of {exc}") from exc
        return read_completion(body)


def _note(call: ModelCall, completion: Completion) -> None:
    call.answered_by, call.ending = completion.model, completion.ending
    call.prompt_tokens, call.completion_tokens = completion.prompt_tokens, completion.completion_tokens


def _estimated(completion: Completion, messages: Sequence[Message]) -> Completion:
    """With tokens counted here, for an endpoint that tells none would be free of any budget."""
    parts = completion.parts
    answered = (parts.text, parts.reasoning, *parts.arguments)
    return replace(
        completion,
        prompt_tokens=sum(count_tokens(message["content"]) for message in messages),
        completion_tokens=completion.completion_tokens or sum(map(count_tokens, answered)),
    )


def _said(verdict: Exception) -> str:
    if isinstance(verdict, RequestRefused):
        return verdict.said
    return verdict.detail if isinstance(verdict, Rejected | Unavailable) else type(verdict).__name__
