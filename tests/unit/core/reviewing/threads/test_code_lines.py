"""Statements and symbols of a text, found without parsing it."""

import argparse
import ast
import calendar
import inspect
import re
import textwrap
import time
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.reviewing.threads.code_lines import read_code
from app.core.reviewing.threads.logical_lines import (
    code_of,
    read_logical_lines,
    shape_of,
    tells_enough,
    with_new_names,
)

TEXT: Final = '''import os, sys
# a comment
@decorated(
    a, b,
)
class A(Base):
    """Told
    twice."""

    x = 'a'  # tail

    @property
    def f(self): return 1

    @f.setter
    def f(self, v):
        # inner
        self._v = (v +
                   1)
        def g():
            pass
        return f"{v!r}"


def broken(x:
    y = (1

def after():
    a = 1; b = 2
    return a \\
       + b
'''


@pytest.mark.parametrize(
    ("line", "symbol"),
    [(1, None), (2, None), (3, "A"), (5, "A"), (7, "A"), (10, "A"), (12, "A.f"), (13, "A.f"), (17, "A.f"), (19, "A.f"),
     (20, "A.f.g"), (22, "A.f"), (26, "broken"), (28, "after"), (31, "after")],
)  # fmt: skip
def test_each_line_has_its_symbol(line: int, symbol: str | None) -> None:
    """Decorators belong to what they decorate, comments to what is around them, and what never ends, ends."""
    assert read_code("a.py", TEXT).symbol_at(line) == symbol


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 'a'", 'x="a"   # why'),
        ("f(a, b)", "f(\n    a,\n    b,\n)"),
        ("y = a + b", "y = a \\\n    + b"),
        ("async  def f( x ):", "async def f(x):"),
        ("if (s == 0):", "if s == 0:"),
        ("return (s / len(rows))", "return s / len(rows)"),
        ("x = ((a))", "x = a"),
        ("x = (\n    a + b\n)", "x = a + b"),
        ("x += (a or b)", "x += a or b"),
        ("for x in (rows or []):", "for x in rows or []:"),
        ("from a import (\n    b,\n    c,\n)", "from a import b, c"),
        ("with (open(a) as b, open(c) as d):", "with open(a) as b, open(c) as d:"),
        ("print((a + b), (c))", "print(a + b, c)"),
        ("f(a=(b or c))", "f(a=b or c)"),
    ],
)
def test_layout_comments_and_quotes_say_nothing(one: str, other: str) -> None:
    """The same code in another form is the same code."""
    assert code_of(one) == code_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 'a b'", "x = 'ab'"),
        ("f(a, b)", "f(a b)"),
        ("x = 1", "x = 2"),
        ("x = (a,)", "x = (a)"),
        ("x[a,]", "x[a]"),
        ("x = (a + b) * c", "x = a + b * c"),
        ("if not (a and b):", "if not a and b:"),
        ("if a == (b == c):", "if a == b == c:"),
        ("if a in (b or c):", "if a in b or c:"),
        ("assert (a, b)", "assert a, b"),
        ("x = [(y for y in z)]", "x = [y for y in z]"),
        ("f((a, b))", "f(a, b)"),
        ("f()", "f"),
    ],
)
def test_what_says_something_stays(one: str, other: str) -> None:
    """Spaces within strings, marks between names, and values are code."""
    assert code_of(one) != code_of(other)


def as_text(code: tuple[str, ...]) -> str:
    """Code that Python reads as it reads the statement; marks stand side by side, for `==` is two of them."""
    return re.sub(r"(?<=[\w\"'])\x00(?=[\w\"'])", " ", "\0".join(code)).replace("\0", "")


@pytest.mark.parametrize("module", [argparse, ast, calendar, inspect, textwrap], ids=lambda module: module.__name__)
def test_marks_of_layout_are_no_others(module: ModuleType) -> None:
    """On real code each statement without them is the same tree to Python.

    None of these modules has strings with fields that hold the same quotes, as newer Pythons allow: those are read in
    pieces.
    """
    lines = Path(str(module.__file__)).read_text("utf-8").encode().split(b"\n")
    for node in ast.walk(ast.parse(b"\n".join(lines))):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Match) and not hasattr(node, "body"):
            end = node.end_lineno or node.lineno
            parts = [*lines[node.lineno - 1 : end - 1], lines[end - 1][: node.end_col_offset]]
            code = b"\n".join([parts[0][node.col_offset :], *parts[1:]]).decode()
            assert ast.dump(ast.parse(as_text(code_of(code)))) == ast.dump(ast.parse(code)), code


