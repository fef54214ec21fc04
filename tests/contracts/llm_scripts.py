"""What tests of the model's adapter share: a good answer, bodies of completions, and one draft from a script."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import openai

from app.adapters.llm.prompt_files import load_templates
from app.adapters.llm.reviewer import LlmReviewer
from app.backoff import Backoff
from app.catalogue import load_catalogue
from app.core.ports import Draft
from schemas.comparison import ChangedFile, Comparison
from schemas.submission import Language
from tests.builders.questions import a_question
from tests.builders.records import a_comparison, a_diff
from tests.fakes.llm_server import Answer, Completion, HttpError, RawBody, ScriptedLlm

ANSWER: dict[str, Any] = {
    "progress_summary": "The tests pass, the function main became shorter.",
    "verdicts": [
        {"id": "readable", "path": "main.py", "line": 1, "quote": "def main():", "reason": "Ok.", "verdict": "met"}
    ],
    "code_review_comments": [],
    "recommendations": ["Add a test of main."],
}
TEXT = json.dumps(ANSWER)
GOOD = Completion(TEXT)


def is_good(draft: Draft) -> bool:
    """Whether the draft is what the good answer says."""
    return draft.opinion.summary == str(ANSWER["progress_summary"])


def body(message: Mapping[str, Any], finish_reason: str | None = "stop", **more: Any) -> RawBody:
    """A completion with this message, whatever may be in it."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    return RawBody(json.dumps({"object": "chat.completion", "model": "m", "choices": [choice], **more}).encode())


def is_control(request: Mapping[str, Any]) -> bool:
    """Whether a request is the tiny one that holds nothing of a student's."""
    return bool(request["messages"] == [{"role": "user", "content": "Answer OK."}])


def a_long_comparison(**overrides: Any) -> Comparison:
    """One whose prompt fills its budget."""
    text = "".join(f"value_{n} = compute({n}, {n * 7})\n" for n in range(4000))
    return a_comparison(
        **({"sources": (ChangedFile(path="main.py", text=text),), "diff_info": a_diff(diff="")} | overrides)
    )


def a_reviewer(client: openai.AsyncOpenAI, **overrides: Any) -> LlmReviewer:
    """A reviewer that does not wait between attempts."""
    fields: dict[str, Any] = {"backoff": Backoff(attempts=2, first_s=0.0, max_s=0.0), "timeout_s": 5.0}
    return LlmReviewer(client, "some-model", load_templates(), load_catalogue("ru"), **(fields | overrides))


def sdk(llm: ScriptedLlm) -> openai.AsyncOpenAI:
    """A client of the scripted endpoint."""
    return openai.AsyncOpenAI(base_url=llm.base_url, api_key="key-of-a-test")


def in_turn(*answers: Answer) -> Callable[[Mapping[str, Any], int], Answer]:
    """A script of answers one after the other; a further call is a failure of the test."""
    return lambda _request, number: answers[number] if number < len(answers) else HttpError(501, "no_more_answers")


async def ask(llm: ScriptedLlm, *answers: Answer, language: Language = "en", **overrides: Any) -> Draft:
    """One draft from a model that gives `answers` one after the other."""
    llm.script = in_turn(*answers)
    async with sdk(llm) as client:
        return await a_reviewer(client, **overrides).draft(a_question(a_comparison(language=language)))
