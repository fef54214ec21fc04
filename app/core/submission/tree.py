"""Members of a submission made a source tree: the student's own text by path, and what was left out and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.limits import SourceLimits
from app.core.submission.archive import Unpacked, is_archive, read_archive, size_limit
from app.core.submission.archive.ledger import Member
from app.core.submission.decoding import TextDecoder
from app.core.submission.gitignore import gitignored
from app.core.submission.ignored import ignored, is_opened_archive
from app.core.submission.member_names import ClaimedNames, clean_name, is_too_long
from app.core.submission.notebook import is_converted, read_notebook, restore_notebook
from app.core.submission.omissions import Omissions
from app.core.submission.sources import FileKind, SourceFile, SourceTree, Unread
from app.core.submission.unreadable import described, something_else, unread_note, why_no_notebook, why_no_text
from schemas.errors import Reason, Rejected

_KINDS: Final = {
    suffix: kind
    for kind, suffixes in {
        FileKind.PYTHON: ".py .pyi .pyw",
        FileKind.NOTEBOOK: ".ipynb",
        FileKind.CONFIG: ".yaml .yml .toml .ini .cfg .json .conf .properties",
        FileKind.MARKDOWN: ".md .markdown",
        FileKind.SQL: ".sql",
        FileKind.SHELL: ".sh .bash .zsh .ksh",
    }.items()
    for suffix in suffixes.split()
}
_CODE: Final = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})
_CONVENTIONAL: Final = frozenset({"src", "lib", "app", "test", "tests", "notebooks", "scripts"})
"""Folders that projects have, and packers do not make."""
_FOR_TOOLS: Final = frozenset({".editorconfig", ".gitattributes", ".gitignore", ".gitkeep", ".python-version"})
"""Files that say something to tools and hold no work: beside a folder of all the work they keep nobody's paths."""
_DOCKERFILES: Final = ("dockerfile", "containerfile")
_CONFIGS: Final = ("pipfile", ".editorconfig", ".flake8", ".pylintrc", ".coveragerc", ".pypirc")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file that may become part of the tree; `content` is text where it came as such."""

    path: str
    content: bytes | str


def kind_of(path: str) -> FileKind:
    """What the file at `path` is, told by its name."""
    name = path.rpartition("/")[2].lower()
    stem, dot, suffix = name.rpartition(".")
    if name in _DOCKERFILES or stem in _DOCKERFILES or f".{suffix}" == ".dockerfile":
        return FileKind.DOCKERFILE
    if name in _CONFIGS or name.startswith(".env"):
        return FileKind.CONFIG
    return _KINDS.get(dot + suffix, FileKind.TEXT)


def is_code(path: str) -> bool:
    """Whether the file at `path` is Python or a notebook, told by its name."""
    return kind_of(path) in _CODE


def build_tree(unpacked: Unpacked, limits: SourceLimits) -> SourceTree:
    """The tree of an archive's or folder's members, the folders that wrap all of them stripped.

    Raises `Rejected`: `no_sources`, `submission_too_large`.
    """
    candidates = [_Candidate(member.path, member.data) for member in unpacked.members]
    return _build(candidates, unpacked, limits, strip=True)


def tree_from_archive(data: bytes, limits: SourceLimits) -> SourceTree:
    """The tree of an archive's bytes. Raises `Rejected` like `read_archive` and `build_tree`."""
    return build_tree(read_archive(data, limits), limits)


def tree_from_file(name: str, data: bytes, limits: SourceLimits) -> SourceTree:
    """The tree of one file: an archive by its content or its name, else a source file called `name`.

    Raises `Rejected` like `read_archive` and `build_tree`.
    """
    path = clean_name(name, limits)
    if is_archive(data) or is_opened_archive(path):
        return tree_from_archive(data, limits)
    if len(data) > limits.archive_bytes_max:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"the file has more than {limits.archive_bytes_max} bytes")
    return build_tree(Unpacked(Omissions(limits), [Member(path, data)]), limits)


