"""What hostile sources may cost: each of these took minutes or gigabytes once."""

import json
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.core.limits import SourceLimits
from app.core.submission.archive import read_archive
from app.core.submission.tree import tree_from_archive, tree_from_texts
from schemas.errors import Reason, Rejected
from tests.builders import archives as made

LIMITS = SourceLimits()
LONG = "n" * (LIMITS.name_chars_max + 1)
MEMORY_BYTES_MAX = 64 * made.MIB
RULES = "__pycache__/\n*.py[cod]\n**/migrations/**\n**/foo/*.py\ndocs/_build/\n*$py.class\n*.tmp.*\n*~\n.venv\n"


def a_notebook(source: str) -> str:
    """A notebook of one code cell."""
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": source}]})


def refusal(read: Callable[[], object]) -> Reason:
    """Why `read` refuses."""
    with pytest.raises(Rejected) as caught:
        read()
    return caught.value.reason


def peak_bytes(read: Callable[[], object]) -> int:
    """The most memory that Python held at once during `read`."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [
        made.zip_of({LONG: "x"}),
        made.tar_of({LONG: "x"}),
        made.tar_of({LONG: "x"}, form=tarfile.GNU_FORMAT),
        made.tar_of({"n" * 1_000_000: "x"}),
        made.tar_with("l", tarfile.SYMTYPE, "t" * 1_000_000),
    ],
    ids=["zip", "tar, pax", "tar, gnu", "a megabyte", "link"],
)
def test_names_that_no_system_has_are_refused(data: bytes) -> None:
    """A name longer than any path on any system is refused before a character of it is looked at."""
    assert refusal(lambda: read_archive(data, LIMITS)) is Reason.ARCHIVE_LIMIT


def test_inline_names_that_no_system_has_are_refused() -> None:
    """The same holds for the names of inline files."""
    assert refusal(lambda: tree_from_texts({LONG: "x"}, LIMITS)) is Reason.ARCHIVE_LIMIT


def test_large_zip_directory_is_refused_unread() -> None:
    """A directory of few entries with long names is refused by its size, before its names are in memory."""
    limits = replace(LIMITS, zip_directory_bytes_max=1000)
    data = made.zip_of({f"{number}{'n' * 100}.py": "x" for number in range(10)})
    assert refusal(lambda: read_archive(data, limits)) is Reason.ARCHIVE_LIMIT


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_dense_zip_entry_is_unpacked_to_its_size_only(method: int) -> None:
    """An entry of kilobytes that would unpack to 60 MiB, but claims 10 bytes, is refused in little memory."""
    data = made.zip_understating(bytes(60 * made.MIB), 10, method)
    assert len(data) < made.MIB

    def read() -> None:
        assert refusal(lambda: read_archive(data, LIMITS)) is Reason.ARCHIVE_CORRUPT

    assert peak_bytes(read) < made.MIB


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_damaged_dense_zip_entry_is_corrupt(method: int, at: float) -> None:
    """A flipped byte anywhere in an entry's packed bytes is seen."""
    content = bytes(range(256)) * 4
    data = bytearray(made.zip_of({"main.py": content}, method))
    start, end = 30 + len("main.py"), data.index(b"PK\x01\x02")
    data[start + int((end - start) * at)] ^= 0xFF
    assert refusal(lambda: read_archive(bytes(data), LIMITS)) is Reason.ARCHIVE_CORRUPT


def test_long_link_in_a_zip_is_not_unpacked() -> None:
    """A link's target beyond any path is refused by the size that it claims."""
    data = made.zip_with_link("link", "x" * 5000)
    assert refusal(lambda: read_archive(data, LIMITS)) is Reason.ARCHIVE_LIMIT


