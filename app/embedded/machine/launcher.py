"""Runs a command that dies with its parent: `python launcher.py PARENT_PID COMMAND…`.

Linux sends the child SIGKILL when its parent ends, even by `kill -9` (PR_SET_PDEATHSIG, which survives exec). It is
set here, in a process of its own, because code between fork and exec is not safe in a process with threads.
Elsewhere the command simply runs: there a killed parent leaves its servers behind.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def main() -> None:
    """Tie this process to its parent, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the tie was made
            sys.exit("the parent has ended")
    os.execvp(command[0], command)  # noqa: S606  # the command comes from this package, never from a shell


if __name__ == "__main__":
    main()