def tree_from_texts(texts: Mapping[str, str], limits: SourceLimits) -> SourceTree:
    """The tree of inline files, path -> text.

    Rules are an archive's, except that no wrapping folder is stripped: whoever names each file means its path.
    A notebook may come as JSON or as the Python that one was made into. Raises `Rejected`: `archive_unsafe`,
    `archive_limit`, `no_sources`, `submission_too_large`.
    """
    if len(texts) > limits.members_max:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"more than {limits.members_max} files")
    return _build(
        [_Candidate(clean_name(path, limits), text) for path, text in texts.items()],
        Unpacked(Omissions(limits)),
        limits,
        strip=False,
    )


def restore_tree(texts: Mapping[str, str], unread: Mapping[str, Unread] | None = None) -> SourceTree:
    """The tree that `SourceTree.texts()` was taken from: already cleaned, so nothing is cleaned again."""
    return SourceTree({path: _restored(path, texts[path]) for path in sorted(texts)}, unread=dict(unread or {}))


def _restored(path: str, text: str) -> SourceFile:
    kind = kind_of(path)
    return restore_notebook(path, text) if kind is FileKind.NOTEBOOK else SourceFile(path, text, kind)


def _build(candidates: Iterable[_Candidate], unpacked: Unpacked, limits: SourceLimits, *, strip: bool) -> SourceTree:
    left_out = unpacked.left_out
    notes = list(unpacked.notes)
    decoder = TextDecoder(limits)
    chosen = _chosen(candidates, decoder, left_out, notes, limits)
    wrapping = _wrapping_folder([candidate.path for candidate in chosen]) if strip else ""
    files: dict[str, SourceFile] = {}
    chars = 0
    for candidate in sorted(chosen, key=lambda candidate: candidate.path):
        path = _within(candidate.path, wrapping)
        file, reason, why = _read(path, candidate, decoder, notes, limits)
        if file is None:
            left_out.add(reason, candidate.path, why)
            continue
        files[path] = file
        chars += len(file.text)
        if chars > limits.text_chars_max and file.kind is FileKind.NOTEBOOK:
            break  # refused below; further notebooks would take seconds to convert
    notes += decoder.notes()
    if len(notes) > limits.notes_max:
        notes[limits.notes_max - 1 :] = [f"and {len(notes) - limits.notes_max + 1} more notes"]
    unread = {path.removeprefix(wrapping): why for path, why in left_out.unread.items()}
    tree = SourceTree(files, dict(sorted(left_out.counts.items())), tuple(notes), left_out.named(wrapping), unread)
    _check(tree, limits)
    return tree


def _chosen(
    candidates: Iterable[_Candidate],
    decoder: TextDecoder,
    left_out: Omissions,
    notes: list[str],
    limits: SourceLimits,
) -> list[_Candidate]:
    """The candidates that are the student's own by path and size; the others are counted."""
    names = ClaimedNames()
    chosen = []
    for candidate in candidates:
        reason = _why_not(candidate, limits)
        if reason is None:
            names.claim(candidate.path)
            chosen.append(candidate)
        else:
            left_out.add(reason, candidate.path)
    environments = {
        folder for folder, _, name in (one.path.rpartition("/") for one in chosen) if name == "pyvenv.cfg" and folder
    }
    rules = {one.path: _text(one, decoder)[0] or "" for one in chosen if one.path.rpartition("/")[2] == ".gitignore"}
    own = [candidate for candidate in chosen if environments.isdisjoint(_folders(candidate.path))]
    kept = {candidate.path for candidate in own}
    left_out.add_all("virtual_environment", (candidate.path for candidate in chosen if candidate.path not in kept))
    passed_over, said = gitignored([candidate.path for candidate in own], rules, limits)
    left_out.add_all("gitignored", (candidate.path for candidate in own if candidate.path in passed_over))
    notes += said
    return [candidate for candidate in own if candidate.path not in passed_over]


def _folders(path: str) -> Iterator[str]:
    """The folders around `path`, innermost first."""
    while path := path.rpartition("/")[0]:
        yield path


