"""What a file defines, what uses what, and how much of it has an effect."""

import ast

from app.core.complexity import measure_file
from app.core.limits import DiffLimits
from app.core.python.references import defined_symbols, read_references

TEXT = '''\
"""A module."""
import os


@register
def outer(rows, width=SIZE):
    """Long

    words.
    """
    table = [1, 2]
    unused = [3]

    def called():
        return rows

    def never():
        return called()

    # a comment
    if False:
        return getattr(os, "sep")
    return called() + table[
        0
    ]


class Shape(Base):
    def area(self):
        return self.side * getattr(self, f"factor_{x}")
'''


def names_of(symbol: str) -> set[str]:
    scopes = {scope.symbol: scope for scope in read_references(ast.parse(TEXT)).scopes}
    return scopes[symbol].names


def test_names_belong_to_what_uses_them() -> None:
    """Decorators, defaults and bases are used by what stands around; dead branches use nothing."""
    assert {"register", "SIZE", "Base"} <= names_of("")
    assert names_of("outer") == {"called", "table"}
    assert {"side", "getattr", "x"} <= names_of("Shape.area")


def test_names_that_are_put_together_are_known_by_their_start() -> None:
    """`getattr(self, f"factor_{x}")` may use whatever starts so."""
    (scope,) = [one for one in read_references(ast.parse(TEXT)).scopes if one.symbol == "Shape.area"]
    assert scope.starts == {"factor_"}


def test_local_functions_and_tables_that_nothing_uses() -> None:
    """A nested function that is never called is found, and a local list that is never read has no effect."""
    found = read_references(ast.parse(TEXT))
    assert [scope.symbol for scope in found.uncalled] == ["outer.never"]
    assert 12 in found.effect.idle_lines
    assert 11 not in found.effect.idle_lines


def test_code_that_looks_names_up_itself_uses_all_of_them() -> None:
    """After `locals()` nothing in a function is known to be unused."""
    text = "def f():\n    x = 1\n    def g():\n        return 2\n    return locals()\n"
    found = read_references(ast.parse(text))
    assert not found.uncalled
    assert not found.effect.idle_lines


def test_lines_of_code_are_those_of_statements() -> None:
    """Docstrings, comments, blank lines and what has no effect make no function longer."""
    found = read_references(ast.parse(TEXT))
    assert found.code_lines == {6: 7, 14: 2, 29: 2}


def test_figures_are_blind_to_what_has_no_effect() -> None:
    """The effective index and the effective complexity are those of the text without padding."""
    plain = "def f(x):\n    if x:\n        return 1\n    return 2\n"
    padded = (
        'def f(x):\n    """Words."""\n    if x:\n\n        pass\n        return 1\n        if x: return 4\n'
        "    x = x\n    if 0:\n        if x: g()\n    return 2\n"
    )
    one, other = (measure_file("a.py", text, DiffLimits()) for text in (plain, padded))
    assert one.effective_maintainability == other.effective_maintainability
    assert one.statements == other.statements
    assert other.functions[0].cyclomatic > one.functions[0].cyclomatic
    assert other.functions[0].effective_cyclomatic == one.functions[0].cyclomatic
    assert one.functions[0].effective_cyclomatic is None


def test_defined_symbols_are_dotted() -> None:
    """Functions, classes and methods wherever they stand, and a module's constants."""
    text = "X = Y = 1\nif a:\n    def f():\n        class B: pass\nclass A:\n    def m(self): z = 1\n"
    assert set(defined_symbols(ast.parse(text))) == {"X", "Y", "f", "f.B", "A", "A.m"}
