"""One homework, packed by the real packers (`generate.py`)."""

from pathlib import Path

PACKED = Path(__file__).parent
SAMPLES = sorted(path.name for path in PACKED.iterdir() if path.suffix not in {".py", ".pyc", ""})
