"""Python texts -> syntax trees, each text parsed once however many look at it: parsing is what a comparison costs."""

import ast

from app.core.diff.syntax import SyntaxProblem, parse
from app.core.limits import DiffLimits


class SyntaxTrees:
    """The trees of one comparison, kept as long as this is."""

    def __init__(self, limits: DiffLimits) -> None:
        self._limits = limits
        self._parsed: dict[str, ast.Module | SyntaxProblem] = {}

    def parse(self, text: str) -> ast.Module | SyntaxProblem:
        """The tree of `text`, or why there is none."""
        parsed = self._parsed.get(text)
        if parsed is None:
            parsed = self._parsed[text] = parse(text, self._limits)
        return parsed
