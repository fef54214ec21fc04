"""Python texts -> syntax trees, each text parsed once however many look at it: parsing is what a comparison costs."""

import ast

from app.core.diff.syntax import SyntaxProblem, parse
from app.core.limits import DiffLimits


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
        kept = _statements_within(before, _common_lines(earlier, text))
        if not kept:
            return None
        end = kept[-1].end_lineno or 0
        *head, rest = text.split("\n", end)
        if head[-1].endswith("\\"):
            return None  # the last statement may go on
        # What follows on statements goes on with the last of them or can be parsed without them. If it goes on, by a
        # deeper margin or an `else`, it is no text of its own.
        tree = parse("\n" * end + rest, self._limits)
        return None if isinstance(tree, SyntaxProblem) else ast.Module([*kept, *tree.body], [])


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


def _statements_within(tree: ast.Module, lines: int) -> list[ast.stmt]:
    """The statements that end within the first lines of a text and share none of them with the next statement."""
    kept = 0
    for number, node in enumerate(tree.body, 1):
        if (node.end_lineno or 0) > lines:
            break
        following = tree.body[number].lineno if number < len(tree.body) else lines + 1
        if following > (node.end_lineno or 0):
            kept = number
    return tree.body[:kept]
