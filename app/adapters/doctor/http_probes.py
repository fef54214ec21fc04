"""The probes of what is called over HTTP: the platform's review API and the language model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import openai
import orjson

from app.adapters.doctor.probing import Probe, probing
from app.adapters.http.client import new_http_client
from app.adapters.http.errors import NOTHING_THERE, no_answer
from app.adapters.http.review_api import bearer
from app.adapters.llm.client import new_client
from app.adapters.llm.control import cleaner_for, control_requests, server_words
from app.adapters.llm.errors import no_connection
from app.adapters.llm.key import KeySource, key_source
from app.adapters.llm.reading import ErrorInSuccess, UnreadableAnswer, read_completion
from app.config import Settings

_API: Final = "review API"
_API_CURE: Final = "check EXTERNAL_API_URL, and that the platform is up"
_PATH_CURE: Final = "check EXTERNAL_API_URL's path: reviews wait until something is there"
_KEY_REFUSED: Final = frozenset({401, 403, 407})


@probing(_API, _API_CURE)
async def probe_review_api(settings: Settings) -> Probe:
    """Whether a POST would be taken at the review API's address, asked without one, so that nothing changes there.

    A HEAD request; a path that takes POST alone need not know that method, so 405 and 501 are well. Some frameworks
    answer it 404: then OPTIONS is asked, and nothing is at the path unless its `Allow` names POST. Redirects are not
    followed when a review is delivered, so they fail here. Other answers of a server that lives will do.
    """
    if settings.external_api_url is None:
        return Probe(_API, ok=True, cause="not configured: reviews are not delivered to an API")
    url, headers = settings.external_api_url.get_secret_value(), bearer(settings.external_api_key)
    async with new_http_client() as client:
        try:
            answer = await client.head(url, headers=headers)
            allowing = answer
            if answer.status_code in NOTHING_THERE:
                allowing = await client.options(url, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            return Probe(_API, ok=False, cause=no_answer(exc), cure=_API_CURE)
    status, allowed = answer.status_code, _allowed(allowing)
    cause, cure = _judge_api(status, allowed)
    return Probe(_API, ok=cure is None, cause=cause, cure=cure, detail={"status": status})


def _judge_api(status: int, allowed: frozenset[str]) -> tuple[str, str | None]:
    """What to say of the answer, and the cure if it will not do. `allowed`: the methods of `Allow`, if there is one."""
    if status in _KEY_REFUSED:
        cure = "set EXTERNAL_API_KEY; and check EXTERNAL_API_URL, for some gateways answer so to a wrong path"
        return f"HTTP {status}: the key is refused", cure
    if status in NOTHING_THERE and "POST" not in allowed:
        return f"HTTP {status}: there is nothing at this path", _PATH_CURE
    if status == 405 and allowed and "POST" not in allowed:
        return f"HTTP 405: only {', '.join(sorted(allowed))} at this path, not POST", "check EXTERNAL_API_URL's path"
    if 300 <= status < 400:
        cause = f"HTTP {status}: redirects are not followed when a review is delivered"
        return cause, "set EXTERNAL_API_URL to the address that is meant"
    if status >= 500 and status != 501:
        return f"HTTP {status}", "look at the platform's own logs"
    return f"answers (HTTP {status})", None


def _allowed(response: httpx.Response) -> frozenset[str]:
    """The known methods in `Allow`: what a server may write there besides is not repeated."""
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return frozenset(name.strip().upper() for name in response.headers.get("allow", "").split(",")) & known


_LLM_CURE: Final = "check LLM_BASE_URL, and that the endpoint is up; a model that is loaded on demand may need a minute"
_ADDRESS_CURE: Final = "check LLM_BASE_URL, which ends in /v1 with most endpoints"
_NOT_COMPATIBLE: Final = "answers, but not as an OpenAI-compatible endpoint"
_NO_LIST: Final = frozenset({403, 404, 405, 501})
"""Answers to `GET /models` of endpoints that may serve completions: they have no list, or none for this key."""
_LIMITED: Final = frozenset({402, 429})
_LOGS_CURE: Final = "look at the endpoint's own logs"
_NAMES_SHOWN: Final = 5
_UNANSWERED_CURES: Final = {
    "tls": "set SSL_CERT_FILE to the authority's certificate, PEM, or check that LLM_BASE_URL is https",
    "proxy": "check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY",
    "other": _LLM_CURE,
}


@dataclass(frozen=True, slots=True)
class _Listed:
    """What `GET /models` gave, in words; the names in it, if any; whether it was what the endpoint should send."""

    seen: str
    names: tuple[str, ...] = ()
    well_formed: bool = True


@probing("llm", _LLM_CURE)
async def probe_llm(settings: Settings) -> Probe:
    """Whether the model can be asked: its endpoint lists it, or answers it.

    Endpoints may have no list of models, or leave some out. Where `GET /models` does not name the model it is asked
    for a completion of one token, which costs about ten tokens of prompt and one of answer, and what comes decides.
    """
    if not settings.llm_configured:
        return Probe("llm", ok=True, cause="not configured: offline-rules is used", detail={"model": "offline-rules"})
    key = key_source(settings)
    await key.current()
    async with new_client(settings, key) as client:
        return await _Question(client, settings, key).ask()


class _Question:
    """One look at an endpoint."""

    def __init__(self, client: openai.AsyncOpenAI, settings: Settings, key: KeySource) -> None:
        self._client = client
        self._model = settings.llm_model or ""
        self._fallbacks = settings.fallback_models
        self._clean = cleaner_for(settings, key)
        self._detail: dict[str, Any] = {"model": self._model, "listed": False}

    async def ask(self) -> Probe:
        """The probe: by the list, else by a completion."""
        try:
            listed = await self._list()
        except openai.APIStatusError as exc:
            return self._refused(exc, "", _LOGS_CURE)
        except openai.OpenAIError as exc:
            return self._failed(*_unanswered(exc))
        if self._model in listed.names:
            self._detail["listed"] = True
            return await self._answers(f"{self._model} is among its {len(listed.names)} models", listed)
        return await self._ask_model(listed)

    async def _ask_model(self, listed: _Listed) -> Probe:
        try:
            await self._complete(self._model)
        except openai.APIStatusError as exc:
            return self._refused(exc, f"{listed.seen}; a completion: ", self._cure(exc.status_code, listed))
        except openai.OpenAIError as exc:
            cause, cure = _unanswered(exc)
            return self._failed(f"{listed.seen}; a completion: {cause}", cure)
        except ErrorInSuccess as exc:
            if exc.status:
                words = f"HTTP 200 with an error {exc.status}{server_words(exc, self._clean)}"
                return self._failed(f"{listed.seen}; a completion: {words}", self._cure(exc.status, listed))
            return self._failed(f"{_NOT_COMPATIBLE}: what it sends is an error with HTTP 200", _ADDRESS_CURE)
        except UnreadableAnswer as exc:
            return self._failed(f"{_NOT_COMPATIBLE}: what it sends is no completion but {exc}", _ADDRESS_CURE)
        return await self._answers(f"{listed.seen}, and completes with it", listed)

    async def _list(self) -> _Listed:
        try:
            raw = await self._client.models.with_raw_response.list()
        except openai.APIStatusError as exc:
            if exc.status_code not in _NO_LIST:
                raise
            return _Listed(f"it lists no models (HTTP {exc.status_code})")
        names = _names(raw.content)
        if names is None:
            return _Listed(f"GET /models {_NOT_COMPATIBLE}", well_formed=False)
        return _Listed(f"{self._model} is not among its {len(names)} models", names)

    async def _complete(self, model: str) -> None:
        """One token, in each form of a control request in turn: 400 and 422 may be about the limit's name."""
        requests = control_requests(model)
        for number, request in enumerate(requests, 1):
            try:
                raw = await self._client.chat.completions.with_raw_response.create(**request)
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if number == len(requests):
                    raise
            else:
                read_completion(raw.content)
                return

    def _cure(self, status: int, listed: _Listed) -> str:
        """Whose setting an error blames that came in the place of a completion."""
        if not listed.well_formed:
            return _ADDRESS_CURE
        if not 400 <= status < 500:
            return _LOGS_CURE
        if not listed.names:
            return f"{_ADDRESS_CURE}, and LLM_MODEL"
        names = [self._clean(name) for name in sorted(listed.names)[:_NAMES_SHOWN]]
        return f"check LLM_MODEL; listed are {', '.join(names)}{' …' * (len(listed.names) > _NAMES_SHOWN)}"

    def _refused(self, error: openai.APIStatusError, before: str, cure: str) -> Probe:
        """An answer that is an error: its status and the first of the server's words, which may quote a secret."""
        status = self._detail["status"] = error.status_code
        if status in _KEY_REFUSED:
            return self._failed(f"HTTP {status}: the key is refused", "set OPENAI_API_KEY, or what LLM_API_KEY_… reads")
        if 300 <= status < 400:
            cause = f"{before}HTTP {status}: redirects are not followed"
            return self._failed(cause, "set LLM_BASE_URL to the address that is meant")
        if status in _LIMITED:
            cure = "wait, or raise the account's limits"
        return self._failed(f"{before}HTTP {status}{server_words(error, self._clean)}", cure)

    async def _answers(self, cause: str, listed: _Listed) -> Probe:
        """It is well; a warning where a fallback model is neither listed nor answers, for nobody needs it yet."""
        silent = [name for name in self._fallbacks if name not in listed.names and not await self._completes(name)]
        self._detail |= {"fallback_models": self._fallbacks, "silent": silent}
        told = f"answers; {cause}" + f"; {', '.join(silent)} would not stand in" * bool(silent)
        cure = "check LLM_FALLBACK_MODELS against what the endpoint serves" if silent else None
        return Probe("llm", ok=True, cause=told, cure=cure, detail=self._detail)

    async def _completes(self, model: str) -> bool:
        try:
            await self._complete(model)
        except (openai.OpenAIError, ErrorInSuccess, UnreadableAnswer):
            return False
        return True

    def _failed(self, cause: str, cure: str) -> Probe:
        return Probe("llm", ok=False, cause=cause, cure=cure, detail=self._detail)


def _unanswered(error: openai.OpenAIError) -> tuple[str, str]:
    """Why there is no answer, and the cure; TLS and proxies have settings of their own."""
    seen = no_connection(error)
    return seen.said, _UNANSWERED_CURES[seen.fault]


def _names(body: bytes) -> tuple[str, ...] | None:
    """The names in a list of models: OpenAI's object, or a bare list as some send it. None for anything else."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(document, Mapping):
        if "data" not in document:
            return None
        document = document["data"] or []  # an endpoint that has no model yet may send null
    if not isinstance(document, list):
        return None
    return _ids(document)


def _ids(entries: Iterable[object]) -> tuple[str, ...]:
    ids = [entry.get("id") for entry in entries if isinstance(entry, Mapping)]
    return tuple(name for name in ids if isinstance(name, str))
