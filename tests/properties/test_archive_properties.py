"""What holds for every archive: honest ones come back as they went in, damaged ones raise nothing but refusals."""

import json
import string
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.limits import SourceLimits
from app.core.submission.archive import read_archive
from app.core.submission.ignored import ignored
from app.core.submission.notebook import is_converted, read_notebook, restore_notebook
from app.core.submission.sources import SourceTree
from app.core.submission.tree import restore_tree, tree_from_archive, tree_from_file, tree_from_texts
from schemas.errors import Rejected
from tests.builders import archives as made

LIMITS = SourceLimits()

# Lower-case names without marks: others may be one file on some system, which is refused, not read.
stems = st.text(string.ascii_lowercase + string.digits + "_ -абвгдежя漢字", min_size=1, max_size=12).filter(
    lambda name: not name.isspace()
)
paths = st.builds(
    lambda folders, stem, suffix: "/".join([*(f"d{folder}" for folder in folders), f"{stem}{suffix}"]),
    st.lists(stems, max_size=4),
    stems,
    st.sampled_from([".py", ".md", ".txt", ".yaml", ".sql", ".sh"]),
).filter(lambda path: ignored(path) is None)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\ufeff"), max_size=200).filter(
    # A coding declaration means what it says, also where it is wrong.
    lambda text: "coding" not in text
)
trees = st.dictionaries(paths, texts, min_size=1, max_size=8)

PACKERS: dict[str, Callable[[Mapping[str, str]], bytes]] = {
    "zip": made.zip_of,
    "stored": lambda files: made.zip_of(files, zipfile.ZIP_STORED),
    "zip64": made.zip64_of,
    "pax": made.tar_of,
    "gnu": lambda files: made.tar_of(files, form=tarfile.GNU_FORMAT),
    "gz": lambda files: made.tar_of(files, "w:gz"),
    "bz2": lambda files: made.tar_of(files, "w:bz2"),
    "xz": lambda files: made.tar_of(files, "w:xz"),
}


@given(trees, st.sampled_from(sorted(PACKERS)))
def test_what_was_packed_is_read(files: dict[str, str], packer: str) -> None:
    """Every packer's archive gives the files back, byte for byte, and leaves nothing out."""
    read = read_archive(PACKERS[packer](files), LIMITS)
    assert {member.path: member.data.decode() for member in read.members} == files
    assert not read.left_out.counts


@given(trees, st.sampled_from(sorted(PACKERS)))
def test_wrapped_archive_is_the_tree_of_the_bare_one(files: dict[str, str], packer: str) -> None:
    """Wrapping folders, whatever their archive, leave the tree that the bare files give when they are packed."""
    bare = tree_from_archive(PACKERS[packer](files), LIMITS)
    for folder in ("homework", "a/b"):
        wrapped = {f"{folder}/{path}": text for path, text in files.items()}
        assert tree_from_archive(PACKERS[packer](wrapped), LIMITS) == bare


@given(trees)
def test_stored_texts_are_the_same_tree(files: dict[str, str]) -> None:
    """What is stored of a tree restores it, and sent again gives an equal digest."""
    tree = tree_from_texts(files, LIMITS)
    assert restore_tree(tree.texts()) == SourceTree(tree.files)
    assert tree_from_texts(tree.texts(), LIMITS).digest() == tree.digest()


damages = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6)


@settings(max_examples=400)
@given(trees, st.sampled_from(sorted(PACKERS)), damages, st.floats(0, 1))
def test_damaged_archive_raises_nothing_but_refusals(
    files: dict[str, str], packer: str, damage: list[tuple[float, int]], kept: float
) -> None:
    """An archive with bytes changed and its end cut off is read or refused: nothing else leaves."""
    data = bytearray(PACKERS[packer](files))
    for place, byte in damage:
        data[int(place * len(data))] = byte
    with suppress(Rejected):
        assert tree_from_file("upload.zip", bytes(data[: int(kept * len(data)) + 1]), LIMITS).files


@given(
    st.binary(max_size=2000),
    st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00"]),
)
def test_any_bytes_raise_nothing_but_refusals(data: bytes, start: bytes) -> None:
    """Bytes of any kind, also behind an archive's first ones, are read or refused."""
    with suppress(Rejected):
        assert tree_from_file("upload", start + data, LIMITS).files


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "worksheets", "cell_type", "source", "input", "outputs", "metadata", "ename"]),
            inner,
        )
    ),
    max_leaves=15,
)
sources = st.lists(
    st.sampled_from(["%a", "!b \\", "'''", '"', "(", ")", "x = 1", "  y", "\\", "#", "z?", "=!q", "# --- cell 3 ---"])
)


@given(values, st.lists(sources, max_size=4))
def test_any_json_is_a_notebook_or_none(value: object, cells: list[list[str]]) -> None:
    """JSON of any shape beside real cells is converted or refused, and its cells are found again in the text."""
    document = {
        "metadata": value,
        "cells": [{"cell_type": "code", "source": "\n".join(cell)} for cell in cells] + [value],
    }
    for text in (json.dumps(value), json.dumps(document)):
        found = read_notebook("n.ipynb", text, LIMITS)
        if found is not None:
            assert is_converted(found.file.text)
            assert restore_notebook("n.ipynb", found.file.text) == found.file
