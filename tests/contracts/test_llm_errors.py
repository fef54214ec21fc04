"""Errors of real endpoints, and whose fault each is: an operator's is never a refusal of a student's work."""

import gzip
import json
import ssl
import sys
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from app.adapters.doctor.http_probes import probe_llm
from app.adapters.llm.configured import new_reviewer
from app.adapters.llm.dialects import PROBE_AFTER, REPETITIONS
from app.adapters.llm.reviewer import LlmReviewer
from app.config import Settings, load_settings
from app.core.reviewing.prompt.answer_schema import answer_schema
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from tests.builders.questions import a_question
from tests.builders.records import a_comparison
from tests.contracts.llm_scripts import (
    GOOD,
    TEXT,
    a_long_comparison,
    a_reviewer,
    ask,
    body,
    in_turn,
    is_control,
    is_good,
    sdk,
)
from tests.contracts.loopback_certificate import write_certificate
from tests.contracts.test_reviewer import assert_whole
from tests.fakes.answering import Answer as HttpAnswer
from tests.fakes.answering import AnsweringServer
from tests.fakes.llm_server import Answer, Completion, HttpError, RawBody, ScriptedLlm

Request = Mapping[str, Any]


def an_error(status: object, **more: Any) -> RawBody:
    return RawBody(json.dumps({"error": {"code": status, "message": "no", **more}}).encode())


def prompts(llm: ScriptedLlm) -> list[Request]:
    return [request.document for request in llm.requests if not is_control(request.document)]


# --- Whose fault a 4xx is ---


@pytest.mark.parametrize(
    "refusal",
    [
        HttpError(400, "Arrearage"),
        HttpError(400, "invalid_request_error", message="Your credit balance is too low"),
        HttpError(400, "400", message="API key not valid. Please pass a valid API key."),
        HttpError(400, "FAILED_PRECONDITION", message="User location is not supported"),
        HttpError(400, "invalid_model", param="model", message="qwen-max is not a valid model ID"),
        HttpError(400, "", message="No models loaded. Please load a model"),
        HttpError(400, "3", message="Specified folder ID does not match with service account folder ID"),
        HttpError(413, "rate_limit_exceeded", message="Request too large for model on tokens per minute"),
        HttpError(422, "unprocessable"),
        HttpError(451, "region"),
    ],
    ids=lambda error: f"{error.status} {error.code}",
)
async def test_refusal_of_everything_is_an_outage(scripted_llm: ScriptedLlm, refusal: HttpError) -> None:
    """Where the endpoint refuses even a tiny request, the account or the settings are at fault: the event waits."""
    scripted_llm.script = lambda _request, _number: refusal
    async with sdk(scripted_llm) as client:
        with pytest.raises(Unavailable) as away:
            await a_reviewer(client).draft(a_question(a_comparison()))
    assert away.value.dependency is Dependency.LLM
    assert away.value.quota_exhausted or is_control(scripted_llm.requests[-1].document)


async def test_server_s_words_are_told_cleaned(scripted_llm: ScriptedLlm) -> None:
    """What the endpoint says to the tiny request is told an operator, on one line, cut, without our key."""
    words = "Access denied for key-of-a-test:\n\x1b[31m please recharge " + "x" * 500
    scripted_llm.script = lambda request, _number: HttpError(400, "x", message=words if is_control(request) else TEXT)
    reviewer, close = reviewer_of(llm_base_url=scripted_llm.base_url, llm_model="m", openai_api_key="key-of-a-test")
    with pytest.raises(Unavailable) as away:
        await reviewer.draft(a_question(a_comparison()))
    await close()
    assert "Access denied for ***: \\x1b[31m please recharge" in away.value.detail
    assert "key-of-a-test" not in away.value.detail
    assert "progress_summary" not in away.value.detail
    assert len(away.value.detail) < 400


