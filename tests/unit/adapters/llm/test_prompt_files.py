"""The prompt files of assignments: found by their names, refused with file, line and field."""

from pathlib import Path

import pytest

from app.adapters.llm.prompt_files import load_templates
from schemas.errors import StartRefused
from tests import ROOT

SHIPPED = (ROOT / "app/prompts/review.en.yaml").read_text("utf-8")


def test_assignment_s_own_file_is_used_for_it_alone(tmp_path: Path) -> None:
    """An assignment has its own words in one language; in the other one, and for all others, those that ship count."""
    (tmp_path / "hw.1.en.yaml").write_text(
        SHIPPED.replace("You teach machine", "You hold a seminar on machine"), "utf-8"
    )
    (tmp_path / ".hidden.en.yaml").write_text("odd", "utf-8")
    (tmp_path / "notes.txt").write_text("odd", "utf-8")
    shipped, found = load_templates(), load_templates(tmp_path)
    assert "You hold a seminar" in found.of("hw.1", "en").system
    assert found.of("hw.1", "en").version != shipped.of("hw.1", "en").version
    assert found.of("hw.1", "ru") == shipped.of("hw.1", "ru")
    assert found.of("hw.2", "en") == shipped.of("hw.2", "en")


def test_default_file_is_used_for_all_without_their_own(tmp_path: Path) -> None:
    """A file named `default` stands in place of the one that ships; a byte order mark does it no harm."""
    text = "\ufeff" + SHIPPED.replace("You teach machine", "You hold a seminar on machine")
    (tmp_path / "default.en.yaml").write_text(text, "utf-8")
    assert "You hold a seminar" in load_templates(tmp_path).of("any", "en").system


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("hw-1.en.yaml", SHIPPED.replace("  log: log", "  lag: log"), "headings.lag: there is no such field"),
        ("hw-1.en.yaml", SHIPPED.replace("{{ hint }}", "{{ tip }}"), "assignment: takes no variable 'tip'"),
        (
            "hw-1.en.yaml",
            SHIPPED.replace("MARKER {{ marker }}", "MARKER"),
            "user: must hold the assignment, the marker",
        ),
        (
            "hw-1.en.yaml",
            SHIPPED.replace("<<<{{ marker }} {{ head", "<<<{{ head", 1),
            "section: has no place for marker",
        ),
        ("hw-1.en.yaml", SHIPPED.replace("\n  {{ text }}", " {{ text }}"), "section: must hold marker and heading"),
        ("hw-1.ru.yaml", SHIPPED, "its language is en; write language"),
        ("hw-1.yaml", SHIPPED, "name it ASSIGNMENT_ID"),
        ("en.yaml", SHIPPED, "name it ASSIGNMENT_ID"),
        ("hw-1.en.yml", SHIPPED, "name it ASSIGNMENT_ID"),
        ("hw-1.de.yaml", SHIPPED, "name it ASSIGNMENT_ID"),
        ("hw-1.en.yaml", "x" * 300_000, "larger than 256 KiB"),
    ],
)
def test_file_that_is_not_valid_is_refused_by_name(tmp_path: Path, name: str, text: str, told: str) -> None:
    """Nothing starts with a prompt file that cannot be taken: file, line and field are named."""
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(StartRefused) as refused:
        load_templates(tmp_path)
    assert name in refused.value.cause
    assert told in refused.value.cause
    assert ("line " in refused.value.cause) == (": " in told)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Whoever mends one file is not told of the next one only then; what is no UTF-8 is named with its line."""
    (tmp_path / "a.en.yaml").write_bytes(b"language: en\nsystem: \xff\n")
    (tmp_path / "b.en.yaml").mkdir()
    (tmp_path / "c.en.yaml").write_text("- a list", "utf-8")
    with pytest.raises(StartRefused) as refused:
        load_templates(tmp_path)
    assert "a.en.yaml: line 2: not UTF-8" in refused.value.cause
    assert "b.en.yaml: Is a directory" in refused.value.cause
    assert "c.en.yaml: " in refused.value.cause


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A misspelt folder is no reason to review with other words than were meant."""
    with pytest.raises(StartRefused, match="No such file"):
        load_templates(tmp_path / "absent")
