"""Archives and notebooks built from dice: valid in most of their parts, odd in some."""

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from backports import zstd

from tests.builders import archives as made
from tests.fuzz.dice import Dice

_NAMES: Final = (
    "main.py", "Main.py", "a/b.py", "a", "hw/main.py", "hw/n.ipynb", "data.csv", ".gitignore", "inner.zip",
    "hw/inner.tar.gz",
    "inner.tar", "deep.tar.zst", "../a.py", "/etc/passwd", "C:\\a.py", "a\\b.py", ".git/config", "venv/pyvenv.cfg",
    "й.py",
    "й.py", "a//b.py", ".", "", "..", "x" * 600, "d/" * 40 + "a.py", ".env", "setup.cfg", "Dockerfile", "q.sql",
)  # fmt: skip
_TEXTS: Final = (
    b"x = 1\n", b"", b"\xff\xfe\x00a", b"\xef\xbb\xbfx = 1\n", b"# -*- coding: cp1251 -*-\n# \xef\xf0\n",
    b"\xcf\xf0\xe8\xe2\xe5\xf2\n",
    b"*.py\n!main.py\n/a/**/b\n[a-\n", b"\x00binary", b'{"cells":[{"cell_type":"code","source":["x = 1"]}]}',
    b"\r\n\r",
)  # fmt: skip
_TAR_KINDS: Final = (
    tarfile.REGTYPE, tarfile.REGTYPE, tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE,
    tarfile.CHRTYPE,
    tarfile.FIFOTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE,
    tarfile.XGLTYPE, tarfile.CONTTYPE, b"Z",
)  # fmt: skip
_MODES: Final = (0, 0, 0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK)
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_PACKERS: Final[Sequence[Callable[[bytes], bytes]]] = (
    lambda data: data,
    gzip.compress,
    bz2.compress,
    lambda data: lzma.compress(data, preset=0),
    zstd.compress,
)
_LEVELS: Final = 3
CELLS: Final = (
    "%matplotlib inline", "!pip install x", "%%bash\nls", "%%time\n", "x = !ls", "a?", "??b", "'''", '"""', "(",
    ")", "\\",
    "def f():\n    %magic", "# --- cell 3 ---", "# --- notebook ---", "x = 1", "\r", "\u2028", "\x00", "f'{'", "#",
    "\t", " ",
    "%%writefile a.py\n", "\ud800", "x = %time y", "a != !b", "{", "}", "[", "]", "\n", "\\\n",
)  # fmt: skip
_VALUES: Final[Sequence[Any]] = (
    None, True, 0, -1, 1e308, "", "code", "markdown", "raw", "heading", "error", "pyerr", [], {}, [[]], {"name": "R"},
    {"name": "python"}, ["a", 1, None], "NameError", "x" * 100, {"source": "x"}, {"text/plain": ["x"]},
)  # fmt: skip
NOTEBOOK_KEYS: Final = (
    "cells", "worksheets", "cell_type", "source", "input", "outputs", "metadata", "ename", "output_type", "nbformat",
    "language_info", "kernelspec", "name", "language", "execution_count",
)  # fmt: skip


def archive(dice: Dice) -> bytes:
    """An archive that is valid but for what the dice say; archives within it are built after it, not by recursion."""
    inner = b""
    for _ in range(1 + dice.byte() % _LEVELS):
        inner = _zip(dice, inner) if dice.byte() % 2 else _tar(dice, inner)
    damaged = bytearray(inner)
    for _ in range(dice.byte() % 4):
        if damaged:
            damaged[dice.number() % len(damaged)] = dice.byte()
    return bytes(damaged[: len(damaged) - dice.number()]) if dice.byte() % 8 == 1 else bytes(damaged)


def _content(dice: Dice, inner: bytes) -> bytes:
    kind = dice.byte()
    if kind % 4 == 0 and inner:
        return inner
    if kind % 16 == 1:
        return dice.choose(_TEXTS) * (dice.number() // 8)
    return dice.take(dice.byte()) if kind % 8 == 2 else dice.choose(_TEXTS)


def _name(dice: Dice) -> str:
    name = dice.choose(_NAMES)
    return dice.take(dice.byte() % 32).decode("latin-1") if dice.byte() % 8 == 1 else name


def _zip(dice: Dice, inner: bytes) -> bytes:
    entries = [
        (made.zip_entry(_name(dice), dice.choose(_MODES)), _content(dice, inner)) for _ in range(dice.byte() % 6)
    ]
    with suppress(UnicodeError):  # a name that Python's own packer cannot write
        return made.zip_of_entries(entries, dice.choose(_METHODS))
    return b"PK\x05\x06" + bytes(18)


def _tar(dice: Dice, inner: bytes) -> bytes:
    """Header blocks by hand, so that sizes and types may be anything, with true checksums."""
    data = b""
    for _ in range(dice.byte() % 6):
        info = made.tar_entry(_name(dice)[:100], dice.choose(_TAR_KINDS), dice.choose(_NAMES)[:100])
        content = _content(dice, inner)
        if info.type == tarfile.XHDTYPE and dice.byte() % 2:
            content = _pax(dice)
        info.size = len(content) if dice.byte() % 8 else dice.number() - 100
        with suppress(ValueError, UnicodeError):
            data += info.tobuf(dice.choose((tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT)), "utf-8", "surrogateescape")
            data += content + bytes(-len(content) % 512)
    data += made.tar_end() if dice.byte() % 8 else b""
    packed = dice.choose(_PACKERS)(data)
    return packed * (1 + dice.byte() % 3) if dice.byte() % 8 == 1 else packed


def _pax(dice: Dice) -> bytes:
    made_of = b""
    for _ in range(dice.byte() % 4):
        key = dice.choose((b"path", b"linkpath", b"size", b"GNU.sparse.major", b"SCHILY.xattr.x", b"mtime"))
        record = b" " + key + b"=" + dice.take(dice.byte() % 64) + b"\n"
        made_of += str(len(record) + (2 if len(record) < 98 else 3)).encode() + record
    return made_of


def notebook(dice: Dice) -> Any:
    """A document of nbformat 3 or 4 whose parts may be anything."""
    cells: list[Any] = []
    for _ in range(dice.byte() % 12):
        source = "".join(dice.choose(CELLS) for _ in range(dice.byte() % 24))
        cell: dict[str, Any] = {
            "cell_type": "code" if dice.byte() % 4 else dice.choose(_VALUES),
            dice.choose(("source", "input")): source.splitlines(keepends=True) if dice.byte() % 2 else source,
            "outputs": [{"output_type": dice.choose(_VALUES), "ename": dice.choose(_VALUES)}],
        }
        if dice.byte() % 8 == 1:
            cell[dice.choose(NOTEBOOK_KEYS)] = dice.choose(_VALUES)
        cells.append(cell if dice.byte() % 16 else dice.choose(_VALUES))
    document: dict[str, Any] = {"nbformat": 4, "metadata": {}, "cells": cells}
    if dice.byte() % 4 == 1:
        document = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}, dice.choose(_VALUES)]}
    if dice.byte() % 4 == 1:
        document["metadata"] = {dice.choose(NOTEBOOK_KEYS): dice.choose(_VALUES)}
    if dice.byte() % 8 == 1:
        document[dice.choose(NOTEBOOK_KEYS)] = dice.choose(_VALUES)
    return document
