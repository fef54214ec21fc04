"""llama.cpp's server until it is stopped: `python llama_process.py MODEL PORT CONTEXT_TOKENS REQUESTS_AT_ONCE`."""

import signal
import sys

import xllamacpp


def main() -> None:
    """Serve, and leave the rest to the signal that ends this process."""
    path, port, context_tokens, requests_at_once = sys.argv[1], *map(int, sys.argv[2:])
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.port = port
    params.n_ctx = context_tokens
    params.n_parallel = requests_at_once
    params.kv_unified = True  # each request may use the whole context
    params.ui = False
    params.cache_ram_mib = 0  # no prompts are kept beside the context
    # On a busy machine two threads that wait for each other at every step are far slower than one.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.sampling.temp = 0.0  # the likeliest word each time: the same answer in each run
    _serving = xllamacpp.Server(params)  # its threads end with it
    signal.pause()


if __name__ == "__main__":
    main()
