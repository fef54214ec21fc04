"""The outside, as the benchmark talks to it."""

from typing import Any, Self

import aiohttp
import orjson

from tests.benchmarks.throughput.latency import Latency
from tests.benchmarks.throughput.record import Record, Tally


class OutsideWatch:
    """Sets the model's latency, which begins a new record, and reads what was seen since."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(self._url, timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def begin(self, latency: Latency) -> None:
        """Forget what was seen, and think so long from now on."""
        document = {"mean_s": latency.mean_s, "seed": latency.seed}
        async with self._open().post("/latency", data=orjson.dumps(document)) as response:
            response.raise_for_status()

    async def tally(self) -> Tally:
        """How far it is."""
        return Tally(*await self._get("/tally"))

    async def record(self) -> Record:
        """All that was seen."""
        return Record.read(await self._get("/record"))

    async def _get(self, path: str) -> Any:
        async with self._open().get(path) as response:
            return orjson.loads(await response.read())

    def _open(self) -> aiohttp.ClientSession:
        assert self._session is not None, "it is used within `async with`"
        return self._session
