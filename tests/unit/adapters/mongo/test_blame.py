"""Whom an answer of MongoDB blames: this document only where a plain one is taken, and indexes before the start."""

from typing import Any

import pytest

from app.adapters.doctor.start_notes import check_collection
from app.adapters.mongo.errors import DOCUMENT_CODES
from app.adapters.mongo.indexes import INDEXES, name_of
from app.adapters.mongo.reviews import PROBE_PREFIX, MongoReviews
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from tests.builders.records import NOON, a_review
from tests.fakes.collection import Document, ScriptedCollection, failure

CODES = sorted(DOCUMENT_CODES)


def of_a_probe(document: Document) -> bool:
    """Whether a document is written only to be looked at."""
    return str(document["_id"]).startswith(PROBE_PREFIX)


def a_store(collection: ScriptedCollection) -> MongoReviews:
    """The store on a scripted collection."""
    return MongoReviews(collection.client(), "reviewstream")


@pytest.mark.parametrize("code", CODES)
async def test_document_that_alone_is_refused_is_refused(code: int) -> None:
    """Where a plain document is taken the code is believed, and nothing of the plain one stays behind."""
    collection = ScriptedCollection(
        lambda operation, document: failure(code) if operation == "store" and not of_a_probe(document) else None
    )
    with pytest.raises(Rejected, match=f"code {code}") as caught:
        await a_store(collection).store(a_review())
    assert caught.value.reason is Reason.STORE_REFUSED
    assert collection.documents == {}
    assert [name.startswith(PROBE_PREFIX) for name in collection.written] == [True]


@pytest.mark.parametrize("code", CODES)
async def test_server_that_refuses_every_document_is_an_outage(code: int) -> None:
    """A write concern, a missing journal or a validator that no document passes holds the reviews, in its words."""
    words = "cannot use 'j' option when a host\ndoes not have\x1b[2J journaling enabled"
    collection = ScriptedCollection(lambda operation, _: failure(code, words) if operation == "store" else None)
    with pytest.raises(Unavailable, match="operator has to act") as caught:
        await a_store(collection).store(a_review())
    assert caught.value.dependency is Dependency.MONGODB
    assert "cannot use 'j' option when a host does not have" in caught.value.detail
    assert "\x1b" not in caught.value.detail


@pytest.mark.parametrize("code", CODES)
async def test_marking_is_judged_by_a_plain_document_too(code: int) -> None:
    """A server that knows no pipelines (code 9) refuses to mark any review published: none is at fault."""
    collection = ScriptedCollection(lambda operation, _: failure(code) if operation == "mark" else None)
    store = a_store(collection)
    await store.store(a_review())
    with pytest.raises(Unavailable, match="operator has to act"):
        await store.mark_published(a_review(), NOON)
    assert list(collection.documents) == [str(a_review().review_id)]


async def test_words_about_the_review_are_never_quoted() -> None:
    """The server's words are repeated of the plain document alone: those about a review may quote it."""

    def refuse(operation: str, document: Document) -> Any:
        return None if operation != "store" else failure(2, "plain" if of_a_probe(document) else "student's text")

    with pytest.raises(Unavailable) as caught:
        await a_store(ScriptedCollection(refuse)).store(a_review())
    assert "plain" in caught.value.detail
    assert "student" not in caught.value.detail


async def test_plain_document_that_could_not_be_removed_is_not_written() -> None:
    """A user without the right to remove leaves no plain document behind: the review waits instead."""

    def refuse(operation: str, document: Document) -> Any:
        return failure({"store": 2, "delete": 13}[operation]) if operation != "mark" else None

    collection = ScriptedCollection(refuse)
    with pytest.raises(Unavailable, match="code 13"):
        await a_store(collection).store(a_review())
    assert collection.written == []


@pytest.mark.parametrize("code", [13, 64, 79, 91, 100, 112, 189, 10107, 14031, 16500, 99_999])
async def test_other_codes_ask_nothing(code: int) -> None:
    """What blames no document is an outage without a further question."""
    asked: list[str] = []

    def refuse(operation: str, _document: Document) -> Any:
        asked.append(operation)
        return failure(code)

    with pytest.raises(Unavailable):
        await a_store(ScriptedCollection(refuse)).store(a_review())
    assert asked == ["store"]


FOREIGN: dict[str, dict[str, Any]] = {
    "same name, other fields": {"unpublished": {"key": [("model", 1)]}},
    "same fields, other name": {"theirs": {"key": [("new_submission_id", 1.0)], "v": 2}},
    "same name, unique": {"new_submission_id": {"key": [("new_submission_id", 1)], "unique": True}},
    "same name, ends documents": {"new_submission_id": {"key": [("new_submission_id", 1)], "expireAfterSeconds": 0}},
    "same name, not partial": {"unpublished": {"key": [("stored_at", 1)]}},
    "same name, other direction": {"assignment_timestamp": {"key": [("assignment_id", 1), ("timestamp", 1)]}},
    "same name, text": {"new_submission_id": {"key": [("new_submission_id", "text")]}},
}


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN.keys())
async def test_foreign_index_refuses_the_start_by_name(foreign: dict[str, Any]) -> None:
    """An index in the place of one of ours is named before anything is consumed, with the command that drops it."""
    collection = ScriptedCollection()
    collection.indexes |= foreign
    (name,) = foreign
    for ask in (a_store(collection).missing_indexes, lambda: check_collection(a_store(collection))):
        with pytest.raises(StartRefused) as caught:
            await ask()
        assert name in caught.value.cause
        assert f'db.reviews.dropIndex("{name}")' in caught.value.cure


@pytest.mark.parametrize("code", [85, 86])
async def test_conflict_while_indexes_are_made_is_no_refusal_of_a_review(code: int) -> None:
    """The server's own conflict ends the worker, also where nothing foreign is seen."""
    collection = ScriptedCollection(lambda operation, _: failure(code) if operation == "indexes" else None)
    with pytest.raises(StartRefused, match="drop it"):
        await a_store(collection).ensure_indexes()


@pytest.mark.parametrize("code", [2, 9, 13, 67, 72, 121, 197])
async def test_indexes_that_cannot_be_made_refuse_no_review(code: int) -> None:
    """A server that does not take our indexes holds the reviews; it dead-letters none."""
    collection = ScriptedCollection(lambda operation, _: failure(code) if operation == "indexes" else None)
    with pytest.raises(Unavailable, match=f"our indexes cannot be made.*code {code}, words"):
        await a_store(collection).ensure_indexes()


async def test_other_indexes_are_nobodys_business() -> None:
    """Indexes of an operator's own beside ours are no conflict, nor ours with a server's own figures."""
    collection = ScriptedCollection()
    collection.indexes |= {
        "theirs": {"key": [("model", 1)]},
        "partial of theirs": {"key": [("new_submission_id", 1)], "partialFilterExpression": {"generation": 0}},
        **{
            name_of(ours): {
                **ours.document,
                "v": 2,
                "key": [(f, float(way)) for f, way in ours.document["key"].items()],
            }
            for ours in INDEXES
        },
    }
    assert await a_store(collection).missing_indexes() == ()


async def test_start_goes_on_while_the_store_is_away() -> None:
    """A database may come up after the worker: a start that cannot look does not end."""

    class Away:
        async def missing_indexes(self) -> tuple[str, ...]:
            raise Unavailable(Dependency.MONGODB, "away")

    await check_collection(Away())
