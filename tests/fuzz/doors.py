"""What each door does with any bytes. Nothing but the project's own refusals may leave it.

Of each input the first byte decides whether the rest is read as it is, or as a recipe that builds something valid in
most of its parts: a fuzzer that only changes bytes would never get past a checksum.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from app.core.limits import MIB, LogLimits, SourceLimits
from app.core.submission.notebook import is_converted, read_notebook, restore_notebook
from app.core.submission.sources import FileKind
from app.core.submission.tree import restore_tree, tree_from_archive, tree_from_file
from app.core.testlog import compare, read_logs
from schemas.errors import Rejected
from tests.builders.testlog_pieces import PIECES, assert_within
from tests.fuzz.dice import Dice
from tests.fuzz.recipes import NOTEBOOK_KEYS, archive, notebook

SOURCES: Final = SourceLimits()
SMALL_SOURCES: Final = replace(
    SOURCES,
    members_max=50,
    uncompressed_bytes_max=4 * MIB,
    ratio_floor_bytes=MIB,
    streams_max=20,
    text_chars_max=50_000,
)
LOGS: Final = LogLimits()


@dataclass(frozen=True, slots=True)
class Door:
    """One way in: what reads any bytes, and words that its readers look for."""

    read: Callable[[bytes], None]
    words: tuple[bytes, ...]


def read_archive_bytes(data: bytes) -> None:
    """Read an archive; the tree that it gives is bounded and restores itself from its texts."""
    dice = Dice(data)
    raw = dice.byte() % 4
    limits = SMALL_SOURCES if dice.byte() % 2 else SOURCES
    packed = dice.rest() if raw == 0 else archive(dice)
    with suppress(Rejected):
        tree = tree_from_archive(packed, limits) if raw % 2 else tree_from_file("upload", packed, limits)
        assert tree.files
        assert tree.chars <= limits.text_chars_max
        assert all(number > 0 for number in tree.omitted.values())
        assert len(tree.notes) <= limits.notes_max
        assert all(not path.startswith("/") and ".." not in path.split("/") for path in tree.files)
        assert restore_tree(tree.texts()).digest() == tree.digest()


def read_notebook_bytes(data: bytes) -> None:
    """Read a notebook; its cells are found again in the text that is made of it, one start for each."""
    dice = Dice(data)
    text = dice.rest().decode("utf-8", "replace") if dice.byte() % 4 == 0 else json.dumps(notebook(dice))
    with suppress(Rejected):
        found = read_notebook("n.ipynb", text, SOURCES)
        if found is not None:
            assert is_converted(found.file.text)
            assert found.file.kind is FileKind.NOTEBOOK
            assert restore_notebook("n.ipynb", found.file.text) == found.file
    with suppress(Rejected):
        tree_from_file("n.ipynb", text.encode("utf-8", "replace"), SMALL_SOURCES)


def read_log_bytes(data: bytes) -> None:
    """Read one log or two; the report is within its bounds, and no different from itself."""
    dice = Dice(data)
    kind = dice.byte() % 4
    if kind == 0:
        texts = [dice.rest().decode("utf-8", "surrogateescape")]
    else:
        texts = []
        for _ in range(kind):
            texts.append("".join(dice.choose(PIECES) for _ in range(dice.byte())))
        texts[0] += dice.rest().decode("utf-8", "replace")
    report = read_logs([("log", text) for text in texts], LOGS)
    assert report is not None
    assert_within(report, LOGS)
    progress = compare(report, report)
    assert progress.newly_passing == progress.newly_failing == progress.added == progress.removed == ()


DOORS: Final = {
    "archives": Door(
        read_archive_bytes,
        (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"\x1f\x8b\x08", b"BZh9",
         b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18", b"ustar\x00", b"ustar  \x00", b"GNU.sparse.major=1",
         b"path=", b"linkpath=", b"size=", b"././@LongLink"),
    ),
    "notebooks": Door(
        read_notebook_bytes,
        (*(key.encode() for key in NOTEBOOK_KEYS), b'{"cells":[', b'"cell_type":"code"', b"%%", b"'''", b'\\"'),
    ),
    "logs": Door(read_log_bytes, tuple(piece.encode("utf-8", "replace") for piece in PIECES)),
}  # fmt: skip