EXPRESSIONS: Final = st.recursive(
    st.sampled_from(["a", "b", "1", "'s'", "f(a)", "x[a,]", "(a,)", "()", "lambda: a"]),
    lambda inner: st.one_of(
        inner.map("({})".format),
        inner.map("not {}".format),
        inner.map("-{}".format),
        inner.map("f(k={})".format),
        inner.map("[{} for a in b]".format),
        inner.map("({} for a in b)".format),
        st.tuples(
            inner,
            st.sampled_from([" + ", " * ", " == ", " <= ", " in ", " and ", " or ", ", ", " if a else ", " := "]),
            inner,
        ).map("".join),
        st.tuples(inner, inner).map(lambda pair: "{{{}: {}}}".format(*pair)),
    ),
    max_leaves=6,
)
FORMS: Final = st.sampled_from(
    ["x = {}", "x += {}", "x = y = {}", "return {}", "if {}: pass", "for a in {}: pass", "assert {}", "f({})",
     "with {} as a: pass", "with {}: pass", "x[{}]", "del {}", "x: int = {}", "raise a from {}", "import {}", "{}"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(FORMS, EXPRESSIONS)
@example("with {} as a: pass", "(a,)")
@example("with {}: pass", "(a,)")
def test_without_marks_of_layout_code_says_the_same(form: str, expression: str) -> None:
    """Whatever parses is the same tree without them."""
    code = form.format(expression)
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    assert ast.dump(ast.parse(as_text(code_of(code)))) == ast.dump(tree)


def test_names_are_replaced_where_they_are_names() -> None:
    """Also within strings that Python formats, and in no other string."""
    code = code_of("print(f\"{total:.2f} total\", 'total', total)")
    assert with_new_names(code, {"total": "whole"}) == code_of("print(f\"{whole:.2f} whole\", 'total', whole)")
    assert shape_of(code_of("x = total + 1")) == shape_of(code_of("y = whole + 1"))


@pytest.mark.parametrize(
    ("code", "telling"), [("return None", False), ("pass", False), ("x = 1", False), ("rows.append(clean(row))", True)]
)
def test_only_telling_code_is_looked_for_elsewhere(code: str, telling: bool) -> None:
    """What stands in every other function proves nothing where it is found again."""
    assert tells_enough(code_of(code)) is telling


def test_other_texts_are_read_by_line() -> None:
    """A line of Markdown is a statement, spaces aside, and has no symbol."""
    code = read_code("README.md", "# Title\n\nSome  text\n")
    assert [(one.line, one.code) for one in code.statements] == [(1, ("#", "Title")), (3, ("Some", "text"))]
    assert code.symbols == []


@pytest.mark.parametrize("module", [argparse, ast, calendar, inspect, textwrap], ids=lambda module: module.__name__)
def test_symbols_are_those_that_python_sees(module: ModuleType) -> None:
    """On real code, lines of all functions and classes are Python's."""
    text = Path(str(module.__file__)).read_text("utf-8")
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    expected = sorted((n.lineno, n.end_lineno) for n in ast.walk(ast.parse(text)) if isinstance(n, defined))
    assert sorted((one.line, one.end_line) for one in read_code("a.py", text).symbols) == expected


PIECES: Final = st.sampled_from(
    [
        "def f(",
        "class A:",
        "\n",
        "    ",
        '"""',
        "'",
        "#",
        "\\",
        "(",
        ")",
        "x",
        " = ",
        "1",
        ";",
        "@d",
        "f'",
        "é",
        "\t",
        ",",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_text_is_read(text: str) -> None:
    """Whatever stands there: statements follow each other, within the text, and each is found at its lines."""
    code = read_code("a.py", text)
    end = 0
    for statement in code.statements:
        assert end < statement.line <= statement.end_line <= text.count("\n") + 1
        assert code.at(statement.line) is statement
        end = statement.end_line
    assert all(one.first_line <= one.line <= one.end_line for one in code.symbols)


@pytest.mark.parametrize("piece", ['"""', "'", "(", "def f(\n", "f", "rb", "\\", "#", "    ", "x = '\\\n", "@d\n", ";"])
def test_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    """Four times the text takes some four times as long, not sixteen."""

    def seconds(chars: int) -> float:
        text = (piece * chars)[:chars]
        started = time.process_time()
        read_code("a.py", text)
        return time.process_time() - started

    seconds(1_000)
    short = min(seconds(20_000) for _ in range(3))
    assert min(seconds(80_000) for _ in range(2)) < 10 * short + 0.05


@pytest.mark.timeout(60)
@pytest.mark.parametrize("beginning", ["'", '"', '"' * 3, "# c\n'"])
@pytest.mark.parametrize("piece", ["\\'", '\\"', "\\'\\\"", "\\\\'x", "\\'\"", '#\\"'])
def test_a_string_without_an_end_is_read_once(beginning: str, piece: str) -> None:
    """No escaped quote begins another string that is sought to the end; the suite's time limit is what fails here."""
    text = beginning + piece * 100_000
    assert [line for line in read_logical_lines(text) if line.end_line > text.count("\n") + 1] == []


def test_an_escaped_quote_begins_no_string() -> None:
    """What stands behind a string without an end is read as it is, its quotes aside."""
    assert [line.line for line in read_logical_lines("x = '\\'a\ny = 1\n")] == [1, 2]
