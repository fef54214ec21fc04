"""The ports that tests give to what they start."""

import socket
import subprocess
import sys

from app.embedded.machine.loopback import LOOPBACK, free_port
from tests import ROOT
from tests.parts.ports import own_port


def drawn_by(process: str) -> set[int]:
    """Ports that a process of pytest-xdist draws."""
    script = "from tests.parts.ports import own_port; print(*(own_port() for _ in range(30)))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTEST_XDIST_WORKER": process, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {int(port) for port in done.stdout.split()}


def test_no_port_is_given_twice() -> None:
    """Neither by one process of a run nor by two, nor by `free_port`, which anybody may ask meanwhile."""
    first, second = drawn_by("gw0"), drawn_by("gw3")
    assert len(first) == len(second) == 30
    assert first.isdisjoint(second)
    assert max(first | second) < min(free_port() for _ in range(20))


def test_a_port_that_is_taken_is_passed_over() -> None:
    """Somebody else on the machine may have it."""
    with socket.socket() as other:
        following = own_port() + 1
        other.bind((LOOPBACK, following))
        assert own_port() != following
