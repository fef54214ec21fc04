"""Values that a record must not quote: a secret's name tells."""

import re
from typing import Final

from app.core.masking.students_text import mask

MASKED: Final = "«masked»"

_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SECRET_WORDS: Final = frozenset(
    {"password", "passwords", "passwd", "pwd", "pass", "passphrase", "token", "secret", "secrets", "key", "keys"}
    | {"apikey", "credential", "credentials", "auth", "authorization", "cookie", "dsn", "salt"}
)
_MANY: Final = frozenset({"tokens"})
"""Numbers of tokens are a language model's settings; a list of texts under such a name is not."""
_NUMBER: Final = re.compile(r"[-+]?[\d_.]+(?:[eE][-+]?\d+)?|true|false|null|none|~|", re.IGNORECASE)
_NAME: Final = r"(?:password|passwd|pwd|passphrase|token|secret|key|credential)[\w.-]{0,100}+"
"""The end of such a name, from the word that tells on; bounded, for the word may be repeated without end."""
_ASSIGNED: Final = re.compile(
    rf"""({_NAME}["']?\s*+[=:]\s*+|(?<![\w.-])--?[\w.-]{{0,60}}?{_NAME}\s++)(?:"[^"]*"|'[^']*'|[^\s"',;]+)""",
    re.IGNORECASE,
)
_IN_ADDRESS: Final = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")
_LONG: Final = re.compile(r"[A-Za-z0-9+_=-]{40,}")


def is_secret(name: str, value: str = "") -> bool:
    """Whether `name` is one under which secrets stand, `value` not being of a kind that none has."""
    words = {word.lower() for word in _WORDS.findall(name)}
    return not words.isdisjoint(_SECRET_WORDS) or (not words.isdisjoint(_MANY) and _NUMBER.fullmatch(value) is None)


def without_secrets(value: str) -> str:
    """`value` fit to be quoted: assignments to secret names, passwords in addresses and well-known tokens masked."""
    found = _IN_ADDRESS.sub(rf"\1{MASKED}@", _ASSIGNED.sub(rf"\1{MASKED}", value))
    return _LONG.sub(MASKED, mask(found))
