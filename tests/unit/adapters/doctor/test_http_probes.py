"""What `doctor` says of the review API and the language model, from servers that are right, wrong and away."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.adapters.doctor.http_probes import probe_llm, probe_review_api
from app.adapters.doctor.probing import Probe
from app.config import Settings, load_settings
from app.embedded.platform.review_api import RecordingApi
from tests.fakes.answering import Answer, AnsweringServer
from tests.fakes.llm_server import Completion, HttpError, RawBody, ScriptedLlm

NOWHERE = "127.0.0.1:1"
COMPLETION = orjson.dumps(
    {
        "id": "c",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "length"}],
    }
)


def settings_for(**overrides: Any) -> Settings:
    return load_settings(env_file=None, **overrides)


@pytest.fixture
async def server() -> AsyncIterator[AnsweringServer]:
    server = AnsweringServer()
    await server.start()
    yield server
    await server.stop()


async def ask_api(server: AnsweringServer, **overrides: Any) -> Probe:
    return await probe_review_api(5, settings_for(external_api_url=f"{server.url}/reviews", **overrides))


async def ask_llm(server: AnsweringServer, path: str = "/v1", **overrides: Any) -> Probe:
    return await probe_llm(5, settings_for(llm_base_url=f"{server.url}{path}", **{"llm_model": "m"} | overrides))


@pytest.mark.parametrize(
    ("status", "ok"),
    [
        *((status, True) for status in (200, 204, 400, 405, 415, 422, 429, 501)),
        *((status, False) for status in (301, 307, 401, 403, 404, 407, 410, 500, 502, 503)),
    ],
)
async def test_review_api_is_judged_by_its_status(server: AnsweringServer, status: int, ok: bool) -> None:
    """A path that does not know HEAD will do; nothing there, a redirect, a refused key or a failing server will not."""
    server.otherwise = Answer(status, headers={"Location": "/elsewhere"} if status < 400 else {})
    probe = await ask_api(server)
    assert (probe.ok, probe.detail["status"]) == (ok, status)
    assert (probe.cure is None) == ok


async def test_nothing_at_the_path_is_told_before_reviews_wait(server: AnsweringServer) -> None:
    """404 is not ok: each review would wait."""
    server.otherwise = Answer(404)
    probe = await ask_api(server)
    assert probe.cause == "HTTP 404: there is nothing at this path"
    assert "check EXTERNAL_API_URL's path" in str(probe.cure)
    assert "reviews wait" in str(probe.cure)


async def test_a_path_that_hides_from_head_is_found_by_options(server: AnsweringServer) -> None:
    """Where HEAD is answered 404 though POST is taken there, `Allow` of OPTIONS tells, and nothing is posted."""
    server.answers = {
        "HEAD /reviews": Answer(404),
        "OPTIONS /reviews": Answer(200, headers={"Allow": "OPTIONS, post"}),
    }
    assert (await ask_api(server)).ok
    assert server.asked == ["HEAD /reviews", "OPTIONS /reviews"]
    server.answers["OPTIONS /reviews"] = Answer(200, headers={"Allow": "GET"})
    assert not (await ask_api(server)).ok


async def test_a_path_that_does_not_take_post_is_not_ok(server: AnsweringServer) -> None:
    """405 with an `Allow` that does not name POST is no review API; only methods are repeated of that header."""
    server.otherwise = Answer(405, headers={"Allow": "GET, HEAD, [2J"})
    probe = await ask_api(server)
    assert (probe.ok, probe.cause) == (False, "HTTP 405: only GET, HEAD at this path, not POST")
    server.otherwise = Answer(405, headers={"Allow": "POST"})
    assert (await ask_api(server)).ok


async def test_review_api_is_asked_without_a_change(server: AnsweringServer) -> None:
    """The probe is a HEAD request under the configured key."""
    await ask_api(server, external_api_key="k")
    assert server.asked == ["HEAD /reviews"]
    assert server.headers[0]["Authorization"] == "Bearer k"


async def test_probing_the_platform_delivers_nothing(recording_api: RecordingApi) -> None:
    """The embedded platform, probed, has received no review; under another path there is nothing."""
    settings = settings_for(external_api_url=recording_api.url, external_api_key=recording_api.api_key)
    assert (await probe_review_api(5, settings)).ok
    assert (recording_api.deliveries, recording_api.notifications) == ([], [])
    assert not (await probe_review_api(5, settings_for(external_api_url=f"{recording_api.base_url}/review"))).ok


async def test_review_api_that_is_away_has_a_cure() -> None:
    """An address where nobody listens is not ok."""
    probe = await probe_review_api(5, settings_for(external_api_url=f"http://{NOWHERE}/reviews"))
    assert not probe.ok
    assert "EXTERNAL_API_URL" in str(probe.cure)


async def test_parts_that_are_not_configured_are_ok() -> None:
    """Neither a review API nor a language model is needed."""
    settings = settings_for()
    api, llm = await probe_review_api(5, settings), await probe_llm(5, settings)
    assert (api.ok, llm.ok) == (True, True)
    assert "not configured" in api.cause
    assert "offline-rules is used" in llm.cause


async def test_slow_part_ends_with_the_time_limit(server: AnsweringServer) -> None:
    """A part that does not answer in time is not ok, and the probe says after how long."""
    server.delay_s = 5.0
    started = time.monotonic()
    probe = await probe_review_api(0.2, settings_for(external_api_url=server.url))
    assert (probe.ok, probe.cause) == (False, "no answer within 0.2 s")
    assert time.monotonic() - started < 2


async def test_a_listed_model_is_asked_nothing(scripted_llm: ScriptedLlm) -> None:
    """Where the list names the model, no completion is asked for."""
    settings = settings_for(llm_base_url=scripted_llm.base_url, llm_model=scripted_llm.model)
    probe = await probe_llm(5, settings)
    assert (probe.ok, probe.detail["listed"], probe.cause) == (True, True, "answers; scripted is among its 1 models")
    assert scripted_llm.requests == []


async def test_a_model_that_is_not_listed_is_asked_for_one_token(scripted_llm: ScriptedLlm) -> None:
    """An answer to one tiny completion makes an unlisted model ok."""
    scripted_llm.script = lambda _request, _number: Completion("OK", finish_reason="length")
    probe = await probe_llm(5, settings_for(llm_base_url=scripted_llm.base_url, llm_model="another"))
    assert probe.ok
    assert probe.cause == "answers; another is not among its 1 models, and completes with it"
    (request,) = scripted_llm.requests
    assert (request.document["model"], request.document["max_tokens"]) == ("another", 1)


async def test_a_misspelt_model_is_told_in_the_servers_words(scripted_llm: ScriptedLlm) -> None:
    """A model that neither is listed nor answers is not ok; the cure names those that are listed."""
    scripted_llm.script = lambda _request, _number: HttpError(404, "model_not_found")
    probe = await probe_llm(5, settings_for(llm_base_url=scripted_llm.base_url, llm_model="scirpted"))
    assert not probe.ok
    assert probe.cause == "scirpted is not among its 1 models; a completion: HTTP 404: scripted failure"
    assert probe.cure == "check LLM_MODEL; listed are scripted"


async def test_newer_models_name_the_limit_otherwise(scripted_llm: ScriptedLlm) -> None:
    """A 400 about `max_tokens` is followed by one question with `max_completion_tokens`."""
    scripted_llm.script = lambda request, _number: HttpError(400) if "max_tokens" in request else Completion("OK")
    assert (await probe_llm(5, settings_for(llm_base_url=scripted_llm.base_url, llm_model="another"))).ok
    assert [r.document.get("max_completion_tokens") for r in scripted_llm.requests] == [None, 1]


async def test_a_base_url_without_its_version_is_not_ok(server: AnsweringServer) -> None:
    """404 to both questions blames LLM_BASE_URL, with what the server said on one line, cut."""
    server.otherwise = Answer(404, b"404 page\r\nnot found\x1b[2J" + b" x" * 1000, "text/plain")
    probe = await ask_llm(server, path="")
    assert not probe.ok
    assert probe.cause.startswith("it lists no models (HTTP 404); a completion: HTTP 404: 404 page not found\\x1b[2J x")
    assert len(probe.cause) < 300
    assert probe.cure == "check LLM_BASE_URL, which ends in /v1 with most endpoints, and LLM_MODEL"
    assert server.asked == ["GET /models", "POST /chat/completions"]


@pytest.mark.parametrize("status", [403, 404, 405, 501])
async def test_an_endpoint_without_a_list_is_ok_if_it_completes(server: AnsweringServer, status: int) -> None:
    """An endpoint that has no list, or none for this key, is judged by its completion."""
    server.otherwise = Answer(200, COMPLETION)
    server.answers = {"GET /v1/models": Answer(status)}
    probe = await ask_llm(server)
    assert (probe.ok, probe.cause) == (True, f"answers; it lists no models (HTTP {status}), and completes with it")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<!doctype html><title>Welcome</title>", "text/html"),
        (b"[]", "application/json"),
        (b'{"error": "no such route"}', "application/json"),
        (b'"yes"', "application/json"),
        (b"{", "application/json"),
        (b"", "application/json"),
        (b'{"data": "m"}', "application/json"),
        (b'{"choices": [1]}', "application/json"),
    ],
)
async def test_what_is_no_endpoint_is_said_to_be_none(server: AnsweringServer, body: bytes, content_type: str) -> None:
    """A 200 that is another program's is not ok, and blames the address."""
    server.otherwise = Answer(200, body, content_type)
    probe = await ask_llm(server)
    assert not probe.ok
    assert "answers, but not as an OpenAI-compatible endpoint" in probe.cause
    assert "check LLM_BASE_URL" in str(probe.cure)


