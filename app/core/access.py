"""Who may do what over HTTP: bearer tokens with scopes, known by their hashes alone."""

import hashlib
import hmac
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.ids import ID_PATTERN


class Scope(StrEnum):
    """What a token allows.

    `SUBMIT`: put archives in their place. `READ`: states and reviews. `REVIEW`: have a review made for a
    submission, and the teachers' desk, with every grade. `OPERATE`: dead letters.
    """

    SUBMIT = "submit"
    READ = "read"
    REVIEW = "review"
    OPERATE = "operate"


_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_STUDENT: Final = re.compile(ID_PATTERN)
_OF_A_STUDENT: Final = frozenset({Scope.READ})
"""What a token of one student may allow. An archive has no owner: whoever puts one or orders its review could take
another student's. Dead letters are everybody's."""
_FORM: Final = (
    "name:scopes:sha256 with commas between tokens, each name once, scopes from submit, read, review and operate with "
    "+ between them, as `reviewstream token` prints it; :student_id behind one that is a student's own, which allows "
    "read alone"
)


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token's owner, what it allows, and the sha256 of the token in small hexadecimal.

    With a `student_id` it is for that student's work alone.
    """

    name: str
    scopes: frozenset[Scope]
    sha256: str
    student_id: str | None = None

    def may_see(self, student_id: str) -> bool:
        """Whether it is for that student's work."""
        return self.student_id is None or self.student_id == student_id


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
    """The tokens in a setting. Raises `ValueError` that says what is wanted and which entry differs; quotes nothing."""
    tokens: dict[str, KnownToken] = {}
    for number, entry in enumerate(text.split(","), start=1):
        try:
            token = _read_token(entry, tokens)
        except ValueError as exc:
            raise ValueError(f"{_FORM}; entry {number} {exc}") from None
        tokens[token.name] = token
    return tuple(tokens.values())


def _read_token(entry: str, before: Container[str]) -> KnownToken:
    """One token whose name is not among those `before` it. Raises `ValueError` that tells what the entry does."""
    parts = [part.strip() for part in entry.split(":", 3)]
    if not 3 <= len(parts) <= 4:
        raise ValueError("has not three or four parts")
    if not _NAME.fullmatch(parts[0]):
        raise ValueError("has no plain name")
    if parts[0] in before:
        raise ValueError("has a name that stands before it")
    if not _SHA256.fullmatch(parts[2]):
        raise ValueError("has no sha256 in its third part: the token itself does not belong there")
    named = [scope.strip() for scope in parts[1].split("+")]
    if not set(named) <= set(Scope):
        raise ValueError("has a scope that is none")
    scopes = frozenset(map(Scope, named))
    student_id = parts[3] if len(parts) == 4 else None
    if student_id is not None and not _STUDENT.fullmatch(student_id):
        raise ValueError("has no student's id in its fourth part")
    if student_id is not None and not scopes <= _OF_A_STUDENT:
        raise ValueError("is a student's own and allows more than read")
    return KnownToken(parts[0], scopes, parts[2], student_id)
