"""Names of headers that are not UTF-8: every record is read, in every batch."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from aiokafka.record.memory_records import MemoryRecords

from app.kafka import fetching
from app.kafka.header_names import TolerantRecords
from tests.builders.header_names import BadName

PLACE = TopicPartition("submissions", 0)


def a_batch(base: int, names: list[str], codec: int) -> bytes:
    """A batch from offset `base` on; each record has a header of its name, and one whose value is null."""
    builder = _DefaultRecordBatchBuilderPy(
        magic=2, compression_type=codec, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1,
        batch_size=1 << 20,
    )  # fmt: skip
    for at, name in enumerate(names):
        value = None if at % 3 == 2 else f"v{base + at}".encode()
        builder.append(at, timestamp=1, key=b"anna", value=value, headers=[(name, b"1"), ("null", None)])
    data = bytearray(builder.build())
    data[0:8] = base.to_bytes(8, "big")
    return bytes(data)


def read(records: Any, position: int = 0) -> list[tuple[int, str]]:
    """Offsets and first header names, as the fetcher reads them."""
    found = PartitionRecords(PLACE, records, [], position, None, None, True, fetcher.READ_COMMITTED)
    return [(record.offset, record.headers[0][0]) for record in found]


@pytest.mark.parametrize("codec", [0, 1], ids=["plain", "gzip"])
@pytest.mark.parametrize("position", [0, 2, 3])
def test_every_record_is_read(codec: int, position: int) -> None:
    """Those before, between and behind such names, also where reading begins in the middle of a batch."""
    names = [["a", BadName("b"), "ж", BadName("c")], [BadName("d"), "e"], ["f"]]
    data = b"".join(a_batch(base, batch, codec) for base, batch in zip((0, 4, 6), names, strict=True))
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(data), position)
    marked = r"\xff\xfe"
    expected = list(enumerate(["a", marked, "ж", marked, marked, "e", "f"]))
    assert read(TolerantRecords(data), position) == expected[position:]


def test_a_batch_that_is_read_once_more_goes_on_where_it_was() -> None:
    """By itself: the fetcher, which drops what it has seen, is not what keeps a record from coming twice."""
    batch = TolerantRecords(a_batch(4, ["a", BadName("b"), "c"], 0)).next_batch()
    assert [record.offset for record in batch] == [4, 5, 6]


def test_what_is_well_is_read_as_aiokafka_reads_it() -> None:
    """Keys, values, times and headers; a batch that was cut off is left out."""
    data = a_batch(0, ["a", "b", "c"], 1) + a_batch(3, ["d"], 0) + a_batch(4, ["e"], 0)[:-1]

    def everything(records: Any) -> list[Any]:
        return list(PartitionRecords(PLACE, records, [], 0, None, None, True, fetcher.READ_COMMITTED))

    assert everything(TolerantRecords(data)) == everything(MemoryRecords(data))
    assert len(everything(TolerantRecords(data))) == 4
    assert TolerantRecords(data).size_in_bytes() == len(data)
    assert not TolerantRecords(data[:20]).has_next()


def test_each_consumer_reads_so() -> None:
    """Of a worker, of the web's projection, of the commands."""
    assert fetching.READ_COMMITTED
    assert fetcher.MemoryRecords is TolerantRecords
