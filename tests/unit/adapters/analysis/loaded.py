"""What a process has imported; asked for in the process itself."""

import sys


def module_names() -> list[str]:
    """All of them."""
    return sorted(sys.modules)
