"""What is paid for is kept before it is used: a kill, an outage or a replay buys nothing twice."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.adapters.llm.answer_key import answer_key
from app.adapters.llm.endpoint import Exchange
from app.adapters.llm.paid_answers import REFUSED_S, PaidAnswers
from app.adapters.llm.reviewer import LlmReviewer
from app.backoff import Backoff
from app.core.costs import Prices, read_prices
from app.core.ports import Draft, Forecast, TapedAnswer
from app.replay.planning import PLANNED_GENERATION
from schemas.comparison import Comparison
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from tests.builders.questions import a_question
from tests.builders.records import a_comparison
from tests.contracts.llm_scripts import GOOD, TEXT, a_reviewer, body, in_turn, is_control, sdk
from tests.fakes.clock import FakeClock
from tests.fakes.llm_server import Answer, Completion, HttpError, ScriptedLlm
from tests.fakes.spending import MemorySpending
from tests.fakes.tape import MemoryTape
from tests.patience import PATIENCE_S

SOON = Backoff(first_s=0.001, max_s=0.002)
PRICES = Prices("EUR", read_prices("some-model=2/8/0.5"))
DOWN = HttpError(503, "down")
INVALID = Completion("no JSON at all")


class Worker:
    """A worker's memory around what outlives it: the endpoint, the tape and the sums."""

    def __init__(self, llm: ScriptedLlm, *, tape: MemoryTape | None = None, **overrides: Any) -> None:
        self.clock = FakeClock()
        self.tape = tape or MemoryTape(self.clock)
        self.spending = MemorySpending()
        self._llm = llm
        self._overrides = overrides

    async def draft(self, *script: Answer, comparison: Comparison | None = None) -> Draft:
        """One draft by a worker that has just started, and an endpoint that gives these answers from now on."""
        begun = len(self._llm.requests)
        answers = in_turn(*script)
        self._llm.script = lambda request, number: answers(request, number - begun)
        async with sdk(self._llm) as client:
            return await self.reviewer(client).draft(a_question(comparison or a_comparison(language="en")))

    def reviewer(self, client: Any) -> LlmReviewer:
        """A reviewer that keeps and counts."""
        answers = PaidAnswers(self.tape, self.spending, self.clock, PRICES, backoff=SOON)
        return a_reviewer(client, answers=answers, **self._overrides)

    @property
    def bought(self) -> int:
        """Requests with a student's text that were answered or not."""
        return sum(not is_control(request.document) for request in self._llm.requests)


async def copied(tape: MemoryTape, clock: FakeClock) -> MemoryTape:
    """A plain tape with the same answers."""
    plain = MemoryTape(clock)
    for key, answer in tape.answers.items():
        await plain.keep(key, answer)
    return plain


async def test_an_answer_is_kept_as_it_came(scripted_llm: ScriptedLlm) -> None:
    """Every byte of it, with what it cost, charged to its student on its day."""
    worker = Worker(scripted_llm)
    sent = body({"content": TEXT}, usage={"prompt_tokens": 1000, "completion_tokens": 100})
    draft = await worker.draft(sent)
    (kept,) = worker.tape.answers.values()
    assert kept.body == sent.body
    assert (kept.charge.student_id, kept.charge.day, kept.charge.cost) == (
        a_comparison().student_id, worker.clock.now().date(), Decimal("0.0028"),
    )  # fmt: skip
    assert list(worker.spending.charges.values()) == [kept.charge]
    assert (draft.usage.calls, draft.usage.taped, draft.usage.cost, draft.usage.currency) == (1, 0, 0.0028, "EUR")


class _Killed(BaseException):
    """The worker dies here."""


class TapeAndDeath(MemoryTape):
    """A tape whose worker dies right after an answer was kept, once."""

    dies = True

    async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:
        kept = await super().keep(key, answer)
        if self.dies:
            self.dies = False
            raise _Killed
        return kept


async def test_a_kill_between_keeping_and_using_buys_nothing_twice(scripted_llm: ScriptedLlm) -> None:
    """The next worker takes the answer from the tape, for nothing, and counts what the dead one did not."""
    worker = Worker(scripted_llm, tape=TapeAndDeath())
    with pytest.raises(_Killed):
        await worker.draft(GOOD)
    assert (len(worker.tape.answers), worker.spending.charges) == (1, {})
    draft = await worker.draft()
    assert draft.opinion.summary in TEXT
    assert (worker.bought, draft.usage.calls, draft.usage.taped) == (1, 0, 1)
    assert (draft.usage.prompt_tokens, draft.usage.completion_tokens, draft.usage.cost) == (0, 0, 0.0)
    assert list(worker.spending.charges.values()) == [answer.charge for answer in worker.tape.answers.values()]


