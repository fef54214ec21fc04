"""A stand-in for a language model, on loopback: whoever has none can walk through what needs one.

It speaks the protocol and knows nothing. Its verdicts are drawn from a digest of the whole request, so the same request
gets the same answer and a changed prompt gets another; its words say that it is no model.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiohttp import web

from app.adapters.llm.tokens import count_tokens
from app.embedded.machine.loopback import LoopbackServer
from schemas.rubric import Verdict

STAND_IN: Final = "stand-in"
"""The model's name."""

_BODY_BYTES_MAX: Final = 16 * 1024 * 1024
_ANSWER_S: Final = 0.2
_MARKER: Final = re.compile(r"^MARKER (\w+)$", re.MULTILINE)
_ITEM: Final = re.compile(r"^([\w.-]{1,64}): ", re.MULTILINE)
_THREAD: Final = re.compile(r"^(\S{1,64}) (?:critical|major|minor|info) ", re.MULTILINE)
_LINE: Final = re.compile(r"(\d{1,6})[|+](.*\w{3}.*)")
_WORDS: Final = {
    "en": ("A stand-in wrote this, no language model: its verdicts are drawn by lot.", "Configure a language model."),
    "ru": (
        "Это написала не языковая модель, а её заглушка: вердикты розданы по жребию.",
        "Настройте языковую модель.",
    ),
}


@dataclass(slots=True)
class StandInModel:
    """`POST /v1/chat/completions` in the caller's event loop, on a free port of 127.0.0.1."""

    answered: int = 0
    _server: LoopbackServer = field(init=False)

    def __post_init__(self) -> None:
        self._server = LoopbackServer(self._make_app)

    @property
    def base_url(self) -> str:
        """What `LLM_BASE_URL` wants."""
        return f"{self._server.base_url}/v1"

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Close."""
        await self._server.down()

    def _make_app(self) -> web.Application:
        app = web.Application(client_max_size=_BODY_BYTES_MAX)
        app.router.add_post("/v1/chat/completions", self._complete)
        return app

    async def _complete(self, request: web.Request) -> web.Response:
        try:
            asked = orjson.loads(await request.read())
            messages = [str(message["content"]) for message in asked["messages"]]
        except (orjson.JSONDecodeError, LookupError, TypeError):
            return web.json_response({"error": {"message": "messages are wanted"}}, status=400)
        await asyncio.sleep(_ANSWER_S)
        self.answered += 1
        text = json.dumps(drawn_answer(messages), ensure_ascii=False)
        tokens = {"prompt_tokens": sum(map(count_tokens, messages)), "completion_tokens": count_tokens(text)}
        message = {"role": "assistant", "content": text}
        return web.json_response(
            {
                "id": f"stand-in-{self.answered}",
                "object": "chat.completion",
                "created": 0,
                "model": STAND_IN,
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {**tokens, "total_tokens": sum(tokens.values())},
            }
        )


def drawn_answer(messages: list[str]) -> Mapping[str, Any]:
    """A review for the request of these messages: verdicts by lot on each item, a quote of a shown line with each."""
    digest = hashlib.sha256("\0".join(messages).encode("utf-8", "replace")).digest()
    system, user = messages[0], messages[-1] if len(messages) < 2 else messages[1]
    marker = _MARKER.search(user)
    before, data = (user[: marker.start()], user[marker.end() :]) if marker else (user, "")
    lines = list(_shown(data, marker[1] if marker else ""))
    summary, advice = _WORDS["ru" if "по-русски" in system else "en"]
    items = _ITEM.findall(before.partition("RUBRIC\n")[2])
    threads = _THREAD.findall(data.partition(" threads\n")[2].partition("<<<")[0])
    choices = (Verdict.MET, Verdict.PARTLY, Verdict.NOT_MET)
    verdicts = [(item, choices[digest[n % 32] % 3].value) for n, item in enumerate(items)]
    verdicts += [(thread, "still_open") for thread in threads]
    return {
        "verdicts": [
            {"id": name, **_quoted(lines, digest[n % 32]), "reason": summary, "verdict": verdict}
            for n, (name, verdict) in enumerate(verdicts)
        ],
        "progress_summary": summary,
        "code_review_comments": [],
        "recommendations": [advice],
    }


def _shown(data: str, marker: str) -> Iterator[tuple[str, int, str]]:
    """Path, number and text of the shown lines of all files."""
    for part in data.split(f"<<<{marker} ")[1:] if marker else ():
        heading, _, text = part.partition("\n")
        kind, _, path = heading.partition(" ")
        if kind in {"file", "new"}:
            for line in text.split("\n"):
                if read := _LINE.fullmatch(line):
                    yield path, int(read[1]), read[2].strip()


def _quoted(lines: list[tuple[str, int, str]], lot: int) -> dict[str, object]:
    if not lines:
        return {"path": "", "line": 0, "quote": ""}
    path, line, quote = lines[lot % len(lines)]
    return {"path": path, "line": line, "quote": quote}
