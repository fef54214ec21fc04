"""Looks at the parts: a question of the dashboard's is a look, and who asks more often gets the last one again."""

import asyncio
from typing import Any, cast

import pytest

from app.adapters.doctor.probing import Probe
from app.operating import part_looks
from app.operating.part_looks import PartLooks
from app.states.projection import Projection
from tests.unit.adapters.doctor.test_probes import settings_for

PROBE_S = 0.05


class StillProjection:
    """States that are up to date."""

    problem: str | None = None
    lag: int | None = 0


async def test_each_question_a_second_apart_is_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the look itself took: kept from its end, every other question would be answered from memory."""
    looked: list[str] = []

    def probe(name: str) -> Any:
        async def ask(*_arguments: object) -> Probe:
            looked.append(name)
            await asyncio.sleep(PROBE_S)
            return Probe(name, ok=True, cause="")

        return ask

    for name in ("kafka", "mongodb", "archives"):
        monkeypatch.setattr(part_looks, f"probe_{name}", probe(name))
    looks = PartLooks(settings_for(), cast("Projection", StillProjection()))
    asked_at = asyncio.get_running_loop().time()
    both = await asyncio.gather(looks.look(), looks.look())
    assert [[part.name for part in seen] for seen in both] == [["kafka", "mongodb", "archives", "states"]] * 2
    assert looked == ["kafka", "mongodb", "archives"], "two that ask at once are told one look"

    await asyncio.sleep(asked_at + 1.0 - asyncio.get_running_loop().time())
    await looks.look()
    assert looked == ["kafka", "mongodb", "archives"] * 2
