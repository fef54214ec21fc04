"""Replays on real parts: beside the live line, killed at any moment, and the group set back the plain way."""

import asyncio
import json
import random
import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from app.adapters.kafka.clients import stop_consumer
from app.adapters.llm.tokens import count_tokens
from app.config import Settings, load_settings
from app.core.limits import BAND
from app.embedded.machine.processes import inherited_environment
from app.replay.judging import diff_replay, discard_replay, promote_replay
from app.replay.planning import PlanRequest
from app.replay.stories import ReplayRequest, begin_replay, look_at_replay, plan_replay
from schemas.codec import decode
from schemas.errors import StartRefused
from schemas.replay import ReplayPhase, ReplayPlan, ReplayState, Selection
from schemas.review import Review
from schemas.submission import Submission
from tests import ROOT
from tests.builders.records import NOON, a_submission
from tests.contracts.llm_scripts import body
from tests.fakes.llm_server import Completion, ScriptedLlm
from tests.patience import PATIENCE_S
from tests.system.line import ANSWER, PARTITIONS, Line

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

STUDENTS: Final = ("anna", "boris", "vera", "gleb")
ATTEMPTS: Final = 6


def an_attempt(student: str, number: int) -> Submission:
    """A student's attempt: each one changes the code of the one before."""
    seed = STUDENTS.index(student)
    body = "".join(f"    total += {step} * value\n" for step in range(number))
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        files={"work.py": f"SEED = {seed}\n\n\ndef work(value):\n    total = 0\n{body}    return total\n"},
    )


async def command(line: Line, *arguments: str) -> asyncio.subprocess.Process:
    """`reviewstream replay …` against the line, started."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "replay",
        *arguments,
        env={**inherited_environment(), **line.environment, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def settings_of(line: Line) -> Settings:
    """The line's settings, for stories that are told in this process: a command needs a second to start."""
    return load_settings(None, **{name.lower(): value for name, value in line.environment.items()})


async def replay(line: Line, **fields: Any) -> ReplayState:
    """A replay from its begin to its end."""
    request = ReplayRequest(**{"selection": Selection(), "rate_per_s": 50.0, **fields})
    async with asyncio.timeout(PATIENCE_S):
        return await begin_replay(
            settings_of(line), request, looking=lambda _: None, announce=lambda _: None, tell=lambda _: None
        )


async def comparisons(line: Line) -> dict[tuple[str, int], list[bytes]]:
    """The values of all comparisons by submission and generation, the generation itself taken out."""
    found: defaultdict[tuple[str, int], list[bytes]] = defaultdict(list)
    places = [TopicPartition(line.topic("comparisons"), number) for number in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=line.kafka.bootstrap, group_id=None)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    value = record.value or b""
                    document = json.loads(value)
                    whole = value.replace(f'"generation":{document["generation"]}'.encode(), b"")
                    found[document["submission_id"], document["generation"]].append(whole)
    finally:
        await stop_consumer(consumer)
    return found


