"""TOML -> a tree. Python's own reader gives the values; the lines of keys are looked up in the text afterwards."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from app.core.diff.other_files.config.node import Builder, Unreadable

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\\\n]*"|'[^'\n]*')"""
_HEADER: Final = re.compile(rf"\s*(\[\[?)\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_KEY: Final = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_PARTS: Final = re.compile(_PART)
_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)$")

Path = tuple[str | int, ...]


def read_toml(text: str, builder: Builder) -> None:
    """Build the tree of a TOML document. Raises `Unreadable`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        match = _LINE.search(str(exc))
        raise Unreadable(_LINE.sub("", str(exc)).strip(), int(match[1]) if match else None) from exc
    except (RecursionError, ValueError) as exc:
        raise Unreadable(f"no TOML: {type(exc).__name__}") from exc
    lines = dict(_key_lines(text))
    stack: list[tuple[str, Path, Any]] = [("value", (), document)]
    while stack:
        verb, path, value = stack.pop()
        line = lines.get(path, 0)
        if verb == "close":
            builder.close()
            continue
        if path and isinstance(path[-1], str):
            builder.key(path[-1], line)
        if isinstance(value, dict):
            builder.open_mapping(line)
            stack.append(("close", path, None))
            stack.extend(("value", (*path, name), item) for name, item in reversed(value.items()))
        elif isinstance(value, list):
            builder.open_list(line)
            stack.append(("close", path, None))
            stack.extend(("value", (*path, at), value[at]) for at in reversed(range(len(value))))
        else:
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            builder.value(type(value).__name__, shown, line)


def _key_lines(text: str) -> Iterator[tuple[Path, int]]:
    """Paths of tables and of keys with the lines on which they seem to stand, the first one last.

    A line of a long string may look like a key; such a path is in the document only by a rare chance.
    """
    table: Path = ()
    seen: dict[Path, int] = {}
    found: list[tuple[Path, int]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(line):
            table = _path(header[2])
            if header[1] == "[[":
                seen[table] = seen.get(table, -1) + 1
            table = _with_numbers(table, seen)
            found.append((table, number))
        elif key := _KEY.match(line):
            path = (*table, *_path(key[1]))
            found.extend((path[:end], number) for end in range(len(table) + 1, len(path) + 1))
    return reversed(found)


def _path(text: str) -> Path:
    return tuple(part.strip("\"'") for part in _PARTS.findall(text))


def _with_numbers(table: Path, seen: dict[Path, int]) -> Path:
    """`table` with the number of the entry after each name that is a list of tables."""
    numbered: list[str | int] = []
    for end in range(1, len(table) + 1):
        numbered.append(table[end - 1])
        if table[:end] in seen:
            numbered.append(seen[table[:end]])
    return tuple(numbered)
