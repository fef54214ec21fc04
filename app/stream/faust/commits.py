"""What must hold between a group's committed offsets and the topics before an event is taken.

Where a topic ends below the group's commit, aiokafka begins with the earliest record without a word, and everything
below the commit would be taken for done: a topic that was made anew, or that lost its last records.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.events.offsets import Partition
from schemas.errors import StartRefused


@dataclass(frozen=True, slots=True)
class CommitState:
    """One partition's committed offset, and where it ends."""

    committed: int
    end: int


def judge_commits(group: str, states: Mapping[Partition, CommitState]) -> StartRefused | None:
    """Why the worker must not begin where the commits of `group` stand, with the way out; None if all is well.

    A commit below the end is fine, wherever it is: a group may be set back.
    """
    beyond = {partition: state for partition, state in sorted(states.items()) if state.committed > state.end}
    if not beyond:
        return None
    listed = ", ".join(f"{topic}[{n}] ends at {s.end}, committed {s.committed}" for (topic, n), s in beyond.items())
    wanted = " ".join(f"--topic {topic}:{number}" for topic, number in beyond)
    return StartRefused(
        f"group {group} has committed offsets beyond the ends of their partitions ({listed}): the topic was deleted "
        "and created anew, or lost its last records, or this is another cluster",
        "point the worker at the right cluster; or stop all workers and say where to go on: kafka-consumer-groups.sh "
        f"--group {group} --reset-offsets --to-earliest {wanted} --execute takes all that is there, with --to-latest "
        "only what comes",
    )
