"""The scripted language model of a run: log-normal latency, faults that clear, and a record of every call."""

import asyncio
import json
import math
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Literal

from aiohttp import web

from tests.builders.prompts import submission_in
from tests.chaos.plan import LLM_TIMEOUT_S
from tests.fakes.llm_server import Answer, Completion, ConnectionReset, CutOff, HttpError, RawBody, ScriptedLlm

Fault = Literal["429", "500", "hang", "reset", "cut_off", "no_json_body", "no_json_text", "token_limit"]

_CALL_FAULTS: Final[tuple[Fault, ...]] = ("429", "500", "reset", "cut_off", "no_json_body", "hang")
_ANSWER_FAULTS: Final[tuple[Fault, ...]] = ("no_json_text", "token_limit")
_FAULTY_SHARE = 0.08  # of submissions
_TWICE_SHARE = 0.25  # of the faulty ones
_LATENCY_S = (0.05, 0.35, 2.0)  # least, median, most
_LATENCY_SIGMA = 0.8
_LOOK_S = 0.05
_CURRENT: ContextVar["Call"] = ContextVar("call")


@dataclass(slots=True)
class Call:
    """One call. `outcome`: `answered`; `abandoned`: the caller went away first; `cut`: the model went down first.

    Times are seconds since the epoch; `fault` is what the script did to it, None for a good answer.
    """

    submission_id: str
    worker: str
    started_at: float
    ended_at: float | None = None
    fault: Fault | None = None
    outcome: Literal["running", "answered", "abandoned", "cut"] = "running"


class ChaosModel(ScriptedLlm):
    """Faults come with a submission's first calls and clear with the next one, so none deserves a dead letter.

    Each worker tells its name as its API key. No two answers are alike, so that a repeated call is seen.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(self._answer)
        self.calls: list[Call] = []
        self._seed = seed
        self._served: Counter[str] = Counter()

    def running_on(self, worker: str) -> int:
        """Calls in flight of one worker."""
        return sum(call.outcome == "running" and call.worker == worker for call in self.calls[-1000:])

    def faults_of(self, submission_id: str) -> tuple[Fault, ...]:
        """What the first calls for a submission run into. An answer is spoilt once at most: the repair is good."""
        chance = random.Random(f"faults {self._seed} {submission_id}")
        if chance.random() >= _FAULTY_SHARE:
            return ()
        first = chance.choice(_CALL_FAULTS + _ANSWER_FAULTS)
        if chance.random() >= _TWICE_SHARE:
            return (first,)
        return (first, chance.choice(_CALL_FAULTS))

    def _make_app(self) -> web.Application:
        app = super()._make_app()
        app.middlewares.append(self._observe)
        return app

    @web.middleware
    async def _observe(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        submission_id = submission_in((await request.text()).replace('\\"', '"'))
        worker = request.headers.get("Authorization", "").removeprefix("Bearer ")
        call = Call(submission_id or "?", worker, time.time())
        self.calls.append(call)
        _CURRENT.set(call)  # the handler's task sees this request's own
        answering = asyncio.ensure_future(handler(request))
        try:
            while not answering.done():
                await asyncio.wait({answering}, timeout=_LOOK_S)
                if request.transport is None and not answering.done():
                    call.outcome = "abandoned"
                    return web.Response()  # goes nowhere
            call.outcome = "answered"
            return answering.result()
        except asyncio.CancelledError:
            call.outcome = "cut"
            raise
        finally:
            answering.cancel()
            call.ended_at = time.time()
            self.requests.clear()  # thousands of prompts would only fill memory

    def _answer(self, _document: Mapping[str, Any], _number: int) -> Answer:
        call = _CURRENT.get()
        count = self._served[call.submission_id]
        self._served[call.submission_id] += 1
        faults = self.faults_of(call.submission_id)
        chance = random.Random(f"answer {self._seed} {call.submission_id} {count}")
        call.fault = faults[count] if count < len(faults) else None
        return _play(call.fault, _review(chance, count), chance)


def _play(fault: Fault | None, review: str, chance: random.Random) -> Answer:
    least, median, most = _LATENCY_S
    delay_s = min(most, max(least, chance.lognormvariate(math.log(median), _LATENCY_SIGMA)))
    if fault is None:
        return Completion(review, delay_s=delay_s)
    answers: dict[Fault, Answer] = {
        "429": HttpError(429, "rate_limit_exceeded", retry_after_s=round(chance.uniform(0.5, 2.0), 1)),
        "500": HttpError(500, delay_s=delay_s),
        "hang": Completion(review, delay_s=LLM_TIMEOUT_S + 2),
        "reset": ConnectionReset(),
        "cut_off": CutOff(review),
        "no_json_body": RawBody(b'{"id": "chatcmpl-1", "choices": [{"mess'),
        "no_json_text": Completion("The work is fine, I have nothing to add.", delay_s=delay_s),
        "token_limit": Completion(review[: len(review) // 2], finish_reason="length", delay_s=delay_s),
    }
    return answers[fault]


def _review(chance: random.Random, count: int) -> str:
    return json.dumps(
        {
            "verdicts": [
                {
                    "id": item_id,
                    "path": "main.py",
                    "line": 4,
                    "quote": "def step_1(rows):",
                    "reason": "It says what it does.",
                    "verdict": chance.choice(("met", "partly", "not_met", "cannot_tell")),
                }
                for item_id in ("readable", "errors_handled", "structured")
            ],
            "progress_summary": f"A step was added. Answer {count}.",
            "code_review_comments": [
                {
                    "path": "main.py",
                    "line": 4,
                    "quote": "def step_1(rows):",
                    "severity": "minor",
                    "category": "naming",
                    "message": f"Name the threshold ({count}).",
                    "suggestion": "",
                }
            ],
            "recommendations": ["Add a test."],
        }
    )
