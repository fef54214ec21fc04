"""What of a submission is left out: counted by reason, the first few of each by name, so that nothing goes unsaid."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core.limits import SourceLimits
from app.core.submission.ignored import ignored
from app.core.submission.sources import Unread


@dataclass(slots=True)
class Omissions:
    """Files that are not read. A path is one within the submission, clean but perhaps long or hostile to a terminal."""

    limits: SourceLimits
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, list[str]] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)
    """Those that another attempt's file at the same path may have been read of: not what its name alone rules out."""

    def add(self, reason: str, path: str, why: Unread | None = None) -> None:
        """Count one file that is left out; `why` says more than `reason` does."""
        self.counts[reason] += 1
        if ignored(path) in {None, "archive"}:
            self.unread[path] = why or Unread(reason)
        first = self.first.setdefault(reason, [])
        if len(first) < self.limits.omitted_named_max:
            first.append(path)

    def add_all(self, reason: str, paths: Iterable[str]) -> None:
        """Count files that are left out for one reason."""
        for path in paths:
            self.add(reason, path)

    def named(self, wrapping: str = "") -> Mapping[str, tuple[str, ...]]:
        """The first few paths by reason, without the folder `wrapping`, each printable and no longer than a line."""
        return {
            reason: tuple(self._shown(path.removeprefix(wrapping)) for path in paths)
            for reason, paths in sorted(self.first.items())
        }

    def _shown(self, path: str) -> str:
        chars_max = self.limits.omitted_name_chars_max
        shown = "".join(char if char.isprintable() else "?" for char in path[:chars_max])
        return shown if len(path) <= chars_max else f"{shown[:-1]}…"
