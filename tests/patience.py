"""How long tests wait for what must come: many times what it takes, for only a test that fails waits to the end.

A machine that runs four tests at once, or something else besides, can be ten times as slow as one that is quiet.
"""

from typing import Final

PATIENCE_S: Final = 120
"""Seconds. Where a promise is one of time, its test says how much longer it takes once it is broken."""
