"""JSON -> a tree with the lines of its keys; iterative. Python's own decoder recurses, and tells no lines."""

import json
import re
from typing import Final

from app.core.diff.other_files.config.node import Builder, Unreadable

_PIECE: Final = re.compile(
    r"""[ \t\r\n]*(?:(?P<mark>[{}\[\],:])
    |(?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")
    |(?P<literal>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.]))""",
    re.VERBOSE,
)


class _Reader:
    """Pieces one after the other; `wanted` says what may come next: a value, a key, or a mark between values."""

    def __init__(self, text: str, builder: Builder) -> None:
        self.text = text
        self.builder = builder
        self.at = 0
        self.line = 1
        self.open: list[str] = []
        self.wanted = "value"

    def run(self) -> None:
        while self.wanted != "end":
            kind, piece = self._next()
            if kind == "mark" and piece in "{[" and self.wanted.startswith("value"):
                self._begin(piece)
            elif kind == "mark" and piece in "}]" and self._may_close(piece):
                self._end()
            elif kind == "mark" and piece == "," and self.wanted == "more":
                self.wanted = "key" if self.open[-1] == "{" else "value"
            elif kind == "string" and self.wanted.startswith("key"):
                self._key(piece)
            elif kind != "mark" and self.wanted.startswith("value"):
                self.builder.value(kind, _shown(kind, piece), self.line)
                self._after_value()
            else:
                raise Unreadable(f"no JSON: a {kind} where there should be none", self.line)
        if self.text[self.at :].strip(" \t\r\n"):
            raise Unreadable("no JSON: more text after the end", self.line)

    def _next(self) -> tuple[str, str]:
        match = _PIECE.match(self.text, self.at)
        if match is None or match.lastgroup is None:
            raise Unreadable("no JSON", self.line)
        self.line += self.text.count("\n", self.at, match.end())
        self.at = match.end()
        return match.lastgroup, match[match.lastgroup]

    def _begin(self, piece: str) -> None:
        if piece == "{":
            self.builder.open_mapping(self.line)
        else:
            self.builder.open_list(self.line)
        self.open.append(piece)
        self.wanted = "key or end" if piece == "{" else "value or end"

    def _may_close(self, piece: str) -> bool:
        return bool(self.open) and self.open[-1] == "{["["}]".index(piece)] and self.wanted not in {"key", "value"}

    def _end(self) -> None:
        self.builder.close()
        self.open.pop()
        self._after_value()

    def _key(self, piece: str) -> None:
        self.builder.key(_shown("string", piece), self.line)
        if self._next() != ("mark", ":"):
            raise Unreadable("no JSON: a key without a colon", self.line)
        self.wanted = "value"

    def _after_value(self) -> None:
        self.wanted = "more" if self.open else "end"


def read_json(text: str, builder: Builder) -> None:
    """Build the tree of a JSON document. Raises `Unreadable`."""
    _Reader(text, builder).run()


def _shown(kind: str, piece: str) -> str:
    return str(json.loads(piece)) if kind == "string" else piece
