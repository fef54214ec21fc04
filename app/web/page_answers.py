"""How a page leaves: its headers, its language, the frame around it, and an error as a page that says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from app.core.signing import Signer
from app.presentation.pages.environment import PageFrame, SignedIn, page
from app.presentation.pages.words import LANGUAGE_NAMES
from schemas.submission import Language

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may do on a page of ours: nothing inline, nothing of anybody else's."""
PAGE_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
API_PREFIX: Final = "/api/"
_LANGUAGES_READ: Final = 10
_FOR_MACHINES: Final = frozenset({"/health", "/ready", "/openapi.json"})
_PROBLEMS: Final = {
    401: "not_allowed",
    403: "not_allowed",
    404: "not_found",
    405: "not_found",
    429: "too_many_requests",
    503: "unavailable",
}
"""What a status is told as on a page where its own code has no words; any other is one of the next two."""


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What pages need of an installation. `language` is spoken where a visitor asks for none."""

    signer: Signer = field(repr=False)
    language: Language = "ru"
    is_https: bool = False


def page_settings_of(request: Request) -> PageSettings:
    """The installation's."""
    settings: PageSettings = request.app.state.parts.page_settings
    return settings


def is_page(path: str) -> bool:
    """Whether a person looks at what this path answers, an error among it."""
    return not path.startswith(API_PREFIX) and path not in _FOR_MACHINES


def page_answer(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A page with the headers that every page has."""
    body = html.encode("utf-8", "replace")
    return Response(body, status, {**(headers or {}), **PAGE_HEADERS}, media_type="text/html; charset=utf-8")


def asked_language(request: Request) -> Language | None:
    """The language that the address asks for, as `?lang=en`."""
    asked = request.query_params.get("lang")
    return next((code for code in LANGUAGE_NAMES if code == asked), None)


def language_of(request: Request) -> Language:
    """The language of a page that has none of its own: the address's, else the browser's first that we speak."""
    asked = asked_language(request)
    if asked is not None:
        return asked
    wanted = [
        part.partition(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")
    ]
    spoken = [code for one in wanted[:10] for code in LANGUAGE_NAMES if code == one]
    return spoken[0] if spoken else page_settings_of(request).language


def frame_of(
    request: Request,
    language: Language | None = None,
    *,
    signed_in: SignedIn | None = None,
    links: tuple[tuple[str, str], ...] = (),
) -> PageFrame:
    """The frame of a page at the address that was asked for."""
    return PageFrame(language or language_of(request), request.url.path, dict(request.query_params), signed_in, links)


def framed(request: Request, template: str, **values: Any) -> Response:
    """A page that asks for no session, whole."""
    return page_answer(page(template, frame_of(request), **values))


def problem_page(request: Request, status: int, code: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error for people: its cause and its cure in their language, without a word of ours."""
    frame = frame_of(request)
    words = frame.words.problems
    told = code if code in words else _PROBLEMS.get(status, "bug" if status >= 500 else "invalid_request")
    return page_answer(page("problem.html", frame, status=status, problem=words[told]), status, headers)
