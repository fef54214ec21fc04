"""The note that a halted stage leaves in its data directory."""

from pathlib import Path

import pytest

from app.adapters.machine.halt_note import HaltNote
from schemas.errors import Reason


def test_a_note_is_read_once(tmp_path: Path) -> None:
    """By the same stage in the same directory."""
    HaltNote(tmp_path, "reviewer").write(Reason.MODEL_INVALID)
    assert HaltNote(tmp_path, "comparator").take() is None
    assert HaltNote(tmp_path, "reviewer").take() is Reason.MODEL_INVALID
    assert HaltNote(tmp_path, "reviewer").take() is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"most_often_refused_as": "nothing we know"}', b"\xff"])
def test_a_damaged_note_is_none(tmp_path: Path, content: bytes) -> None:
    """It is no reason not to start."""
    (tmp_path / "halted-reviewer.json").write_bytes(content)
    assert HaltNote(tmp_path, "reviewer").take() is None