async def committed(line: Line) -> Mapping[TopicPartition, int]:
    """The live group's offsets."""
    admin = AIOKafkaAdminClient(bootstrap_servers=line.kafka.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(line.prefix)
        return {place: found.offset for place, found in offsets.items()}
    finally:
        await admin.close()


def reviews_of(documents: list[dict[str, Any]], generation: int) -> dict[str, dict[str, Any]]:
    return {one["new_submission_id"]: one for one in documents if one["generation"] == generation}


async def test_a_replay_gives_the_same_comparisons_while_live_goes_on(line: Line) -> None:
    """Attempts 2 to 4, long gone from the table, are made again; live ones keep their predecessors and go on."""
    await line.start_worker()
    for number in range(1, ATTEMPTS):
        await line.produce(*(an_attempt(student, number) for student in STUDENTS))
    await line.wait_until_published(len(STUDENTS) * (ATTEMPTS - 1))
    before = await committed(line)

    chosen = tuple(f"{student}-{number}" for student in STUDENTS for number in (2, 3, 4))
    running = asyncio.create_task(replay(line, selection=Selection(submissions=chosen), reason="a mended bug"))
    await line.produce(*(an_attempt(student, ATTEMPTS) for student in STUDENTS))
    state = await running
    documents = await line.wait_until_published(len(STUDENTS) * (ATTEMPTS + 3))

    assert (state.phase, state.chosen, state.reviewed, state.failed) == (ReplayPhase.FINISHED, 12, 12, 0)
    made = await comparisons(line)
    for student in STUDENTS:
        for number in (2, 3, 4):
            assert made[f"{student}-{number}", 1] == made[f"{student}-{number}", 0], "equal byte for byte"
    live = reviews_of(documents, 0)
    for student in STUDENTS:
        for number in range(2, ATTEMPTS + 1):
            review = live[f"{student}-{number}"]
            assert review["previous_submission_id"] == f"{student}-{number - 1}"
            assert review["score_change"] is not None, "the predecessor's live review was at hand"
    again = reviews_of(documents, 1)
    assert {one["replay"]["replay_id"] for one in again.values()} == {"replay-1"}
    assert {one["replay"]["reason"] for one in again.values()} == {"a mended bug"}
    for name, one in again.items():
        assert one["replay"]["supersedes"] == live[name]["_id"], "it says what it stands in place of"
        assert one["previous_origin"]["offset"] < one["origin"]["offset"]
    after = await committed(line)
    assert all(after[place] >= offset for place, offset in before.items()), "offsets only grow"
    pointers = await line.mongo[line.prefix]["current_reviews"].find({}).to_list()
    assert {one["submission_id"]: one["generation"] for one in pointers} == {
        f"{s}-{n}": 1 if n in (2, 3, 4) else 0 for s in STUDENTS for n in range(1, ATTEMPTS + 1)
    }


async def test_a_replay_that_is_killed_goes_on_and_doubles_nothing(line: Line) -> None:
    """The replay and a worker are killed at random moments; each submission has one review of that generation."""
    dice = random.Random(7)
    worker = await line.start_worker()
    for number in (1, 2, 3):
        await line.produce(*(an_attempt(student, number) for student in STUDENTS))
    await line.wait_until_published(len(STUDENTS) * 3)
    process = await command(line, "run", "--all", "--rate", "8", "--in-flight", "4")
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        said = b""
        while b"resume replay-1" not in said:
            said += await process.stderr.readline()
    for _ in range(3):
        await asyncio.sleep(dice.uniform(0.1, 1.5))
        process.kill()
        await process.wait()
        if dice.random() < 0.5:
            worker.kill()
            worker = await line.start_worker()
        process = await command(line, "resume", "replay-1")
    async with asyncio.timeout(PATIENCE_S):
        await process.communicate()
    state, failed = await look_at_replay(settings_of(line), "replay-1")
    assert (state.phase, state.reviewed, failed) == (ReplayPhase.FINISHED, len(STUDENTS) * 3, [])
    documents = await line.wait_until_published(len(STUDENTS) * 6)
    again = [one for one in documents if one["generation"] == 1]
    assert len(again) == len({one["new_submission_id"] for one in again}) == len(STUDENTS) * 3
    keys = [delivery.idempotency_key for delivery in line.api.deliveries]
    bodies = {(delivery.idempotency_key, delivery.body) for delivery in line.api.deliveries}
    assert len(set(keys)) == len(bodies) == len(STUDENTS) * 6, "one key never has two bodies"


async def test_a_shadow_replay_is_delivered_only_when_it_is_promoted(line: Line) -> None:
    """Stored at once, told to nobody; a discarded one leaves nothing."""
    await line.start_worker()
    await line.produce(an_attempt("anna", 1), an_attempt("anna", 2))
    await line.wait_until_published(2)
    settings = settings_of(line)
    for generation in (1, 2):
        state = await replay(line, selection=Selection(students=("anna",)), is_shadow=True)
        assert state.generation == generation
    assert len(line.api.deliveries) == 2, "nobody was told"
    diff = await diff_replay(settings, "replay-1")
    assert diff.overall is not None
    assert (diff.missing, diff.overall.mean, diff.overall.interval) == (0, 0.0, (0.0, 0.0))

    assert {one["is_regenerated"] for one in await example_of_a_consumer(line)} == {False}
    await promote_replay(settings, "replay-1", band=BAND, forced_for=None, tell=lambda _: None)
    await line.wait_until_published(4)
    current = await example_of_a_consumer(line)
    assert [(one["submission_id"], one["generation"]) for one in current] == [("anna-1", 1), ("anna-2", 1)]
    assert {decode(Review, d.body).generation for d in line.api.deliveries} == {0, 1}
    await discard_replay(settings, "replay-2")
    assert {one["generation"] for one in await line.documents()} == {0, 1}
    with pytest.raises(StartRefused, match="replay-2 is discarded"):
        await promote_replay(settings, "replay-2", band=BAND, forced_for=None, tell=lambda _: None)


async def test_a_group_that_is_set_back_changes_nothing(line: Line, scripted_llm: ScriptedLlm) -> None:
    """Submissions and comparisons come again beyond what the tables hold: the stored reviews go out, without a call."""
    scripted_llm.script = lambda _request, _number: Completion(ANSWER)
    model = {"LLM_BASE_URL": scripted_llm.base_url, "LLM_MODEL": "scripted", "KAFKA_SESSION_TIMEOUT_S": "6"}
    worker = await line.start_worker(**model, KAFKA_HEARTBEAT_INTERVAL_S="1")
    for number in range(1, ATTEMPTS + 1):
        await line.produce(an_attempt("anna", number))
    before = await line.wait_until_published(ATTEMPTS)
    await worker.stop()
    calls, told = len(scripted_llm.requests), len(line.api.deliveries)

    await line.set_group(0, "submissions", "comparisons")
    await line.start_worker(**model, KAFKA_HEARTBEAT_INTERVAL_S="1")
    await line.wait_for("reviews", ATTEMPTS * 3)
    await asyncio.sleep(1)

    assert len(scripted_llm.requests) == calls, "nobody asks the model for what is there"
    assert await line.documents() == before
    assert len(line.api.deliveries) == told
    made = await comparisons(line)
    for number in range(2, ATTEMPTS + 1):
        assert len(set(made[f"anna-{number}", 0])) == 1, "compared with its true predecessor again"


async def example_of_a_consumer(line: Line) -> list[dict[str, Any]]:
    """What the example in the docs prints of the line's topic."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "docs" / "examples" / "current_reviews.py"),
        line.kafka.bootstrap,
        line.topic("reviews"),
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_S):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(row) for row in out.splitlines()]


async def test_a_replay_pays_only_for_what_it_asks_anew(line: Line, scripted_llm: ScriptedLlm, tmp_path: Path) -> None:
    """After a change of our own alone nothing is asked; after one of the prompt as much as planned, within 5%."""
    scripted_llm.script = lambda request, _number: body(
        {"content": ANSWER}, usage={"prompt_tokens": tokens_of(request), "completion_tokens": 100}
    )
    line.environment |= {
        "LLM_BASE_URL": scripted_llm.base_url,
        "LLM_MODEL": "scripted",
        "LLM_PRICES": "scripted=1/2",
        "RUBRICS_PATH": str(a_folder_with(tmp_path, "rubrics", "other.yaml", A_RUBRIC)),
    }
    worker = await line.start_worker()
    await line.produce(*(an_attempt(student, number) for number in (1, 2, 3) for student in ("anna", "boris")))
    await line.wait_until_published(6)
    bought = len(scripted_llm.requests)
    assert bought == 6

    await worker.stop()
    assert "points: 45" in A_RUBRIC, "of what code decides, which no request tells"
    other = A_RUBRIC.replace("points: 45", "points: 25")
    line.environment["RUBRICS_PATH"] = str(a_folder_with(tmp_path, "changed", "default.yaml", other))
    worker = await line.start_worker()
    plan = await planned(line)
    assert (plan.submissions, plan.from_tape, plan.calls, plan.cost) == (6, 6, 0, 0.0)
    state = await replay(line)
    assert (state.reviewed, state.failed) == (6, 0)
    assert len(scripted_llm.requests) == bought
    again = reviews_of(await line.wait_until_published(12), 1)
    before = {one["rubric_version"] for one in reviews_of(await line.documents(), 0).values()}
    assert {one["rubric_version"] for one in again.values()}.isdisjoint(before)
    assert {(one["usage"]["calls"], one["usage"]["taped"]) for one in again.values()} == {(0, 1)}

    await worker.stop()
    prompt = (ROOT / "app" / "prompts" / "review.en.yaml").read_text("utf-8")
    assert "system: |-\n" in prompt
    prompt = prompt.replace("system: |-\n", "system: |-\n  Be kind.\n", 1)
    line.environment["PROMPTS_PATH"] = str(a_folder_with(tmp_path, "prompts", "default.en.yaml", prompt))
    await line.start_worker()
    plan = await planned(line)
    assert (plan.calls, plan.from_tape) == (6, 0)
    await replay(line)
    new = reviews_of(await line.wait_until_published(18), 2)
    assert len(scripted_llm.requests) - bought == plan.calls
    spent = sum(one["usage"]["prompt_tokens"] for one in new.values())
    assert spent == pytest.approx(plan.prompt_tokens, rel=0.05)


A_RUBRIC: Final = (ROOT / "app" / "rubrics" / "default.yaml").read_text("utf-8")


def a_folder_with(tmp_path: Path, folder: str, name: str, text: str) -> Path:
    """A new folder that holds one file."""
    path = tmp_path / folder
    path.mkdir()
    (path / name).write_text(text, "utf-8")
    return path


def tokens_of(request: Mapping[str, Any]) -> int:
    """What an endpoint counts of a request's messages."""
    return sum(count_tokens(message["content"]) for message in request["messages"])


async def planned(line: Line) -> ReplayPlan:
    """The plan of a replay of everything."""
    return await plan_replay(settings_of(line), PlanRequest(Selection()), looking=lambda _: None)