@pytest.mark.parametrize(
    "refusal",
    [
        HttpError(400, "context_length_exceeded"),
        HttpError(400, "invalid_request_error", message="Range of input length should be [1, 6000]"),
        HttpError(413, "rate_limit_exceeded"),
        HttpError(413, ""),
        HttpError(422, ""),
        HttpError(400, "string_above_max_length", param="messages[1].content"),
    ],
    ids=lambda error: f"{error.status} {error.code}",
)
async def test_prompt_that_is_too_long_is_shrunk_once(scripted_llm: ScriptedLlm, refusal: HttpError) -> None:
    """Where only this prompt is refused it is asked once more at a quarter of its size, and the draft says so."""

    def script(request: Request, _number: int) -> Answer:
        asked = request.get("max_completion_tokens") or request.get("max_tokens") or 0
        return refusal if len(str(request["messages"])) + 4 * asked > 38_000 else GOOD

    scripted_llm.script = script
    async with sdk(scripted_llm) as client:
        draft = await a_reviewer(client).draft(a_question(a_long_comparison()))
    assert is_good(draft)
    assert any("main.py" in note for note in draft.notes)
    assert sum(is_control(request.document) for request in scripted_llm.requests) == 1


async def test_prompt_beyond_the_context_casts_no_doubt_on_the_dialect(scripted_llm: ScriptedLlm) -> None:
    """Where llama.cpp says that the prompt is too long, the same form is asked for again, on the smaller prompt."""
    too_long = HttpError(400, "exceed_context_size_error")

    def script(request: Request, _number: int) -> Answer:
        return too_long if len(str(request["messages"])) > 38_000 else GOOD

    scripted_llm.script = script
    async with sdk(scripted_llm) as client:
        await a_reviewer(client).draft(a_question(a_long_comparison()))
    forms = [request["response_format"]["type"] for request in prompts(scripted_llm)]
    assert forms == ["json_schema", "json_schema"]


async def test_answer_s_limit_is_shrunk_with_the_prompt(scripted_llm: ScriptedLlm) -> None:
    """An endpoint that counts the answer's limit against its context takes a small prompt once that is smaller, too."""

    def script(request: Request, _number: int) -> Answer:
        too_long = request.get("max_completion_tokens", 0) > 2000
        return HttpError(400, "context_length_exceeded", param="messages") if too_long else GOOD

    scripted_llm.script = script
    async with sdk(scripted_llm) as client:
        assert_whole(await a_reviewer(client).draft(a_question(a_comparison())))


@pytest.mark.parametrize("status", [400, 413, 422, 451])
async def test_prompt_that_is_refused_small_as_well_is_refused_with_the_cure(
    scripted_llm: ScriptedLlm, status: int
) -> None:
    """A prompt that no size makes acceptable is `model_refused`, and the detail names the setting that helps."""
    scripted_llm.script = lambda request, _number: Completion("OK") if is_control(request) else HttpError(status)
    async with sdk(scripted_llm) as client:
        for comparison in (a_comparison(), a_long_comparison()):
            with pytest.raises(Rejected, match="LLM_PROMPT_TOKENS_MAX") as refused:
                await a_reviewer(client).draft(a_question(comparison))
            assert refused.value.reason is Reason.MODEL_REFUSED


async def test_tiny_request_is_tried_in_each_form(scripted_llm: ScriptedLlm) -> None:
    """A model that knows no limit of one token still shows that it answers, so that the prompt is at fault."""

    def script(request: Request, _number: int) -> Answer:
        limited = "max_tokens" in request or "max_completion_tokens" in request
        return Completion("OK") if is_control(request) and not limited else HttpError(400)

    scripted_llm.script = script
    async with sdk(scripted_llm) as client:
        with pytest.raises(Rejected):
            await a_reviewer(client).draft(a_question(a_comparison()))


@pytest.mark.parametrize(
    "code", ["content_filter", "content_policy_violation", "data_inspection_failed", "DataInspectionFailed"]
)
async def test_content_code_is_a_refusal_at_once(scripted_llm: ScriptedLlm, code: str) -> None:
    """A 400 whose code blames the content is refused at once, without a further request."""
    with pytest.raises(Rejected) as refused:
        await ask(scripted_llm, HttpError(400, code))
    assert refused.value.reason is Reason.MODEL_REFUSED
    assert len(scripted_llm.requests) == 1


