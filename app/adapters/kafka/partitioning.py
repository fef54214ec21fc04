"""Kafka's default partitioner."""

from collections.abc import Callable

from aiokafka.partitioner import murmur2


def partitioner(partitions: int) -> Callable[[bytes], int]:
    """Which of a topic's `partitions` a key's records lie in, as Java's client has it (murmur2)."""
    return lambda key: (murmur2(key) & 0x7FFFFFFF) % partitions
