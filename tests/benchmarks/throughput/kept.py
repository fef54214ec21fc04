"""Figures that were measured, kept between runs: one JSON document for each scenario, with machine, versions, time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Kept:
    """The folder of one size."""

    folder: Path

    def keep(self, scenario: str, figures: dict[str, Any], machine: dict[str, str]) -> None:
        """Write what a scenario gave, in place of what it gave before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        at = datetime.now(UTC).isoformat(timespec="minutes")
        document = {"measured_at": at, "machine": machine, "figures": figures}
        (self.folder / f"{scenario}.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))

    def read(self, scenario: str) -> dict[str, Any] | None:
        """The scenario's figures, None where it was not measured yet."""
        document = self._document(scenario)
        return document["figures"] if document is not None else None

    def circumstances(self) -> list[tuple[str, str, dict[str, str]]]:
        """Of each scenario that was measured: its name, when, and on what."""
        found = []
        for path in sorted(self.folder.glob("*.json")):
            document = orjson.loads(path.read_bytes())
            found.append((path.stem, document["measured_at"], document["machine"]))
        return found

    def _document(self, scenario: str) -> dict[str, Any] | None:
        path = self.folder / f"{scenario}.json"
        if not path.exists():
            return None
        document: dict[str, Any] = orjson.loads(path.read_bytes())
        return document