# --- Errors in the clothes of a success ---


@pytest.mark.parametrize(
    ("answer", "told", "quota"),
    [
        (an_error(402), "HTTP 200 with an error: HTTP 402", True),
        (an_error("402"), "HTTP 402", True),
        (an_error("insufficient_quota"), "insufficient_quota", True),
        (an_error(403), "HTTP 403", False),
        (an_error(429), "HTTP 429", False),
        (an_error(400), "HTTP 400", False),
        (an_error(503), "HTTP 503", False),
        (body({"content": ""}, "error", error={"code": 402}), "HTTP 402", True),
        (RawBody(b'[{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}]'), "RESOURCE_EXHAUSTED", False),
        (RawBody(b'{"code": 429, "message": "slow down"}'), "HTTP 429", False),
        (RawBody(b'{"choices": [{"error": {"code": 402}, "message": {"content": ""}}]}'), "HTTP 402", True),
        (RawBody(b'data: {"error": {"code": 402}}\n\n'), "HTTP 402", True),
        (RawBody(b'{"error": "overloaded"}'), "without a status", False),
    ],
    ids=repr,
)
async def test_error_in_a_success_waits_and_tells_its_cause(
    scripted_llm: ScriptedLlm, answer: RawBody, told: str, quota: bool
) -> None:
    """A 200 that holds an error is that error: the event waits, and cause and quota are told."""
    scripted_llm.script = lambda _request, _number: answer
    async with sdk(scripted_llm) as client:
        with pytest.raises(Unavailable) as away:
            await a_reviewer(client).draft(a_question(a_comparison()))
    assert told in away.value.detail
    assert away.value.quota_exhausted == quota


async def test_error_in_a_success_may_ask_for_time(scripted_llm: ScriptedLlm) -> None:
    """A wait that stands in the error's fields is kept."""
    with pytest.raises(Unavailable) as away:
        await ask(scripted_llm, an_error(429, metadata={"retry_after": 42}))
    assert away.value.retry_after_s == 42


async def test_moderated_submission_is_a_refusal(scripted_llm: ScriptedLlm) -> None:
    """A gateway's 403 with its reasons in the body is about the content, not about the key."""
    with pytest.raises(Rejected) as refused:
        await ask(scripted_llm, an_error(403, metadata={"reasons": ["violence"]}))
    assert refused.value.reason is Reason.MODEL_REFUSED


# --- Dialects ---


def forms(llm: ScriptedLlm) -> list[str | None]:
    return [request.get("response_format", {}).get("type") for request in prompts(llm)]


@pytest.mark.parametrize("status", [400, 422])
async def test_one_passing_400_is_not_remembered(scripted_llm: ScriptedLlm, status: int) -> None:
    """An endpoint that reloads refuses one request; the next one is asked in the strictest dialect again."""
    scripted_llm.script = in_turn(HttpError(status, "json_validate_failed"), GOOD, GOOD)
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client)
        await reviewer.draft(a_question(a_comparison()))
        await reviewer.draft(a_question(a_comparison()))
    assert forms(scripted_llm) == ["json_schema", "json_object", "json_schema"]
    assert prompts(scripted_llm)[1]["max_tokens"] == 8000


async def test_schema_is_sent_once(scripted_llm: ScriptedLlm) -> None:
    """The schema stands beside the messages where the endpoint takes it there, and in the instructions elsewhere."""
    scripted_llm.script = lambda request, _number: HttpError(400) if "response_format" in request else GOOD
    async with sdk(scripted_llm) as client:
        await a_reviewer(client).draft(a_question(a_comparison()))
    strict, loose, plain = prompts(scripted_llm)
    assert strict["response_format"]["json_schema"]["schema"] == answer_schema()
    assert "additionalProperties" not in str(strict["messages"])
    for request in (loose, plain):
        system = request["messages"][0]["content"]
        assert json.loads(system[system.index('{"type":"object"') :]) == answer_schema()
        assert system.startswith(strict["messages"][0]["content"])
        assert request["messages"][1:] == strict["messages"][1:]


