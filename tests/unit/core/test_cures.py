"""What mends a refusal."""

from app.core.cures import CURES, cure_for
from schemas.errors import Reason


def test_every_reason_has_a_cure() -> None:
    """Nobody is refused without a word on what to do."""
    assert set(CURES) == set(Reason)
    assert cure_for("archive_missing") == CURES[Reason.ARCHIVE_MISSING]


def test_an_unknown_reason_has_one_too() -> None:
    """Another version may know reasons that this one does not."""
    assert "deadletters show" in cure_for("of_tomorrow")