async def test_a_page_for_a_list_and_nothing_else_is_no_endpoint(server: AnsweringServer) -> None:
    """A web site that answers GET with pages and knows no completions blames the address, whatever else it says."""
    server.otherwise = Answer(200, b"<html>", "text/html")
    server.answers = {"POST /v1/chat/completions": Answer(405)}
    probe = await ask_llm(server)
    assert not probe.ok
    assert "answers, but not as an OpenAI-compatible endpoint" in probe.cause
    assert "check LLM_BASE_URL" in str(probe.cure)


@pytest.mark.parametrize("body", [b'[{"id": "m"}]', b'{"data": [{"id": "m"}, {"id": 7}, null]}'])
async def test_lists_of_other_forms_are_read(server: AnsweringServer, body: bytes) -> None:
    """A bare list names models too, and an entry that is none is passed over."""
    server.answers = {"GET /v1/models": Answer(200, body)}
    assert (await ask_llm(server)).detail["listed"]
    assert server.asked == ["GET /v1/models"]


@pytest.mark.parametrize("body", [b'{"object": "list", "data": null}', b'{"data": []}'])
async def test_an_empty_list_is_no_fault(server: AnsweringServer, body: bytes) -> None:
    """An endpoint that lists nothing yet is asked for a completion."""
    server.otherwise = Answer(200, COMPLETION)
    server.answers = {"GET /v1/models": Answer(200, body)}
    assert (await ask_llm(server)).cause == "answers; m is not among its 0 models, and completes with it"


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_llm_is_judged_by_its_status(server: AnsweringServer, status: int) -> None:
    """A refused key, a used-up limit and a server's error are not ok, and the key is not shown."""
    server.otherwise = Answer(status, b'{"error": {"message": "bad key private-key"}}')
    probe = await ask_llm(server, openai_api_key="private-key")
    assert not probe.ok
    assert probe.cure
    assert "private-key" not in repr(probe)


