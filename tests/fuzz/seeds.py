"""What a fuzzer starts from: one small input of each format, as its door takes it, and a few recipes."""

import json
import tarfile
from collections.abc import Mapping

from tests.builders import archives as made
from tests.builders import zst_archives as zst
from tests.unit.core.testlog.testlogs import SAMPLES

_FILES: Mapping[str, made.Content] = {"hw/main.py": "x = 1\n", "hw/.gitignore": "*.txt\n", "hw/a.txt": "a"}
_RECIPES = [bytes((number * step) % 256 for number in range(400)) for step in (1, 3, 7, 29, 101, 173)]
_BOOK = json.dumps({"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": ["%time x\n", "y = 1"]}]})
_OLD_BOOK = json.dumps({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = !ls"}]}]})


def seeds(door: str) -> list[bytes]:
    """The inputs for `door`."""
    read_as_they_are = {"archives": _archives, "notebooks": _notebooks, "logs": _logs}[door]()
    return [*read_as_they_are, *(b"\x01" + recipe for recipe in _RECIPES)]


def _archives() -> list[bytes]:
    packed = [
        made.zip_of(_FILES),
        made.zip64_of(_FILES),
        made.zip_with_link("a/link", "../b"),
        made.nested_zip(2),
        *(made.tar_of(_FILES, f"w:{kind}") for kind in ("", "gz", "bz2", "xz")),
        made.tar_of({"д" * 120 + ".py": ""}),
        made.tar_of({"д" * 120 + ".py": ""}, form=tarfile.GNU_FORMAT),
        zst.archive_of(_FILES),
        zst.as_pzstd_writes(_FILES, 700),
    ]
    return [b"\x00\x00" + data for data in packed]


def _notebooks() -> list[bytes]:
    return [b"\x00" + book.encode() for book in (_BOOK, _OLD_BOOK)]


def _logs() -> list[bytes]:
    return [b"\x00" + path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix in {".txt", ".xml"}]
