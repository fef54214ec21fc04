"""Reviews by a scripted model, asked over HTTP by the reviewer that asks real ones, and by rules beside them."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from app.catalogue import words_in
from app.core.ports import Draft, Question
from app.core.reviewing import offline
from app.core.reviewing.finish import finish
from schemas.review import Review
from tests.builders.records import NOON
from tests.contracts.llm_scripts import a_reviewer, sdk
from tests.fakes.llm_server import Script, ScriptedLlm


def reviews_by(model: Script, questions: Iterable[Question]) -> list[Review]:
    """The whole review of each question, prompt, answer and its reading included; for callers without an event loop."""
    return asyncio.run(_reviews(model, list(questions)))


def by_rules(question: Question) -> Review:
    """The review by rules of the same question."""
    return _finished(question, offline.judge(question, words_in(question.comparison.language)))


async def _reviews(model: Script, questions: list[Question]) -> list[Review]:
    llm = ScriptedLlm(model)
    await llm.start()
    try:
        async with sdk(llm) as client:
            reviewer = a_reviewer(client, timeout_s=60.0)
            return [_finished(question, await reviewer.draft(question)) for question in questions]
    finally:
        await llm.stop()


def _finished(question: Question, draft: Draft) -> Review:
    words = words_in(question.comparison.language)
    return finish(question, draft, review_id=UUID(int=1), timestamp=NOON, latency_ms=0, words=words)
