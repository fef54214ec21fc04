"""The records of telemetry."""

from typing import get_args

from app.core.telemetry import Event
from tests.builders.telemetry import EVERY_RECORD


def test_the_builder_has_every_record() -> None:
    """What the readers are tested with is all that can be told."""
    assert {type(record) for record in EVERY_RECORD} == set(get_args(Event))
