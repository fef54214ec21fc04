"""Python texts -> syntax trees, each text parsed once however many look at it: parsing is what a comparison costs."""

import ast
import re
from typing import Final

from app.core.diff.syntax import SyntaxProblem, parse
from app.core.limits import DiffLimits

_BLANK: Final = re.compile(r"(?:[ \t\f]*(?:#[^\n]*)?\n)*")
_MARGIN: Final = re.compile(r"[ \t\f]*")


class SyntaxTrees:
    """The trees of one comparison, kept as long as this is. Trees may share statements; nobody changes them."""

    def __init__(self, limits: DiffLimits) -> None:
        self._limits = limits
        self._parsed: dict[str, ast.Module | SyntaxProblem] = {}

    def parse(self, text: str, earlier: str | None = None) -> ast.Module | SyntaxProblem:
        """The tree of `text`, or why there is none.

        `earlier` is another version of the text. If it was parsed, the statements that both versions begin with are
        taken from its tree and the rest alone is parsed.
        """
        parsed = self._parsed.get(text)
        if parsed is None:
            before = self._parsed.get(earlier) if earlier is not None else None
            if earlier is not None and isinstance(before, ast.Module) and len(text) <= self._limits.parse_chars_max:
                parsed = self._continue(before, earlier, text)
            parsed = self._parsed[text] = parsed or parse(text, self._limits)
        return parsed

    def read(self, text: str) -> ast.Module | SyntaxProblem:
        """The same for one look at it: what was not parsed yet is not kept, for trees are large."""
        return self._parsed.get(text) or parse(text, self._limits)

    def _continue(self, before: ast.Module, earlier: str, text: str) -> ast.Module | None:
        """The tree of `text` with what it begins with from `before`; None where it has to be parsed as a whole."""
        lines = _common_lines(earlier, text)
        kept = _statements_within(before.body, lines)
        following = before.body[len(kept)] if len(kept) < len(before.body) else None
        if isinstance(following, ast.ClassDef):
            members = _statements_within(following.body, lines)
            rest = self._parse_after(members, text, "class _:")
            if rest is not None and isinstance(rest[0], ast.ClassDef):
                return ast.Module([*kept, _with_members(following, members, rest[0]), *rest[1:]], [])
        rest = self._parse_after(kept, text)
        return None if rest is None else ast.Module([*kept, *rest], [])

    def _parse_after(self, kept: list[ast.stmt], text: str, head: str = "") -> list[ast.stmt] | None:
        """The statements of `text` after some that stand in one block; None where it has to be parsed with them.

        `head` starts the block, if it is not the module's own.
        """
        if not kept:
            return None
        end = kept[-1].end_lineno or 0
        *lines, rest = text.split("\n", end)
        if lines[-1].endswith("\\") or _margin(rest) != _margin(lines[kept[0].lineno - 1]):
            return None  # the last statement may go on, or the block ends
        # What follows on statements goes on with the last of them or can be parsed without them. If it goes on, with
        # an `else`, it is no text of its own.
        tree = parse("\n" * (end - 1) + head + "\n" + rest, self._limits)
        return None if isinstance(tree, SyntaxProblem) else tree.body


def _common_lines(one: str, other: str) -> int:
    """How many lines two texts have in common at their beginning; none where lines may end in other ways."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one.startswith(other[low:middle], low):
            low = middle
        else:
            high = middle - 1
    return 0 if "\r" in one[:low] else one.count("\n", 0, low)


def _margin(text: str) -> str:
    """What stands before the first statement of a text, on its line."""
    blank = _BLANK.match(text)
    margin = _MARGIN.match(text, blank.end() if blank else 0)
    return margin[0] if margin else ""


def _with_members(before: ast.ClassDef, members: list[ast.stmt], rest: ast.ClassDef) -> ast.ClassDef:
    """A class that begins as `before` does, with these statements of it, and goes on as `rest`."""
    changed = {"body": [*members, *rest.body], "end_lineno": rest.end_lineno, "end_col_offset": rest.end_col_offset}
    return ast.ClassDef(**(vars(before) | changed))


def _statements_within(body: list[ast.stmt], lines: int) -> list[ast.stmt]:
    """The statements of a block that end within the first lines of a text and share no line with the next statement."""
    kept = 0
    for number, node in enumerate(body, 1):
        if (node.end_lineno or 0) > lines:
            break
        following = body[number].lineno if number < len(body) else lines + 1
        if following > (node.end_lineno or 0):
            kept = number
    return body[:kept]
