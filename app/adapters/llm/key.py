"""Where the endpoint's key comes from: a setting, a file, or a command that prints it.

Some endpoints' keys live half an hour. A file that a sidecar renews, or a command that fetches one, is read again
when the endpoint answers 401.
"""

import asyncio
import shlex
from pathlib import Path
from typing import Final, Protocol

from app.config import Settings
from schemas.errors import Dependency, Unavailable

_KEY_CHARS_MAX: Final = 16_384
_COMMAND_S: Final = 30.0


class KeySource(Protocol):
    """Yields the key."""

    @property
    def known(self) -> str | None:
        """The key in use, to be masked in what the endpoint says; None where none was read yet."""
        ...

    async def current(self) -> str:
        """The key to use now. `Unavailable` where it cannot be had: an operator's matter, never an event's."""
        ...

    async def renew(self) -> bool:
        """After a 401: whether the key is another one now."""
        ...


class FixedKey:
    """`OPENAI_API_KEY`, or no key at all: the SDK demands one even for endpoints that want none."""

    def __init__(self, key: str | None) -> None:
        self.known: str | None = key

    async def current(self) -> str:
        """The key that was set."""
        return self.known or "none"

    async def renew(self) -> bool:
        """There is no other."""
        return False


class ReadKey:
    """A key that is read when it is first needed and after each 401, once for all calls that wait."""

    def __init__(self, source: "_File | _Command") -> None:
        self.known: str | None = None
        self._source = source
        self._lock = asyncio.Lock()
        self._readings = 0

    async def current(self) -> str:
        """The key, read if it was not yet."""
        if self.known is None:
            await self._read(self._readings)
        return self.known or ""

    async def renew(self) -> bool:
        """Read it again, unless another call just did."""
        before = self.known
        await self._read(self._readings)
        return self.known != before

    async def _read(self, readings: int) -> None:
        async with self._lock:
            if self._readings != readings:
                return
            key = await self._source.read()
            if not key or len(key) > _KEY_CHARS_MAX or not key.isascii() or not key.isprintable():
                raise Unavailable(Dependency.LLM, f"{self._source.name}: what it holds is no key of one line")
            self.known = key
            self._readings += 1


class _File:
    name: Final = "LLM_API_KEY_FILE"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> str:
        try:
            return (await asyncio.to_thread(self._read)).strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise Unavailable(Dependency.LLM, f"{self.name} cannot be read: {type(exc).__name__}") from exc

    def _read(self) -> str:
        with self._path.open(encoding="utf-8") as file:
            return file.read(_KEY_CHARS_MAX + 2)


class _Command:
    name: Final = "LLM_API_KEY_COMMAND"

    def __init__(self, words: list[str]) -> None:
        self._words = words

    async def read(self) -> str:
        """What the command prints. It is the operator's own, run without a shell, its errors on our stderr."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
            )
        except OSError as exc:
            raise Unavailable(Dependency.LLM, f"{self.name} cannot be started: {type(exc).__name__}") from exc
        try:
            async with asyncio.timeout(_COMMAND_S):
                printed, _ = await process.communicate()
        except TimeoutError as exc:
            raise Unavailable(Dependency.LLM, f"{self.name} printed nothing within {_COMMAND_S:g} s") from exc
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise Unavailable(Dependency.LLM, f"{self.name} ended with code {process.returncode}")
        return printed.decode("utf-8", "replace").strip()


def key_source(settings: Settings) -> KeySource:
    """The source that is configured."""
    if settings.llm_api_key_file is not None:
        return ReadKey(_File(settings.llm_api_key_file))
    if settings.llm_api_key_command is not None:
        return ReadKey(_Command(shlex.split(settings.llm_api_key_command.get_secret_value())))
    return FixedKey(settings.openai_api_key.get_secret_value() if settings.openai_api_key else None)
