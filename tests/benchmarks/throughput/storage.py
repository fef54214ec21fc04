"""What an installation left behind: bytes in the broker's topics, in MongoDB's collections, in the worker's folder."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from bson import BSON
from pymongo import AsyncMongoClient

from tests.benchmarks.throughput.port import Place


def topic_bytes(broker_dir: Path, place: Place) -> dict[str, int]:
    """Bytes in each topic of that prefix, the prefix taken off, as they lie on the broker's disk."""
    found: Counter[str] = Counter()
    for segment in (broker_dir / "data").glob(f"{place.prefix}-*/*.log"):
        name = re.sub(r"-\d+$", "", segment.parent.name).removeprefix(f"{place.prefix}-")
        found[name] += segment.stat().st_size
    return dict(found)


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def collection_bytes(place: Place) -> dict[str, int]:
    """Bytes of each collection's documents as BSON, before the server compresses them and without indexes."""
    found: dict[str, int] = {}
    async with AsyncMongoClient[dict[str, Any]](place.mongo_url) as client:
        for name in await client[place.prefix].list_collection_names():
            found[name] = sum([len(BSON.encode(document)) async for document in client[place.prefix][name].find({})])
    return found
