"""Who looks at a page that is not for everybody: by a session's cookie, or by a token as the API takes it."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from app.core.access import KnownToken, Scope
from app.core.signing import SESSION_LIFETIME, form_token, form_token_holds, read_session, session_cookie, session_holds
from app.presentation.pages.dashboard_words import dashboard_words
from app.presentation.pages.desk_words import desk_words
from app.presentation.pages.environment import PageFrame, SignedIn
from app.web.page_answers import frame_of, language_of, page_settings_of
from app.web.parts import WebParts, parts_of
from app.web.problems import PageProblem

SESSION_COOKIE: Final = "reviewstream_session"
_FORM_TOKEN_CHARS_MAX: Final = 100


class SignInNeeded(Exception):
    """Nobody is signed in; `next_path` is where they wanted to go."""

    def __init__(self, next_path: str) -> None:
        super().__init__()
        self.next_path = next_path


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose token it is and what it allows. `cookie` is empty where the token came with the request itself."""

    token: KnownToken
    cookie: str = ""

    def signed_in(self, parts: WebParts) -> SignedIn:
        """As the frame of a page shows it."""
        return SignedIn(self.token.name, form_token(parts.page_settings.signer, self.cookie))


def visitor_of(request: Request) -> Visitor | None:
    """Who asks, or None. A session ends at its time, and when its token leaves WEB_TOKENS."""
    parts = parts_of(request)
    kind, _, presented = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and presented.strip():
        known = parts.access.find(presented.strip())
        return Visitor(known) if known is not None else None
    cookie = request.cookies.get(SESSION_COOKIE, "")
    claim = read_session(cookie)
    if claim is None:
        return None
    signer, now = parts.page_settings.signer, parts.clock.now()
    for known in parts.access.tokens:
        if known.name == claim.name and session_holds(signer, claim, known.sha256, now):
            return Visitor(known, cookie)
    return None


def visitors_frame(request: Request, visitor: Visitor) -> PageFrame:
    """The frame of a page for whoever is signed in, with the pages that their token opens."""
    language, scopes = language_of(request), visitor.token.scopes
    links = []
    if Scope.REVIEW in scopes:
        links.append(("/desk", desk_words(language).title))
    if Scope.OPERATE in scopes:
        links.append(("/", dashboard_words(language).title))
    signed_in = visitor.signed_in(parts_of(request))
    return frame_of(request, language, signed_in=signed_in, links=tuple(links))


def admitted(scope: Scope) -> Any:
    """A dependency: a visitor whose token allows `scope`. Others are sent to sign in, or told.

    No student's own token has a scope that opens a page.
    """

    def check(request: Request) -> Visitor:
        visitor = visitor_of(request)
        if visitor is None:
            raise SignInNeeded(f"{request.url.path}?{request.url.query}" if request.method == "GET" else "/")
        if scope not in visitor.token.scopes:
            raise PageProblem(403, "not_allowed")
        return visitor

    return Depends(check)


def changing(scope: Scope) -> Any:
    """A dependency of what changes something: as `admitted`, and the form was made for this very session."""

    def check(
        request: Request,
        visitor: Annotated[Visitor, admitted(scope)],
        form_token: Annotated[str, Form(max_length=_FORM_TOKEN_CHARS_MAX)] = "",
    ) -> Visitor:
        check_form(request, visitor, form_token)
        return visitor

    return Depends(check)


def check_form(request: Request, visitor: Visitor, presented: str) -> None:
    """Refuse a form that another site could have sent: a cookie travels by itself, a token in a header does not."""
    signer = page_settings_of(request).signer
    if visitor.cookie and not form_token_holds(signer, visitor.cookie, presented):
        raise PageProblem(403, "form_stale")


def begin_session(request: Request, known: KnownToken, next_path: str) -> Response:
    """Go on to `next_path` with a session's cookie, which no script can read and no other site's form brings."""
    parts = parts_of(request)
    answer = RedirectResponse(local_path(next_path), 303)
    cookie = session_cookie(parts.page_settings.signer, known.name, known.sha256, parts.clock.now())
    answer.set_cookie(
        SESSION_COOKIE,
        cookie,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=parts.page_settings.is_https,
    )
    return answer


def end_session(request: Request) -> Response:
    """Back to the door, without the cookie."""
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=page_settings_of(request).is_https)
    return answer


async def send_to_sign_in(_request: Request, error: Exception) -> Response:
    """The answer to whoever has to sign in first."""
    next_path = error.next_path if isinstance(error, SignInNeeded) else "/"
    return RedirectResponse(f"/sign-in?{urlencode({'next': next_path})}", 303)


def local_path(path: str) -> str:
    """`path` if it stays on this site, else `/`: nobody is led elsewhere from the door."""
    stays = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isascii() and path.isprintable()
    return path if stays else "/"
