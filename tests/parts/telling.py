"""Pytest's words about the real parts that a run used, gathered from the processes that ran its tests."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from tests.parts.choice import Parts

Used = Mapping[Literal["kafka", "lesser_kafka", "mongo"], str | bool | None]
"""What one process used, in types that travel between processes. None: it was not asked for."""

WHERE: Final = "real_parts"
"""Under this name a process of pytest-xdist hands it to the one that speaks."""

NOT_PROVED: Final = "DEGRADED: what only Apache Kafka can prove was not proved"


def used(parts: Parts) -> Used:
    """What this process used, once its tests have run."""
    kafka = parts.kafka
    return {
        "kafka": f"{kafka.name} ({kafka.why})" if kafka is not None else None,
        "lesser_kafka": kafka is not None and not kafka.is_apache_kafka,
        "mongo": parts.plan.lines()[1] if parts.mongo_url is not None else None,
    }


def summary(processes: Sequence[Used | None]) -> list[str]:
    """Lines for the end of a run. None stands for a process that ended without a word, by a crash or by Ctrl-C."""
    told = [process for process in processes if process is not None]
    silent = len(processes) - len(told)
    unasked = [] if silent else ["{}: not started, no test asked for it"]
    brokers = dict.fromkeys(str(process["kafka"]) for process in told if process["kafka"] is not None)
    databases = dict.fromkeys(str(process["mongo"]) for process in told if process["mongo"] is not None)
    lines = [f"kafka: ran on {broker}" for broker in brokers] or [line.format("kafka") for line in unasked]
    lines += databases or [line.format("mongodb") for line in unasked]
    if silent:
        lines.append(f"{silent} process(es) ended without telling what they ran on")
    if any(process["lesser_kafka"] for process in told):
        lines.append(NOT_PROVED)
    return lines
