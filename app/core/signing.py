"""What an installation signs with its secret: links to reviews, sessions, and the forms that change something.

A signature is over its purpose first, so that one of a link is none of a session; and over parts with their lengths, so
that no two lists of parts look alike.
"""

import base64
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

SESSION_LIFETIME: Final = timedelta(hours=12)
"""A day at the desk; then the token is asked for again."""

_UNIX: Final = re.compile(r"[0-9]{1,12}")


class Purpose(StrEnum):
    """What a signature is for."""

    LINK = "link"
    SESSION = "session"
    FORM = "form"


class LinkState(StrEnum):
    """What a link to a review is worth."""

    GOOD = "good"
    MISSING = "missing"
    ALTERED = "altered"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs and checks under one secret."""

    secret: bytes = field(repr=False)

    def sign(self, purpose: Purpose, *parts: str) -> str:
        """HMAC-SHA256 over the purpose and the parts, in the alphabet of URLs, 43 characters."""
        said = "".join(f"{len(part)}:{part}" for part in (purpose, *parts))
        digest = hmac.new(self.secret, said.encode("utf-8", "surrogatepass"), sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

    def agrees(self, signature: str, purpose: Purpose, *parts: str) -> bool:
        """Whether `signature` is the one of these parts. The time that it takes says nothing about the right one."""
        right = self.sign(purpose, *parts).encode("ascii")
        return hmac.compare_digest(right, signature.encode("utf-8", "surrogatepass"))


def link_query(signer: Signer, review_id: UUID, expires_at: datetime) -> str:
    """The query of a link that opens one review until `expires_at`: `exp=…&sig=…`."""
    expires = str(int(expires_at.timestamp()))
    return urlencode({"exp": expires, "sig": signer.sign(Purpose.LINK, str(review_id), expires)})


def review_link(signer: Signer, public_url: str, review_id: UUID, expires_at: datetime) -> str:
    """The address of a review's page, for whoever holds it, until `expires_at`."""
    return f"{public_url.rstrip('/')}/reviews/{review_id}?{link_query(signer, review_id, expires_at)}"


def judge_link(signer: Signer, review_id: UUID, expires: str, signature: str, now: datetime) -> LinkState:
    """What `exp` and `sig` of a link are worth for this review. One that was altered is never called expired."""
    if not expires and not signature:
        return LinkState.MISSING
    if not _UNIX.fullmatch(expires) or not signer.agrees(signature, Purpose.LINK, str(review_id), expires):
        return LinkState.ALTERED
    return LinkState.GOOD if now.timestamp() < int(expires) else LinkState.EXPIRED


@dataclass(frozen=True, slots=True)
class SessionClaim:
    """What a session's cookie says before it is believed: whose token it was made with, and until when."""

    name: str
    expires: str
    signature: str


def session_cookie(signer: Signer, name: str, token_sha256: str, now: datetime) -> str:
    """A session of whoever presented the token called `name`: `name.expires.signature`.

    It is signed over the token's hash: with the token taken out of WEB_TOKENS, or replaced, the session ends.
    """
    expires = str(int((now + SESSION_LIFETIME).timestamp()))
    return f"{name}.{expires}.{signer.sign(Purpose.SESSION, name, token_sha256, expires)}"


def read_session(cookie: str) -> SessionClaim | None:
    """What a cookie claims, or None where it has another form."""
    parts = cookie.rsplit(".", 2)
    if len(parts) != 3 or not _UNIX.fullmatch(parts[1]):
        return None
    return SessionClaim(*parts)


def session_holds(signer: Signer, claim: SessionClaim, token_sha256: str, now: datetime) -> bool:
    """Whether a claim is one of ours, of the token with this hash, and not over."""
    signed = signer.agrees(claim.signature, Purpose.SESSION, claim.name, token_sha256, claim.expires)
    return signed and now.timestamp() < int(claim.expires)


def form_token(signer: Signer, cookie: str) -> str:
    """What a form of this session carries, so that no other site can send it."""
    return signer.sign(Purpose.FORM, cookie)


def form_token_holds(signer: Signer, cookie: str, presented: str) -> bool:
    """Whether a form was made for this session."""
    return signer.agrees(presented, Purpose.FORM, cookie)
