"""A notebook as Python: its code cells one after the other, so that it parses, diffs and is commented on by line."""

from dataclasses import dataclass
from typing import Any

import orjson

from app.core.sources import FileKind, SourceFile

_MARK = "# --- cell {} ---"
_PREFIXES = ("%", "!", "?")


@dataclass(frozen=True, slots=True)
class Notebook:
    """A read notebook. `errors` counts cells whose stored output is an error."""

    file: SourceFile
    errors: int


def read_notebook(path: str, text: str) -> Notebook | None:
    """The code cells of an nbformat 3 or 4 document, or None if it is none.

    Magics and shell escapes become comments; a cell in another language (`%%bash`, …) is commented out whole.
    Outputs are dropped, for they are data; only errors among them are counted.
    """
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    cells = _cells(document)
    if cells is None:
        return None
    lines: list[str] = []
    starts: list[int] = []
    errors = 0
    for number, cell in enumerate((cell for cell in cells if cell.get("cell_type") == "code"), start=1):
        starts.append(len(lines) + 1)
        lines.append(_MARK.format(number))
        lines += _code(_joined(cell.get("source", cell.get("input", ""))))
        outputs = cell.get("outputs")
        if isinstance(outputs, list):
            errors += any(
                isinstance(output, dict) and output.get("output_type") in {"error", "pyerr"} for output in outputs
            )
    body = "\n".join(lines) + ("\n" if lines else "")
    return Notebook(SourceFile(path, body, FileKind.NOTEBOOK, tuple(starts)), errors)


def cell_of(starts: tuple[int, ...], line: int) -> int | None:
    """The 1-based number of the code cell that `line` belongs to, None before the first."""
    return sum(start <= line for start in starts) or None


def _cells(document: Any) -> list[dict[str, Any]] | None:
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        return None
    cells = document.get("cells")
    if cells is None:  # nbformat 3 keeps them in worksheets
        sheets = document.get("worksheets")
        if not isinstance(sheets, list):
            return None
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in _list(sheet.get("cells"))]
    return [cell for cell in _list(cells) if isinstance(cell, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _joined(source: Any) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _code(source: str) -> list[str]:
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and not first.startswith(("%%time", "%%capture", "%%prun")):
        return [f"# {line}" for line in lines]
    return [_comment_out(line) if line.lstrip().startswith(_PREFIXES) else line for line in lines]


def _comment_out(line: str) -> str:
    # `pass` keeps a block valid whose only statement is a magic.
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass  # {line.lstrip()}" if indent else f"# {line}"