async def test_dialect_is_remembered_after_repetition(scripted_llm: ScriptedLlm) -> None:
    """An endpoint that refuses a form again and again is asked in the next one at once, still with a token limit."""
    scripted_llm.script = lambda request, _number: HttpError(400) if "response_format" in request else GOOD
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client)
        for _ in range(REPETITIONS + 1):
            await reviewer.draft(a_question(a_comparison()))
    assert forms(scripted_llm) == ["json_schema", "json_object", None] * REPETITIONS + [None]
    assert prompts(scripted_llm)[-1]["max_tokens"] == 8000


@pytest.mark.parametrize(
    ("param", "known", "next_form", "next_limit"),
    [
        ("response_format", lambda r: r.get("response_format", {}).get("type") != "json_schema", "json_object",
         "max_completion_tokens"),
        ("max_completion_tokens", lambda r: "max_completion_tokens" not in r, "json_schema", "max_tokens"),
    ],
)  # fmt: skip
async def test_named_field_is_remembered_at_once(
    scripted_llm: ScriptedLlm, param: str, known: Any, next_form: str, next_limit: str
) -> None:
    """Where the error names the field, that field alone is asked for otherwise, from then on."""
    scripted_llm.script = lambda request, _number: (
        GOOD if known(request) else HttpError(400, "unsupported", param=param)
    )
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client)
        await reviewer.draft(a_question(a_comparison()))
        await reviewer.draft(a_question(a_comparison()))
    assert forms(scripted_llm) == ["json_schema", next_form, next_form]
    assert next_limit in prompts(scripted_llm)[-1]


async def test_strictest_dialect_is_tried_again(scripted_llm: ScriptedLlm) -> None:
    """A weaker dialect is not for good: after a while the strictest is asked once more, and stays if it is taken."""
    old = True
    scripted_llm.script = lambda request, _number: (
        HttpError(400, "x", param="response_format") if old and "response_format" in request else GOOD
    )
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client, count_tokens=lambda text: len(text) // 4)
        for _ in range(PROBE_AFTER):
            await reviewer.draft(a_question(a_comparison()))
        old = False
        await reviewer.draft(a_question(a_comparison()))
        for _ in range(3):
            await reviewer.draft(a_question(a_comparison()))
    assert forms(scripted_llm)[-2:] == ["json_schema", "json_schema"]


async def test_refused_larger_limit_teaches_nothing(scripted_llm: ScriptedLlm) -> None:
    """A model that refuses the doubled limit of a repair keeps its usual one for later calls."""

    def script(request: Request, number: int) -> Answer:
        if request.get("max_completion_tokens", 0) > 8000:
            return HttpError(400, "invalid_value", param="max_completion_tokens")
        return Completion("", finish_reason="length") if number == 0 else GOOD

    scripted_llm.script = script
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client)
        await reviewer.draft(a_question(a_comparison()))
        await reviewer.draft(a_question(a_comparison()))
    assert prompts(scripted_llm)[-1]["max_completion_tokens"] == 8000


# --- The way to the endpoint ---


def settings_for(**overrides: Any) -> Settings:
    return load_settings(env_file=None, **({"llm_max_retries": 0} | overrides))


def reviewer_of(**overrides: Any) -> tuple[LlmReviewer, Any]:
    """The reviewer as the worker builds it, and what closes it."""
    closing: list[Any] = []
    reviewer = new_reviewer(settings_for(**overrides), closing.append)
    assert isinstance(reviewer, LlmReviewer)
    return reviewer, closing[0]


