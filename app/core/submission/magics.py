"""IPython's own syntax in a cell made comments, so that what is left is Python.

Only where a statement may start is a line one of IPython's: within brackets, a string or a continued line the same
characters are Python. The cell is not parsed for that, for hostile text can exhaust Python's parser.
"""

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<triple>\"{3}|'{3})"""
    r"""|"[^"\\]*+(?:\\.[^"\\]*+)*+"?|'[^'\\]*+(?:\\.[^'\\]*+)*+'?"""
    r"""|(?P<comment>\#)|(?P<open>[\[({])|(?P<close>[\])}])"""
)
# Possessive, for a group that may be given back costs memory for each of a million characters.
_ENDS: Final = {mark * 3: re.compile(rf"(?:[^{mark}\\]++|\\.|{mark}(?!{mark * 2}))*+{mark * 3}") for mark in "\"'"}
_INSTALL: Final = re.compile(r"(?:pip3?|conda|mamba) (?:install|uninstall|list|show|freeze|update)\b")
# IPython runs these without a percent sign as well; no Python statement starts so.
_HELP: Final = re.compile(r"[%\w.*]+\?{1,2}$")
_PYTHON_CELLS: Final = {
    "time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "python", "python2", "python3", "pypy", "snakeviz",
}  # fmt: skip
_FILE_CELLS: Final = {"writefile", "file"}


def without_magics(lines: list[str]) -> list[str]:
    """The lines of a cell, as many as before. A cell magic of another language (`%%bash`) comments all of them."""
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and not _is_python_cell(first):
        return comment_out(lines)
    made: list[str] = []
    place = _Place()
    escaped = False
    for line in lines:
        if escaped or (place.is_statement and _is_magic(line)):
            # A shell command goes on after a backslash, like a statement.
            made.append(f"# {line}" if escaped else _as_comment(line))
            escaped = line.endswith("\\")
        else:
            line = _without_assigned_magic(line) if place.is_statement else line  # noqa: PLW2901 - the same line
            place.pass_over(line)
            made.append(line)
    return made


def comment_out(lines: list[str]) -> list[str]:
    """All lines as comments."""
    return [f"# {line}" if line else "#" for line in lines]


class _Place:
    """Whether the next line starts a statement."""

    def __init__(self) -> None:
        self._quote: str | None = None
        self._depth = 0
        self._continued = False

    @property
    def is_statement(self) -> bool:
        return self._quote is None and self._depth == 0 and not self._continued

    def pass_over(self, line: str) -> None:
        position = 0
        comment = False
        while position < len(line) and not comment:
            if self._quote is not None:
                end = _ENDS[self._quote].match(line, position)
                if end is None:
                    break
                self._quote = None
                position = end.end()
                continue
            token = _TOKEN.search(line, position)
            if token is None:
                break
            position = token.end()
            comment = token["comment"] is not None
            self._quote = token["triple"]
            self._depth = max(0, self._depth + bool(token["open"]) - bool(token["close"]))
        self._continued = self._quote is None and not comment and line.endswith("\\")


def _is_python_cell(line: str) -> bool:
    name, _, rest = line[2:].partition(" ")
    return name in _PYTHON_CELLS or (name in _FILE_CELLS and rest.strip().endswith(".py"))


def _is_magic(line: str) -> bool:
    text = line.strip()
    return (
        text.startswith(("%", "!", "?"))
        or _INSTALL.match(text) is not None
        or (text.endswith("?") and _HELP.match(text) is not None)
    )


def _as_comment(line: str) -> str:
    # `pass` keeps a block valid whose only statement is a magic.
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    return f"{indent}pass  # {text}" if indent else f"# {text}"


def _without_assigned_magic(line: str) -> str:
    """`names = !ls` binds a list in IPython: the name stays bound, to None."""
    before, equals, after = line.partition("=")
    if equals and before.strip() and after.lstrip().startswith(("!", "%")) and not before.endswith(("!", "<", ">")):
        return f"{before}= None  # {after.lstrip()}"
    return line
