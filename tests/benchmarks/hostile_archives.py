"""`python -m tests.benchmarks.hostile_archives`: what each hostile archive costs, each in a process of its own.

The bounds are a second of the processor and 100 MB beyond what the interpreter with our code takes. Exit code 1
where one is passed, or where an archive is refused for another reason than it should be.
"""

import sys
from typing import Final

from app.core.limits import SourceLimits
from app.core.submission.tree import tree_from_archive
from schemas.errors import Rejected
from tests.benchmarks.fresh_process import cost_of
from tests.builders.hostile_archives import HOSTILE

SECONDS_MAX: Final = 1.0
MEMORY_MB_MAX: Final = 100.0


def main() -> None:
    """Print the table."""
    failed = 0
    print(f"{'archive':40} {'bytes':>10} {'s':>6} {'MB':>6}  refused as")  # noqa: T201
    for name, (build, reason) in HOSTILE.items():
        data = build()
        cost = cost_of("tests.benchmarks.hostile_archives:read", data)
        holds = cost.said == reason and cost.seconds < SECONDS_MAX and cost.memory_mb < MEMORY_MB_MAX
        failed += not holds
        mark = "" if holds else "  <-- out of bounds"
        print(f"{name:40} {len(data):10} {cost.seconds:6.2f} {cost.memory_mb:6.1f}  {cost.said}{mark}")  # noqa: T201
    print(f"{len(HOSTILE)} archives, {failed} out of bounds")  # noqa: T201
    sys.exit(1 if failed else 0)


def read(data: bytes) -> str:
    """Read an archive as the stream would: the reason it is refused for."""
    try:
        tree_from_archive(data, SourceLimits())
    except Rejected as refusal:
        return refusal.reason.value
    return "read"


if __name__ == "__main__":
    main()