@pytest.fixture
async def server() -> AsyncIterator[AnsweringServer]:
    server = AnsweringServer()
    await server.start()
    yield server
    await server.stop()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(server: AnsweringServer, scripted_llm: ScriptedLlm, status: int) -> None:
    """A prompt holds a student's work: it goes to the configured host and to no other; `doctor` says the same."""
    server.otherwise = HttpAnswer(status, headers={"Location": f"{scripted_llm.base_url}/chat/completions"})
    scripted_llm.script = lambda _request, _number: GOOD
    reviewer, close = reviewer_of(llm_base_url=f"{server.url}/v1", llm_model="m")
    with pytest.raises(Unavailable, match="redirects are not followed"):
        await reviewer.draft(a_question(a_comparison()))
    await close()
    assert scripted_llm.requests == []
    probe = await probe_llm(5, settings_for(llm_base_url=f"{server.url}/v1", llm_model="m"))
    assert not probe.ok
    assert "redirects are not followed" in probe.cause
    assert "LLM_BASE_URL" in str(probe.cure)


@pytest.mark.parametrize("status", [200, 500])
async def test_huge_body_is_bounded_whatever_its_status(server: AnsweringServer, status: int) -> None:
    """A body of 50 MB, of an error too, is given up while it is read."""
    server.otherwise = HttpAnswer(status, b"x" * (50 * 1024 * 1024))
    reviewer, close = reviewer_of(llm_base_url=f"{server.url}/v1", llm_model="m")
    with pytest.raises(Unavailable):
        await reviewer.draft(a_question(a_comparison()))
    await close()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip, gzip", "identity, GZIP", "br"])
@pytest.mark.parametrize(
    ("status", "told"), [(200, "BodyPacked"), (401, "HTTP 401"), (429, "HTTP 429"), (500, "HTTP 500")]
)
async def test_a_body_that_is_not_packed_as_it_says_is_an_outage(
    server: AnsweringServer, status: int, told: str, encoding: str
) -> None:
    """Of an error its status is taken, and any other answer is none."""
    server.otherwise = HttpAnswer(status, b"not packed", headers={"Content-Encoding": encoding})
    reviewer, close = reviewer_of(llm_base_url=f"{server.url}/v1", llm_model="m")
    with pytest.raises(Unavailable, match=told):
        await reviewer.draft(a_question(a_comparison()))
    await close()


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_a_proxy_that_packs_unasked_is_understood(
    server: AnsweringServer, pack: Callable[[bytes], bytes]
) -> None:
    """An error keeps its words: they tell a quota that is used up from calls that come too fast."""
    encoding = "gzip" if pack is gzip.compress else "deflate"
    said = b'{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}'
    server.otherwise = HttpAnswer(429, pack(said), headers={"Content-Encoding": encoding})
    reviewer, close = reviewer_of(llm_base_url=f"{server.url}/v1", llm_model="m")
    with pytest.raises(Unavailable, match="the quota is used up"):
        await reviewer.draft(a_question(a_comparison()))
    await close()


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("status", "told"), [(200, "BodyPacked|BodyTooLarge"), (500, "HTTP 500|BodyTooLarge")])
async def test_a_body_that_grows_a_thousandfold_is_not_unpacked(
    server: AnsweringServer, status: int, told: str, layers: int
) -> None:
    """A few hundred bytes may be gigabytes: no more of them is unpacked than any body may have."""
    body = bytes(60_000_000)
    for _ in range(layers):
        body = gzip.compress(body)
    server.otherwise = HttpAnswer(status, body, headers={"Content-Encoding": ", ".join(["gzip"] * layers)})
    reviewer, close = reviewer_of(llm_base_url=f"{server.url}/v1", llm_model="m")
    tracemalloc.start()
    try:
        with pytest.raises(Unavailable, match=told):
            await reviewer.draft(a_question(a_comparison()))
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    await close()


