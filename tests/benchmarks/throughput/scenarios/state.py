"""What the tables of a large course take: a worker's start from nothing, with its own disk, and after a kill."""

from dataclasses import asdict
from typing import Any

from tests.benchmarks import table_recovery
from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.port import PARTITIONS
from tests.benchmarks.throughput.sizes import Sizes


async def state(bench: Bench, sizes: Sizes, _peers: tuple[str, ...]) -> dict[str, Any]:
    """Seconds and memory of each start, and bytes on disk per student."""
    students, servers = sizes.state_students, bench.servers
    folder = bench.work_dir / "state"
    measured = await table_recovery.measure(
        servers.kafka, servers.mongo_url, folder, students, PARTITIONS, tell=bench.display.say
    )
    starts = {"cold": measured.cold, "warm": measured.warm, "after kill -9": measured.warm_after_kill}
    return {
        "students": students,
        "attempts": table_recovery.ATTEMPTS,
        "entry_bytes": table_recovery.ENTRY_BYTES,
        "bytes_per_student": round(measured.disk_bytes / students),
        "starts": {name: {**asdict(start), "recovery_s": round(start.recovery_s, 2)} for name, start in starts.items()},
    }
