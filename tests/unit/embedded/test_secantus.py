"""What is asked of SecantusDB's clients."""

from pathlib import Path

from pymongo import AsyncMongoClient

from app.embedded.database.secantus import SecantusDb


async def test_its_clients_have_no_write_noted_for_a_repetition(tmp_path: Path) -> None:
    """It looks through all such notes at each write, ten thousand in the end: so its driver never asks for one."""
    async with AsyncMongoClient[dict[str, object]](SecantusDb(tmp_path).url) as client:
        assert client.options.retry_writes is False