async def test_sdk_s_own_variables_are_not_used(
    server: AnsweringServer, scripted_llm: ScriptedLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the address nor the organisation, project, key of an administrator or headers come from `OPENAI_…`."""
    for name, value in {
        "OPENAI_BASE_URL": f"{server.url}/v1",
        "OPENAI_ORG_ID": "stray-org",
        "OPENAI_PROJECT_ID": "stray-project",
        "OPENAI_ADMIN_KEY": "stray-admin",
        "OPENAI_CUSTOM_HEADERS": "X-Stray: stray-header",
    }.items():
        monkeypatch.setenv(name, value)
    scripted_llm.script = lambda _request, _number: GOOD
    reviewer, close = reviewer_of(llm_base_url=scripted_llm.base_url, llm_model="m", openai_api_key="k")
    await reviewer.draft(a_question(a_comparison()))
    await close()
    assert server.asked == []
    assert scripted_llm.requests[0].headers["Authorization"] == "Bearer k"
    assert "stray" not in repr(scripted_llm.requests[0].headers)
    closing: list[Any] = []
    openai_s_own = new_reviewer(settings_for(llm_model="m", openai_api_key="k"), closing.append)
    assert isinstance(openai_s_own, LlmReviewer)
    assert str(closing[0].__self__.base_url) == "https://api.openai.com/v1/"
    await closing[0]()


async def test_untrusted_certificate_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A private authority is told as such, with the variable that names it; with it the endpoint is asked."""
    certificate, key = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    runner = web.AppRunner(web.Application())
    runner.app.router.add_post("/v1/chat/completions", secure_answer)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    settings = {"llm_base_url": f"https://127.0.0.1:{port}/v1", "llm_model": "m"}
    reviewer, close = reviewer_of(**settings)
    with pytest.raises(Unavailable, match=r"TLS certificate is not trusted.*SSL_CERT_FILE"):
        await reviewer.draft(a_question(a_comparison()))
    await close()
    probe = await probe_llm(5, settings_for(**settings))
    assert "TLS certificate is not trusted" in probe.cause
    assert "SSL_CERT_FILE" in str(probe.cure)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    reviewer, close = reviewer_of(**settings)
    assert is_good(await reviewer.draft(a_question(a_comparison())))
    await close()
    await runner.cleanup()


async def secure_answer(_request: web.Request) -> web.Response:
    return web.Response(body=body({"content": TEXT}).body, content_type="application/json")


async def test_proxy_is_used_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is asked through `HTTP_PROXY`; a proxy that refuses is told from an endpoint that does."""
    proxy = AnsweringServer()
    await proxy.start()
    proxy.otherwise = HttpAnswer(200, body({"content": TEXT}).body)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    reviewer, close = reviewer_of(llm_base_url="http://endpoint.invalid/v1", llm_model="m")
    assert is_good(await reviewer.draft(a_question(a_comparison())))
    await close()
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    proxy.otherwise = HttpAnswer(403)
    reviewer, close = reviewer_of(llm_base_url="https://endpoint.invalid/v1", llm_model="m")
    with pytest.raises(Unavailable, match="HTTPS_PROXY"):
        await reviewer.draft(a_question(a_comparison()))
    await close()
    await proxy.stop()


async def test_endpoint_on_this_machine_is_never_proxied(
    scripted_llm: ScriptedLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model on loopback is asked directly, whatever the proxy."""
    scripted_llm.script = lambda _request, _number: GOOD
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:3128")
    reviewer, close = reviewer_of(llm_base_url=scripted_llm.base_url, llm_model="m")
    assert is_good(await reviewer.draft(a_question(a_comparison())))
    await close()


async def test_proxy_that_cannot_be_used_refuses_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that is none ends the start by the variable's name, without its password; `doctor` says the same."""
    monkeypatch.setenv("HTTPS_PROXY", "ftp://u:hunter2@proxy")
    with pytest.raises(StartRefused, match="HTTPS_PROXY") as caught:
        reviewer_of(llm_base_url="https://endpoint.invalid/v1", llm_model="m")
    assert "hunter2" not in str(caught.value)
    probe = await probe_llm(5, settings_for(llm_base_url="https://endpoint.invalid/v1", llm_model="m"))
    assert (probe.ok, "HTTPS_PROXY" in probe.cause, "hunter2" in probe.cause) == (False, True, False)


# --- Keys that live half an hour ---


async def test_key_file_is_read_again_after_a_401(scripted_llm: ScriptedLlm, tmp_path: Path) -> None:
    """A key that a file holds may change: after a 401 the new one is used at once, for the same event."""
    file = tmp_path / "key"
    file.write_text("first\n")
    valid = "first"

    def script(_request: Request, number: int) -> Answer:
        given = scripted_llm.requests[number].headers["Authorization"]
        return GOOD if given == f"Bearer {valid}" else HttpError(401, "token_expired")

    scripted_llm.script = script
    reviewer, close = reviewer_of(llm_base_url=scripted_llm.base_url, llm_model="m", llm_api_key_file=str(file))
    await reviewer.draft(a_question(a_comparison()))
    file.write_text("second\n")
    valid = "second"
    assert_whole(await reviewer.draft(a_question(a_comparison())))
    assert len(scripted_llm.requests) == 3
    valid = "third"
    with pytest.raises(Unavailable, match="401"):
        await reviewer.draft(a_question(a_comparison()))
    await close()


async def test_key_command_is_run_again_after_a_401(scripted_llm: ScriptedLlm, tmp_path: Path) -> None:
    """A command that prints the key is run when one is needed and after a 401, not for each call."""
    runs = tmp_path / "runs"
    program = tmp_path / "key.py"
    program.write_text(
        f"from pathlib import Path\nruns = Path({str(runs)!r})\n"
        "past = runs.read_text() if runs.exists() else ''\nruns.write_text(past + 'x')\nprint(f'k{len(past) + 1}')\n"
    )
    valid = "k1"

    def script(_request: Request, number: int) -> Answer:
        given = scripted_llm.requests[number].headers["Authorization"]
        return GOOD if given == f"Bearer {valid}" else HttpError(401, "token_expired")

    scripted_llm.script = script
    command = f"{sys.executable} '{program}'"
    reviewer, close = reviewer_of(llm_base_url=scripted_llm.base_url, llm_model="m", llm_api_key_command=command)
    await reviewer.draft(a_question(a_comparison()))
    await reviewer.draft(a_question(a_comparison()))
    assert runs.read_text() == "x"
    valid = "k2"
    await reviewer.draft(a_question(a_comparison()))
    await close()
    assert runs.read_text() == "xx"


@pytest.mark.parametrize(
    "given",
    [
        {"llm_api_key_file": "/nowhere/key"},
        {"llm_api_key_command": "/nowhere/program"},
        {"llm_api_key_command": "false"},
        {"llm_api_key_command": "true"},
        {"llm_api_key_command": "printf 'a\\nb'"},
    ],
    ids=repr,
)
async def test_key_that_cannot_be_had_is_an_outage(scripted_llm: ScriptedLlm, given: dict[str, str]) -> None:
    """A missing file or a failing command refuses no event, and `doctor` names the setting."""
    named = next(iter(given)).upper()
    reviewer, close = reviewer_of(llm_base_url=scripted_llm.base_url, llm_model="m", **given)
    with pytest.raises(Unavailable, match=named):
        await reviewer.draft(a_question(a_comparison()))
    await close()
    probe = await probe_llm(5, settings_for(llm_base_url=scripted_llm.base_url, llm_model="m", **given))
    assert not probe.ok
    assert named in probe.cause


@pytest.mark.parametrize(
    "given",
    [
        {"openai_api_key": "k", "llm_api_key_file": "f"},
        {"openai_api_key": "k", "llm_api_key_command": "c"},
        {"llm_api_key_file": "f", "llm_api_key_command": "c"},
        {"llm_api_key_command": "program 'not closed"},
        {"llm_api_key_file": "f", "llm_model": None},
    ],
    ids=repr,
)
def test_key_settings_that_contradict_are_refused_at_the_start(given: dict[str, str | None]) -> None:
    """One place gives the key, a command can be split into words, and a key needs a model."""
    with pytest.raises(StartRefused):
        settings_for(**{key: value for key, value in ({"llm_model": "m"} | given).items() if value is not None})
