"""Every exception class of the libraries behind the delivery adapters is translated; a new one fails here."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import attrgetter
from types import ModuleType
from typing import Any, cast

import aiokafka.errors
import bson.errors
import httpx
import pymongo.errors
import pytest

from app.adapters.http.errors import PROGRAMMERS_ERRORS, HttpEndpoint, error_for_exception
from app.adapters.mongo.errors import error_for_mongo, mongo_errors_translated
from app.kafka.errors import error_for_kafka
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
API = HttpEndpoint(Dependency.REVIEW_API, Reason.API_REFUSED)


def exception_classes(module: ModuleType) -> Iterator[type[Exception]]:
    """Every exception class that a library's module shows."""
    for _, cls in inspect.getmembers(module, inspect.isclass):
        if issubclass(cls, Exception):
            yield cls


def made(cls: type[Exception]) -> Exception:
    """An instance of `cls` without knowing its arguments; the message must not be looked at anyway."""
    error = cls.__new__(cls, "private")
    if issubclass(cls, pymongo.errors.OperationFailure):
        pymongo.errors.OperationFailure.__init__(cast("Any", error), "private", code=99_999)
    return error


REFUSED_BY_MONGO = {
    "InvalidDocument", "DocumentTooLarge", "BSONError", "InvalidBSON", "InvalidStringData", "InvalidId",
}  # fmt: skip
AWAY_FROM_MONGO = {
    "AutoReconnect", "BulkWriteError", "ClientBulkWriteException", "CollectionInvalid", "ConfigurationError",
    "ConnectionFailure", "CursorNotFound", "DuplicateKeyError", "EncryptedCollectionError", "EncryptionError",
    "ExecutionTimeout", "InvalidName", "InvalidOperation", "InvalidURI", "NetworkTimeout", "NotPrimaryError",
    "OperationFailure", "ProtocolError", "PyMongoError", "ServerSelectionTimeoutError", "WTimeoutError",
    "WaitQueueTimeoutError", "WriteConcernError", "WriteError", "_CertificateError", "_OperationCancelled",
}  # fmt: skip


@pytest.mark.parametrize(
    "cls",
    sorted({*exception_classes(pymongo.errors), *exception_classes(bson.errors)}, key=attrgetter("__name__")),
    ids=lambda c: c.__name__,
)
def test_every_mongo_exception_is_sorted_and_translated(cls: type[Exception]) -> None:
    """Each class of pymongo and bson is named above, leaves the adapter as ours, and quotes nothing."""
    name = "_CertificateError" if cls.__module__ == "ssl" else cls.__name__
    wanted = {True: Rejected, False: Unavailable}[name in REFUSED_BY_MONGO]
    assert name in REFUSED_BY_MONGO | AWAY_FROM_MONGO, f"{name} is new: decide what it means"
    with pytest.raises(wanted) as caught, mongo_errors_translated():
        raise made(cls)
    assert "private" not in str(caught.value)


@pytest.mark.parametrize(
    "code",
    [
        None,
        2,
        6,
        7,
        9,
        14,
        24,
        50,
        64,
        89,
        91,
        100,
        112,
        121,
        148,
        189,
        10107,
        11600,
        11602,
        13435,
        13436,
        14031,
        16500,
    ],
)
def test_what_a_server_answers_is_waited_out(code: int | None) -> None:
    """Elections, timeouts, locks, a full disk, codes that nobody knows and those that may be anyone's are outages."""
    assert isinstance(error_for_mongo(pymongo.errors.OperationFailure("private", code=code)), Unavailable)


@pytest.mark.parametrize("code", [13, 18, 20, 59, 61, 72, 79, 100, 115, 148, 166, 303, 8000, 13297, 14031])
def test_what_an_operator_has_to_correct_is_told(code: int) -> None:
    """Wrong credentials, rights, settings and servers hold the reviews and tell the operator; they refuse none."""
    error = error_for_mongo(pymongo.errors.OperationFailure("private", code=code))
    assert isinstance(error, Unavailable)
    assert "operator" in error.detail
    assert "private" not in error.detail


@pytest.mark.parametrize(
    "error", [OverflowError(), UnicodeEncodeError("utf-8", "x", 0, 1, "y"), ConnectionResetError()]
)
def test_python_errors_out_of_the_driver_are_translated(error: Exception) -> None:
    """What bson and sockets raise in Python's own classes is translated too."""
    with pytest.raises((Rejected, Unavailable)), mongo_errors_translated():
        raise error


@pytest.mark.parametrize("cls", sorted(exception_classes(httpx), key=attrgetter("__name__")), ids=lambda c: c.__name__)
def test_every_httpx_exception_is_translated_or_a_bug(cls: type[Exception]) -> None:
    """Each class of httpx is an outage, a matter of its status, or a named misuse of the library."""
    if issubclass(cls, PROGRAMMERS_ERRORS):
        assert not issubclass(cls, httpx.HTTPError), "what the adapters catch is no bug"
        return
    assert issubclass(cls, httpx.HTTPError | httpx.InvalidURL), "the adapters would not catch it"
    error = cast("Any", made(cls))
    if cls is httpx.HTTPStatusError:
        error.response = httpx.Response(503)
    ours = error_for_exception(error, API, NOW)
    assert isinstance(ours, Unavailable)
    assert "private" not in str(ours)


@pytest.mark.parametrize(
    "cls", sorted(exception_classes(aiokafka.errors), key=attrgetter("__name__")), ids=lambda c: c.__name__
)
def test_every_kafka_exception_is_translated(cls: type[Exception]) -> None:
    """Each class of aiokafka means that the start must wait, or that it is refused with a cure."""
    ours = error_for_kafka(made(cls), "creating topics")
    assert isinstance(ours, Unavailable | StartRefused)
    assert "private" not in str(ours)
