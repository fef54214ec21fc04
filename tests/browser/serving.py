"""The HTTP API of this process on a port of loopback, in a thread of its own, while a browser looks at it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from app.embedded.machine.loopback import LOOPBACK, free_port

_START_S: Final = 20.0
_POLL_S: Final = 0.01


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """`app`, answering at the address that is given."""
    port = free_port()
    config = uvicorn.Config(app, host=LOOPBACK, port=port, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    until = time.monotonic() + _START_S
    while not server.started:
        assert thread.is_alive(), "the server has ended"
        assert time.monotonic() < until, "the server does not start"
        time.sleep(_POLL_S)
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.should_exit = True
        thread.join(_START_S)
