"""One submission as it was read: what was handed in, and the tree that came of it."""

from dataclasses import dataclass

from app.core.submission.sources import SourceTree, digest_texts
from schemas.submission import Submission


@dataclass(frozen=True, slots=True)
class Attempt:
    """One submission as read: the record's content and the cleaned source tree."""

    submission: Submission
    tree: SourceTree

    @property
    def logs(self) -> tuple[tuple[str, str], ...]:
        """Test logs as (name, text)."""
        return tuple((log.name, log.text) for log in self.submission.named_logs())

    def digest(self) -> str:
        """SHA-256 over all that makes this submission what it is: sources, logs, and whom it names."""
        named = self.submission.previous_submission_id or ""
        logs = {f"{n}:{name}": text for n, (name, text) in enumerate(self.logs)}
        return digest_texts({"sources": self.tree.digest(), "logs": digest_texts(logs), "named": named})
