"""The reviewer that asks a language model, at any OpenAI-compatible endpoint."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import openai
import structlog

from app.adapters.llm.control import cleaner
from app.adapters.llm.endpoint import Endpoint, Exchange, FruitlessAnswer, Message
from app.adapters.llm.errors import RequestRefused
from app.adapters.llm.models import Models, NotKept
from app.adapters.llm.paid_answers import PaidAnswers, nothing_kept
from app.adapters.llm.patience import CONTROL_AFTER, Patience, Spent
from app.adapters.llm.prompt_files import PromptFiles
from app.adapters.llm.reading import Completion
from app.adapters.llm.repair import RepairKind, ask_again
from app.adapters.llm.tokens import count_tokens as count_o200k_tokens
from app.adapters.machine.clock import SystemClock
from app.backoff import Backoff
from app.core.limits import PromptLimits
from app.core.ports import Draft, Forecast, Question
from app.core.reviewing.answer.language import is_written_in
from app.core.reviewing.answer.reader import (
    AnswerParts,
    InvalidAnswer,
    NoAnswerAfterThoughts,
    ReadAnswer,
    read_answer,
    tell,
)
from app.core.reviewing.prompt.answer_schema import answer_schema
from app.core.reviewing.prompt.messages import CountTokens, NoRoom, Prompt, build
from app.core.reviewing.prompt.real_places import with_real_places
from app.core.reviewing.prompt.template import Template
from app.core.tracing import UNTRACED, Tracing
from app.core.words import Catalogue
from schemas.comparison import Comparison
from schemas.errors import Dependency, Reason, Rejected, Unavailable

log = structlog.get_logger(__name__)

_BACKOFF: Final = Backoff(attempts=3)
_SHRUNK_SHARE: Final = 4
"""A prompt that the endpoint refuses is asked once more at a quarter of its size: many models take 8,000 tokens."""
_SHRUNK_TOKENS_MIN: Final = 4_000
_SHRUNK_ANSWER_TOKENS_MIN: Final = 2_000
"""Of its answer: many endpoints count the answer's limit against the context, or against tokens per minute."""
_LOOK_AGAIN_S: Final = 30.0
_TOKENS_CURE: Final = "set LLM_PROMPT_TOKENS_MAX lower (this prompt had {tokens} tokens), then requeue"
_ROOM_CURE: Final = "set LLM_PROMPT_TOKENS_MAX higher, or shorten the assignment's rubric"
_ANSWER_CURE: Final = "; set LLM_ANSWER_TOKENS_MAX higher (it is {tokens}), then requeue"


@dataclass(frozen=True, slots=True)
class _Judgement:
    """An answer that was read, who gave it, and on which prompt."""

    answer: ReadAnswer
    model: str | None
    prompt: Prompt


class _TooLong(InvalidAnswer):
    """The review itself was cut at the token limit."""