async def test_a_kill_before_keeping_buys_one_answer_again(scripted_llm: ScriptedLlm) -> None:
    """Of a draft with a repair, the answer that was not kept, and not the one before it."""
    worker = Worker(scripted_llm)

    class DeathBeforeTheSecond(MemoryTape):
        async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:
            if self.answers:
                raise _Killed
            return await super().keep(key, answer)

    worker.tape = DeathBeforeTheSecond(worker.clock)
    with pytest.raises(_Killed):
        await worker.draft(INVALID, GOOD)
    worker.tape = await copied(worker.tape, worker.clock)
    draft = await worker.draft(GOOD)
    assert (worker.bought, draft.usage.calls, draft.usage.taped) == (3, 1, 1)


async def test_an_outage_during_a_repair_does_not_buy_the_first_answer_again(scripted_llm: ScriptedLlm) -> None:
    """Each attempt asks for the repair alone, however long the outage takes."""
    worker = Worker(scripted_llm)
    for script in ((INVALID, DOWN, DOWN), (DOWN, DOWN), (DOWN, DOWN)):
        with pytest.raises(Unavailable):
            await worker.draft(*script)
    draft = await worker.draft(GOOD)
    assert (draft.usage.taped, draft.usage.calls) == (1, 1)
    first, *repairs = [request.document["messages"] for request in scripted_llm.requests]
    assert [len(messages) for messages in repairs] == [len(first) + 2] * 7


async def test_while_mongodb_is_away_the_answer_waits_in_memory(scripted_llm: ScriptedLlm) -> None:
    """It is not used before it is kept, not bought again, and the log says once why nothing happens."""
    worker = Worker(scripted_llm)

    class AwayAfterTheLook(MemoryTape):
        async def find(self, key: str) -> TapedAnswer | None:
            found = await super().find(key)
            self.away = True
            return found

    worker.tape = AwayAfterTheLook(worker.clock)
    with capture_logs() as logged:
        drafting = asyncio.create_task(worker.draft(GOOD))
        async with asyncio.timeout(PATIENCE_S):
            while worker.tape.refused < 5:
                await asyncio.sleep(0.001)
        assert not drafting.done()
        assert worker.spending.charges == {}
        worker.tape.away = False
        draft = await drafting
    assert (worker.bought, draft.usage.calls, len(worker.tape.answers)) == (1, 1, 1)
    assert [line["detail"] for line in logged if line["event"] == "answer_waits_to_be_kept"] == ["away"]


async def test_mongodb_that_goes_away_before_a_translation_is_waited_for(scripted_llm: ScriptedLlm) -> None:
    """A review in the wrong language is no cure for an outage: what is paid for is on the tape."""
    worker = Worker(scripted_llm)

    class AwayAfterTheFirst(MemoryTape):
        async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:
            kept = await super().keep(key, answer)
            self.away = True
            return kept

    worker.tape = AwayAfterTheFirst(worker.clock)
    russian = json.dumps(json.loads(TEXT) | {"progress_summary": "Тесты проходят, функция main стала короче."})
    with pytest.raises(Unavailable) as caught:
        await worker.draft(Completion(russian))
    assert caught.value.dependency is Dependency.MONGODB
    worker.tape.away = False
    worker.tape = await copied(worker.tape, worker.clock)
    draft = await worker.draft(GOOD)
    assert (draft.usage.taped, draft.usage.calls, draft.adjustments) == (1, 1, ())


async def test_a_cancellation_ends_the_wait_for_the_tape(scripted_llm: ScriptedLlm) -> None:
    """A stop does not hang on a database that is away."""
    worker = Worker(scripted_llm)
    worker.spending.away = True
    drafting = asyncio.create_task(worker.draft(GOOD))
    async with asyncio.timeout(PATIENCE_S):
        while not worker.tape.answers:
            await asyncio.sleep(0.001)
        drafting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drafting
    assert len(worker.tape.answers) == 1


async def test_nothing_is_bought_while_the_tape_cannot_be_read(scripted_llm: ScriptedLlm) -> None:
    """The answer may be there: the event waits for MongoDB, by that name."""
    worker = Worker(scripted_llm)
    worker.tape.away = True
    with pytest.raises(Unavailable) as caught:
        await worker.draft(GOOD)
    assert (caught.value.dependency, worker.bought) == (Dependency.MONGODB, 0)


