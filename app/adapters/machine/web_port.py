"""Whether the web server will get its port: asked before the start, for afterwards it is a traceback."""

import errno
import socket

from schemas.errors import StartRefused


async def check_web_port(host: str, port: int) -> None:
    """Bind `port` on `host` and let go. `StartRefused` where it is taken or may not be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            taken = exc.errno == errno.EADDRINUSE
            cause = f"WEB_PORT {port} on {host} " + ("is taken" if taken else f"cannot be used: {exc.strerror}")
            raise StartRefused(cause, "set WEB_PORT to a free port, or WEB_HOST to an address of this machine") from exc