class LlmReviewer:
    """Asks a model for a draft: a few quick attempts, one round of repair, one for the language.

    `timeout_s` bounds one call from its start to its end. `renew_key` tells after a 401 whether there is another key.
    `fallback_models` of the same endpoint are asked in their order while those before them are out. `answers` keeps
    what is paid for; None: nothing is kept, nor counted.
    """

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        templates: PromptFiles,
        catalogue: Catalogue,
        *,
        limits: PromptLimits = PromptLimits(),  # noqa: B008 -- frozen
        backoff: Backoff = _BACKOFF,
        timeout_s: float = 60.0,
        count_tokens: CountTokens = count_o200k_tokens,
        renew_key: Callable[[], Awaitable[bool]] | None = None,
        clean: Callable[[str], str] = cleaner(()),  # noqa: B008 -- it keeps nothing
        fallback_models: Sequence[str] = (),
        answers: PaidAnswers | None = None,
        tracing: Tracing = UNTRACED,
    ) -> None:
        answers = answers or nothing_kept(SystemClock())
        self._endpoint = Models(
            [
                Endpoint(
                    client,
                    name,
                    backoff=backoff,
                    timeout_s=timeout_s,
                    renew_key=renew_key,
                    clean=clean,
                    price=answers.prices.find(name),
                    telemetry=answers.telemetry,
                    tracing=tracing,
                )
                for name in (model, *fallback_models)
            ],
            answers,
        )
        self._currency = answers.prices.currency
        self._model = model
        self._templates = templates
        self._catalogue = catalogue
        self._limits = limits
        self._count_tokens = count_tokens
        self._patience = Patience()

    async def draft(self, question: Question) -> Draft:
        """Ask for an opinion on `question`.

        `Rejected`: `model_refused`, or `model_invalid` where the answer was not valid after repair either.
        `Unavailable` where the endpoint does not serve, and for whatever only an operator can mend. `Held` where the
        budget is used up before the first answer is bought.
        """
        comparison = question.comparison
        spent = self._patience.spent(comparison)
        exchange = self._begin(question, spent.fruitless)
        await self._look_first(comparison, spent, exchange)
        try:
            judgement = await self._judge(question, exchange)
        except FruitlessAnswer as exc:
            spent.fruitless, spent.unreadable, spent.detail = exchange.fruitless, exc.unreadable, exc.detail
            self._patience.note_fruitless(comparison, spent)
            await self._endpoint.let_go_of_doubtful(exchange)
            raise
        except Rejected:
            self._patience.note_done(comparison)
            await self._endpoint.let_go_of_refused(exchange)
            raise
        self._patience.note_done(comparison)
        prompt = judgement.prompt
        return Draft(
            opinion=with_real_places(judgement.answer.opinion, comparison, prompt.real_paths),
            # The model as the endpoint names it, for names such as `latest` stand for others.
            model=judgement.model or self._model,
            prompt_version=self._template(comparison).version,
            usage=exchange.usage,
            shown_files=prompt.shown_files,
            shown_chars=prompt.shown_chars,
            unseen=prompt.unseen,
            notes=prompt.notes,
            adjustments=tell(judgement.answer, self._catalogue.of(comparison.language)),
        )

    async def forecast(self, question: Question) -> Forecast:
        """What `draft` would buy at most, told by the tape; nothing is bought, counted or written.

        Of a conversation that stands on the tape in part only its next request is counted: what follows depends on it.
        """
        exchange = self._begin(question, 0)
        exchange.is_dry = True
        try:
            await self._judge(question, exchange)
        except NotKept as wanted:
            texts = [message["content"] for message in wanted.messages]
            tokens = sum(await asyncio.to_thread(lambda: [self._count_tokens(text) for text in texts]))
            return Forecast(calls=1, prompt_tokens=tokens)
        except Rejected:
            pass  # what is kept leads to a refusal, for nothing
        return Forecast()

    def _begin(self, question: Question, fruitless: int) -> Exchange:
        comparison = question.comparison
        return Exchange(
            fruitless=fruitless,
            student_id=comparison.student_id,
            anew=f"generation {comparison.generation}" if question.is_fresh else "",
            currency=self._currency,
        )

    async def _look_first(self, comparison: Comparison, spent: Spent, exchange: Exchange) -> None:
        """Buy no further answer for an event that bought some in vain, before the endpoint shows that it answers."""
        if spent.fruitless < CONTROL_AFTER:
            return
        await self._endpoint.control(spent.detail, exchange)
        if not spent.is_enough:
            return
        if spent.unreadable:
            self._patience.note_done(comparison)
            raise Rejected(Reason.MODEL_INVALID, f"{spent.fruitless} answers were of no use; the last: {spent.detail}")
        if not spent.may_buy_again():
            raise Unavailable(Dependency.LLM, spent.detail, retry_after_s=_LOOK_AGAIN_S)

    async def _judge(self, question: Question, exchange: Exchange) -> _Judgement:
        """The model's judgement, on a smaller prompt where the endpoint takes a tiny request and not the whole one."""
        template = self._template(question.comparison)
        try:
            prompt = await self._build(question, self._limits)
        except NoRoom as exc:
            raise Unavailable(Dependency.LLM, f"{exc}; {_ROOM_CURE}") from exc
        try:
            return await self._converse(prompt, template, exchange, self._limits.answer_tokens_max)
        except RequestRefused as refusal:
            said = refusal.said
        await self._endpoint.control(said, exchange)
        cure = _TOKENS_CURE.format(tokens=prompt.tokens)
        limits = _shrunk(prompt, self._limits)
        if limits == self._limits:
            raise Rejected(Reason.MODEL_REFUSED, f"{said}: the endpoint refuses this prompt and takes others; {cure}")
        try:
            smaller = await self._build(question, limits)
            judgement = await self._converse(smaller, template, exchange, limits.answer_tokens_max)
        except (RequestRefused, NoRoom) as exc:
            detail = f"{said}: the endpoint refuses this prompt, in a quarter of its size as well, and takes others"
            raise Rejected(Reason.MODEL_REFUSED, f"{detail}; {cure}") from exc
        log.warning("llm_prompt_shrunk", said=said, tokens=prompt.tokens, shrunk_to=smaller.tokens, cure=cure)
        return judgement

    def _template(self, comparison: Comparison) -> Template:
        return self._templates.of(comparison.assignment_id, comparison.language)

    async def _build(self, question: Question, limits: PromptLimits) -> Prompt:
        template = self._template(question.comparison)
        # Token counts of a large submission take a while: not in the event loop.
        return await asyncio.to_thread(build, question, template, limits, self._count_tokens)

    async def _converse(self, prompt: Prompt, template: Template, exchange: Exchange, tokens_max: int) -> _Judgement:
        messages: list[Message] = [{"role": role, "content": content} for role, content in prompt.messages]
        schema = answer_schema()
        usual = tokens_max == self._limits.answer_tokens_max
        completion = await self._endpoint.complete(messages, schema, tokens_max, exchange, usual=usual)
        try:
            answer = self._read(completion, exchange)
        except InvalidAnswer as exc:
            kind = _kind(exc)
            # Whoever thinks aloud needs room for it: "shorter" is not what is wrong.
            tokens_max = 2 * tokens_max if kind == "thoughts" else tokens_max
            messages = ask_again(messages, completion, template, kind, str(exc))
            completion = await self._endpoint.complete(
                messages, schema, tokens_max, exchange, usual=usual and kind != "thoughts"
            )
            answer = self._read_repaired(completion, exchange)
        if not is_written_in(answer.opinion, template.language):
            answer = await self._translated(answer, messages, completion, template, exchange)
        return _Judgement(answer, completion.model, prompt)

    def _read_repaired(self, completion: Completion, exchange: Exchange) -> ReadAnswer:
        try:
            return self._read(completion, exchange)
        except InvalidAnswer as exc:
            cut = completion.ending == "cut" or isinstance(exc, NoAnswerAfterThoughts)
            cure = _ANSWER_CURE.format(tokens=self._limits.answer_tokens_max) if cut else ""
            # The message names fields, not values: it may stand in a dead letter.
            raise Rejected(Reason.MODEL_INVALID, f"still invalid after repair: {exc}{cure}") from exc

    async def _translated(
        self,
        answer: ReadAnswer,
        messages: Sequence[Message],
        completion: Completion,
        template: Template,
        exchange: Exchange,
    ) -> ReadAnswer:
        """The answer in the review's language. Asked once; an answer that is paid for is not thrown away for less."""
        asked = ask_again(messages, completion, template, "language")
        try:
            completion = await self._endpoint.complete(asked, answer_schema(), self._limits.answer_tokens_max, exchange)
            again = self._read(completion, exchange)
        except (InvalidAnswer, RequestRefused, Rejected, Unavailable) as exc:
            if isinstance(exc, Unavailable) and exc.dependency is Dependency.MONGODB:
                raise  # what is paid for is on the tape, so another attempt costs nothing
            log.warning("llm_language_not_mended", error=type(exc).__name__)
        else:
            if is_written_in(again.opinion, template.language):
                return again
        return replace(answer, mendings={**answer.mendings, "language": 1})

    def _read(self, completion: Completion, exchange: Exchange) -> ReadAnswer:
        """The answer in a completion. `InvalidAnswer`: worth a repair; `Rejected`, `Unavailable`: not worth one."""
        if completion.ending == "refused" or completion.refusal:
            raise Rejected(Reason.MODEL_REFUSED, "the model refused to review this submission")
        if completion.ending == "cut":
            raise _cut(completion)
        try:
            return read_answer(completion.parts)
        except InvalidAnswer as exc:
            if completion.ending == "failed":
                raise exchange.count_fruitless("the endpoint broke the answer off", unreadable=False) from exc
            raise


