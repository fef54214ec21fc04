"""What MongoDB's errors mean for the event, by type and by code, never by message."""

from collections.abc import Iterator
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

_DOCUMENT_CODES: Final = frozenset(
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
"""Codes of the server that blame this one document; trying again would not help."""

_OPERATORS_CODES: Final = frozenset(
    {
        13,  # Unauthorized
        18,  # AuthenticationFailed
        8000,  # AtlasError: credentials or quota
    }
)


def error_for_mongo(error: Exception) -> Rejected | Unavailable:
    """Translate an exception of pymongo, bson or a socket.

    Only what blames the document is `Rejected(store_refused)`. Everything else is `Unavailable`: an unknown code
    of a server in trouble must not dead-letter reviews, and an event that keeps failing alone ends as `poison`.
    Details name class and code; the server's messages may quote the document.
    """
    name = type(error).__name__
    if isinstance(error, BSONError | ArithmeticError | UnicodeError | DocumentTooLarge):
        return Rejected(Reason.STORE_REFUSED, f"no MongoDB document can hold it: {name}")
    if isinstance(error, OperationFailure):
        if error.code in _DOCUMENT_CODES:
            return Rejected(Reason.STORE_REFUSED, f"MongoDB refuses the document: {name}, code {error.code}")
        blame = "; an operator has to correct the credentials or their rights" if error.code in _OPERATORS_CODES else ""
        return Unavailable(Dependency.MONGODB, f"{name}, code {error.code}{blame}")
    if isinstance(error, ConfigurationError | InvalidName):
        return Unavailable(Dependency.MONGODB, f"{name}: an operator has to correct MongoDB's settings")
    return Unavailable(Dependency.MONGODB, name)


@contextmanager
def mongo_errors_translated() -> Iterator[None]:
    """Let nothing of pymongo's, bson's or a socket's out of the block but as our own errors."""
    try:
        yield
    except (PyMongoError, BSONError, OSError, ArithmeticError, UnicodeError) as exc:
        raise error_for_mongo(exc) from exc
