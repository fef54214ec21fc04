"""The reviewer that asks a language model, at any OpenAI-compatible endpoint."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import Any, Final, TypeGuard

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionMessage

from app.adapters.llm_errors import TRANSLATED, translate
from app.adapters.retry import FailedAttempt, RetryPolicy, with_retries
from app.adapters.tokens import count_tokens as count_o200k_tokens
from app.core.answer import InvalidAnswer, parse_answer
from app.core.limits import PromptLimits, ReviewLimits
from app.core.ports import Draft
from app.core.prompt import CountTokens, Prompt, Template, answer_schema, build, read_template
from schemas.comparison import Comparison
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from schemas.review import Review, ReviewResult, Usage
from schemas.submission import Language

_LANGUAGES: Final[tuple[Language, ...]] = ("ru", "en")
_RETRY: Final = RetryPolicy(attempts=3)
_ECHO_CHARS_MAX: Final = 8_000  # of an invalid answer that the model is shown again

_REPAIR: Final[Mapping[Language, str]] = {
    "ru": "Ответ не принят: {error}. Пришли исправленный ответ целиком: один объект JSON по схеме, без пояснений.",
    "en": "The answer was not accepted: {error}. Send it again, whole and corrected: one JSON object, nothing else.",
}

_SCHEMA: Final = {"name": "review", "strict": True, "schema": answer_schema()}
_DIALECTS: Final[tuple[tuple[dict[str, Any], str | None], ...]] = (
    ({"response_format": {"type": "json_schema", "json_schema": _SCHEMA}}, "max_completion_tokens"),
    ({"response_format": {"type": "json_object"}}, "max_tokens"),
    ({}, None),
)
"""Response format and the name of the token limit, from today's to what every endpoint knows. The prompt carries
the schema in any case."""

_MODEL_CHARS_MAX: Final = 200

Message = dict[str, str]


def load_templates() -> dict[Language, Template]:
    """The prompt files that ship with the package, by language."""
    folder = files("app") / "prompts"
    return {lang: read_template((folder / f"review.{lang}.md").read_text("utf-8")) for lang in _LANGUAGES}


@dataclass(slots=True)
class _Exchange:
    """What one draft has cost so far, failed attempts included."""

    usage: Usage = field(default_factory=Usage)

    def count_call(self) -> None:
        self.usage = self.usage.model_copy(update={"calls": self.usage.calls + 1})

    def count_tokens(self, completion: ChatCompletion) -> None:
        usage = getattr(completion, "usage", None)
        if usage is None:
            return
        self.usage = Usage(
            calls=self.usage.calls,
            prompt_tokens=self.usage.prompt_tokens + (getattr(usage, "prompt_tokens", None) or 0),
            completion_tokens=self.usage.completion_tokens + (getattr(usage, "completion_tokens", None) or 0),
        )


class LlmReviewer:
    """Asks a model for a draft: a few quick attempts, one round of repair.

    `timeout_s` bounds one call from its start to its end. `temperature` is sent only where it is given, for some
    models refuse it. `on_retry` observes failed attempts.
    """

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        templates: Mapping[Language, Template],
        *,
        limits: PromptLimits = PromptLimits(),  # noqa: B008 -- frozen
        review_limits: ReviewLimits = ReviewLimits(),  # noqa: B008 -- frozen
        retry: RetryPolicy = _RETRY,
        timeout_s: float = 60.0,
        temperature: float | None = None,
        count_tokens: CountTokens = count_o200k_tokens,
        on_retry: Callable[[FailedAttempt], None] | None = None,
    ) -> None:
        # Retries are ours: the SDK's own would be counted and waited for twice.
        self._client = client.with_options(max_retries=0, timeout=timeout_s)
        self._model = model
        self._templates = templates
        self._limits = limits
        self._review_limits = review_limits
        self._retry = retry
        self._timeout_s = timeout_s
        self._extra: dict[str, Any] = {} if temperature is None else {"temperature": temperature}
        self._count_tokens = count_tokens
        self._on_retry = on_retry
        self._dialect = 0  # index of the first dialect that the endpoint is not known to refuse

    async def draft(self, comparison: Comparison, previous: Review | None) -> Draft:
        """Ask for a review of `comparison`.

        `Rejected`: `model_refused`, or `model_invalid` where the answer was not valid after repair either.
        `Unavailable` where the endpoint does not serve, and for whatever only an operator can mend.
        """
        template = self._templates[comparison.language]
        # Token counts of a large submission take a while: not in the event loop.
        prompt = await asyncio.to_thread(build, comparison, previous, template.text, self._limits, self._count_tokens)
        exchange = _Exchange()
        result, model = await self._judge(prompt, comparison.language, exchange)
        return Draft(
            result=result,
            model=model,
            prompt_version=template.version,
            usage=exchange.usage,
            shown_files=prompt.shown_files,
            shown_chars=prompt.shown_chars,
            notes=prompt.notes,
        )

    async def _judge(self, prompt: Prompt, language: Language, exchange: _Exchange) -> tuple[ReviewResult, str]:
        messages: list[Message] = [{"role": role, "content": content} for role, content in prompt.messages]
        completion = await self._complete(messages, exchange)
        try:
            return self._read(completion), self._signature(completion)
        except InvalidAnswer as exc:
            problem = str(exc)
        echo = (completion.choices[0].message.content or "")[:_ECHO_CHARS_MAX]
        messages += [
            {"role": "assistant", "content": echo},
            {"role": "user", "content": _REPAIR[language].format(error=problem)},
        ]
        completion = await self._complete(messages, exchange)
        try:
            return self._read(completion), self._signature(completion)
        except InvalidAnswer as exc:
            # The message names fields, not values: it may stand in a dead letter.
            raise Rejected(Reason.MODEL_INVALID, f"still invalid after repair: {exc}") from exc

    def _read(self, completion: ChatCompletion) -> ReviewResult:
        choice = completion.choices[0]
        ended: object = getattr(choice, "finish_reason", None)  # some endpoints leave it out
        if ended == "content_filter" or getattr(choice.message, "refusal", None):
            raise Rejected(Reason.MODEL_REFUSED, "the model refused to review this submission")
        if ended == "length":
            raise InvalidAnswer("the answer was cut at its token limit; make it shorter")
        return parse_answer(choice.message.content or "", self._review_limits)

    def _signature(self, completion: ChatCompletion) -> str:
        """The model as the endpoint names it, for names such as `latest` stand for others."""
        name: object = getattr(completion, "model", None)
        return name[:_MODEL_CHARS_MAX] if isinstance(name, str) and name else self._model

    async def _complete(self, messages: Sequence[Message], exchange: _Exchange) -> ChatCompletion:
        """One completion, in the strictest dialect that the endpoint takes; which one is remembered."""
        for index in range(self._dialect, len(_DIALECTS)):
            call = partial(self._call, messages, index, exchange)
            try:
                completion = await with_retries(self._retry, call, on_retry=self._on_retry)
            except _FormatRefused as refusal:
                if index + 1 == len(_DIALECTS):
                    # Not the form, then: the request itself is refused in any.
                    raise refusal.verdict from refusal
                continue
            self._dialect = max(self._dialect, index)
            return completion
        raise AssertionError("there is always a last dialect")

    async def _call(self, messages: Sequence[Message], index: int, exchange: _Exchange) -> ChatCompletion:
        exchange.count_call()
        form, limit_name = _DIALECTS[index]
        limit = {} if limit_name is None else {limit_name: self._limits.answer_tokens_max}
        # Any: the SDK's own TypedDicts for a request cannot be put together from parts.
        request: dict[str, Any] = {"model": self._model, "messages": messages, **form, **limit, **self._extra}
        try:
            async with asyncio.timeout(self._timeout_s):
                completion: object = await self._client.chat.completions.create(**request)
        except TimeoutError as exc:
            raise Unavailable(Dependency.LLM, f"no whole answer within {self._timeout_s:g} s") from exc
        except (openai.BadRequestError, openai.UnprocessableEntityError) as exc:
            verdict = translate(exc)
            if isinstance(verdict, Rejected) and _may_be_format(exc):
                raise _FormatRefused(verdict) from exc
            raise verdict from exc
        except TRANSLATED as exc:
            raise translate(exc) from exc
        if not is_chat_completion(completion):
            # A proxy's page, or an error in the clothes of a success: the endpoint's fault, not the event's.
            raise Unavailable(Dependency.LLM, "the endpoint's answer is not a chat completion")
        exchange.count_tokens(completion)
        return completion


class _FormatRefused(Exception):
    """The endpoint answered 400 or 422, perhaps for the form of the request; never leaves this file."""

    def __init__(self, verdict: Rejected) -> None:
        super().__init__(verdict.detail)
        self.verdict = verdict


def _may_be_format(error: openai.APIStatusError) -> bool:
    """Whether the endpoint leaves open that the request's form is to blame, by the fields of its error."""
    if error.code in {"content_filter", "context_length_exceeded"}:
        return False
    param: object = error.param
    return not isinstance(param, str) or param.startswith(("response_format", "max_"))


def is_chat_completion(completion: object) -> TypeGuard[ChatCompletion]:
    """Whether it is one that can be read: the SDK validates nothing, fields may be absent or of any type."""
    if not isinstance(completion, ChatCompletion):
        return False
    choices = getattr(completion, "choices", None)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(choice, "message", None)
    if not isinstance(message, ChatCompletionMessage):
        return False
    usage = getattr(completion, "usage", None)
    counts = [getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens")]
    return (
        isinstance(getattr(message, "content", None), str | None)
        and (usage is None or isinstance(usage, CompletionUsage))
        and all(count is None or isinstance(count, int) for count in counts)
    )
