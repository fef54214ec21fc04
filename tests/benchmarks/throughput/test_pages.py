"""What the figures become: pages between markers, tables, a picture, a plan of capacity."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests import ROOT
from tests.benchmarks.throughput.capacity import FILLED, Basis, Course, need_of
from tests.benchmarks.throughput.kept import Kept
from tests.benchmarks.throughput.pages import BEGIN, END, between_markers
from tests.benchmarks.throughput.picture import picture
from tests.benchmarks.throughput.tables import NOT_YET, capacity_lines, speed_lines

MACHINE = {"processor": "a processor", "cores": "2"}


def a_row(peer: str, per_s: float, **more: Any) -> dict[str, Any]:
    """A run's figures as scenarios tell them."""
    return {
        "peer": peer,
        "name": peer,
        "in_flight": 128,
        "call_s": 8.0,
        "submissions": 128,
        "complete": True,
        "per_s": per_s,
        "efficiency": per_s / 16,
        "processor_ms": 40.0,
        "servers_processor_ms": 20.0,
        "memory_mib": 400,
        "prompt_tokens": 1000,
        "crash": {"submissions": 64, "call_s": 4.0, "lost": 1, "doubled": 2, "calls_again": 3},
        "first_review_s": 8.1,
        "waiting_max": 4,
        **more,
    }


PEERS: dict[str, Any] = {
    "same_work": [a_row("reviewstream", 15.0), a_row("celery", 0.5, crash=None)],
    "bare": [a_row("celery", 0.5)],
    "failed": {},
}
KNEE: dict[str, Any] = {
    "students": 1000,
    "rows": [a_row("reviewstream", 8.0, in_flight=64), a_row("reviewstream", 15.0)],
    "storage": {
        "topic_bytes": {"submissions": 6000, "reviews": 4000, "submission_history-changelog": 3000},
        "collection_bytes": {"reviews": 9000, "llm_tape": 3000},
        "table_bytes_per_student": 5000,
    },
}


def test_what_was_not_measured_says_so(tmp_path: Path) -> None:
    """No figure stands where none was taken."""
    kept = Kept(tmp_path / "full")
    assert speed_lines(kept).count(NOT_YET) == 9
    assert capacity_lines(kept) == [NOT_YET, ""]


def test_peers_are_told_in_multiples_of_celery(tmp_path: Path) -> None:
    """The ratio is taken within the run; a peer that was not killed has no losses, not none lost."""
    kept = Kept(tmp_path / "full")
    kept.keep("peers", PEERS, MACHINE)
    lines = speed_lines(kept)
    assert "| reviewstream | 128 | 15.00 | 30.0 | 0.94 | 40.0 | 20.0 | 400 | 1000 | 1 | 2 | 3 |" in lines
    assert any(line.startswith("| celery | 128 | 0.50 | 1.0 |") and line.endswith("| – | – | – |") for line in lines)
    assert "processor a processor, cores 2" in lines[0]


def test_a_peer_that_does_not_run_is_told(tmp_path: Path) -> None:
    """The others are measured all the same, and nobody takes its absence for a choice."""
    kept = Kept(tmp_path / "full")
    kept.keep("peers", {**PEERS, "failed": {"quix": "it ended by itself"}}, MACHINE)
    assert "Did not run: quix: it ended by itself." in speed_lines(kept)


def test_a_scenario_measured_again_replaces_itself_alone(tmp_path: Path) -> None:
    """`--only` renews a part; what is of another commit says so."""
    kept = Kept(tmp_path / "full")
    kept.keep("peers", PEERS, MACHINE)
    kept.keep("knee", KNEE, {**MACHINE, "commit": "another"})
    kept.keep("knee", {**KNEE, "students": 7}, {**MACHINE, "commit": "a third"})
    told = "\n".join(speed_lines(kept))
    assert "30.0" in told
    assert "7 students" in told
    assert told.count("Measured:") == 2


def test_the_plan_is_a_rule_of_three() -> None:
    """Workers by what one was seen to do, filled to seven tenths; bytes by submission."""
    need = need_of(Course(100_000), Basis.of(KNEE))
    assert need.workers == 1  # 8.3 a second, of 10.5
    assert need.calls == 67
    assert need.partitions == 6
    assert need.requests_per_minute == 500
    assert need.prompt_tokens == 4_000_000_000
    assert need.kafka_gib == pytest.approx(4_000_000 * 13_000 / 1024**3)
    assert need_of(Course(1_000_000), Basis.of(KNEE)).workers == 8


def test_a_run_that_was_stopped_is_no_basis() -> None:
    """What it cost is not known."""
    stopped = a_row("reviewstream", 99.0, complete=False)
    assert Basis.of({**KNEE, "rows": [*KNEE["rows"], stopped]}) == Basis.of(KNEE)


def test_the_plan_is_written_with_its_basis(tmp_path: Path) -> None:
    """The page tells what was measured before what was computed."""
    kept = Kept(tmp_path / "full")
    kept.keep("knee", KNEE, MACHINE)
    lines = capacity_lines(kept)
    assert lines.index("### Measured") < lines.index("### Computed")
    assert "| workers | 1 | 1 | 1 | 8 |" in lines


def test_the_picture_is_whole() -> None:
    """It is an SVG of its own, with a bar for each peer and a point for each number of calls."""
    drawn = ET.fromstring(picture(PEERS, KNEE))
    tags = [node.tag.rpartition("}")[2] for node in drawn.iter()]
    assert tags.count("rect") == 1 + len(PEERS["same_work"])
    assert tags.count("circle") == len(KNEE["rows"])


def test_a_picture_of_a_part_is_drawn_too() -> None:
    """Where only the knee was measured, only it is shown."""
    assert "Submissions a second" not in picture(None, KNEE)


def test_only_what_is_between_the_markers_is_written() -> None:
    """The page around it stays; writing twice gives the same."""
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    written = between_markers(page, ["new", ""])
    assert written == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    assert between_markers(written, ["new"]) == written


def test_a_page_without_markers_is_not_touched() -> None:
    """Whoever removed them is told."""
    with pytest.raises(ValueError, match="lacks"):
        between_markers("a page", ["new"])


def test_the_page_names_the_assumptions_that_are_computed_with() -> None:
    """Whoever changes one changes the page."""
    page, course = (ROOT / "docs" / "capacity.md").read_text("utf-8"), Course(1)
    for assumption in (
        f"| assignments of a course | {course.assignments} |",
        f"| attempts of a student for each assignment | {course.attempts} |",
        f"| students who hand in within the last hour before a deadline | {course.peak_share:.0%} |",
        f"| share of a worker, and of a core, that is planned with | {FILLED:.0%} |",
    ):
        assert assumption in page


@pytest.mark.parametrize("name", ["speed.md", "capacity.md"])
def test_the_pages_have_their_markers(name: str) -> None:
    """A run of half an hour does not end with a page that cannot be written."""
    assert f"{BEGIN}\n\nnew figures\n\n{END}" in between_markers(
        (ROOT / "docs" / name).read_text("utf-8"), ["new figures"]
    )
