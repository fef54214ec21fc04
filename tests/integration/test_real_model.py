"""The reviewer on a real model's server: what a scripted one cannot show, because we wrote it.

The model is far too small to review anything. It is good enough to repeat an answer that it is shown, in the form that
the server holds it to, and to go on without an end: so that is what it is asked for after the usual prompt.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from app.adapters.llm.client import new_client
from app.adapters.llm.key import key_source
from app.adapters.llm.prompt_files import PromptFiles, load_templates
from app.adapters.llm.reviewer import LlmReviewer
from app.backoff import Backoff
from app.catalogue import load_catalogue
from app.core.limits import PromptLimits
from app.core.ports import Draft
from app.core.reviewing.prompt.answer_schema import answer_schema
from app.core.reviewing.prompt.template import Template
from schemas.comparison import Comparison
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from tests.builders.prompts import a_template
from tests.builders.questions import a_question
from tests.builders.records import a_comparison
from tests.contracts.llm_scripts import a_long_comparison
from tests.contracts.test_reviewer import assert_whole
from tests.parts.llama import CONTEXT_TOKENS, MODEL, LlamaServer
from tests.unit.adapters.doctor.test_probes import settings_for

pytestmark = [pytest.mark.model, pytest.mark.timeout(400)]

PLAIN: Final = ("The function main returns one now.", "The tests of main pass.", "Add a comment to main.")
ON_AND_ON: Final = ("The function main returns one now. " * 20, *PLAIN)
"""Once the model is in such a circle it does not leave it."""

ANSWER_S: Final = 150.0
"""For an answer, which takes seconds, and on a busy machine many more."""
PROMPT_LIMITS: Final = PromptLimits()


def an_answer(schema: Mapping[str, Any], sentences: Iterator[str]) -> Any:
    """A value of this JSON Schema: one item in each list, the first word of each choice, 2 for each number."""
    kind = schema.get("type")
    if "enum" in schema:
        return schema["enum"][0]
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return {name: an_answer(part, sentences) for name, part in schema["properties"].items()}
        case "array":
            return [an_answer(schema["items"], sentences)]
        case "integer":
            return 2
        case _:
            return next(sentences)


def told_to_repeat(template: Template, sentences: tuple[str, ...] = PLAIN) -> Template:
    """The prompt file, with an answer of these sentences and the wish to repeat it after all sections."""
    answer = json.dumps(an_answer(answer_schema(), cycle(sentences)), indent=2)
    user = f"{template.user}\n\n{{% raw %}}{answer}{{% endraw %}}\n\nRepeat this JSON."
    return Template.model_validate(template.model_dump() | {"user": user})


def a_short_template() -> Template:
    """A prompt file without the instructions, which take the model most of its time."""
    return a_template()


@asynccontextmanager
async def a_reviewer(
    server: LlamaServer, template: Template | None = None, limits: PromptLimits = PROMPT_LIMITS
) -> AsyncIterator[LlmReviewer]:
    """A reviewer with the settings' own client, that asks once."""
    settings = settings_for(llm_base_url=server.base_url, llm_model=MODEL)
    client = new_client(settings, key_source(settings))
    files = PromptFiles({"en": template or told_to_repeat(a_short_template())}, {})
    once = Backoff(attempts=1)
    try:
        yield LlmReviewer(client, MODEL, files, load_catalogue("en"), limits=limits, backoff=once, timeout_s=ANSWER_S)
    finally:
        await client.close()


async def ask(reviewer: LlmReviewer, comparison: Comparison | None = None) -> Draft:
    """One draft."""
    return await reviewer.draft(a_question(comparison or a_comparison()))


async def assert_answered_again(server: LlamaServer) -> None:
    """Two answers of the server come, each cut at its limit: whole ones take this model too long to wait for."""
    async with a_reviewer(server, limits=PromptLimits(answer_tokens_max=20)) as reviewer:
        with pytest.raises(Rejected, match="after repair"):
            await ask(reviewer)


