"""A submission's source tree: cleaned text by path, with what was left out and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256


class FileKind(StrEnum):
    """What a file is, which decides how it is compared."""

    PYTHON = "python"
    NOTEBOOK = "notebook"
    CONFIG = "config"
    MARKDOWN = "markdown"
    SQL = "sql"
    SHELL = "shell"
    DOCKERFILE = "dockerfile"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the student's: POSIX path within the tree, text with line feeds as line ends.

    A notebook's `text` is Python made of its code cells; `cell_starts` holds the 1-based line on which each code
    cell starts, so that a line can be told as a cell's. Empty for other kinds. `outputs` are what the cells said when
    they ran, each with its cell's line: no part of the work, for they are neither stored nor compared.
    """

    path: str
    text: str
    kind: FileKind
    cell_starts: tuple[int, ...] = ()
    outputs: tuple[tuple[int, str], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a file that is there was not read: a cause in snake case, and the 1-based line that shows it."""

    cause: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SourceTree:
    """All of a submission's own files, sorted by path, and what was left out: reason -> number of files.

    `omitted_files` names the first few files of each reason. `unread` holds what is there and was not read, by path:
    a file, or an archive whose content is unknown. Of these nobody may say that they were deleted.
    """

    files: Mapping[str, SourceFile]
    omitted: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    omitted_files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unread: Mapping[str, Unread] = field(default_factory=dict)

    def why_unread(self, path: str) -> Unread | None:
        """Why the file at `path` was not read, itself or an archive that it lay in; None if it is not there."""
        while path and self.unread:
            if path in self.unread:
                return self.unread[path]
            path = path.rpartition("/")[0]
        return None

    @property
    def chars(self) -> int:
        """Characters of text in all files."""
        return sum(len(f.text) for f in self.files.values())

    def texts(self) -> dict[str, str]:
        """Path -> text, in the order of the paths."""
        return {path: self.files[path].text for path in sorted(self.files)}

    def digest(self) -> str:
        """SHA-256 over paths and texts, each length-prefixed so that no two trees collide by concatenation."""
        return digest_texts(self.texts())


def digest_texts(texts: Mapping[str, str]) -> str:
    """SHA-256 in hexadecimal over path -> text, independent of the mapping's order."""
    digest = sha256()
    for path in sorted(texts):
        for part in (path, texts[path]):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big"))
            digest.update(data)
    return digest.hexdigest()
