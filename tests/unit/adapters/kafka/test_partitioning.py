"""Kafka's default partitioner."""

from aiokafka.partitioner import DefaultPartitioner

from app.adapters.kafka.partitioning import partitioner


def test_keys_lie_where_a_producer_puts_them() -> None:
    """The same partitions as those of aiokafka's own partitioner, which is what platforms produce with."""
    producers, partitions = DefaultPartitioner(), list(range(6))
    keys = [f"student-{number}".encode() for number in range(200)]
    places = [partitioner(6)(key) for key in keys]
    assert places == [producers(key, partitions, partitions) for key in keys]
    assert set(places) == set(partitions)
