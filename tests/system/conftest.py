"""Fixtures for tests that start our processes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.embedded.platform.review_api import RecordingApi
from tests.parts.choice import Kafka
from tests.system.line import Line, a_line


@pytest.fixture
async def line(kafka: Kafka, mongo_url: str, recording_api: RecordingApi, tmp_path: Path) -> AsyncIterator[Line]:
    """A line of its own, reviewed by rules."""
    async with a_line(kafka, mongo_url, recording_api, tmp_path) as line:
        yield line
