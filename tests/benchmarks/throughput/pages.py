"""The docs' pages that figures are written into, between markers, and the picture beside them."""

from pathlib import Path
from typing import Final

from tests import ROOT
from tests.benchmarks.throughput.kept import Kept
from tests.benchmarks.throughput.picture import picture
from tests.benchmarks.throughput.tables import capacity_lines, speed_lines

BEGIN: Final = "<!-- begin: written by `make bench` -->"
END: Final = "<!-- end: written by `make bench` -->"

_SPEED: Final = ROOT / "docs" / "speed.md"
_CAPACITY: Final = ROOT / "docs" / "capacity.md"
_PICTURE: Final = ROOT / "docs" / "images" / "speed.svg"


def terminal_text(kept: Kept) -> str:
    """What was measured, for whoever ran it."""
    return "\n".join(speed_lines(kept))


def write_pages(kept: Kept) -> list[Path]:
    """Write figures and picture into the docs; returns what was written."""
    picture_there = [kept.read("peers"), kept.read("knee")] != [None, None]
    shown = ["![Submissions a second by peer, and our efficiency by calls in flight](images/speed.svg)", ""]
    speed = (shown if picture_there else []) + speed_lines(kept)
    for page, lines in ((_SPEED, speed), (_CAPACITY, capacity_lines(kept))):
        page.write_text(between_markers(page.read_text("utf-8"), lines), "utf-8")
    if not picture_there:
        return [_SPEED, _CAPACITY]
    _PICTURE.write_text(picture(kept.read("peers"), kept.read("knee")), "utf-8")
    return [_SPEED, _CAPACITY, _PICTURE]


def between_markers(text: str, lines: list[str]) -> str:
    """The page with `lines` in place of what stood between the markers. `ValueError` where a marker is absent."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    written = "\n".join(lines).strip()
    return f"{before}{BEGIN}\n\n{written}\n\n{END}{after}"
