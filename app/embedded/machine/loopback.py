"""Ports and small HTTP servers on the loopback address, which no other machine can reach."""

import asyncio
import contextlib
import random
import socket
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from aiohttp import web

from schemas.errors import StartRefused

LOOPBACK: Final = "127.0.0.1"

_PORTS = range(20_000, 32_000)
"""Below the range from which Linux draws ports for outgoing connections (32768 up). From inside it, a client that
keeps calling a stopped server may be given that server's port, connect to itself, and keep the server from coming
back."""
_DRAWS = 100
_ATTEMPTS = 3
_CONNECT_S = 1.0
_SHUTDOWN_S = 0.1  # handlers that hang on purpose must not hold up the end

S = TypeVar("S")


def free_port() -> int:
    """A port on 127.0.0.1 that nobody uses now, though somebody may a moment later: see `start_on_free_ports`."""
    chance = random.SystemRandom()
    for _ in range(_DRAWS):
        port = chance.choice(_PORTS)
        if can_bind(port, reuse=False):
            return port
    raise StartRefused("no free port found on 127.0.0.1", "end what occupies the ports 20000 to 31999")


async def start_on_free_ports(
    start: Callable[[tuple[int, ...]], Awaitable[S]], count: int = 1, *, draw: Callable[[], int] = free_port
) -> S:
    """Start something on `count` free ports; where somebody else took one in between, on others.

    Whether that happened is asked of the ports themselves: the server is gone, and still somebody listens.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        ports = tuple(draw() for _ in range(count))
        try:
            return await start(ports)
        except (StartRefused, OSError):
            if attempt == _ATTEMPTS or all(can_bind(port, reuse=True) for port in ports):
                raise
    raise AssertionError("the last attempt returns or raises")


async def accepts_connections(port: int) -> bool:
    """Whether somebody accepts TCP connections on this port of 127.0.0.1."""
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


class LoopbackServer:
    """An aiohttp application on 127.0.0.1, in the caller's event loop, that can go down and come back.

    It keeps its port for life, so that clients find it again.
    """

    def __init__(self, make_app: Callable[[], web.Application]) -> None:
        self._make_app = make_app
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:<port>`, without a slash at its end."""
        return f"http://{LOOPBACK}:{self.port}"

    async def start(self) -> None:
        """Listen on a free port; the port stays the same over `down` and `up`."""
        await start_on_free_ports(lambda ports: self._listen(ports[0]))

    async def up(self) -> None:
        """Listen again after `down`."""
        if self._runner is None:
            await self._listen(self.port)

    async def down(self) -> None:
        """Drop every connection and refuse new ones. Going down twice is fine."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _listen(self, port: int) -> None:
        runner = web.AppRunner(self._make_app(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, port, reuse_address=True).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner, self.port = runner, port


def can_bind(port: int, *, reuse: bool) -> bool:
    """Whether a port of 127.0.0.1 is ours to take. `reuse` overlooks connections that are only winding down."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(reuse))
        try:
            candidate.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
