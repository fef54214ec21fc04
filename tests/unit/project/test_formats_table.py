"""The tables of formats say what is so: each row has a test, and each sample is there."""

import re

import pytest

from tests import ROOT
from tests.unit.core.submission.archive.packed import PACKED
from tests.unit.core.testlog.testlogs import SAMPLES

SECTION = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
ROWS = [line for line in SECTION.splitlines() if line.startswith("| ") and "| samples |" not in line]
_TEST = re.compile(r"\[(test_\w+)\]\(\.\./([\w/]+\.py)\)")
_SAMPLE = re.compile(r"`([\w.]+\.(?:zip|7z|tar|gz|bz2|xz|zst|txt|xml))`")


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_a_test(row: str) -> None:
    """The test that a row links to is in the file that it links to."""
    found = _TEST.search(row)
    assert found is not None
    assert f"def {found[1]}(" in (ROOT / found[2]).read_text(encoding="utf-8")


@pytest.mark.parametrize("row", ROWS)
def test_every_sample_is_there(row: str) -> None:
    """A sample that a row names lies among the samples of archives or of logs."""
    for name in _SAMPLE.findall(row):
        assert (PACKED / name).is_file() or (SAMPLES / name).is_file(), name


def test_every_archive_sample_is_in_the_table() -> None:
    """No packer's sample is left unsaid."""
    told = {name for row in ROWS for name in _SAMPLE.findall(row)}
    assert {path.name for path in PACKED.iterdir() if _SAMPLE.match(f"`{path.name}`")} <= told
