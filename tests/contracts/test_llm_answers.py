"""Forms of answers that real endpoints were seen to send, and what the reviewer does with each."""

import json
from contextlib import suppress
from typing import Any

import pytest

from app.adapters.llm.client import BODY_BYTES_MAX
from app.core.limits import PromptLimits
from schemas.errors import Reason, Rejected, Unavailable
from tests.builders.questions import a_question
from tests.builders.records import a_comparison, a_diff
from tests.contracts.llm_scripts import ANSWER, GOOD, TEXT, a_reviewer, ask, body, in_turn, is_good, sdk
from tests.fakes.llm_server import Answer, Completion, RawBody, ScriptedLlm

EMPTY = a_diff(diff="", lines_added=0, lines_removed=0, lines_changed=0, total_files_changed=0)
DRAFT = json.dumps(ANSWER | {"progress_summary": "A draft that is not meant."})


def events(*chunks: Any, end: str = "data: [DONE]\n\n") -> RawBody:
    """An event stream, as an endpoint sends it that ignores that none was asked for."""
    return RawBody(("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + end).encode(), "text/event-stream")


def delta(content: str = "", finish_reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"delta": {"content": content, **more}, "finish_reason": finish_reason}]}


CALL = {"id": "1", "type": "function", "function": {"name": "review", "arguments": TEXT}}
STREAMED_CALLS = [
    delta(tool_calls=[{"index": 0, "function": {"name": "review", "arguments": TEXT[:30]}}]),
    delta(tool_calls=[{"index": 0, "function": {"arguments": TEXT[30:]}}]),
    delta(finish_reason="tool_calls"),
]


@pytest.mark.parametrize(
    "answer",
    [
        body({"content": None, "reasoning_content": f"Let me see. {TEXT}"}),
        body({"content": "", "reasoning": f"```json\n{TEXT}\n```"}),
        body({"content": None, "tool_calls": [CALL]}, "tool_calls"),
        body({"content": None, "tool_calls": [{"function": {"arguments": ANSWER}}]}, "tool_calls"),
        body({"content": None, "function_call": {"name": "review", "arguments": TEXT}}, "function_call"),
        body({"content": [{"type": "text", "text": TEXT[:40]}, {"type": "text", "text": TEXT[40:]}]}),
        body({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]}, {"text": TEXT}]}),
        body({"content": ANSWER}),
        body({"content": None, "parsed": ANSWER}),
        body({"content": DRAFT + "</think>" + TEXT}),
        body({"content": TEXT, "reasoning_content": DRAFT}),
        body({"content": TEXT}, "eos"),
        body({"content": TEXT}, "some_new_reason"),
        body({"content": TEXT}, None),
        body({"content": TEXT}, usage=7),
        RawBody(b": PROCESSING\n\n: PROCESSING\n\n" + body({"content": TEXT}).body),
        RawBody(b"\n  \n" + body({"content": TEXT}).body),
        RawBody(b"\xef\xbb\xbf" + body({"content": TEXT}).body),
        RawBody(b'{"data": ' + body({"content": TEXT}).body + b"}"),
        RawBody(json.dumps({"choices": [{"text": TEXT, "finish_reason": "stop"}]}).encode()),
        events(delta(TEXT[:30]), delta(TEXT[30:]), delta(finish_reason="stop"), {"choices": [], "usage": {}}),
        events(delta(TEXT[:30]), delta(TEXT[30:], "stop"), end=""),
        events(delta(reasoning_content="Let me see."), delta(TEXT)),
        events(*STREAMED_CALLS),
        events(json.loads(body({"content": TEXT}).body)),
        RawBody(b": keep-alive\n\nevent: message\n" + events(delta(TEXT, "stop")).body, "text/event-stream"),
        RawBody(b"\n".join(json.dumps(delta(part)).encode() for part in (TEXT[:9], TEXT[9:])) + b"\n[DONE]\n"),
    ],
    ids=lambda answer: answer.body[:100].decode("latin-1"),
)
async def test_answer_is_read_where_it_stands(scripted_llm: ScriptedLlm, answer: Answer) -> None:
    """An answer in another place or form than usual is read by one call."""
    draft = await ask(scripted_llm, answer)
    assert is_good(draft)
    assert len(scripted_llm.requests) == 1