async def test_what_a_server_says_holds_no_secret(server: AnsweringServer) -> None:
    """The server's words are shown without our secrets and without what acts on a terminal."""
    server.otherwise = Answer(400, orjson.dumps({"error": {"message": "no \x1b[31m model\nprivate-key \u202e"}}))
    server.answers = {"GET /v1/models": Answer(200, b'{"data": [{"id": "a\\u001b[2J"}]}')}
    probe = await ask_llm(server, openai_api_key="private-key")
    assert probe.cause.endswith("HTTP 400: no \\x1b[31m model *** \\u202e")
    assert probe.cure == "check LLM_MODEL; listed are a\\x1b[2J"


async def test_a_hanging_completion_ends_with_the_time_limit(scripted_llm: ScriptedLlm) -> None:
    """A model that does not answer in the probe's time is not ok."""
    scripted_llm.script = lambda _request, _number: Completion("OK", delay_s=30)
    started = time.monotonic()
    probe = await probe_llm(0.5, settings_for(llm_base_url=scripted_llm.base_url, llm_model="another"))
    assert (probe.ok, probe.cause) == (False, "no answer within 0.5 s")
    assert time.monotonic() - started < 3


async def test_llm_that_is_away_is_not_ok() -> None:
    """An endpoint where nobody listens is not ok, asked once."""
    probe = await probe_llm(5, settings_for(llm_base_url=f"http://{NOWHERE}/v1", llm_model="m"))
    assert (probe.ok, probe.cause) == (False, "no answer: APIConnectionError")


