"""What a stage that stopped its worker leaves for the next start, so that a supervisor's restarts drain no topic."""

from pathlib import Path

import orjson

from schemas.errors import Reason


class HaltNote:
    """Port `HaltMemory` as a file in the worker's data directory, one for each stage."""

    def __init__(self, data_dir: Path, stage: str) -> None:
        self._path = data_dir / f"halted-{stage}.json"
        self._stage = stage

    def write(self, reason: Reason) -> None:
        """Leave the note. Raises `OSError` where the disk refuses it."""
        note = {"stage": self._stage, "most_often_refused_as": reason.value}
        self._path.write_bytes(orjson.dumps(note, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))

    def take(self) -> Reason | None:
        """The reason of the note that was left, which is gone then; None if there is none, or none that can be read."""
        try:
            note = orjson.loads(self._path.read_bytes())
            self._path.unlink()
            return Reason(note["most_often_refused_as"])
        except (OSError, ValueError, LookupError, TypeError):
            return None
