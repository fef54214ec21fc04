"""What is going on, for whoever waits: one line that moves on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import Final

_EVERY_S: Final = 10.0  # between two lines where nothing can move
_WIDTH: Final = 110


class Display:
    """Writes to stderr, so that stdout holds the figures alone."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._said_at = 0.0
        self._is_terminal = sys.stderr.isatty()

    def say(self, text: str) -> None:
        """A line that stays."""
        self._write(f"{self._stamp()}  {text}", "\n")

    def progress(self, text: str) -> None:
        """How far it is."""
        if self._is_terminal:
            self._write(f"{self._stamp()}  {text}", "")
        elif time.monotonic() - self._said_at > _EVERY_S:
            self._write(f"{self._stamp()}    {text}", "\n")

    def _stamp(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{minutes:3}:{seconds:02}"

    def _write(self, text: str, end: str) -> None:
        self._said_at = time.monotonic()
        start = "\r" if self._is_terminal else ""
        sys.stderr.write(f"{start}{text[:_WIDTH]:{_WIDTH if self._is_terminal else 0}}{end}")
        sys.stderr.flush()
