"""Who may do what over HTTP: bearer tokens with scopes, known by their hashes alone."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What a token allows.

    `SUBMIT`: put archives in their place. `READ`: states and reviews. `REVIEW`: have a review made for a
    submission. `OPERATE`: dead letters.
    """

    SUBMIT = "submit"
    READ = "read"
    REVIEW = "review"
    OPERATE = "operate"


_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_FORM: Final = (
    "name:scopes:sha256 with commas between tokens, each name once, scopes from submit, read, review and operate with "
    "+ between them, as `reviewstream token` prints it"
)


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token's owner, what it allows, and the sha256 of the token in small hexadecimal."""

    name: str
    scopes: frozenset[Scope]
    sha256: str


@dataclass(frozen=True, slots=True)
class AccessTable:
    """All tokens of an installation."""

    tokens: Sequence[KnownToken]

    def find(self, presented: str) -> KnownToken | None:
        """The token that was presented, or None. The time that it takes says nothing about any token."""
        digest = hash_token(presented)
        found: KnownToken | None = None
        for token in self.tokens:
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found


def hash_token(token: str) -> str:
    """What is kept of a token. One of 256 random bits needs no salt and no slow hash: nobody can try them all."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def read_tokens(text: str) -> tuple[KnownToken, ...]:
    """The tokens in a setting. Raises `ValueError` that says what is wanted, and quotes nothing."""
    tokens: dict[str, KnownToken] = {}
    for entry in text.split(","):
        parts = [part.strip() for part in entry.split(":")]
        if len(parts) != 3 or not _NAME.fullmatch(parts[0]) or not _SHA256.fullmatch(parts[2]) or parts[0] in tokens:
            raise ValueError(_FORM)
        try:
            scopes = frozenset(Scope(scope.strip()) for scope in parts[1].split("+"))
        except ValueError:
            raise ValueError(_FORM) from None
        tokens[parts[0]] = KnownToken(parts[0], scopes, parts[2])
    return tuple(tokens.values())
