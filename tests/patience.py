"""How long tests wait for what must come: many times what it takes, for only a test that fails waits to the end.

A machine that runs four tests at once, or something else besides, can be ten times as slow as one that is quiet.
"""

from typing import Final

PATIENCE_S: Final = 120
"""Seconds. What is promised within a certain time is asserted by a figure of its own, in tests that run alone."""
