"""What every consumer of ours can read, and what it never sees."""

from typing import Final

from aiokafka import codec
from aiokafka.consumer import fetcher

from app.kafka.errors import CODECS_CURE
from app.kafka.header_names import TolerantRecords
from schemas.errors import StartRefused

READ_COMMITTED: Final = "read_committed"
"""Isolation level of every consumer: a record of a transaction that was aborted was never produced."""

fetcher.MemoryRecords = TolerantRecords  # there is no other way in, and no consumer of ours may end by a header's name


def check_codecs() -> None:
    """Raise `StartRefused` unless this Python unpacks every codec that a producer or a broker may choose."""
    readable = {"gzip": codec.has_gzip, "snappy": codec.has_snappy, "lz4": codec.has_lz4, "zstd": codec.has_zstd}
    missing = [name for name, is_there in readable.items() if not is_there()]
    if missing:
        raise StartRefused(f"records compressed with {', '.join(missing)} cannot be read here", CODECS_CURE)