@pytest.mark.parametrize(
    "bad",
    [
        TEXT.replace('"met"', '"fully met"'),
        TEXT[:-1],
        TEXT.replace('"]', '",]'),
        json.dumps({"review": ANSWER}),
        json.dumps(ANSWER | {"code_review_comments": [{"message": "no path"}, None, ""]}),
        json.dumps(ANSWER | {"recommendations": "Add a test."}),
    ],
)
async def test_mended_answer_costs_one_call_and_is_noted(scripted_llm: ScriptedLlm, bad: str) -> None:
    """A slip with one meaning is mended without a second call, and the draft says so."""
    draft = await ask(scripted_llm, Completion(bad))
    assert is_good(draft)
    assert draft.adjustments
    assert len(scripted_llm.requests) == 1


@pytest.mark.parametrize("value", [100, 0.6, 150, None, "6/10"])
async def test_score_that_nobody_asked_for_costs_nothing(scripted_llm: ScriptedLlm, value: object) -> None:
    """A score, right, ambiguous or absurd, is not read at all: no second call, nothing to say about it."""
    draft = await ask(scripted_llm, Completion(json.dumps(ANSWER | {"overall_score": value})))
    assert is_good(draft)
    assert draft.adjustments == ()


@pytest.mark.parametrize("verdicts", [None, [], "met", [{"id": "readable", "verdict": "good"}]])
async def test_answer_without_verdicts_costs_no_repair(scripted_llm: ScriptedLlm, verdicts: object) -> None:
    """An answer that lacks verdicts is taken as it is: they count as not told."""
    draft = await ask(scripted_llm, Completion(json.dumps(ANSWER | {"verdicts": verdicts})))
    assert is_good(draft)
    assert draft.opinion.items == ()
    assert len(scripted_llm.requests) == 1


@pytest.mark.parametrize(
    ("told", "signed"),
    [
        ("/srv/models/small.gguf", "small.gguf"),
        ("C:\\models\\small.gguf", "small.gguf"),
        ("vendor/small-1b:free", "vendor/small-1b:free"),
        ("accounts/vendor/models/small", "accounts/vendor/models/small"),
        ("/", "some-model"),
    ],
)
async def test_path_on_the_endpoint_s_machine_is_no_signature(
    scripted_llm: ScriptedLlm, told: str, signed: str
) -> None:
    """Servers that name the model by its file sign reviews with the file's name; names with slashes stay whole."""
    draft = await ask(scripted_llm, body({"content": TEXT}, model=told))
    assert draft.model == signed


async def test_schema_echo_is_not_published(scripted_llm: ScriptedLlm) -> None:
    """A model that sends the schema back twice gives no review."""
    echo = Completion(json.dumps({"verdicts": [], "progress_summary": "string", "code_review_comments": []}))
    with pytest.raises(Rejected) as refused:
        await ask(scripted_llm, echo, echo)
    assert refused.value.reason is Reason.MODEL_INVALID


async def test_repair_names_the_json_error_and_its_place(scripted_llm: ScriptedLlm) -> None:
    """A syntax slip that cannot be mended is told as such, with line and column."""
    broken = json.dumps(ANSWER, indent=1).replace("The tests pass", 'The "tests" pass')
    await ask(scripted_llm, Completion(broken), GOOD)
    echoed, asked = scripted_llm.requests[1].document["messages"][-2:]
    assert echoed == {"role": "assistant", "content": broken}
    assert "line 2, column 28: a comma or a closing bracket is expected" in asked["content"]


