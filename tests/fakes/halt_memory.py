"""A halt's memory without a file."""

from schemas.errors import Reason


class FakeHaltMemory:
    """Port `HaltMemory`."""

    def __init__(self, reason: Reason | None = None) -> None:
        self.reason = reason

    def write(self, reason: Reason) -> None:
        self.reason = reason

    def take(self) -> Reason | None:
        reason, self.reason = self.reason, None
        return reason
