"""Code in colours: lines of source as HTML, each token's kind a class of one letter.

The text is a student's. Only a few grammars are used, lines and texts have limits, and what exceeds them is shown
plain: nothing here costs more than its length.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import PurePosixPath
from typing import Final

from markupsafe import Markup
from pygments.lexer import RegexLexer
from pygments.lexers.configs import TOMLLexer
from pygments.lexers.data import JsonLexer, YamlLexer
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from app.core.visible import made_visible

LINE_CHARS_MAX: Final = 400
"""One line as it is shown; what is longer is data."""
_COLOURED_LINE_CHARS_MAX: Final = 250
"""A line that is coloured: people's own lines are shorter."""

_GRAMMARS: Final[dict[str, type]] = {
    ".py": PythonLexer,
    ".pyi": PythonLexer,
    ".ipynb": PythonLexer,  # whose text is Python by the time that it is compared
    ".json": JsonLexer,
    ".toml": TOMLLexer,
    ".yaml": YamlLexer,
    ".yml": YamlLexer,
}
_CLASSES: Final = (
    (Comment, "c"),
    (String.Interpol, ""),
    (String, "s"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Number, "m"),
    (Name.Function, "n"),
    (Name.Class, "n"),
    (Name.Decorator, "n"),
    (Name.Tag, "n"),
)


@dataclass(slots=True)
class ColourBudget:
    """How many characters of a page may still be coloured; the rest is shown plain."""

    chars: int

    def take(self, lines: Sequence[str]) -> bool:
        """Whether these lines may be; they are then counted."""
        wanted = sum(map(len, lines))
        if wanted > self.chars or any(len(line) > _COLOURED_LINE_CHARS_MAX for line in lines):
            return False
        self.chars -= wanted
        return True


def coloured(path: str, lines: Sequence[str], budget: ColourBudget) -> list[Markup]:
    """Each line as HTML, coloured where the file's kind is known and the budget lasts."""
    grammar = _GRAMMARS.get(PurePosixPath(path).suffix.lower())
    if grammar is None or not lines or not budget.take(lines):
        return [plain_line(line) for line in lines]
    shown = made_visible("\n".join(lines), tab="\t")
    codes = list(_coloured_lines(_lexer(grammar), shown))
    return codes if len(codes) == len(lines) else [plain_line(line) for line in lines]


def plain_line(line: str) -> Markup:
    """A line without colours, cut where it is too long."""
    cut = line if len(line) <= LINE_CHARS_MAX else f"{line[:LINE_CHARS_MAX]}…"
    return _as_markup(_escaped(made_visible(cut, tab="\t")))


def _coloured_lines(lexer: RegexLexer, text: str) -> Iterator[Markup]:
    """The lines of a text, neighbours of one kind in one element: a page has thousands of them."""
    pieces: list[str] = []
    kept, run = "", ""

    def end_run() -> None:
        if run:
            safe = _escaped(run)
            pieces.append(f"<span class={kept}>{safe}</span>" if kept and not run.isspace() else safe)

    for _, kind, value in lexer.get_tokens_unprocessed(text):
        name = _class_of(kind)
        for at, part in enumerate(value.split("\n")):
            if at:
                end_run()
                yield _as_markup("".join(pieces))
                pieces.clear()
                run = ""
            if name != kept and run and not part.isspace():
                end_run()
                run = ""
            if not run or not part.isspace():
                kept = name
            run += part
    end_run()
    yield _as_markup("".join(pieces))


def _escaped(text: str) -> str:
    """Text as it may stand between tags; quotes need no escape there, and code is full of them."""
    return escape(text, quote=False)


def _as_markup(html: str) -> Markup:
    return Markup(html)  # noqa: S704 -- made of escaped pieces alone


@cache
def _lexer(grammar: type[RegexLexer]) -> RegexLexer:
    return grammar(stripnl=False, ensurenl=False)


@cache
def _class_of(kind: _TokenType) -> str:
    return next((name for parent, name in _CLASSES if kind in parent), "")
