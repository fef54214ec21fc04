"""Clients of the database server that contracts run on."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from app.adapters.mongo.reviews import connect_mongo

Client = AsyncIOMotorClient[dict[str, Any]]


@pytest.fixture
async def mongo_client(mongo_url: str) -> AsyncIterator[Client]:
    """A client of the server that all tests share."""
    client = connect_mongo(mongo_url, timeout_s=30)
    yield client
    client.close()


@pytest.fixture
async def mongo_database(mongo_client: Client) -> AsyncIterator[str]:
    """A database's name that is one test's own; it is removed in the end."""
    name = f"test_{uuid4().hex}"
    yield name
    await mongo_client.drop_database(name)


@pytest.fixture
async def mongo_away() -> AsyncIterator[Client]:
    """A client of a server that is not there."""
    client = connect_mongo("mongodb://127.0.0.1:1", timeout_s=0.2)
    yield client
    client.close()
