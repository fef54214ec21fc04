"""Secrets out of text, words left whole.

A secret is looked for in every form that it takes on its way into a line: as it is, percent-encoded, within a quoted
string, in hexadecimal, in base64 alone or behind a user's name. How it is looked for depends on what it looks like: a
key such as `k` or `1` stands in half of all words, so masking it there would say `wor***er_halted` and hide nothing.
"""

import base64
import html
import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus, unquote

MASK: Final = "***"

ANYWHERE_CHARS_MIN: Final = 8
"""From this length on a secret is masked also within a word: by chance it stands in none."""
WORD_CHARS_MIN: Final = 4
"""From this length on it is masked where it is a word of its own; shorter ones only where a credential is named."""
_ORDINARY_CHARS_MAX: Final = 16
"""Letters alone, up to this many, may be an ordinary word (`reviewer`): they are masked as a word of its own."""

_PASSWORD_IN_URL: Final = re.compile(r"(?<=://)[^/\s@]*@")
_AUTHORIZATION: Final = re.compile(
    r"""(authorization(?:["']?\s*[:=]\s*|["']\s*,\s*)(?:b?["'])?(?:(?:bearer|basic|digest|negotiate|token)\s+)?)"""
    r"""(?!(?:bearer|basic|digest|negotiate|token)\b)[^\s"',;]+""",
    re.IGNORECASE,
)
_CREDENTIAL: Final = (
    r"""((?i:(?:password|passwd|pwd|secret|token|key|credentials?)["']?\s*[:=]\s*(?:b?["'])?|\b(?:bearer|basic)\s+))"""
)
_PERCENT: Final = re.compile(r"%[0-9A-F]{2}")


class Masker:
    """Masks the secrets that it was told of, and what stands where a password or a token does."""

    def __init__(self, secrets: Iterable[str]) -> None:
        anywhere: set[str] = set()
        words: set[str] = set()
        named: set[str] = set()
        for secret in {secret for secret in secrets if secret}:
            if len(secret) < WORD_CHARS_MIN:
                named |= _written(secret)
            elif len(secret) < ANYWHERE_CHARS_MIN or _may_be_a_word(secret):
                words |= _written(secret)
            else:
                anywhere |= _written(secret)
            anywhere |= {form for form in _encoded(secret) if len(form) >= ANYWHERE_CHARS_MIN}
        told = [(form, re.escape(form)) for form in anywhere] + [(form, _as_a_word(form)) for form in words]
        # Longest first, so that a secret which contains another is masked whole.
        told.sort(key=lambda pair: len(pair[0]), reverse=True)
        self._told = re.compile("|".join(pattern for _, pattern in told)) if told else None
        short = "|".join(re.escape(form) for form in sorted(named, key=len, reverse=True))
        self._named = re.compile(rf"{_CREDENTIAL}(?:{short})(?!\w)") if short else None

    def mask(self, text: str) -> str:
        """`text` with `***` in the place of each secret."""
        if self._told is not None:
            text = self._told.sub(MASK, text)
        if self._named is not None:
            text = self._named.sub(rf"\1{MASK}", text)
        text = _AUTHORIZATION.sub(rf"\1{MASK}", text)
        return _PASSWORD_IN_URL.sub(MASK + "@", text)


def _may_be_a_word(secret: str) -> bool:
    return secret.isalpha() and len(secret) < _ORDINARY_CHARS_MAX and (secret[1:].islower() or secret.isupper())


def _as_a_word(form: str) -> str:
    """A pattern for `form` where neither end of it lies within a word."""
    before = r"(?<!\w)" if re.match(r"\w", form) else ""
    after = r"(?!\w)" if re.match(r"\w", form[-1]) else ""
    return before + re.escape(form) + after


def _written(secret: str) -> set[str]:
    """How a secret may stand in a line: as it is, in a URL, within a quoted string of Python's, JSON's or HTML's.

    A password out of a URL may be written there percent-encoded, and used without.
    """
    forms = set()
    for plain in (secret, unquote(secret)):
        percent = (quote(plain, safe=""), quote(plain), quote_plus(plain))
        forms |= {plain, *percent, *(_PERCENT.sub(lambda found: found[0].lower(), form) for form in percent)}
        quoted = (repr(plain), json.dumps(plain), json.dumps(plain, ensure_ascii=False))
        forms |= {form[1:-1] for form in quoted}
        forms |= {repr(plain.encode("utf-8", "surrogatepass"))[2:-1], html.escape(plain)}
    return {form for form in forms if form}


def _encoded(secret: str) -> set[str]:
    """The secret in hexadecimal and in base64, in this also behind and before other bytes, as in `user:password`.

    Of base64 only the characters count that nothing but the secret decides.
    """
    forms = set()
    for plain in (secret, unquote(secret)):
        data = plain.encode("utf-8", "surrogatepass")
        forms |= {data.hex(), data.hex().upper()}
        for before in range(3):
            text = base64.b64encode(b"\0" * before + data).decode()
            inner = text[-(-8 * before // 6) : (before + len(data)) * 8 // 6]
            forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return forms
