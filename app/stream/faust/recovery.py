"""What must hold between a recovered table and its source topic before an event is taken.

A stamp says that everything up to an offset was emitted. Where the topic ends below it, or where the group has no
committed offset although it has stamps, offsets and stamps do not belong together: carrying on would take new
submissions for old ones, or repeat a whole topic.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.stream.faust.app import ReviewApp
from schemas.errors import StartRefused


@dataclass(frozen=True, slots=True)
class PartitionState:
    """One source partition: its table's highest stamp, the topic's end, the group's committed offset, or None."""

    stamp: int | None
    end: int
    committed: int | None


def judge_recovered(topic: str, group: str, states: Mapping[int, PartitionState]) -> StartRefused | None:
    """Why the worker must not consume `topic`, with the way out; None if all is well."""
    beyond = {p: s for p, s in states.items() if s.stamp is not None and s.end <= s.stamp}
    if beyond:
        listed = ", ".join(f"partition {p} ends at {s.end}, stamp {s.stamp}" for p, s in sorted(beyond.items()))
        return StartRefused(
            f"topic {topic} is not the one that the tables were built from ({listed}): it was deleted and created "
            "anew, or this is another cluster",
            f"point the worker at the right cluster; or, to begin afresh, set another KAFKA_GROUP_ID, which starts "
            f"with empty tables (the old ones are the changelog topics of {group})",
        )
    orphaned = {p: s.stamp for p, s in states.items() if s.stamp is not None and s.committed is None}
    if orphaned:
        resets = " ".join(f"{topic}:{p}={stamp + 1}" for p, stamp in sorted(orphaned.items()))
        return StartRefused(
            f"group {group} has no committed offset for {topic} partitions {sorted(orphaned)}, although their tables "
            "are stamped: Kafka forgets the offsets of a group that was idle for seven days",
            "stop all workers and set the offsets to one past the stamps, with Kafka's kafka-consumer-groups.sh "
            f"--group {group} --reset-offsets --to-offset N --topic TOPIC:PARTITION --execute, for {resets}",
        )
    return None


async def check_recovered(app: ReviewApp, stamps: Mapping[int, int], source: str) -> None:
    """Judge the assigned partitions of `source` by the table's highest stamps; stop the worker if need be."""
    held = [tp for tp in app.consumer.assignment() if tp.topic == source]
    ends = await app.consumer.highwaters(*held)
    committed = await app.committed_offsets(held)
    states = {tp.partition: PartitionState(stamps.get(tp.partition), ends[tp], committed[tp]) for tp in held}
    refusal = judge_recovered(source, app.conf.id, states)
    if refusal is not None:
        await app.crash(refusal)
        return
