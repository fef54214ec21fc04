"""Celery with four processes over Redis: the first idea of this line, a task for each submission.

Its documentation's advice for tasks that may be repeated is taken: late acknowledgement, a prefetch of one, and a
visibility timeout that outlasts the longest task, after which Redis gives a killed worker's tasks to another.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from app.embedded.machine.processes import inherited_environment
from schemas.codec import encode
from schemas.errors import StartRefused
from schemas.submission import Submission
from tests import ROOT
from tests.benchmarks.throughput.peers.processes import Processes, program, program_environment
from tests.benchmarks.throughput.port import Place

PROCESSES: Final = 4
_VISIBILITY_S_MIN: Final = 20
_LOOKS_FOR_LOST_S: Final = 110.0  # seen: tasks of a killed worker are looked for every hundred seconds
_WORKER: Final = ("-m", "celery", "-A", "tests.benchmarks.throughput.programs.on_celery", "worker")


class CeleryPeer:
    """A worker of four processes; tasks are sent by a program of their own, as a platform's back end would."""

    name = "Celery, 4 processes"
    in_flight = PROCESSES

    def __init__(self, place: Place) -> None:
        options = (f"--concurrency={PROCESSES}", "--loglevel=WARNING")
        visibility_s = max(_VISIBILITY_S_MIN, round(2 * place.longest_call_s))
        self._environment = {**program_environment(place), "BENCH_VISIBILITY_S": str(visibility_s)}
        self._python = str(place.peers_python)
        self._processes = Processes(place, [(self._python, *_WORKER, *options)], self._environment)
        self.quiet_s = visibility_s + _LOOKS_FOR_LOST_S

    async def start(self) -> None:
        """Start the worker."""
        await self._processes.start()

    async def feed(self, submissions: Sequence[Submission]) -> None:
        """Send a task for each."""
        sender = await asyncio.create_subprocess_exec(
            self._python,
            *program("send_to_celery"),
            env={**inherited_environment(), "PYTHONPATH": str(ROOT), **self._environment},
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await sender.communicate(b"".join(encode(submission) + b"\n" for submission in submissions))
        finally:
            if sender.returncode is None:
                sender.kill()
        if sender.returncode != 0:
            raise StartRefused(f"tasks could not be sent: {said.decode()[-500:]}", "see whether redis-server runs")

    def runs(self) -> bool:
        """Its workers."""
        return self._processes.runs()

    def sessions(self) -> list[int]:
        """Of its worker."""
        return self._processes.sessions()

    def last_words(self) -> str:
        """Of its worker."""
        return self._processes.last_words()

    def kill(self) -> None:
        """The worker and its four processes."""
        self._processes.kill()

    async def stop(self) -> None:
        """The worker, at once: nobody starts it again."""
        self._processes.kill()
