"""Secrets leave text in every form that they take, and words stay whole."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.masking.settings_secrets import Masker
from app.core.urls import secrets_of

SECRET = "p%a/s's+w\\ö:r&d"
WORDS = (
    "worker_halted event_refused api_refused unmapped_error the worker waits for keys and tokens of 11 partitions; "
    "reviews[1]@41 took 1.1 s, attempt 1 of 3, key 1, tests/test_a.py, reviewer_history"
)


@pytest.mark.parametrize("secret", ["k", "1", "e", "r_", "ed", "a.b", "41", "ker", "es", "s"])
def test_very_short_secrets_are_not_sought_in_words(secret: str) -> None:
    """A key of up to three characters leaves ordinary lines as they are."""
    assert Masker([secret]).mask(WORDS) == WORDS


@pytest.mark.parametrize("secret", ["work", "halt", "view", "refused", "review", "artition"])
def test_short_secrets_are_not_sought_within_words(secret: str) -> None:
    """A secret of a few characters, or of letters alone, is masked as a word of its own and in no other."""
    masker = Masker([secret])
    assert masker.mask(WORDS) == WORDS
    assert masker.mask(f"login with {secret}, then {secret}.") == "login with ***, then ***."


@pytest.mark.parametrize("secret", ["reviewer", "Comparator", "REVIEWER"])
def test_ordinary_words_are_not_sought_within_others(secret: str) -> None:
    """A password that is an ordinary word leaves names that begin with it."""
    assert Masker([secret]).mask(f"{secret}_history {secret}") == f"{secret}_history ***"


@pytest.mark.parametrize("secret", ["k", "1", "a.b"])
@pytest.mark.parametrize(
    "form",
    ["Bearer {}", "{{'password': '{}'}}", '{{"api_key": "{}"}}', "token={}", "Authorization: Bearer {}", "key: {}"],
)
def test_very_short_secrets_are_masked_where_a_credential_is_named(secret: str, form: str) -> None:
    """Behind `Bearer` and the names of credentials even a key of one character is masked."""
    assert Masker([secret]).mask(form.format(secret)) == form.format("***")


FORMS = {
    "as it is": SECRET,
    "percent-encoded": quote(SECRET, safe=""),
    "percent-encoded but for slashes": quote(SECRET),
    "percent-encoded in small letters": quote(SECRET, safe="").lower(),
    "as a form": quote_plus(SECRET),
    "Python's repr": repr(SECRET)[1:-1],
    "Python's repr of bytes": repr(SECRET.encode())[2:-1],
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON in UTF-8": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "HTML": html.escape(SECRET),
    "hexadecimal": SECRET.encode().hex(),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "Basic": base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "SASL PLAIN": base64.b64encode(f"\0user1\0{SECRET}".encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(f"us:{SECRET}".encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_secrets_are_masked_in_every_form(form: str) -> None:
    """However a secret is written, and within whatever it stands, it leaves as `***`."""
    masked = Masker([SECRET]).mask(f"x{form}x")
    assert "***" in masked
    for length in range(8, len(form) + 1):
        assert form[-length:] not in masked


def test_password_of_a_url_is_masked_as_written_and_as_used() -> None:
    """A password that is percent-encoded in a URL is masked without its percent signs, too."""
    masker = Masker(secrets_of("mongodb://user:p%40ss%2Fword@host/?authSource=admin"))
    assert masker.mask("auth of p@ss/word or p%40ss%2Fword on admin") == "auth of *** or *** on admin"


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("https://api.example/reviews", ()),
        ("https://user:word@api.example/", ("word",)),
        ("https://TOKEN@api.example/", ("TOKEN",)),
        ("https://api.example/r?api_key=KEY&lang=ru&X-Amz-Signature=SIG", ("KEY", "SIG")),
        ("https://api.example/r?access_token=A=B#end", ("A=B",)),
        ("mongodb://user:word@host/?authSource=admin&retryWrites=true", ("word",)),
        ("mongodb://CN=client@host/?authMechanism=MONGODB-X509", ()),
        ("mongodb://h/?tlsCertificateKeyFilePassword=PW&tlsCertificateKeyFile=/a.pem", ("PW",)),
        ("mongodb://h/?authMechanismProperties=SERVICE_NAME:x,AWS_SESSION_TOKEN:TOK", ("TOK",)),
    ],
)
def test_what_is_secret_in_a_url_is_known(url: str, secrets: tuple[str, ...]) -> None:
    """Passwords, tokens in the user's place and values named as secrets; ordinary options are none."""
    assert secrets_of(url) == secrets


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("{'Authorization': 'Bearer abc.def'}", "{'Authorization': 'Bearer ***'}"),
        ("Proxy-Authorization: Basic dTpw", "Proxy-Authorization: Basic ***"),
        ("[(b'authorization', b'Bearer abc')]", "[(b'authorization', b'Bearer ***')]"),
        ("authorization=abc;", "authorization=***;"),
        ("authorization failed for topic reviews", "authorization failed for topic reviews"),
        (
            "Basic authentication is not enabled, a bearer token is",
            "Basic authentication is not enabled, a bearer token is",
        ),
        ("mongodb://user:pw@db.example/x", "mongodb://***@db.example/x"),
    ],
)
def test_credentials_that_nobody_told_of_are_masked(text: str, masked: str) -> None:
    """Headers of authorization and users in URLs are masked without being known; sentences about them stay."""
    assert Masker([]).mask(text) == masked


@given(st.text(st.characters(exclude_characters="*", codec="utf-8"), min_size=8, max_size=40), st.text(), st.text())
def test_no_secret_of_eight_characters_survives(secret: str, before: str, after: str) -> None:
    """Whatever it is made of and stands in: but for ordinary words, nothing is left of it."""
    if not secret.isalpha():
        assert secret not in Masker([secret]).mask(before + secret + after)