@pytest.mark.parametrize("answer", [Completion(""), Completion(" \n"), body({"content": None})], ids=repr)
async def test_empty_turn_is_not_echoed(scripted_llm: ScriptedLlm, answer: Answer) -> None:
    """After an answer without words the request is joined to the last turn: no empty turn, no two of one role."""
    await ask(scripted_llm, answer, GOOD)
    first, second = (request.document["messages"] for request in scripted_llm.requests)
    assert [message["role"] for message in second] == ["system", "user"]
    assert second[1]["content"].startswith(first[1]["content"])
    assert "no JSON object" in second[1]["content"]


@pytest.mark.parametrize(
    "cut",
    [
        Completion("<think>" + "so " * 50, finish_reason="length"),
        Completion("", finish_reason="length"),
        body({"content": None, "reasoning_content": "so " * 50}, "length"),
        body({"content": "<think>still thinking"}, "stop"),
        body({"content": f"<think>{DRAFT}"}, "max_tokens"),
        body({"content": f"<|channel|>analysis<|message|>{DRAFT}"}, "length"),
    ],
    ids=repr,
)
async def test_answer_lost_in_thoughts_gets_more_room(scripted_llm: ScriptedLlm, cut: Answer) -> None:
    """A model whose thoughts took all the room is told not to think aloud, and gets twice the limit, not "shorter"."""
    draft = await ask(scripted_llm, cut, GOOD, limits=PromptLimits(answer_tokens_max=5000))
    assert is_good(draft)
    first, second = (request.document for request in scripted_llm.requests)
    assert (first["max_completion_tokens"], second["max_completion_tokens"]) == (5000, 10_000)
    said = second["messages"][-1]["content"]
    assert "Do not think aloud" in said
    assert "shorter" not in said
    assert "so so" not in json.dumps(second)


async def test_answer_lost_in_thoughts_again_names_the_setting(scripted_llm: ScriptedLlm) -> None:
    """Where the larger limit does not help either, the refusal names the setting."""
    cut = Completion("<think>so", finish_reason="length")
    with pytest.raises(Rejected, match="LLM_ANSWER_TOKENS_MAX"):
        await ask(scripted_llm, cut, cut)


@pytest.mark.parametrize(
    "reason",
    ["content_filter", "CONTENT_FILTER", "blacklist", "SAFETY", "PROHIBITED_CONTENT", "sensitive", "RECITATION", "SPII",
     "BLOCKLIST", "guardrail_intervened", "refusal", "IMAGE_SAFETY", "risk_control"],
)  # fmt: skip
@pytest.mark.parametrize("content", ["", None, "I cannot"])
async def test_refusing_finish_reason_is_a_refusal_at_once(
    scripted_llm: ScriptedLlm, reason: str, content: str | None
) -> None:
    """An answer that a filter ended is `model_refused`, without a second call that is paid for."""
    with pytest.raises(Rejected) as refused:
        await ask(scripted_llm, body({"content": content}, reason))
    assert refused.value.reason is Reason.MODEL_REFUSED
    assert len(scripted_llm.requests) == 1