def test_rules_of_many_gitignores_are_counted_together() -> None:
    """However many `.gitignore` files there are, only so many lines are followed, the highest first."""
    texts = {f"d{number:02}/.gitignore": "*.txt\n" * 10 for number in range(20)}
    texts |= {".gitignore": "/a.txt\n", "a.txt": "x", "d00/b.txt": "x", "d19/b.txt": "x", "main.py": "x"}
    tree = tree_from_texts(texts, replace(LIMITS, gitignore_lines_max=50))
    assert ("a.txt" in tree.files, "d00/b.txt" in tree.files, "d19/b.txt" in tree.files) == (False, False, True)
    assert "in part" in tree.notes[0]


def test_ordinary_rules_are_followed_on_a_large_submission() -> None:
    """300 rules with the wildcards that people use, on 300 files, are no reason to pass over a `.gitignore`."""
    texts = {f"project/src/app/module_{n}/some_longer_file_name_{n}.py": "x" for n in range(300)}
    tree = tree_from_texts({".gitignore": RULES * 33, "project/migrations/0001.py": "x"} | texts, LIMITS)
    assert (tree.omitted, tree.notes) == ({"gitignored": 1}, ())


def test_many_environments_are_left_out() -> None:
    """Thousands of virtual environments are left out, each known by its `pyvenv.cfg`."""
    texts = {f"{n}/pyvenv.cfg": "x" for n in range(9_000)} | {f"{n}/bin/a.py": "x" for n in range(9_000)}
    tree = tree_from_texts(texts | {"main.py": "x"}, LIMITS)
    assert (list(tree.files), tree.omitted) == (["main.py"], {"virtual_environment": 18_000})


@pytest.mark.parametrize(
    "source",
    ['x = "' + "ab" * 900_000, 'x = "' + "\\a" * 900_000, 'x = """' + "ab" * 900_000, "'''" + "\\'" * 900_000],
    ids=["string", "escapes", "triple", "triple escapes"],
)
def test_long_string_in_a_cell_takes_little_memory(source: str) -> None:
    """A string of two million characters is passed over without remembering each of them."""
    assert peak_bytes(lambda: tree_from_texts({"n.ipynb": a_notebook(source)}, LIMITS)) < MEMORY_BYTES_MAX


def test_notebook_of_too_much_code_is_refused_unconverted() -> None:
    """Code beyond a submission's text is refused before its magics are looked for."""
    limits = replace(LIMITS, text_chars_max=1000)
    texts = {"n.ipynb": a_notebook("!\n" * 501)}
    with pytest.raises(Rejected, match="notebook") as caught:
        tree_from_texts(texts, limits)
    assert caught.value.reason is Reason.SUBMISSION_TOO_LARGE


def test_notebooks_after_too_much_text_are_not_converted() -> None:
    """Once the text is too much no further notebook is converted, and the refusal still gives figures."""
    texts = {f"{number}.ipynb": a_notebook("x" * 990) for number in range(50)}
    with pytest.raises(Rejected) as caught:
        tree_from_texts(texts, replace(LIMITS, text_chars_max=1000))
    assert caught.value.reason is Reason.SUBMISSION_TOO_LARGE
    assert "1 files" in caught.value.detail


def test_thousands_of_damaged_archives_are_passed_over() -> None:
    """Each archive within that cannot be read costs no more than itself: five thousand took five seconds."""
    files: dict[str, made.Content] = {f"{number}.zip": b"PK\x03\x04" for number in range(5_000)}
    started = time.process_time()
    assert read_archive(made.zip_of(files), LIMITS).left_out.counts == {"unreadable_archive": 5_000}
    assert time.process_time() - started < 2


@pytest.mark.parametrize("data", [made.zip_of({"a.txt": bytes(64 * made.MIB)}), made.gzip_of_zeros(64 * made.MIB)])
def test_bomb_is_refused_in_little_memory(data: bytes) -> None:
    """64 MiB of zeros in as many kilobytes are refused without being held."""

    def read() -> None:
        assert refusal(lambda: tree_from_archive(data, LIMITS)) is Reason.ARCHIVE_LIMIT

    assert peak_bytes(read) < made.MIB