def open_sockets() -> int:
    """Sockets of this process."""
    return sum(descriptor.is_socket() for descriptor in Path("/dev/fd").iterdir())


async def test_answer_follows_the_schema_and_is_counted(llama_server: LlamaServer) -> None:
    """The server takes the strongest dialect; nothing of its answer has to be mended; tokens are counted.

    The model signs with its file's name, though the server tells the whole path on its machine.
    """
    with capture_logs() as lines:
        async with a_reviewer(llama_server, told_to_repeat(load_templates().default["en"])) as reviewer:
            draft = await ask(reviewer)
    assert_whole(draft)
    assert draft.adjustments == ()
    assert draft.model == MODEL
    assert draft.usage.calls == 1
    assert draft.usage.prompt_tokens > 500
    assert 20 < draft.usage.completion_tokens < 2_000
    assert [line["event"] for line in lines if "dialect" in line["event"]] == []


async def test_answer_cut_at_its_limit_names_the_setting(llama_server: LlamaServer) -> None:
    """An answer that ends for want of room is asked for again, and then refused with the setting that gives more."""
    async with a_reviewer(llama_server, limits=PromptLimits(answer_tokens_max=20)) as reviewer:
        with pytest.raises(Rejected, match=r"after repair: .* token limit; set LLM_ANSWER_TOKENS_MAX higher") as cut:
            await ask(reviewer)
    assert cut.value.reason is Reason.MODEL_INVALID


async def test_prompt_beyond_the_context_is_refused_as_such(llama_server: LlamaServer) -> None:
    """A prompt that is larger than the server's context does not cast doubt on the dialect; the cure is named."""
    limits = PromptLimits(prompt_tokens_max=5 * CONTEXT_TOKENS)
    with capture_logs() as lines:
        async with a_reviewer(llama_server, limits=limits) as reviewer:
            with pytest.raises(Rejected, match="LLM_PROMPT_TOKENS_MAX") as refused:
                await ask(reviewer, a_long_comparison())
    assert refused.value.reason is Reason.MODEL_REFUSED
    assert [line["event"] for line in lines] == ["llm_control_passed"]


async def test_cancelled_draft_leaves_nothing_behind(llama_server: LlamaServer) -> None:
    """Cancelled in the middle of an answer, a draft ends at once, its connection too, and the server answers others.

    That llama.cpp writes the answer to its end all the same is its own way: it looks whether anybody still waits only
    where it streams. So the answer is kept short.
    """
    tasks, sockets = asyncio.all_tasks(), open_sockets()
    on_and_on, some = told_to_repeat(a_short_template(), ON_AND_ON), PromptLimits(answer_tokens_max=150)
    async with a_reviewer(llama_server, on_and_on, some) as reviewer:
        draft = asyncio.create_task(ask(reviewer))
        await llama_server.wait_until_it_writes(ANSWER_S)
        assert open_sockets() > sockets
        draft.cancel()
        await asyncio.wait({draft}, timeout=1.0)
        assert draft.cancelled()
        assert open_sockets() == sockets
        assert asyncio.all_tasks() == tasks
    await assert_answered_again(llama_server)
    await llama_server.wait_until_it_is_idle(ANSWER_S)


async def test_server_that_dies_in_the_middle_of_an_answer_is_an_outage(llama_server: LlamaServer) -> None:
    """A killed server is `Unavailable`; the one that comes after it serves."""
    async with a_reviewer(llama_server) as reviewer:
        draft = asyncio.create_task(ask(reviewer))
        await llama_server.wait_until_it_writes(ANSWER_S)
        llama_server.kill()
        try:
            with pytest.raises(Unavailable) as away:
                await draft
        finally:
            await llama_server.start()
        assert away.value.dependency is Dependency.LLM
    await assert_answered_again(llama_server)
