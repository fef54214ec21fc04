"""What reading one submission has cost so far, and what is kept of it: every limit is enforced here."""

from collections import deque
from dataclasses import dataclass, field

from app.core.limits import SourceLimits
from app.core.submission.ignored import ignored, is_opened_archive
from app.core.submission.member_names import ClaimedNames, is_too_long
from app.core.submission.omissions import Omissions
from schemas.errors import Reason, Rejected


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a submission: clean POSIX path and bytes."""

    path: str
    data: bytes


@dataclass(slots=True)
class Unpacked:
    """A submission's files as they lie in it; `left_out` are those that were not even unpacked."""

    left_out: Omissions
    members: list[Member] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NestedArchive:
    """An archive found within the submission, to be opened in its turn: a loop instead of a recursion."""

    path: str
    data: bytes
    level: int


class Ledger:
    """One submission's account. `packed_bytes` is the size it came in, None where nothing was packed."""

    def __init__(self, limits: SourceLimits, packed_bytes: int | None) -> None:
        self.limits = limits
        self.unpacked = Unpacked(Omissions(limits))
        self.nested: deque[NestedArchive] = deque()
        self.level = 0
        """Of the archive that is being read: 0 is the submission itself."""
        self.prefix = ""
        """Before every path of the archive that is being read."""
        self._packed_bytes = packed_bytes
        self._entries = 0
        self._bytes = 0
        self._read_bytes = 0
        self._names = ClaimedNames()
        self._kept_before = 0, 0

    def count_entries(self, number: int = 1) -> None:
        """Count entries of any kind, folders and links too."""
        self._entries += number
        if self._entries > self.limits.members_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"more than {self.limits.members_max} entries")

    def count_bytes(self, number: int) -> None:
        """Count bytes as they unpack, or as the archive says that they would."""
        self._bytes += number
        limits = self.limits
        if self._bytes > limits.uncompressed_bytes_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"unpacks to more than {limits.uncompressed_bytes_max} bytes")
        if self._packed_bytes is None or self._bytes <= limits.ratio_floor_bytes:
            return
        if self._bytes > limits.ratio_max * self._packed_bytes:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"unpacks to more than {limits.ratio_max} times its size")

    def omit(self, reason: str, path: str) -> None:
        """Count the file at the clean `path`, which is left out."""
        self.unpacked.left_out.add(reason, self.prefix + path)

    def wants(self, path: str, size_bytes: int) -> bool:
        """Whether the file at the clean `path` is to be read; if not, it is counted as left out."""
        reason = ignored(path)
        opened = reason == "archive" and is_opened_archive(path)
        if opened and self.level >= self.limits.nesting_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"archives lie more than {self.limits.nesting_max} deep in each other")
        if reason is None and is_too_long(self.prefix + path, self.limits):
            reason = "long_path"
        if (reason is None or opened) and size_bytes > size_limit(path, self.limits):
            reason, opened = "too_large", False
        if reason is None or opened:
            return True
        self.omit(reason, path)
        return False

    def open(self, nested: NestedArchive) -> None:
        """Account for what follows as the content of `nested`."""
        self.level, self.prefix = nested.level, f"{nested.path}/"
        self._kept_before = len(self.unpacked.members), len(self.nested)

    def forget(self) -> None:
        """Drop what was kept of the archive that is being read: half an archive would look like deleted files."""
        members, nested = self._kept_before
        del self.unpacked.members[members:]
        while len(self.nested) > nested:
            self.nested.pop()

    def keep(self, path: str, data: bytes) -> None:
        """Take the file that was wanted; an archive is put aside to be opened."""
        path = self.prefix + path
        self._read_bytes += len(data)
        if self._read_bytes > self.limits.read_bytes_max:
            raise Rejected(
                Reason.SUBMISSION_TOO_LARGE, f"more than {self.limits.read_bytes_max} bytes that look like source"
            )
        if is_opened_archive(path):
            self.nested.append(NestedArchive(path, data, self.level + 1))
        else:
            self._names.claim(path)
            self.unpacked.members.append(Member(path, data))


def size_limit(path: str, limits: SourceLimits) -> int:
    """Bytes up to which the file at `path` is read."""
    if path.lower().endswith(".ipynb"):
        return limits.notebook_bytes_max
    return limits.nested_bytes_max if is_opened_archive(path) else limits.file_bytes_max
