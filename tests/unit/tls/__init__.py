"""Certificates for servers on loopback: `ca.pem` signed the others, and its key was thrown away.

`loopback.pem` is right and `another.pem` is for another name; each has its key beside it.
"""

from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
AUTHORITY: Final = HERE / "ca.pem"
RIGHT: Final = HERE / "loopback.pem"
OTHER_NAME: Final = HERE / "another.pem"
