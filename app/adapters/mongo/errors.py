"""What MongoDB's errors mean for the event, by type and by code, never by message."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from bson.errors import BSONError
from pymongo.errors import (
    ConfigurationError,
    DocumentTooLarge,
    InvalidName,
    OperationFailure,
    PyMongoError,
)

from schemas.errors import Dependency, Reason, Rejected, Unavailable

DOCUMENT_CODES: Final = frozenset(
    {
        2,  # BadValue
        9,  # FailedToParse
        14,  # TypeMismatch
        15,  # Overflow: nested deeper than the server reads
        22,  # InvalidBSON
        52,  # DollarPrefixedFieldName
        56,  # EmptyFieldName
        57,  # DottedFieldName
        121,  # DocumentValidationFailure: a validator that an operator gave the collection
        10334,  # BSONObjectTooLarge
        17280,  # KeyTooLong
        17419,  # the document would grow too large by an update
        17420,
    }
)
"""Codes of the server that may blame this one document. They blame as well what is the same for each one: a write
concern that the server does not know (2), a command that it cannot parse (9), an operator's validator (121). So they
are only believed once the server took a plain document in the same way."""

_OPERATORS_CODES: Final = {
    13: "the user may not do this: give it the role readWrite on MONGODB_DB",
    18: "user or password are not accepted: check MONGODB_URL",
    20: "this kind of server does not do it: a replica set is wanted, or retryWrites=false in MONGODB_URL",
    59: "this server does not know the command: is it MongoDB 4.2 or later?",
    61: "the collection is sharded by a key that reviews are not looked up by: shard it by _id",
    72: "the server takes no such option: is it MongoDB 4.2 or later?",
    79: "the replica set does not know the write concern",
    100: "the replica set is too small for the write concern majority",
    115: "this server does not know the command: is it MongoDB 4.2 or later?",
    148: "the server has read concern majority switched off: switch it on",
    166: "the collection is a view: reviews need one that can be written",
    303: "this server does not do it: is it MongoDB 4.2 or later?",
    8000: "the cluster refuses it: check the user's password, its rights and the cluster's quota",
    13297: "there is a database whose name differs in capitals alone: check MONGODB_DB",
    14031: "the server's disk is full: make room",
}
"""What an operator has to correct, by code; no review is to blame."""

_SAID_CHARS_MAX: Final = 160


def error_for_mongo(error: Exception) -> Rejected | Unavailable:
    """Translate an exception of pymongo, bson or a socket.

    Only what the driver itself says of the document is `Rejected(store_refused)`. Everything that a server answers is
    `Unavailable`: what blames the document is `DOCUMENT_CODES`' matter, an unknown code of a server in trouble must
    not dead-letter reviews, and an event that keeps failing alone ends as `poison`. Details name class and code; the
    server's messages may quote the document.
    """
    name = type(error).__name__
    if isinstance(error, BSONError | ArithmeticError | UnicodeError | DocumentTooLarge):
        return Rejected(Reason.STORE_REFUSED, f"no MongoDB document can hold it: {name}")
    if isinstance(error, OperationFailure):
        why = _OPERATORS_CODES.get(error.code or 0)
        cure = f": {why}; an operator has to correct it" if why else ""
        return Unavailable(Dependency.MONGODB, f"{name}, code {error.code}{cure}")
    if isinstance(error, ConfigurationError | InvalidName):
        return Unavailable(Dependency.MONGODB, f"{name}: an operator has to correct MongoDB's settings")
    return Unavailable(Dependency.MONGODB, name)


def said_by(error: OperationFailure) -> str:
    """The server's words in one short line. Only for an operation on nothing of a student's: they may quote it."""
    details = error.details if isinstance(error.details, Mapping) else {}
    words = " ".join(str(details.get("errmsg", "")).split())
    return "".join(char if char.isprintable() else "?" for char in words)[:_SAID_CHARS_MAX]


@contextmanager
def mongo_errors_translated() -> Iterator[None]:
    """Let nothing of pymongo's, bson's or a socket's out of the block but as our own errors."""
    try:
        yield
    except (PyMongoError, BSONError, OSError, ArithmeticError, UnicodeError) as exc:
        raise error_for_mongo(exc) from exc