def _why_not(candidate: _Candidate, limits: SourceLimits) -> str | None:
    reason = ignored(candidate.path)
    if reason is None and is_too_long(candidate.path, limits):
        return "long_path"
    if reason is None and len(candidate.content) > size_limit(candidate.path, limits):
        return "too_large"
    return reason


def _text(candidate: _Candidate, decoder: TextDecoder) -> tuple[str, None] | tuple[None, str]:
    if isinstance(candidate.content, str):
        return decoder.clean(candidate.content)
    return decoder.decode(candidate.path, candidate.content)


def _read(
    path: str, candidate: _Candidate, decoder: TextDecoder, notes: list[str], limits: SourceLimits
) -> tuple[SourceFile | None, str, Unread | None]:
    """The file at `path`, or why there is none: the reason to count it by, and what a student should know."""
    kind = kind_of(path)
    text, reason = _text(candidate, decoder)
    if text is None:
        why: Unread | None = why_no_text(candidate.content, reason or "binary")
        reason = reason or "binary"
    elif why := something_else(text, kind):
        reason = why.cause
    elif kind is not FileKind.NOTEBOOK:
        return SourceFile(path, text, kind), "", None
    elif is_converted(text):
        return restore_notebook(path, text), "", None
    else:
        notebook = read_notebook(path, text, limits)
        if notebook is not None:
            notes += notebook.notes
            return notebook.file, "", None
        why, reason = why_no_notebook(text, limits), "unreadable_notebook"
    if why is not None and kind in _CODE:
        notes.append(unread_note(path, kind, why))
    return None, reason, why


def _wrapping_folder(paths: list[str]) -> str:
    """The folders around all `paths`, with a slash, however many packers put there.

    A conventional folder stays, for the student's own paths begin with it. Any other is stripped whatever it holds:
    the same work, packed with more folders or fewer, has the same paths. Files for tools may lie beside it, unless one
    of the same name is in it.
    """
    wrapping = ""
    inside = paths
    while True:
        inside = [path for path in inside if path[len(wrapping) :] not in _FOR_TOOLS]
        if not inside:
            break
        top = inside[0][len(wrapping) :].partition("/")[0]
        inner = f"{wrapping}{top}/"
        if top.lower() in _CONVENTIONAL or not all(path.startswith(inner) for path in inside):
            break
        if len({_within(path, inner) for path in paths}) < len(paths):
            break
        wrapping = inner
    return wrapping


def _within(path: str, wrapping: str) -> str:
    """`path` without those of the wrapping folders that are around it."""
    while not path.startswith(wrapping):
        wrapping = wrapping[: wrapping.rfind("/", 0, -1) + 1]
    return path.removeprefix(wrapping)


def _check(tree: SourceTree, limits: SourceLimits) -> None:
    if not tree.files:
        raise _nothing_left(tree, limits)
    if tree.chars > limits.text_chars_max:
        raise Rejected(
            Reason.SUBMISSION_TOO_LARGE,
            f"the text of {len(tree.files)} files has {tree.chars} characters, the limit is {limits.text_chars_max} "
            "(SUBMISSION_CHARS_MAX)",
        )


def _nothing_left(tree: SourceTree, limits: SourceLimits) -> Rejected:
    told = [f"{reason} {number} ({', '.join(_shown(tree, reason))})" for reason, number in tree.omitted.items()]
    if "too_large" in tree.omitted:
        small = f"{limits.file_bytes_max} bytes, a notebook {limits.notebook_bytes_max}"
        cause = f"no file is left that is small enough to be read ({small})"
        return Rejected(Reason.SUBMISSION_TOO_LARGE, f"{cause}; left out: {', '.join(told)}")
    if told:
        return Rejected(Reason.NO_SOURCES, f"nothing is left that the student wrote; left out: {', '.join(told)}")
    return Rejected(Reason.NO_SOURCES, "there are no files in it")


def _shown(tree: SourceTree, reason: str) -> Iterator[str]:
    """The first files left out for `reason`, with what is wrong with each where that says more."""
    for path in tree.omitted_files[reason]:
        why = tree.unread.get(path)
        yield path if why is None or why.cause == reason else f"{path}: {described(why)}"
