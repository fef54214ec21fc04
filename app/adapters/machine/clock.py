"""The machine's clock behind its port."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Port `Clock`."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()
