"""Our figures are radon's, whatever the code."""

import ast
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from radon.metrics import h_visit_ast
from radon.raw import analyze
from radon.visitors import ComplexityVisitor

from app.core.python.raw_counts import count_raw
from app.core.python.syntax_figures import measure_syntax
from tests.benchmarks.diff_speed_trees import package_files

REAL = package_files(("radon", "click", "motor"))

EXPRESSIONS = st.sampled_from(
    [
        "a + b * 2 - -c",
        "not a and (b or c) or a < b <= c != d",
        "[x for x in rows if x if not x.y for z in x]",
        "{k: v for k, v in {1: 2, **other}.items()}",
        "(lambda: a if b else c)()",
        "rows[1:2, ::3]",
        "f'{a:>10} {b!r}' 'more' rb'x'.decode()",
        "'''two\n\nlines'''",
        "print('a # b', \"it's\")  # comment",
        "(\n    a,  # first\n\n    b,\n)",
        "a + \\\n  b",
        "(n := 1) + n",
        "1 == 1.0 == True",
        "await_ or 'é'",
    ]
)
HEADS = st.sampled_from(
    [
        "def f(a, b=1 or 2):",
        "@wraps(a or b)\nasync def g(*args: int) -> str:",
        "class A(B if c else d):",
        "if a and b:",
        "for x in a or b:",
        "while not a:",
        "with a as b, c:",
        "match a:\n  case [1, 2] if b:\n    pass\n  case _:\n   pass\nif a:",
        "try: pass\nexcept (A, B): pass\nexcept C as c:\n  pass\nelse:",
        "for x in a: pass\nelse:",
    ]
)
SIMPLE = st.one_of(
    EXPRESSIONS.map(lambda e: f"x = {e}"),
    EXPRESSIONS.map(lambda e: f"x += {e}"),
    EXPRESSIONS.map(lambda e: f"assert {e}"),
    EXPRESSIONS,
    st.sampled_from(["pass; y: int = 1; z = a", "if a: b; c", "'''doc'''; 1", "a = 1;", "", "  ", "# only", "u'doc'"]),
    st.sampled_from(["x = a \\\n\ny = b", "'doc' \\\n\n# why", "x = a \\\n\n\ny = b", "x = (a \\\n\n)", "\\\n\n'doc'"]),
    st.sampled_from(["x: dict[str, int]", "def one(): return lambda: 1", "class C: z = 1", "global a, b", "del a[0]"]),
)


def block(lines: list[str]) -> str:
    """Lines as the body of something."""
    body = "\n".join(lines)
    return "".join(f"    {line}\n" for line in body.split("\n")) + "    pass\n"


CODE = st.recursive(
    st.lists(SIMPLE, max_size=4).map("\n".join),
    lambda inner: st.one_of(
        st.tuples(HEADS, st.lists(inner, min_size=1, max_size=3)).map(lambda t: f"{t[0]}\n{block(t[1])}"),
        st.lists(inner, min_size=2, max_size=3).map("\n".join),
    ),
    max_leaves=8,
)


def parsed(text: str) -> ast.Module | None:
    """The tree, None where a string's lines met an indentation that they cannot bear."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError:
        return None


def radon_functions(visitor: ComplexityVisitor) -> Iterator[tuple[str, int, int]]:
    """Dotted name, line and complexity of all that radon measures."""
    stack: list[tuple[str, Any]] = [("", block) for block in (*visitor.functions, *visitor.classes)]
    while stack:
        prefix, found = stack.pop()
        name = f"{prefix}{found.name}"
        for kind in ("closures", "methods", "inner_classes"):
            stack.extend((f"{name}.", child) for child in getattr(found, kind, ()))
        if hasattr(found, "closures"):
            yield name, found.lineno, found.complexity


def check(text: str, tree: ast.Module) -> None:
    """All figures of `text` are radon's, to the last digit."""
    ours, visitor = measure_syntax(tree), ComplexityVisitor.from_ast(tree)
    assert sorted((f.symbol, f.line, f.complexity) for f in ours.functions) == sorted(radon_functions(visitor))
    assert ours.total_complexity == visitor.total_complexity
    assert ours.halstead == h_visit_ast(tree).total
    counts, radon_s = count_raw(text), analyze(text)
    assert {name: getattr(counts, name) for name in radon_s._fields} == radon_s._asdict()


@given(CODE)
def test_figures_of_generated_code_are_radon_s(text: str) -> None:
    """Complexity, Halstead's figures and raw counts of any mix of statements equal radon's."""
    tree = parsed(text)
    assume(tree is not None)
    assert tree is not None
    check(text, tree)


@pytest.mark.parametrize("path", [path for path, text in REAL.items() if len(text) < 8_000])
def test_figures_of_real_code_are_radon_s(path: str) -> None:
    """Complexity, Halstead's figures and raw counts of installed packages' files equal radon's."""
    tree = parsed(REAL[path])
    assert tree is not None
    check(REAL[path], tree)