async def test_who_asks_makes_no_difference(scripted_llm: ScriptedLlm) -> None:
    """The same request of another student's, or of a replay's, takes the answer that is there, for nothing."""
    worker = Worker(scripted_llm)
    scripted_llm.script = in_turn(GOOD)
    async with sdk(scripted_llm) as client:
        for student in ("anna", "boris"):
            exchange = Exchange(student_id=student)
            models = worker.reviewer(client)._endpoint
            completion = await models.complete(MESSAGES, {"type": "object"}, 100, exchange)
            assert completion.parts.text == TEXT
    assert (exchange.usage.calls, exchange.usage.taped) == (0, 1)
    assert [charge.student_id for charge in worker.spending.charges.values()] == ["anna"]


async def test_of_two_answers_to_one_question_the_first_is_used(scripted_llm: ScriptedLlm) -> None:
    """Two workers that ask at the same time go on with one answer; both have paid, and both is counted."""
    worker = Worker(scripted_llm)
    other = json.dumps(json.loads(TEXT) | {"progress_summary": "Another summary of the very same thing."})

    class TheOtherWasFaster(MemoryTape):
        async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:
            first = TapedAnswer(body({"content": other}).body, replace(answer.charge, charge_id="the other's"))
            await super().keep(key, first)
            return await super().keep(key, answer)

    worker.tape = TheOtherWasFaster(worker.clock)
    draft = await worker.draft(GOOD)
    assert draft.opinion.summary == "Another summary of the very same thing."
    assert len(worker.spending.charges) == 2


async def test_an_answer_that_was_broken_off_is_asked_for_anew(scripted_llm: ScriptedLlm) -> None:
    """What is of no use is let go at once: on the tape it would end each further attempt in the same way."""
    worker = Worker(scripted_llm)
    with pytest.raises(Unavailable):
        await worker.draft(body({"content": TEXT[:20]}, "insufficient_system_resource"))
    assert worker.tape.answers == {}
    assert (await worker.draft(GOOD)).usage.taped == 0


async def test_a_broken_off_repair_leaves_the_first_answer_on_the_tape(scripted_llm: ScriptedLlm) -> None:
    """Only the one without use is let go."""
    worker = Worker(scripted_llm)
    with pytest.raises(Unavailable):
        await worker.draft(INVALID, body({"content": TEXT[:20]}, "insufficient_system_resource"))
    draft = await worker.draft(GOOD)
    assert (draft.usage.taped, draft.usage.calls) == (1, 1)


async def test_a_whole_answer_with_an_unknown_end_is_kept(scripted_llm: ScriptedLlm) -> None:
    """Its reason to finish is nobody's word, and it can be read: it is used, so it is kept."""
    worker = Worker(scripted_llm)
    await worker.draft(body({"content": TEXT}, "because_i_said_so"))
    assert (await worker.draft()).usage.taped == 1


async def test_a_requeue_of_what_was_refused_asks_anew(scripted_llm: ScriptedLlm) -> None:
    """A kill before the dead letter is written buys nothing; an operator who requeues later gets new answers."""
    worker = Worker(scripted_llm)
    for script in ((INVALID, INVALID), ()):
        with pytest.raises(Rejected) as caught:
            await worker.draft(*script)
        assert (caught.value.reason, worker.bought) == (Reason.MODEL_INVALID, 2)
    worker.clock.move(REFUSED_S)
    assert (await worker.draft(GOOD)).usage.taped == 0


async def test_a_taped_answer_that_cannot_be_read_any_more_is_bought_again(scripted_llm: ScriptedLlm) -> None:
    """A release that reads otherwise does not stand before the tape for ever; the log says so."""
    worker = Worker(scripted_llm)
    await worker.draft(GOOD)
    ((key, kept),) = worker.tape.answers.items()
    await worker.tape.let_go([key], 0)
    await worker.tape.keep(key, TapedAnswer(b"<html>", kept.charge))
    with capture_logs() as logged:
        draft = await worker.draft(GOOD)
    assert (draft.usage.taped, draft.usage.calls) == (0, 1)
    assert [line["error"] for line in logged if line["event"] == "taped_answer_unreadable"] == ["UnreadableAnswer"]