async def test_a_completion_that_breaks_off_is_not_ok(scripted_llm: ScriptedLlm) -> None:
    """A body that is cut in the middle is no completion."""
    scripted_llm.script = lambda _request, _number: RawBody(b'{"choices": [{"message": {"ro')
    probe = await probe_llm(5, settings_for(llm_base_url=scripted_llm.base_url, llm_model="another"))
    assert not probe.ok
    assert "OpenAI-compatible" in probe.cause


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error": {"code": 402, "message": "top up, private-key"}}', "HTTP 200 with an error 402: top up, ***"),
        (b'[{"error": {"code": 403, "message": "wrong region"}}]', "HTTP 200 with an error 403: wrong region"),
        (b'data: {"choi', "no completion but an event stream"),
        (b"<html>", "no completion but a page of HTML"),
    ],
)
async def test_a_success_that_is_none_is_told(server: AnsweringServer, body: bytes, told: str) -> None:
    """An error in the clothes of a success is told with its status and words, other bodies by what they look like."""
    server.answers = {"GET /v1/models": Answer(404)}
    server.otherwise = Answer(200, body)
    probe = await ask_llm(server, openai_api_key="private-key")
    assert not probe.ok
    assert told in probe.cause
    assert probe.cure


async def test_keep_alive_lines_before_the_completion_are_well(server: AnsweringServer) -> None:
    """What the worker can read is no fault for `doctor`."""
    server.answers = {"GET /v1/models": Answer(404)}
    server.otherwise = Answer(200, b": PROCESSING\n\n" + COMPLETION)
    assert (await ask_llm(server)).ok


async def test_doctor_reads_the_key_as_the_worker_does(server: AnsweringServer, tmp_path: Path) -> None:
    """The key comes from its file, and what the server repeats of it is masked."""
    file = tmp_path / "key"
    file.write_text("key-of-a-file\n")
    server.otherwise = Answer(400, b'{"error": {"message": "no such key: key-of-a-file"}}')
    probe = await ask_llm(server, llm_api_key_file=str(file))
    assert server.headers[0]["Authorization"] == "Bearer key-of-a-file"
    assert "no such key: ***" in probe.cause


async def test_a_fallback_model_that_would_not_stand_in_is_a_warning() -> None:
    """Those that are neither listed nor answer are named; nothing is broken yet."""
    llm = ScriptedLlm(
        lambda request, _number: HttpError(404, "no") if request["model"] == "gone" else Completion("OK"), model="m"
    )
    await llm.start()
    settings = settings_for(llm_base_url=llm.base_url, llm_model="m", llm_fallback_models="unlisted,gone")
    probe = await probe_llm(5, settings)
    whole = await probe_llm(5, settings_for(llm_base_url=llm.base_url, llm_model="m", llm_fallback_models="unlisted"))
    await llm.stop()
    assert (probe.ok, probe.cause) == (True, "answers; m is among its 1 models; gone would not stand in")
    assert probe.cure == "check LLM_FALLBACK_MODELS against what the endpoint serves"
    assert (whole.ok, whole.cure) == (True, None)