@pytest.mark.parametrize("reason", ["insufficient_system_resource", "error", "abort", "OTHER", "some_new_reason"])
@pytest.mark.parametrize("content", ["", None, '{"progress_summary": "The te'])
async def test_failing_finish_reason_is_an_outage(scripted_llm: ScriptedLlm, reason: str, content: str | None) -> None:
    """An answer that the endpoint broke off, or a reason that nobody knows without an answer, is waited out."""
    broken = body({"content": content}, reason)
    with pytest.raises(Unavailable):
        await ask(scripted_llm, broken, broken)
    assert len(scripted_llm.requests) <= 2


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (RawBody(b"<html>Sign in</html>", "text/html"), "a page of HTML"),
        (RawBody(b"hello"), "text that is no JSON"),
        (RawBody(b"{not json"), "JSON of another form"),
        (RawBody(b'"yes"'), "JSON of another form"),
        (RawBody(b"\xff\xfe"), "text that is not UTF-8"),
        (RawBody(b""), "an empty body"),
        (RawBody(b": PROCESSING\n\n: PROCESSING\n\n"), "an empty body"),
        (events(delta(TEXT[:40]), end=""), "an event stream that breaks off"),
        (
            RawBody(b'data: {"choices": [{"delta": {"content": "{"}}]}\n\ndata: {"cho'),
            "an event stream that breaks off",
        ),
        (RawBody(b'{"choices": []}'), "JSON without a choice"),
        (body({"content": 7}), "content that is neither"),
    ],
    ids=repr,
)
async def test_unreadable_success_is_named_and_bounded(scripted_llm: ScriptedLlm, answer: RawBody, named: str) -> None:
    """A 200 that nobody can read is named; the event pays for six at most, with tiny requests in between."""
    scripted_llm.script = lambda request, _number: answer if len(request["messages"]) > 1 else Completion("OK")
    comparison = a_comparison()
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client)
        for _ in range(20):
            with pytest.raises((Unavailable, Rejected)) as ended:
                await reviewer.draft(a_question(comparison))
            assert named in str(ended.value)
            if isinstance(ended.value, Rejected):
                break
    assert isinstance(ended.value, Rejected)
    assert ended.value.reason is Reason.MODEL_INVALID
    assert len([r for r in scripted_llm.requests if len(r.document["messages"]) > 1]) <= 6


async def test_endpoint_that_nobody_can_read_refuses_no_submission(scripted_llm: ScriptedLlm) -> None:
    """Where the tiny request is not answered readably either, all events wait, and none pays for whole prompts."""
    scripted_llm.script = lambda _request, _number: RawBody(b"<html>Sign in</html>", "text/html")
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client)
        for _ in range(20):
            for student in ("a", "b"):
                with pytest.raises(Unavailable) as away:
                    await reviewer.draft(a_question(a_comparison(student_id=student)))
    assert "a page of HTML" in away.value.detail
    assert len([r for r in scripted_llm.requests if len(r.document["messages"]) > 1]) <= 2 * 4


async def test_endpoint_without_resources_refuses_no_submission(scripted_llm: ScriptedLlm) -> None:
    """Answers ended for want of resources are an outage, also where others get theirs, and are bought seldom."""
    broken = body({"content": ""}, "insufficient_system_resource")

    def script(request: Any, _number: int) -> Answer:
        if len(request["messages"]) == 1:
            return Completion("OK")
        return broken if "def main" in request["messages"][1]["content"] else GOOD

    scripted_llm.script = script
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client)
        for number in range(40):
            with pytest.raises(Unavailable):
                await reviewer.draft(a_question(a_comparison()))
            await reviewer.draft(a_question(a_comparison(student_id=f"other-{number}", sources=(), diff_info=EMPTY)))
        asked = [request.document["messages"] for request in scripted_llm.requests]
        assert len([messages for messages in asked if "def main" in str(messages)]) < 18
        scripted_llm.script = lambda request, _number: Completion("OK") if len(request["messages"]) == 1 else GOOD
        drafts = []
        for _ in range(4):
            with suppress(Unavailable):
                drafts.append(await reviewer.draft(a_question(a_comparison())))
    assert drafts


async def test_second_unreadable_answer_asks_for_time(scripted_llm: ScriptedLlm) -> None:
    """After two in one go the endpoint gets a minute: the circuit of the model opens for as long."""
    page = RawBody(b"<html>", "text/html")
    with pytest.raises(Unavailable) as away:
        await ask(scripted_llm, page, page)
    assert away.value.retry_after_s is not None
    assert away.value.retry_after_s >= 60


