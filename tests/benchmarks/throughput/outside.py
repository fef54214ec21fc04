"""What lies outside every peer, in a process of its own: the scripted model and the platform's API.

`python -m tests.benchmarks.throughput.outside PORT`. It answers as an OpenAI-compatible endpoint and as a review API,
takes orders (`POST /latency` begins a new record), and tells what it saw (`GET /tally`, `GET /record`).
"""

import asyncio
import hashlib
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import orjson
from aiohttp import web

from app.core.limits import MIB
from app.embedded.machine.loopback import LOOPBACK
from tests.benchmarks.throughput.homework import MARKED, named_in
from tests.benchmarks.throughput.latency import Latency
from tests.builders.prompts import work_line

MODEL: Final = "scripted"
_CHARS_PER_TOKEN: Final = 4  # rough, as the usage is said to be
_BODY_BYTES_MAX: Final = 64 * MIB


@dataclass(slots=True)
class Seen:
    """All that was seen since a `POST /latency`. A call that began earlier ends in what it began in."""

    latency: Latency
    calls: list[list[object]] = field(default_factory=list)
    deliveries: list[tuple[str, float, str]] = field(default_factory=list)
    first_bodies: dict[str, str] = field(default_factory=dict)
    answered: int = 0
    running: int = 0


class Outside:
    """Model and API, and what they saw."""

    def __init__(self) -> None:
        self._answers = count()
        self._seen = Seen(Latency(0.0))

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=_BODY_BYTES_MAX)
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_post("/reviews", self._receive)
        app.router.add_post("/latency", self._set_latency)
        app.router.add_get("/tally", self._tell_tally)
        app.router.add_get("/record", self._tell_record)
        return app

    async def _set_latency(self, request: web.Request) -> web.Response:
        self._seen = Seen(Latency(**orjson.loads(await request.read())))
        return web.Response()

    async def _list_models(self, _request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0}]})

    async def _complete(self, request: web.Request) -> web.Response:
        asked = orjson.loads(await request.read())
        prompt = "\n".join(str(message["content"]) for message in asked["messages"])
        submission_id = named_in(prompt) or "?"
        seen = self._seen
        call: list[object] = [submission_id, time.monotonic(), None, len(prompt)]
        seen.calls.append(call)
        seen.running += 1
        try:
            await asyncio.sleep(seen.latency.of_call(len(seen.calls) - 1))
        finally:
            seen.running -= 1
        if request.transport is None:  # the caller was killed: nobody was answered
            return web.Response()
        call[2] = time.monotonic()
        seen.answered += 1
        body = _completion(submission_id, next(self._answers), len(prompt))
        return web.Response(body=body, content_type="application/json")

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        submission_id = orjson.loads(body)["new_submission_id"]
        digest = hashlib.sha256(body).hexdigest()[:16]
        self._seen.deliveries.append((submission_id, time.monotonic(), digest))
        first = self._seen.first_bodies.setdefault(submission_id, digest)
        return web.Response(status=201 if first == digest else 409)

    async def _tell_tally(self, _request: web.Request) -> web.Response:
        seen = self._seen
        tally = [len(seen.calls), seen.answered, seen.running, len(seen.first_bodies)]
        return web.Response(body=orjson.dumps(tally), content_type="application/json")

    async def _tell_record(self, _request: web.Request) -> web.Response:
        body = orjson.dumps({"calls": self._seen.calls, "deliveries": self._seen.deliveries})
        return web.Response(body=body, content_type="application/json")


def _completion(submission_id: str, number: int, prompt_chars: int) -> bytes:
    """An answer in our form, which says something else each time: a second answer is seen as such."""
    text = orjson.dumps(_review(submission_id, number)).decode()
    prompt_tokens, completion_tokens = prompt_chars // _CHARS_PER_TOKEN, len(text) // _CHARS_PER_TOKEN
    return orjson.dumps(
        {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": MODEL,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "refusal": None},
                    "finish_reason": "stop",
                    "logprobs": None,
                }
            ],
            "usage": {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
            },
        }
    )


def _review(submission_id: str, number: int) -> dict[str, object]:
    place = {"path": MARKED, "line": 1, "quote": work_line(submission_id).strip()}
    return {
        "rubric": [
            {"item_id": item, **place, "reason": "It says what it does.", "verdict": "met"}
            for item in ("readable", "errors_handled", "structured")
        ],
        "threads": [],
        "progress_summary": f"The work goes on: a step was added, and some functions were changed ({number}).",
        "code_review_comments": [
            {
                **place,
                "severity": "minor",
                "category": "naming",
                "message": f"Say what this constant is for ({number}).",
                "suggestion": "",
            }
        ],
        "recommendations": ["Add a test of the new step.", "Give the constant a name that tells its use."],
    }


def main() -> None:
    """Serve until the process is ended."""
    web.run_app(Outside().app(), host=LOOPBACK, port=int(sys.argv[1]), access_log=None, print=None)


if __name__ == "__main__":
    main()
