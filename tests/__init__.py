"""The tests; `unit` mirrors the package, the other rooms say what they run on."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""The checkout, for tests that read what stands beside the package."""
