"""A fuzzer's bytes as a row of choices, so that a mutated byte changes one choice and not a checksum."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Choices out of `data`, from its beginning; zeros once it is used up."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def left(self) -> int:
        """Bytes that were not used yet."""
        return len(self._data) - self._position

    def byte(self) -> int:
        """A number from 0 to 255."""
        return self.take(1)[0] if self.left else 0

    def number(self) -> int:
        """A number from 0 to 65,535."""
        return self.byte() << 8 | self.byte()

    def choose(self, options: Sequence[T]) -> T:
        """One of the options, of which there are 256 at most."""
        return options[self.byte() % len(options)]

    def take(self, number: int) -> bytes:
        """The next bytes, as many as are left."""
        taken = self._data[self._position : self._position + number]
        self._position += len(taken)
        return taken

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.take(self.left)
