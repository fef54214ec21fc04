"""A language model played on loopback: an OpenAI-compatible server whose answers come from a script.

It holds no answers of its own. It is there for what a real model does not do on demand: latency, quotas, hangs,
broken connections and broken JSON.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson
from aiohttp import web

from app.core.limits import MIB
from app.embedded.machine.loopback import LoopbackServer

_BODY_BYTES_MAX = 16 * MIB
_CHARS_PER_TOKEN = 4  # rough, as the usage is said to be
_LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN


@dataclass(frozen=True, slots=True)
class Completion:
    """A well-formed completion with this text, which may itself be anything, as a model's may.

    `finish_reason` `length` marks an answer cut at its token limit; `delay_s` is thinking time.
    """

    text: str
    finish_reason: Literal["stop", "length", "content_filter"] = "stop"
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class HttpError:
    """An error status with a body in OpenAI's shape, whose `code` tells kinds of one status apart.

    `param` is the field that it blames, `message` what it says.
    """

    status: int
    code: str = "scripted"
    retry_after_s: float | None = None
    delay_s: float = 0.0
    param: str | None = None
    message: str = "scripted failure"


@dataclass(frozen=True, slots=True)
class RawBody:
    """Status 200 with this body, byte for byte: invalid JSON, another shape, nothing."""

    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class CutOff:
    """Headers that promise a whole completion, half of its bytes, and the end of the connection."""

    text: str


@dataclass(frozen=True, slots=True)
class ConnectionReset:
    """The connection is reset (RST) without an answer."""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer, for as long as the server lives."""


Answer = Completion | HttpError | RawBody | CutOff | ConnectionReset | Hang

Script = Callable[[Mapping[str, Any], int], Answer]
"""From a request's JSON and its number, counted from 0, to the answer."""


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """One `POST /v1/chat/completions` as it came. `received_at` is in seconds since the epoch."""

    document: Mapping[str, Any]
    headers: Mapping[str, str]
    received_at: float

    @property
    def prompt(self) -> str:
        """The text of all messages, in order."""
        return "\n".join(str(message.get("content", "")) for message in self.document["messages"])


class ScriptedLlm:
    """`POST /v1/chat/completions` and `GET /v1/models` in the caller's event loop.

    Without a script every completion is refused with 501, so that a test which forgot it cannot pass by accident.
    `script` may be replaced at any time. `in_flight_max` is the highest number of requests seen at once.
    """

    def __init__(self, script: Script | None = None, *, model: str = "scripted") -> None:
        self.script = script
        self.model: Final = model
        self.requests: list[LlmRequest] = []
        self.in_flight = 0
        self.in_flight_max = 0
        self._server = LoopbackServer(self._make_app)

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL, with `/v1`."""
        return f"{self._server.base_url}/v1"

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        await self._server.start()

    async def stop(self) -> None:
        """Close; what was recorded stays readable."""
        await self._server.down()

    async def down(self) -> None:
        """Drop all connections and refuse new ones, until `up`."""
        await self._server.down()

    async def up(self) -> None:
        """Accept connections again, on the same port."""
        await self._server.up()

    def _make_app(self) -> web.Application:
        app = web.Application(client_max_size=_BODY_BYTES_MAX)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._list_models)
        return app

    async def _list_models(self, _request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": self.model, "object": "model", "created": 0}]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        document = _read_chat(await request.read())
        if document is None or document.get("stream"):
            return _error(HttpError(400, "invalid_request"), "messages are absent, or a stream is asked for")
        number = len(self.requests)
        self.requests.append(LlmRequest(document, dict(request.headers), time.time()))
        if self.script is None:
            return _error(HttpError(501, "no_script"), "the test gave no script")
        self.in_flight += 1
        self.in_flight_max = max(self.in_flight, self.in_flight_max)
        try:
            return await _play(self.script(document, number), document, request)
        finally:
            self.in_flight -= 1


async def _play(answer: Answer, asked: Mapping[str, Any], request: web.Request) -> web.StreamResponse:
    match answer:
        case Completion():
            await asyncio.sleep(answer.delay_s)
            return web.Response(body=_completion(answer, asked), content_type="application/json")
        case HttpError():
            await asyncio.sleep(answer.delay_s)
            return _error(answer, answer.message)
        case RawBody():
            return web.Response(body=answer.body, content_type=answer.content_type)
        case CutOff():
            return await _cut_off(_completion(Completion(answer.text), asked), request)
        case ConnectionReset():
            _reset(request)
            return web.Response()  # goes nowhere: the connection is gone
        case Hang():
            await asyncio.Event().wait()
            return web.Response()  # never reached: the server's end cancels the wait


async def _cut_off(body: bytes, request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _reset(request: web.Request) -> None:
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT_AT_ALL)
    request.transport.abort()


def _completion(answer: Completion, asked: Mapping[str, Any]) -> bytes:
    prompt_tokens = sum(len(str(m.get("content", ""))) for m in asked["messages"]) // _CHARS_PER_TOKEN
    completion_tokens = len(answer.text) // _CHARS_PER_TOKEN
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    document = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.get("model", ""),
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish_reason, "logprobs": None}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }
    return orjson.dumps(document)


def _error(error: HttpError, message: str) -> web.Response:
    retry = {} if error.retry_after_s is None else {"Retry-After": f"{error.retry_after_s:g}"}
    document = {"error": {"message": message, "type": "scripted", "param": error.param, "code": error.code}}
    return web.json_response(document, status=error.status, headers=retry)


def _read_chat(body: bytes) -> Mapping[str, Any] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    messages = document.get("messages")
    well_formed = isinstance(messages, list) and bool(messages) and all(isinstance(m, dict) for m in messages)
    return document if well_formed else None
