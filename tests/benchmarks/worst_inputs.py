"""`python -m tests.benchmarks.worst_inputs`: the dearest megabytes that can be found for each door.

Logs are made of every piece, and of every two pieces, of all formats, repeated; notebooks of every two pieces of
IPython's and Python's syntax; archives of whatever costs most within the limits. All are tried small, and the dearest
at 1 MiB in a process of its own. Exit code 1 where one takes 2 s of the processor or `MEMORY_MB_MAX`.
"""

import json
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Final

import click

from app.core.limits import KIB, MIB, LogLimits, SourceLimits
from app.core.submission.tree import tree_from_file
from app.core.testlog import read_logs
from schemas.errors import Rejected
from tests.benchmarks.fresh_process import cost_of
from tests.builders import archives as made
from tests.builders.testlog_pieces import PIECES
from tests.fuzz.recipes import CELLS
from tests.unit.core.testlog.testlogs import SAMPLES

SECONDS_MAX: Final = 2.0
MEMORY_MB_MAX: Final = 300.0
_SMALL: Final = 24 * KIB
_BEGINNINGS: Final = ("", "=== FAILURES ===\n____ a ____\n", "TAP version 13\n1..1\nok 1 - a\n", "<testsuite>\n")
_NUMBERED: Final = (
    "a{n}.py::b PASSED [ 1%]\n",
    "a.py::b[{n}] FAILED [ 1%]\n",
    "a{n}.py .F [ 1%]\n",
    "FAILED a.py::b{n} - x\n",
    "[gw0] [ 1%] PASSED a.py::b{n}\n",
    "____ b{n} ____\nE   x\na.py:{n}: x\n",
    "a.py::b{n} SUBPASS [ 1%]\n",
    "test_{n} (m.T.test_{n}) ... ok\n",
    "test_{n} (m.T.test_{n}) ... FAIL\n",
    "a.b{n} ... ok\n",
    '{r}\nFAIL: test_{n} (m.T)\n{d}\nTraceback (most recent call last):\n  File "a.py", line {n}, in f\nE: x\n\n',
    "{r}\nFAIL: some words {n}\n{d}\nE: x\n\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n",
    "<testcase classname='a' name='b{n}'/>",
    "<testcase name='b{n}'><failure message='{n}'>x</failure></testcase>",
    "<testsuite name='s{n}'>",
    "ok {n} - a{n}\n",
    "not ok {n} - a{n}\n  ---\n  at: a.js:{n}:1\n  ...\n",
    "    ok {n} - a{n}\n",
    "--- FAIL: T{n} (0.00s)\n    a.go:{n}: x\n",
    "=== RUN   T{n}\n",
    "ok  \tp{n}\t0.1s\n",
    '{{"Action":"output","Package":"p{n}","Output":"--- PASS: T{n} (0.0s)\\n"}}\n',
    "PASS a{n}.test.js\n",
    "  ● a{n} › b\n\n",
    "    ✓ a{n} (1 ms)\n",
    "  {n}) a{n}:\n     Error: x\n      at f (a.js:{n}:1)\n",
    "  {n} passing (1ms)\n",
    "Failed example:\n    f({n})\nExpected:\n    1\nGot:\n    2\n",
    "exit code {n}\n",
    "TOTAL {n} 1 1%\n",
    '  File "a{n}.py", line {n}, in b\n',
    'Traceback (most recent call last):\n  File "a{n}.py", line 1, in b\nE: x\n',
)
_RULES: Final = {"r": "=" * 70, "d": "-" * 70}
_MODULE: Final = "tests.benchmarks.worst_inputs"

Build = Callable[[int], bytes]


@click.command()
@click.option("--kept", default=25, show_default=True, help="How many of each door are tried at full size.")
def main(kept: int) -> None:
    """Print the table."""
    failed = 0
    print(f"{'input':60} {'bytes':>9} {'s':>6} {'MB':>6}  became")  # noqa: T201
    for reader, candidates in (("log", _logs()), ("notebook", _notebooks()), ("archive", _archives())):
        for name, build in _dearest(reader, candidates, kept):
            data = build(MIB)
            cost = cost_of(f"{_MODULE}:{reader}", data)
            holds = cost.seconds < SECONDS_MAX and cost.memory_mb < MEMORY_MB_MAX
            failed += not holds
            mark = "" if holds else "  <-- out of bounds"
            label = f"{reader}: {name}"[:60]
            print(f"{label:60} {len(data):9} {cost.seconds:6.2f} {cost.memory_mb:6.1f}  {cost.said}{mark}", flush=True)  # noqa: T201
    print(f"{failed} out of bounds")  # noqa: T201
    sys.exit(1 if failed else 0)


def log(data: bytes) -> str:
    """Read a test log."""
    report = read_logs([("log", data.decode("utf-8", "surrogateescape"))], LogLimits())
    return ",".join(report.formats) if report and report.formats else "unknown"


def notebook(data: bytes) -> str:
    """Read a notebook."""
    return _tree("n.ipynb", data)


def archive(data: bytes) -> str:
    """Read an archive."""
    return _tree("upload", data)


def _tree(name: str, data: bytes) -> str:
    try:
        return f"{len(tree_from_file(name, data, SourceLimits()).files)} files"
    except Rejected as refusal:
        return refusal.reason.value


