"""Comments of Python text, which no syntax tree holds."""

import ast
import io
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.limits import DiffLimits
from app.core.python import fstrings, syntax
from app.core.python.syntax import comments

PIECES = st.sampled_from(
    [
        "x = 1\n",
        "# note\n",
        's = "# no comment"\n',
        "t = 'it\\'s'  # one\n",
        'u = """a\n# b\n"""\n',
        "v = (1,  # two\n 2)\n",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_comments_are_what_the_tokenizer_takes_for_some(text: str) -> None:
    """Marks within strings are none."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    assert comments(text) == [token.string for token in tokens if token.type == tokenize.COMMENT]


def test_quotes_within_an_f_string_do_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python 3.12 on a field may hold the quotes that enclose it, and a mark in it is no comment."""
    monkeypatch.setattr(fstrings, "F_STRINGS_HAVE_TOKENS", True)
    assert comments('x = f"{d["#a"]} {f"{y}"}"  # note\n# last\n') == ["# note", "# last"]


def test_an_allocation_that_fails_within_the_parser_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython then says `SystemError: error return without exception set`, as was seen at the limit of memory."""

    def fail(_: str) -> None:
        message = "error return without exception set"
        raise SystemError(message)

    monkeypatch.setattr(ast, "parse", fail)
    assert str(syntax.parse("x = 1", DiffLimits())) == "not parsed: nested too deeply, or too large"
