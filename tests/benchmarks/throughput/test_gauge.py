"""What the gauge reads of a process: this one."""

import os
from pathlib import Path

from tests.benchmarks.throughput import gauge


def test_files_of_entries_are_no_descriptors_that_grow(tmp_path: Path) -> None:
    """RocksDB opens one for each file of entries, and closes it once they are merged; any other file counts."""
    before = gauge.descriptors_of(os.getpid())
    with (tmp_path / "000012.sst").open("wb"), (tmp_path / "other").open("wb"):
        assert gauge.descriptors_of(os.getpid()) == before + 1
