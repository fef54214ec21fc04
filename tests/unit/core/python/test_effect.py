"""Statements that never run or do nothing are found by their form."""

import ast

import pytest

from app.core.python.effect import find_effect, is_literal
from app.core.python.references import count_statements

Lines = list[tuple[int, int]]


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("def f():\n    return 1\n    x = 2\n    y = 3\n", [(3, 4)]),
        ("for x in y:\n    continue\n    x()\n", [(3, 3)]),
        ("def f():\n    raise E\n    return 1\n", []),
        ("if False:\n    a()\nelse:\n    b()\n", [(2, 2)]),
        ("if 0:\n    a()\n", [(2, 2)]),
        ("while None:\n    a()\n", [(2, 2)]),
        ("if not True:\n    a()\n", [(2, 2)]),
        ("if 1 == 2:\n    a()\n", [(2, 2)]),
        ("if x and False:\n    a()\n", [(2, 2)]),
        ("if True:\n    a()\nelse:\n    b()\n", [(4, 4)]),
        ("if TYPE_CHECKING:\n    import a\n    def f(): return 1\n", [(3, 3)]),
        ("if typing.TYPE_CHECKING:\n    from a import B\n", []),
        ("def f():\n    return\n    yield\n", []),
        ("while True:\n    a()\n", []),
        ("if x:\n    a()\nelif 0:\n    b()\nelse:\n    c()\n", [(4, 4)]),
        ("try:\n    return_()\nexcept E:\n    raise\n    a()\nfinally:\n    b()\n", [(5, 5)]),
        ("match x:\n    case 1:\n        raise E\n        a()\n", [(4, 4)]),
        ("if DEBUG:\n    a()\nif 1 < 2:\n    b()\n", []),
    ],
)
def test_dead_branches_and_what_follows_an_end(text: str, dead: Lines) -> None:
    """What no execution comes to is found with its lines; what depends on anything is not."""
    assert find_effect(ast.parse(text)).unreachable == dead


@pytest.mark.parametrize("statement", ["pass", "x = x", "x: int = x", '"""words"""', "1", "..."])
def test_statements_that_do_nothing(statement: str) -> None:
    """Docstrings, `pass` and assignments of a name to itself have no effect."""
    tree = ast.parse(f"def f(x):\n    {statement}\n    return x\n")
    effect = find_effect(tree)
    assert effect.idle_lines == {2}
    assert count_statements(tree, effect.replaced)[0] == 2


@pytest.mark.parametrize("statement", ["x = y", "x.y = x", "f()", "x += 1", "del x", "x: int"])
def test_statements_that_do_something(statement: str) -> None:
    """Anything else is left as it is."""
    assert not find_effect(ast.parse(statement)).replaced


def test_long_chains_of_branches_are_walked() -> None:
    """A chain of thousands of `elif` ends no walk."""
    text = "if a:\n    b()\n" + "elif 0:\n    c()\n" * 900
    assert len(find_effect(ast.parse(text)).unreachable) == 900


def test_literals_are_made_of_constants_alone() -> None:
    """Tables count as such however deep they are; whatever has to be looked up does not."""
    values = [ast.parse(text, mode="eval").body for text in ("[1, (2, -3), {'a': 1 + 1j}]", "[1, x]", "f()", "'a'")]
    assert [is_literal(value) for value in values] == [True, False, False, True]
