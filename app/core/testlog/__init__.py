"""Test logs: what a submission's tests did, read from whatever the platform's test runners wrote.

`read_logs` makes one report of several logs, `compare` sets it beside the previous attempt's. One file per format;
`detect` tells formats by content. Everything in a log is hostile: it is bounded, scrubbed and read in linear time.
"""

from app.core.testlog.progress import compare
from app.core.testlog.report import read_logs

__all__ = ["compare", "read_logs"]
