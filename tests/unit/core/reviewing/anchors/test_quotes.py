"""Quotes and lines in one form: what is layout and what is not."""

import pytest

from app.core.reviewing.anchors.python_blocks import Block, PythonBlocks
from app.core.reviewing.anchors.quotes import is_telling, plain, readings_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x=1"),
        ("    return  x", "return x"),
        ('print("a")', "print('a')"),
        ("f(a,\tb)", "f(a, b)"),
        ("x = \u201ca\u201d", "x = 'a'"),
        ("a\u00a0+\u00a0b", "a+b"),
        ("na\ufffdme", "name"),
    ],
)
def test_layout_makes_no_difference(one: str, other: str) -> None:
    """White space beside signs, kinds of quotation marks and what cannot be seen do not count."""
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("return x", "returnx"),
        ("x == 1", "x = 1"),
        ("Name", "name"),
        ("a - b", "a + b"),
        ("f(a)", "f()"),
        ("x\ny", "x y"),
    ],
)
def test_code_makes_a_difference(one: str, other: str) -> None:
    """Words, signs, letter case and line ends do count."""
    assert plain(one) != plain(other)


@pytest.mark.parametrize("text", [")", "x=1", "else:", "return"])
def test_what_tells_nothing(text: str) -> None:
    """Brackets, single letters and bare keywords stand anywhere."""
    assert not is_telling(text)


@pytest.mark.parametrize("text", ["return None", "except:", "total=0", "import os"])
def test_what_tells_enough(text: str) -> None:
    """Three letters that are no bare keyword tell one line from most others."""
    assert is_telling(text)


def test_most_literal_reading_comes_first() -> None:
    """A line that begins like a listing's is looked for as it is before it is taken for one."""
    assert next(iter(readings_of("12| x = load(1)"))).text == "12|x=load(1)"
    assert [reading.text for reading in readings_of("12| x = load(1)")][1] == "x=load(1)"


@pytest.mark.parametrize("quote", ["    -| x = 1", "7-| x = 1\n   -| y = 2", "", "\n \n"])
def test_removed_lines_alone_have_no_reading(quote: str) -> None:
    """What a listing shows as removed stands nowhere in the new version."""
    assert list(readings_of(quote)) == []


def test_blocks_of_python_are_found_by_layout() -> None:
    """The innermost function or class around a line, without the empty lines below it; broken code does no harm."""
    text = "class A:\n    def f(self):\n        return 1\n\n    x = 2\n\n\ndef g(:\n  pass\n\nprint(1)\n"
    blocks = PythonBlocks.of(text.split("\n"))
    assert [blocks.around(line) for line in (3, 5, 9, 11, 4)] == [
        Block(2, 3),
        Block(1, 5),
        Block(8, 9),
        None,
        Block(1, 5),
    ]