async def test_a_forecast_tells_the_next_request_and_buys_nothing(scripted_llm: ScriptedLlm) -> None:
    """Of a draft, of its repair where the first answer is kept, of nothing where all are; a fresh one begins anew."""
    worker = Worker(scripted_llm, count_tokens=len)
    question = a_question(a_comparison(language="en"))

    async def forecast(*, is_fresh: bool = False) -> Forecast:
        before = len(scripted_llm.requests), dict(worker.tape.answers), dict(worker.spending.charges)
        async with sdk(scripted_llm) as client:
            told = await worker.reviewer(client).forecast(replace(question, is_fresh=is_fresh))
        assert (len(scripted_llm.requests), worker.tape.answers, worker.spending.charges) == before
        return told

    def sent(number: int) -> Forecast:
        messages = scripted_llm.requests[number].document["messages"]
        return Forecast(calls=1, prompt_tokens=sum(len(message["content"]) for message in messages))

    first = await forecast()
    with pytest.raises(Unavailable):
        await worker.draft(INVALID, DOWN, DOWN)
    assert first == sent(0)
    repair = await forecast()
    await worker.draft(GOOD)
    assert repair == sent(-1)
    assert await forecast() == Forecast()
    assert await forecast(is_fresh=True) == first


async def test_a_plan_finds_no_answer_that_an_earlier_replay_bought_afresh(scripted_llm: ScriptedLlm) -> None:
    """Each replay that asks anew buys its own."""
    worker = Worker(scripted_llm)
    scripted_llm.script = in_turn(GOOD)
    comparison = a_comparison(language="en")
    async with sdk(scripted_llm) as client:
        reviewer = worker.reviewer(client)
        first = a_question(comparison.model_copy(update={"generation": 1}))
        await reviewer.draft(replace(first, is_fresh=True))
        planned = a_question(comparison.model_copy(update={"generation": PLANNED_GENERATION}))
        assert (await reviewer.forecast(replace(planned, is_fresh=True))).calls == 1
        assert (await reviewer.forecast(replace(first, is_fresh=True))).calls == 0, "after a kill it finds its own"


async def test_a_forecast_of_what_is_refused_is_nothing(scripted_llm: ScriptedLlm) -> None:
    """The kept answers lead to the same end, for nothing."""
    worker = Worker(scripted_llm)
    with pytest.raises(Rejected):
        await worker.draft(INVALID, INVALID)
    async with sdk(scripted_llm) as client:
        assert await worker.reviewer(client).forecast(a_question(a_comparison(language="en"))) == Forecast()


async def test_a_forecast_does_not_pass_over_a_tape_that_is_away(scripted_llm: ScriptedLlm) -> None:
    """All would look as if it had to be bought."""
    worker = Worker(scripted_llm)
    worker.tape.away = True
    async with sdk(scripted_llm) as client:
        with pytest.raises(Unavailable) as caught:
            await worker.reviewer(client).forecast(a_question(a_comparison(language="en")))
    assert caught.value.dependency is Dependency.MONGODB


async def test_tiny_requests_are_not_kept(scripted_llm: ScriptedLlm) -> None:
    """They ask whether the endpoint serves now."""
    worker = Worker(scripted_llm)
    begun = len(scripted_llm.requests)

    def refuse_prompts(request: Any, _number: int) -> Answer:
        return Completion("OK") if is_control(request) else HttpError(413, "too_large")

    scripted_llm.script = refuse_prompts
    async with sdk(scripted_llm) as client:
        with pytest.raises(Rejected):
            await worker.reviewer(client).draft(a_question(a_comparison(language="en")))
    assert len(scripted_llm.requests) > begun
    assert worker.tape.answers == {}


MESSAGES = [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]


@pytest.mark.parametrize(
    "other",
    [
        ("n", MESSAGES, {"type": "object"}, 100),
        ("m", [*MESSAGES, {"role": "user", "content": ""}], {"type": "object"}, 100),
        ("m", [{"role": "system", "content": "ab"}, {"role": "user", "content": ""}], {"type": "object"}, 100),
        ("m", [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}], {"type": "object"}, 100),
        ("m", MESSAGES, {"type": "array"}, 100),
        ("m", MESSAGES, {"type": "object"}, 101),
    ],
)
def test_another_request_has_another_key(other: Any) -> None:
    """Model, messages, schema and limit: whatever the answer follows from is in the key."""
    key = answer_key("m", MESSAGES, {"type": "object"}, 100)
    assert key == answer_key("m", [dict(message) for message in MESSAGES], {"type": "object"}, 100)
    assert key != answer_key(*other)


def test_half_a_character_has_a_key() -> None:
    """A student's text may hold what has no UTF-8."""
    keys: Collection[str] = {
        answer_key("m", [{"role": "user", "content": text}], {}, 1) for text in ("\ud800", "\udc00", "\\ud800")
    }
    assert len(keys) == 3