def _dearest(reader: str, candidates: Iterator[tuple[str, Build]], kept: int) -> list[tuple[str, Build]]:
    read = globals()[reader]
    timed = []
    for number, (name, build) in enumerate(candidates):
        data = build(_SMALL)
        started = time.process_time()
        read(data)
        timed.append((time.process_time() - started, number, name, build))
    timed.sort(reverse=True)
    return [(name, build) for _, _, name, build in timed[:kept]]


def _logs() -> Iterator[tuple[str, Build]]:
    for beginning, piece in product(_BEGINNINGS, PIECES):
        yield repr(beginning + piece), _repeated(beginning, piece)
    for first, second in product(PIECES, PIECES):
        yield repr(first + second), _repeated("", first + second)
    for piece in _NUMBERED:
        yield piece, _numbered(piece)
    yield "subtests in subtests", _indented
    for path in sorted(SAMPLES.iterdir()):
        if path.suffix in {".txt", ".xml"}:
            yield path.name, _repeated("", path.read_text())


def _repeated(beginning: str, piece: str) -> Build:
    return lambda size: (beginning + piece * (size // len(piece.encode("utf-8", "replace")))).encode("utf-8", "replace")


def _numbered(piece: str) -> Build:
    def build(size: int) -> bytes:
        number = size // len(piece.format(n=10_000, **_RULES))
        return "".join(piece.format(n=n, **_RULES) for n in range(number)).encode()

    return build


def _indented(size: int) -> bytes:
    return "".join(f"{'    ' * (n % 40)}not ok {n} - a{n}\n" for n in range(size // 100)).encode()


def _notebooks() -> Iterator[tuple[str, Build]]:
    for first, second in product(CELLS, CELLS):
        piece = first + second
        for cut in (False, True):
            label = f"{piece!r}, a cell each" if cut else repr(piece)
            yield label, _cells(piece, cut=cut)
    for piece in ("[", '{"a":', "[[],", '{"cells":', "1,", '"a",', "\\"):
        yield f"JSON of {piece}", _json_of(piece)


def _cells(piece: str, *, cut: bool) -> Build:
    def build(size: int) -> bytes:
        number = size // len(json.dumps(piece))
        if cut:
            cells = [{"cell_type": "code", "source": piece}] * (number // 8)
        else:
            cells = [{"cell_type": "code", "source": piece * number}]
        return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}).encode()

    return build


def _json_of(piece: str) -> Build:
    return lambda size: (piece * (size // len(piece))).encode()


def _tiny_in_zip(method: int, size: int) -> bytes:
    return made.zip_of({f"{number}.py": "" for number in range(min(size // 110, 19_999))}, method)


def _tiny_in_tar(mode: str, size: int) -> bytes:
    return made.tar_of({f"{number}.py": "" for number in range(min(size // 30, 19_999))}, mode)


def _noise_in_tar(mode: str, size: int) -> bytes:
    return made.tar_of({"a.csv": _noise(size)}, mode)


def _ignored_in_zip(rule: str, size: int) -> bytes:
    return made.zip_of({".gitignore": rule * 1000, **{f"{'ab' * 20}{n}.py": "" for n in range(size // 200)}})


def _archives() -> Iterator[tuple[str, Build]]:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield (
            f"tiny files, method {method}",
            partial(_tiny_in_zip, method),
        )
    for mode in ("w:gz", "w:bz2", "w:xz"):
        yield (
            f"tiny files, {mode}",
            partial(_tiny_in_tar, mode),
        )
        yield f"noise in a data file, {mode}", partial(_noise_in_tar, mode)
        yield f"near the ratio, {mode}", partial(_near_the_ratio, mode=mode)
    yield "deep folders", lambda size: made.zip_of({f"{'d/' * 30}{n}.py": "" for n in range(size // 240)})
    yield (
        "files to guess at",
        lambda size: made.zip_of(
            {
                f"{n}.py": (f"# привет, это файл {n}, а это его текст\n" * (size // 2500)).encode("koi8-r")
                for n in range(64)
            },
            zipfile.ZIP_STORED,
        ),
    )
    for rule in ("*a*b*c*d\n", "**/a/**/b\n", "[!a-z]*\n", "a/**\n", "?" * 40 + "\n"):
        yield (
            f".gitignore of {rule!r}",
            partial(_ignored_in_zip, rule),
        )
    yield (
        "zips in zips",
        lambda size: made.zip_of(
            {f"{n}.zip": made.zip_of({f"{n}.py": "x = 1\n"}) for n in range(min(size // 230, 19_000))}
        ),
    )
    yield (
        "damaged zips in a zip",
        lambda size: made.zip_of({f"{n}.zip": b"PK\x03\x04" + bytes(20) for n in range(min(size // 130, 19_000))}),
    )
    yield (
        "notebooks",
        lambda size: made.zip_of(
            {
                f"{n}.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": "(" * 100}] * 4})
                for n in range(size // 900)
            }
        ),
    )
    yield "one text of zeros", lambda size: made.zip_of({"a.py": "0 " * (size // 4)})


def _noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def _near_the_ratio(size: int, mode: str) -> bytes:
    """As much as the ratio allows, all of it unpacked to be passed over."""
    return made.tar_of({"noise.csv": _noise(size * 9 // 10), "zeros.csv": bytes(size * 150)}, mode)


if __name__ == "__main__":
    main()