FOREIGN = {
    "ru": [
        "All tests pass now, and the function became much shorter than before.",
        "现在所有测试都通过了，并且函数变得更短了，请继续补充单元测试并改进命名。",
        "Тесты проходят, но функция 仍然很长 и её стоит разделить на части.",
    ],
    "en": ["Все тесты теперь проходят, и функция стала заметно короче прежней."],
}
RIGHT = {
    "ru": "Все тесты теперь проходят, и функция main стала заметно короче прежней.",
    "en": "All tests pass now, and the function main became shorter than before.",
}
CASES = [(language, summary) for language, summaries in FOREIGN.items() for summary in summaries]


def said_in(summary: str, advice: str = "") -> Completion:
    answer = {"progress_summary": summary, "recommendations": [advice] if advice else []}
    return Completion(json.dumps(answer, ensure_ascii=False))


@pytest.mark.parametrize(("language", "summary"), CASES)
async def test_foreign_review_is_asked_for_again(scripted_llm: ScriptedLlm, language: Any, summary: str) -> None:
    """A review in another language than the submission's is asked for once more, and the second one counts."""
    draft = await ask(scripted_llm, said_in(summary), said_in(RIGHT[language]), language=language)
    assert draft.opinion.summary == RIGHT[language]
    assert draft.adjustments == ()
    assert draft.usage.calls == 2


@pytest.mark.parametrize(("language", "summary"), CASES)
async def test_review_that_stays_foreign_is_noted(scripted_llm: ScriptedLlm, language: Any, summary: str) -> None:
    """A model that cannot write the language is asked twice in all; the review is published and says so."""
    draft = await ask(scripted_llm, said_in(summary, "a.py"), said_in(summary, "b.py"), language=language)
    assert draft.opinion.recommendations == ("a.py",)
    assert len(draft.adjustments) == 1
    assert len(scripted_llm.requests) == 2


async def test_outage_while_asking_for_the_language_loses_no_answer(scripted_llm: ScriptedLlm) -> None:
    """An answer that was paid for is published as it is where the endpoint goes away meanwhile."""
    draft = await ask(scripted_llm, said_in(FOREIGN["ru"][0]), language="ru")
    assert draft.opinion.summary == FOREIGN["ru"][0]
    assert len(draft.adjustments) == 1


@pytest.mark.parametrize(
    ("usage", "read"),
    [
        ({"prompt_tokens": -5, "completion_tokens": -1}, (0, 0)),
        ({"prompt_tokens": 7.0, "completion_tokens": None}, (7, 0)),
        ({"prompt_tokens": "many", "completion_tokens": True}, (0, 0)),
        ({"prompt_tokens": 10**30, "completion_tokens": 3}, (10**9, 3)),
        ({"prompt_tokens": 10**400, "completion_tokens": -(10**400)}, (10**9, 0)),
        ({"prompt_tokens": float("inf"), "completion_tokens": float("nan")}, (10**9, 0)),
        ([], (0, 0)),
    ],
)
async def test_usage_is_clamped(scripted_llm: ScriptedLlm, usage: object, read: tuple[int, int]) -> None:
    """Counts that are negative, no numbers or beyond reason do not reach the review."""
    draft = await ask(scripted_llm, body({"content": TEXT}, usage=usage))
    assert (draft.usage.prompt_tokens, draft.usage.completion_tokens) == read


async def test_huge_body_is_bounded(scripted_llm: ScriptedLlm) -> None:
    """A body of 50 MB is given up at a few, and named."""
    huge = RawBody(b" " * (50 * 1024 * 1024))
    with pytest.raises(Unavailable, match=f"more than {BODY_BYTES_MAX} bytes"):
        await ask(scripted_llm, huge, huge)


async def test_paid_calls_of_one_draft_are_bounded(scripted_llm: ScriptedLlm) -> None:
    """The worst that can be answered, invalid first and foreign then, costs three calls."""
    foreign = said_in(FOREIGN["en"][0])
    scripted_llm.script = in_turn(Completion("no"), foreign, foreign, foreign, foreign)
    async with sdk(scripted_llm) as client:
        draft = await a_reviewer(client).draft(a_question(a_comparison()))
    assert draft.usage.calls == len(scripted_llm.requests) == 3
