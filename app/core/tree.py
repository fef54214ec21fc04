"""Members of a submission made a source tree: the student's own text by path, and what was left out and why."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

import charset_normalizer
import pathspec

from app.core.archive import Member, Unpacked, read_archive
from app.core.ignored import ignored
from app.core.limits import SourceLimits
from app.core.member_names import clean_name, refuse_collisions
from app.core.notebook import read_notebook
from app.core.sources import FileKind, SourceFile, SourceTree
from schemas.errors import Reason, Rejected

_KINDS: Final = {
    ".py": FileKind.PYTHON,
    ".pyi": FileKind.PYTHON,
    ".ipynb": FileKind.NOTEBOOK,
    ".yaml": FileKind.CONFIG,
    ".yml": FileKind.CONFIG,
    ".toml": FileKind.CONFIG,
    ".ini": FileKind.CONFIG,
    ".cfg": FileKind.CONFIG,
    ".json": FileKind.CONFIG,
    ".env": FileKind.CONFIG,
    ".md": FileKind.MARKDOWN,
    ".sql": FileKind.SQL,
    ".sh": FileKind.SHELL,
    ".bash": FileKind.SHELL,
}
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def kind_of(path: str) -> FileKind:
    """What the file at `path` is, told by its name."""
    name = path.rsplit("/", 1)[-1].lower()
    if name == "dockerfile" or name.startswith("dockerfile."):
        return FileKind.DOCKERFILE
    dot = name.rfind(".")
    return _KINDS.get(name[dot:] if dot >= 0 else "", FileKind.TEXT)


def build_tree(unpacked: Unpacked, limits: SourceLimits) -> SourceTree:
    """The tree of an archive's or folder's members.

    One common wrapping folder is stripped. Raises `Rejected`: `no_sources`, `submission_too_large`.
    """
    omitted = Counter(unpacked.omitted)
    members = _strip_wrapping_folder(unpacked.members)
    rules = _gitignore(members)
    files: dict[str, SourceFile] = {}
    notes: list[str] = []
    for member in sorted(members, key=lambda member: member.path):
        reason = ignored(member.path)
        if reason is None and rules is not None and rules.match_file(member.path):
            reason = "gitignored"
        if reason is None and len(member.data) > limits.file_bytes_max:
            reason = "too_large"
        text = decode_text(member.data) if reason is None else None
        if text is None:
            omitted[reason or "binary"] += 1
            continue
        file, note = _source_file(member.path, text)
        files[member.path] = file
        notes += note
    return _checked(files, omitted, tuple(notes), limits)


def tree_from_archive(data: bytes, limits: SourceLimits) -> SourceTree:
    """The tree of an archive's bytes."""
    return build_tree(read_archive(data, limits), limits)


def tree_from_file(name: str, data: bytes, limits: SourceLimits) -> SourceTree:
    """The tree of one file: an archive by its content, else a source file called `name`."""
    if data[:4] == b"PK\x03\x04" or data[:2] == b"\x1f\x8b" or data[:3] == b"BZh" or data[:6] == b"\xfd7zXZ\x00":
        return tree_from_archive(data, limits)
    if data[257:262] == b"ustar":
        return tree_from_archive(data, limits)
    return build_tree(Unpacked(members=[Member(clean_name(name, limits), data)]), limits)


def tree_from_texts(texts: Mapping[str, str], limits: SourceLimits) -> SourceTree:
    """The tree of inline files, path -> text, under the same rules as an archive's."""
    paths = {path: clean_name(path, limits) for path in texts}
    refuse_collisions(paths.values())
    members = [Member(clean, texts[path].encode("utf-8", "replace")) for path, clean in paths.items()]
    return build_tree(Unpacked(members=members), limits)


def restore_tree(texts: Mapping[str, str]) -> SourceTree:
    """The tree that `SourceTree.texts()` was taken from: already cleaned, so nothing is cleaned again."""
    return SourceTree({path: SourceFile(path, text, kind_of(path)) for path, text in sorted(texts.items())})


def decode_text(data: bytes) -> str | None:
    """`data` as text with line feeds, or None where it is binary: byte order mark, UTF-8, then a detector."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _normalised(data, encoding)
    if b"\x00" in data:
        return None
    try:
        return _lines(data.decode("utf-8"))
    except UnicodeDecodeError:
        best = charset_normalizer.from_bytes(data[: 64 * 1024]).best()
        return None if best is None else _normalised(data, best.encoding)


def _normalised(data: bytes, encoding: str) -> str | None:
    try:
        return _lines(data.decode(encoding, "replace"))
    except (LookupError, UnicodeError):
        return None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _source_file(path: str, text: str) -> tuple[SourceFile, list[str]]:
    kind = kind_of(path)
    if kind is not FileKind.NOTEBOOK:
        return SourceFile(path, text, kind), []
    notebook = read_notebook(path, text)
    if notebook is None:
        return SourceFile(path, text, FileKind.TEXT), [f"{path} is no notebook that can be read; compared as text"]
    errors = [f"{path} holds {notebook.errors} cells whose last output is an error"] if notebook.errors else []
    return notebook.file, errors


def _strip_wrapping_folder(members: Iterable[Member]) -> list[Member]:
    members = list(members)
    while members:
        tops = {member.path.split("/", 1)[0] for member in members if not ignored(member.path)}
        if len(tops) != 1 or any("/" not in member.path for member in members):
            break
        (top,) = tops
        inside = [member for member in members if member.path.startswith(f"{top}/")]
        if not inside or ignored(f"{top}/x") is not None:
            break
        outside = [member for member in members if not member.path.startswith(f"{top}/")]
        members = [Member(member.path[len(top) + 1 :], member.data) for member in inside] + outside
        break
    return members


def _gitignore(members: Iterable[Member]) -> pathspec.GitIgnoreSpec | None:
    for member in members:
        if member.path == ".gitignore":
            text = decode_text(member.data) or ""
            try:
                return pathspec.GitIgnoreSpec.from_lines(text.splitlines())
            except ValueError:  # a pattern that git would refuse too
                return None
    return None


def _checked(
    files: dict[str, SourceFile], omitted: Mapping[str, int], notes: tuple[str, ...], limits: SourceLimits
) -> SourceTree:
    tree = SourceTree(files, dict(sorted(omitted.items())), notes)
    if not files:
        left_out = ", ".join(f"{count} {reason}" for reason, count in sorted(omitted.items()))
        raise Rejected(Reason.NO_SOURCES, f"nothing of the student's to read; left out: {left_out or 'nothing'}")
    if tree.chars > limits.text_chars_max:
        raise Rejected(
            Reason.SUBMISSION_TOO_LARGE,
            f"the submission's text has {tree.chars} characters, the limit is {limits.text_chars_max}",
        )
    return tree
