"""A MongoDB client whose one collection is a dictionary and refuses what a test says, by code."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from pymongo.errors import OperationFailure

Document = dict[str, Any]
Refuse = Callable[[str, Document], OperationFailure | None]
"""Given the operation's name and its document, key included, the error to raise, if any."""


class ScriptedCollection:
    """As much of a motor collection as the store uses. `written` keeps the `_id` of every document that ever came."""

    full_name = "reviewstream.reviews"
    name = "reviews"

    def __init__(self, refuse: Refuse = lambda _operation, _document: None) -> None:
        self.refuse = refuse
        self.documents: dict[str, Document] = {}
        self.written: list[str] = []
        self.indexes: dict[str, Mapping[str, Any]] = {"_id_": {"key": [("_id", 1)], "v": 2}}

    def client(self) -> Any:
        """A client that has this collection under every name."""
        return _Client(SimpleNamespace(get_collection=lambda _name, **_options: self))

    async def find_one_and_update(
        self, key: Document, update: Document, *, upsert: bool, return_document: bool
    ) -> Document:
        """Insert unless there; what is there now."""
        assert return_document
        await self.update_one(key, update, upsert=upsert)
        return dict(self.documents[key["_id"]])

    async def update_one(self, key: Document, update: Document | list[Document], *, upsert: bool = False) -> Any:
        """Insert unless there, or mark it published, which is a pipeline."""
        identity = key["_id"]
        is_there = identity in self.documents
        if isinstance(update, list):
            self._ask("mark", key)
            return SimpleNamespace(matched_count=int(is_there), upserted_id=None)
        assert upsert
        self._ask("store", key | update["$setOnInsert"])
        if not is_there:
            self.documents[identity] = key | update["$setOnInsert"]
            self.written.append(identity)
        return SimpleNamespace(matched_count=int(is_there), upserted_id=None if is_there else identity)

    async def delete_one(self, key: Document) -> None:
        """Remove it."""
        self._ask("delete", key)
        self.documents.pop(key["_id"], None)

    async def create_indexes(self, _indexes: list[Any]) -> None:
        """Refuse, or pretend."""
        self._ask("indexes", {})

    async def index_information(self) -> dict[str, Mapping[str, Any]]:
        """What there is."""
        return self.indexes

    def _ask(self, operation: str, document: Document) -> None:
        error = self.refuse(operation, document)
        if error is not None:
            raise error


class _Client:
    def __init__(self, database: Any) -> None:
        self._database = database

    def __getitem__(self, _name: str) -> Any:
        return self._database


def failure(code: int, words: str = "words") -> OperationFailure:
    """What pymongo raises for a server's answer of `code`."""
    return OperationFailure(words, code, {"ok": 0, "code": code, "errmsg": words})
