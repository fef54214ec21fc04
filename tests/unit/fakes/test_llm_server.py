"""The language model on loopback, as the OpenAI SDK and plain HTTP see it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import openai
import pytest

from tests.fakes.llm_server import Answer, Completion, ConnectionReset, CutOff, Hang, HttpError, RawBody, ScriptedLlm


@pytest.fixture
async def client(scripted_llm: ScriptedLlm) -> AsyncIterator[openai.AsyncOpenAI]:
    """The SDK without retries of its own."""
    async with openai.AsyncOpenAI(base_url=scripted_llm.base_url, api_key="k", max_retries=0, timeout=5) as sdk:
        yield sdk


async def _ask(client: openai.AsyncOpenAI, text: str = "hello") -> Any:
    return await client.chat.completions.create(model="some-model", messages=[{"role": "user", "content": text}])


async def test_completion_is_readable_by_the_sdk(scripted_llm: ScriptedLlm, client: openai.AsyncOpenAI) -> None:
    """A completion has the script's text, the model that was asked for, and a usage that adds up."""
    scripted_llm.script = lambda _request, _n: Completion("four", finish_reason="length")
    completion = await _ask(client, "x" * 400)
    assert completion.choices[0].message.content == "four"
    assert completion.choices[0].finish_reason == "length"
    assert completion.model == "some-model"
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens, completion.usage.total_tokens) == (
        100,
        1,
        101,
    )


async def test_script_sees_request_and_number(scripted_llm: ScriptedLlm, client: openai.AsyncOpenAI) -> None:
    """The script gets each request's JSON with its number from 0, and each request is recorded with its prompt."""

    def script(request: Mapping[str, Any], n: int) -> Answer:
        return Completion(f"{n}: {request['messages'][0]['content']}")

    scripted_llm.script = script
    texts = [(await _ask(client, text)).choices[0].message.content for text in ("a", "b")]
    assert texts == ["0: a", "1: b"]
    assert [request.prompt for request in scripted_llm.requests] == ["a", "b"]
    assert scripted_llm.requests[0].headers["Authorization"] == "Bearer k"


async def test_error_keeps_status_code_and_wait(scripted_llm: ScriptedLlm, client: openai.AsyncOpenAI) -> None:
    """A scripted 429 arrives with its code and its `Retry-After`."""
    scripted_llm.script = lambda _request, _n: HttpError(429, code="insufficient_quota", retry_after_s=7)
    with pytest.raises(openai.RateLimitError) as caught:
        await _ask(client)
    assert caught.value.code == "insufficient_quota"
    assert caught.value.response.headers["Retry-After"] == "7"


@pytest.mark.parametrize("answer", [ConnectionReset(), CutOff("a long answer that nobody gets to the end of")])
async def test_broken_connection_is_an_error(
    scripted_llm: ScriptedLlm, client: openai.AsyncOpenAI, answer: Answer
) -> None:
    """A reset connection and one that ends within the body both reach the client as a connection error."""
    scripted_llm.script = lambda _request, _n: answer
    with pytest.raises(openai.APIConnectionError):
        await _ask(client)
    assert len(scripted_llm.requests) == 1


async def test_hang_lasts_until_the_client_gives_up(scripted_llm: ScriptedLlm, client: openai.AsyncOpenAI) -> None:
    """A hanging answer never comes: the client's own time limit ends it."""
    scripted_llm.script = lambda _request, _n: Hang()
    with pytest.raises(openai.APITimeoutError):
        await _ask(client.with_options(timeout=0.2))


async def test_hang_does_not_hold_up_the_end() -> None:
    """A server with a hanging answer stops at once, and the client's connection ends."""
    llm = ScriptedLlm(lambda _request, _n: Hang())
    await llm.start()
    async with httpx.AsyncClient(timeout=20) as client:
        asking = asyncio.create_task(client.post(f"{llm.base_url}/chat/completions", json={"messages": [{}]}))
        while not llm.in_flight:
            await asyncio.sleep(0.01)
        began = time.monotonic()
        await llm.stop()
        assert time.monotonic() - began < 2
        with pytest.raises(httpx.TransportError):
            await asking


async def test_raw_body_comes_byte_for_byte(scripted_llm: ScriptedLlm) -> None:
    """A raw body, such as half a JSON document, arrives with status 200 as it is."""
    scripted_llm.script = lambda _request, _n: RawBody(b'{"choices": [')
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{scripted_llm.base_url}/chat/completions", json={"messages": [{}]})
    assert (response.status_code, response.content) == (200, b'{"choices": [')


async def test_forgotten_script_is_an_error(scripted_llm: ScriptedLlm, client: openai.AsyncOpenAI) -> None:
    """Without a script every completion is refused with 501."""
    with pytest.raises(openai.InternalServerError) as caught:
        await _ask(client)
    assert caught.value.status_code == 501


async def test_parallel_requests_are_counted(scripted_llm: ScriptedLlm, client: openai.AsyncOpenAI) -> None:
    """`in_flight_max` is the highest number of requests at once; a delay is waited for."""
    scripted_llm.script = lambda _request, _n: Completion("late", delay_s=0.3)
    began = time.monotonic()
    await asyncio.gather(*(_ask(client) for _ in range(3)))
    assert time.monotonic() - began >= 0.3
    assert (scripted_llm.in_flight, scripted_llm.in_flight_max) == (0, 3)


async def test_models_are_listed(scripted_llm: ScriptedLlm, client: openai.AsyncOpenAI) -> None:
    """`GET /v1/models` lists the one model."""
    assert [model.id async for model in client.models.list()] == ["scripted"]


@pytest.mark.parametrize(
    "document", [{}, {"messages": []}, {"messages": ["x"]}, {"messages": [{}], "stream": True}, []]
)
async def test_malformed_request_is_refused(scripted_llm: ScriptedLlm, document: Any) -> None:
    """A request without messages, or for a stream, is refused with 400 and not recorded."""
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{scripted_llm.base_url}/chat/completions", content=json.dumps(document))
    assert response.status_code == 400
    assert scripted_llm.requests == []