def _shrunk(prompt: Prompt, limits: PromptLimits) -> PromptLimits:
    """Limits for one more try with a prompt that was refused; the same ones where nothing is left to shrink."""
    return replace(
        limits,
        prompt_tokens_max=min(limits.prompt_tokens_max, max(prompt.tokens // _SHRUNK_SHARE, _SHRUNK_TOKENS_MIN)),
        answer_tokens_max=min(
            limits.answer_tokens_max, max(limits.answer_tokens_max // _SHRUNK_SHARE, _SHRUNK_ANSWER_TOKENS_MIN)
        ),
    )


def _cut(completion: Completion) -> InvalidAnswer:
    """A cut answer: by thoughts that took all the room, or because the review itself is too long."""
    text = completion.parts.text
    if completion.parts.reasoning or "{" not in text or _is_thinking(text):
        return NoAnswerAfterThoughts("the answer was cut at its token limit while the model thought aloud")
    return _TooLong("the answer was cut at its token limit")


def _kind(error: InvalidAnswer) -> RepairKind:
    """Which request mends this answer."""
    if isinstance(error, NoAnswerAfterThoughts):
        return "thoughts"
    return "cut" if isinstance(error, _TooLong) else "invalid"


def _is_thinking(text: str) -> bool:
    try:
        read_answer(AnswerParts(text))
    except NoAnswerAfterThoughts:
        return True
    except InvalidAnswer:
        return False
    return False
