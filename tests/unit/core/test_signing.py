"""What is signed: links, sessions and forms, each good for one thing and for its time."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from app.core.signing import (
    SESSION_LIFETIME,
    LinkState,
    Purpose,
    Signer,
    form_token,
    form_token_holds,
    judge_link,
    read_session,
    review_link,
    session_cookie,
    session_holds,
)
from tests.builders.records import NOON

SIGNER = Signer(b"one secret of 32 bytes, for tests")
OTHER = Signer(b"another secret of 32 bytes, too!")
REVIEW, ANOTHER = UUID(int=1), UUID(int=2)
LATER = NOON + timedelta(days=90)
HASH = "0" * 64


def query_of(link: str) -> tuple[str, str]:
    """What stands in a link: its end and its signature."""
    query = parse_qs(urlsplit(link).query)
    return query["exp"][0], query["sig"][0]


EXPIRES, SIGNATURE = query_of(review_link(SIGNER, "https://r.example.org/", REVIEW, LATER))


@pytest.mark.parametrize(
    ("review", "expires", "signature", "now", "state"),
    [
        (REVIEW, EXPIRES, SIGNATURE, NOON, LinkState.GOOD),
        (REVIEW, EXPIRES, SIGNATURE, LATER - timedelta(seconds=1), LinkState.GOOD),
        (REVIEW, EXPIRES, SIGNATURE, LATER, LinkState.EXPIRED),
        (REVIEW, "", "", NOON, LinkState.MISSING),
        (REVIEW, EXPIRES, "", NOON, LinkState.ALTERED),
        (REVIEW, "", SIGNATURE, NOON, LinkState.ALTERED),
        (REVIEW, str(int(EXPIRES) + 1), SIGNATURE, NOON, LinkState.ALTERED),
        (REVIEW, str(int(EXPIRES) + 1), SIGNATURE, LATER, LinkState.ALTERED),
        (REVIEW, EXPIRES, SIGNATURE[:-1], NOON, LinkState.ALTERED),
        (REVIEW, EXPIRES, SIGNATURE.swapcase(), NOON, LinkState.ALTERED),
        (REVIEW, EXPIRES, "\ud800\u202e", NOON, LinkState.ALTERED),
        (REVIEW, f" {EXPIRES}", SIGNATURE, NOON, LinkState.ALTERED),
        (REVIEW, "9" * 5_000, SIGNATURE, NOON, LinkState.ALTERED),
        (REVIEW, "\u0661\u0662", SIGNATURE, NOON, LinkState.ALTERED),
        (ANOTHER, EXPIRES, SIGNATURE, NOON, LinkState.ALTERED),
    ],
)
def test_a_link_opens_one_review_for_its_time(
    review: UUID, expires: str, signature: str, now: datetime, state: LinkState
) -> None:
    """Whole it is good until its end; another review's, a longer time or another letter is altered."""
    assert judge_link(SIGNER, review, expires, signature, now) is state


def test_another_secret_opens_nothing() -> None:
    """A link that somebody else signed is altered."""
    assert judge_link(OTHER, REVIEW, EXPIRES, SIGNATURE, NOON) is LinkState.ALTERED


def test_a_link_stands_at_the_public_address() -> None:
    """With or without a slash at its end, with a path of its own."""
    assert review_link(SIGNER, "https://r.example.org/x/", REVIEW, LATER).startswith(
        f"https://r.example.org/x/reviews/{REVIEW}?exp="
    )


def test_a_session_is_its_tokens() -> None:
    """It holds for twelve hours, for the token that it was made with, and for no other form of it."""
    cookie = session_cookie(SIGNER, "anna.teacher", HASH, NOON)
    claim = read_session(cookie)
    assert claim is not None
    assert claim.name == "anna.teacher"
    assert session_holds(SIGNER, claim, HASH, NOON + SESSION_LIFETIME - timedelta(seconds=1))
    assert not session_holds(SIGNER, claim, HASH, NOON + SESSION_LIFETIME)
    assert not session_holds(SIGNER, claim, "1" * 64, NOON)
    assert not session_holds(OTHER, claim, HASH, NOON)
    for altered in (cookie.replace("anna", "olga"), f"{cookie}x", cookie.replace(f".{claim.expires}.", ".9999999999.")):
        claimed = read_session(altered)
        assert claimed is not None
        assert not session_holds(SIGNER, claimed, HASH, NOON)


@pytest.mark.parametrize("cookie", ["", "a", "a.b.c", "a.1", ".."])
def test_another_form_is_no_session(cookie: str) -> None:
    """What has not three parts and a time is nobody's."""
    assert read_session(cookie) is None


def test_a_form_is_its_sessions() -> None:
    """What one session's form carries is worth nothing in another's."""
    one, other = (session_cookie(SIGNER, name, HASH, NOON) for name in ("a", "b"))
    assert form_token_holds(SIGNER, one, form_token(SIGNER, one))
    assert not form_token_holds(SIGNER, other, form_token(SIGNER, one))
    assert not form_token_holds(SIGNER, one, "")


def test_a_signature_is_for_one_purpose_and_one_list_of_parts() -> None:
    """A link's is none of a session, and parts that join to the same text differ."""
    signed = {SIGNER.sign(purpose, "a", "b") for purpose in Purpose}
    assert len(signed) == len(Purpose)
    assert SIGNER.sign(Purpose.LINK, "ab", "c") != SIGNER.sign(Purpose.LINK, "a", "bc")


def test_the_secret_is_not_shown() -> None:
    """Neither in a log line nor in a traceback."""
    assert "secret of" not in repr(SIGNER)
