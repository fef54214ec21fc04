"""Python texts -> syntax trees, each text parsed once however many look at it: parsing is what a comparison costs."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress, count
from operator import ne

from app.core.limits import DiffLimits
from app.core.python.references import References, read_references
from app.core.python.syntax import SyntaxProblem, parse, parse_aloud, silenced

JudgeGrammar = Callable[[Sequence[str], DiffLimits], Mapping[str, SyntaxProblem]]
"""Tells of texts that this Python does not parse which of them a newer one does, and what is wrong with others."""


class SyntaxTrees:
    """The trees of one comparison, kept as long as this is. Trees may share statements; nobody changes them."""

    def __init__(self, limits: DiffLimits, judge: JudgeGrammar | None = None) -> None:
        self._limits = limits
        self._judge = judge
        self._parsed: dict[str, ast.Module | SyntaxProblem] = {}
        self._judged: dict[str, SyntaxProblem] = {}
        self._references: dict[str, References] = {}
        self._calls_left = limits.grammar_calls_max

    def parse_all(self, versions: Iterable[tuple[str | None, str | None]]) -> None:
        """Parse texts before and after, None where there is none, for whoever reads them next.

        All at once: between other work each of them takes longer. If a text parses, the statements that both versions
        begin with are taken from its tree, and of the text after it the rest alone is parsed.
        """
        with silenced():
            for before, after in versions:
                for text, earlier in ((before, None), (after, before)):
                    if text is not None and text not in self._parsed:
                        self._parsed[text] = self._continue(text, earlier) or parse_aloud(text, self._limits)
        failed = {text: found for text, found in self._parsed.items() if isinstance(found, SyntaxProblem)}
        self._parsed |= self._reconsidered(failed)

    def read(self, text: str) -> ast.Module | SyntaxProblem:
        """The tree of `text`, or why there is none. What was not parsed yet is not kept, for trees are large."""
        tree = self._parsed.get(text) or self._judged.get(text) or parse(text, self._limits)
        if isinstance(tree, SyntaxProblem) and text not in self._parsed and text not in self._judged:
            self._judged |= {text: tree} | self._reconsidered({text: tree})
            return self._judged[text]
        return tree

    def references(self, text: str, tree: ast.Module) -> References:
        """What the `tree` of `text` defines and uses. It is kept with the tree, if that is."""
        if self._parsed.get(text) is not tree:
            return read_references(tree)
        if text not in self._references:
            self._references[text] = read_references(tree)
        return self._references[text]

    def _reconsidered(self, failed: Mapping[str, SyntaxProblem]) -> dict[str, SyntaxProblem]:
        """What is wrong with texts that this Python does not parse, where that is something else than it says."""
        texts = [text for text, problem in failed.items() if problem.line is not None and "\0" not in text]
        if not texts or self._judge is None or self._calls_left == 0:
            return {}
        self._calls_left -= 1
        judged = {text: problem.within(text) for text, problem in self._judge(texts, self._limits).items()}
        # Of two complaints about one line Python's own is the better one.
        return {text: new for text, new in judged.items() if new.needs or new.line != failed[text].line}

    def _continue(self, text: str, earlier: str | None) -> ast.Module | None:
        """The tree of `text` with what it begins with from an earlier one; None where it is to be parsed as a whole."""
        before = self._parsed.get(earlier) if earlier is not None else None
        if earlier is None or not isinstance(before, ast.Module) or len(text) > self._limits.parse_chars_max:
            return None
        lines = text.split("\n")
        common = _common_lines(earlier.split("\n"), lines) if "\r" not in text else 0  # which ends lines as well
        kept = _statements_within(before.body, common)
        following = before.body[len(kept)] if len(kept) < len(before.body) else None
        if isinstance(following, ast.ClassDef):
            members = _statements_within(following.body, common)
            rest = self._parse_after(members, lines, "class _:")
            if rest is not None and isinstance(rest[0], ast.ClassDef):
                return ast.Module([*kept, _with_members(following, members, rest[0]), *rest[1:]], [])
        rest = self._parse_after(kept, lines)
        return None if rest is None else ast.Module([*kept, *rest], [])

    def _parse_after(self, kept: list[ast.stmt], lines: list[str], head: str = "") -> list[ast.stmt] | None:
        """The statements of a text after some that stand in one block; None where it has to be parsed with them.

        `head` starts the block, if it is not the module's own.
        """
        if not kept:
            return None
        end, rest = kept[-1].end_lineno or 0, lines[kept[-1].end_lineno :]
        if lines[end - 1].endswith("\\") or _margin(rest) != _margin([lines[kept[0].lineno - 1]]):
            return None  # the last statement may go on, or the block ends
        # What follows on statements goes on with the last of them or can be parsed without them. If it goes on, with
        # an `else`, it is no text of its own.
        tree = parse_aloud("\n".join(["\n" * (end - 1) + head, *rest]), self._limits)
        return None if isinstance(tree, SyntaxProblem) else tree.body


def _common_lines(one: list[str], other: list[str]) -> int:
    """How many lines two texts have in common at their beginning; the last one may go on."""
    differ = compress(count(), map(ne, one, other))
    return next(differ, min(len(one), len(other)) - 1)


def _margin(lines: list[str]) -> str:
    """What stands before the first statement on its line."""
    for line in lines:
        statement = line.lstrip(" \t\f")
        if statement and statement[0] != "#":
            return line.removesuffix(statement)
    return ""


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
