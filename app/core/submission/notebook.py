"""A notebook as Python: its code cells one after the other, so that it parses, diffs and is commented on by line.

nbformat itself is not asked: it validates against a JSON Schema, which a student's half-broken notebook fails and
which takes half a minute on a hostile one of 1.5 MB. Tests hold this reader against it. What is read here is the
little that formats 2, 3 and 4 have in common.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from app.core.limits import SourceLimits
from app.core.submission.magics import comment_out, without_magics
from app.core.submission.sources import FileKind, SourceFile
from schemas.errors import Reason, Rejected

_HEADER: Final = "# --- notebook ---"
_CELL: Final = "# --- cell {} ---"
_TEXT: Final = "# --- text ---"
_MARKS: Final = re.compile(r"# --- (?:cell [0-9]{1,6}|notebook|text) ---$")
_CELL_MARK: Final = re.compile(r"# --- cell [0-9]{1,6} ---$")
_EMBEDDED: Final = re.compile(r"data:[\w/+.;=-]{1,80},[A-Za-z0-9+/=%_-]{80,}")
_ERROR_NAME: Final = re.compile(r"[A-Za-z_][\w.]{0,60}", re.ASCII)
_ERROR_OUTPUTS: Final = ("error", "pyerr")  # a tuple, for a hostile type need not be hashable
_SAID_IN: Final = ("text/plain", "text/markdown", "text/html")
_OUTPUTS_CHARS_MAX: Final = 256 * 1024  # text of all outputs of a notebook in which signs are sought
_ERRORS_NAMED_MAX: Final = 5
_CELLS_MAX: Final = 999_999  # the digits that a mark has room for


@dataclass(frozen=True, slots=True)
class Notebook:
    """A read notebook; `notes` say which cells ended in an error and what could not be taken as Python."""

    file: SourceFile
    notes: tuple[str, ...]


def read_notebook(path: str, text: str, limits: SourceLimits) -> Notebook | None:
    """The notebook in `text`, JSON of nbformat 2 to 4, or None if it is none that can be read.

    Each code cell starts with a comment that holds its number; Markdown stands between them as comments. Magics
    and shell escapes become comments; so does a cell in another language. Outputs are dropped, for they are data,
    but an error among them is noted. Raises `Rejected(submission_too_large)`.
    """
    if has_too_many_values(text, limits):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = _cells(document)
    if cells is None:
        return None
    is_python = _language(document) in {"", "python", "python2", "python3", "ipython"}
    lines = [_HEADER]
    starts: list[int] = []
    errors: list[tuple[int, str]] = []
    outputs: list[tuple[int, str]] = []
    chars, room = 0, _OUTPUTS_CHARS_MAX
    for cell in islice(cells, _CELLS_MAX):
        source = _joined(cell.get("source", cell.get("input")))
        if cell.get("cell_type") != "code":
            lines += _commented(source)
            continue
        chars += len(source)
        if chars > limits.text_chars_max:
            raise Rejected(
                Reason.SUBMISSION_TOO_LARGE, f"a notebook has more than {limits.text_chars_max} characters of code"
            )
        starts.append(len(lines) + 1)
        code = source.rstrip().split("\n") if source.strip() else []
        lines.append(_CELL.format(len(starts)))
        lines += map(_unmarked, without_magics(code) if is_python else comment_out(code))
        if said := _said(cell.get("outputs"), room):
            outputs.append((starts[-1], said))
            room -= len(said)
        error = _error(cell.get("outputs"))
        if error is not None:
            errors.append((len(starts), error))
    notes = [] if is_python else [f"{path} is not in Python: its code is kept as comments"]
    if errors:
        notes.append(f"{path}: {_named(errors)}")
    return Notebook(
        SourceFile(path, "\n".join(lines) + "\n", FileKind.NOTEBOOK, tuple(starts), tuple(outputs)), tuple(notes)
    )


def restore_notebook(path: str, text: str) -> SourceFile:
    """The file whose `text` was made by `read_notebook` and stored since."""
    starts = [number for number, line in enumerate(text.split("\n"), start=1) if _CELL_MARK.match(line)]
    return SourceFile(path, text, FileKind.NOTEBOOK, tuple(starts))


def prose_lines(text: str) -> dict[int, str]:
    """What is no code in a notebook's `text`, by 1-based line: its Markdown, and as empty lines the marks of cells."""
    found: dict[int, str] = {}
    is_prose = False
    for number, line in enumerate(text.split("\n"), start=1):
        if _MARKS.match(line):
            is_prose = line == _TEXT
            found[number] = ""
        elif is_prose:
            found[number] = line.removeprefix("#").removeprefix(" ")
    return found


def has_too_many_values(text: str, limits: SourceLimits) -> bool:
    """Whether parsing the JSON in `text` might take more memory than a notebook needs."""
    return sum(map(text.count, ",[{")) > limits.notebook_nodes_max


def is_converted(text: str) -> bool:
    """Whether `text` is what `read_notebook` makes, and no JSON any more."""
    return text.startswith(f"{_HEADER}\n")


def _cells(document: Any) -> Iterator[dict[str, Any]] | None:
    if not isinstance(document, dict):
        return None
    sheets = document.get("worksheets")
    if isinstance(document.get("cells"), list):
        found = document["cells"]
    elif isinstance(sheets, list):  # nbformat 2 and 3
        found = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    else:
        return None
    return (cell for cell in found if isinstance(cell, dict))


def _language(document: dict[str, Any]) -> str:
    metadata = _dict(document.get("metadata"))
    for section, key in (("language_info", "name"), ("kernelspec", "language")):
        name = _dict(metadata.get(section)).get(key)
        if isinstance(name, str):
            return name.lower()
    return ""


def _commented(source: str) -> list[str]:
    """Markdown as comments; pictures within it are named, not kept."""
    text = _EMBEDDED.sub("(embedded data)", source).strip()
    return [_TEXT, *map(_unmarked, comment_out(text.split("\n")))] if text else []


def _unmarked(line: str) -> str:
    # A student's line that looks like one of our marks would shift every cell number after it.
    return f"# {line}" if _MARKS.match(line) else line


def _error(outputs: Any) -> str | None:
    for output in _list(outputs):
        if isinstance(output, dict) and output.get("output_type") in _ERROR_OUTPUTS:
            name = output.get("ename")
            return name if isinstance(name, str) and _ERROR_NAME.fullmatch(name) else "an error"
    return None


def _said(outputs: Any, room: int) -> str:
    """The text that a cell's outputs hold, `room` characters at most; pictures are none."""
    said: list[str] = []
    for output in _list(outputs):
        if room <= 0:
            break
        document = _dict(output)
        data = _dict(document.get("data"))
        parts = [document.get("text"), document.get("evalue"), *(data.get(kind) for kind in _SAID_IN)]
        text = "\n".join(filter(None, map(_joined, parts)))[:room]
        room -= len(text) + 1
        said.append(text)
    return "\n".join(filter(None, said))


def _named(errors: list[tuple[int, str]]) -> str:
    shown = ", ".join(f"cell {number} ended in {name}" for number, name in errors[:_ERRORS_NAMED_MAX])
    more = len(errors) - _ERRORS_NAMED_MAX
    return shown + (f" and {more} more in errors" if more > 0 else "")


def _joined(source: Any) -> str:
    text = source if isinstance(source, str) else "".join(part for part in _list(source) if isinstance(part, str))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
