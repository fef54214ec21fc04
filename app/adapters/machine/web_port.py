"""Whether the web server will get its port: asked before the start, for afterwards it is a traceback."""

import errno
import socket

from schemas.errors import StartRefused


async def check_web_port(host: str, port: int, prefix: str = "WEB") -> None:
    """Bind `port` on `host` and let go. `StartRefused` where it is taken or may not be had.

    `prefix` is how the two settings begin that gave them.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            taken = exc.errno == errno.EADDRINUSE
            cause = f"{prefix}_PORT {port} on {host} " + ("is taken" if taken else f"cannot be used: {exc.strerror}")
            cure = f"set {prefix}_PORT to a free port, or {prefix}_HOST to an address of this machine"
            raise StartRefused(cause, cure) from exc
