"""A tree that takes its beginning from an earlier version of the text is the tree of the text."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from app.core.limits import DiffLimits
from app.core.python.syntax import parse
from app.core.python.syntax_trees import SyntaxTrees

LIMITS = DiffLimits()
LINES = st.sampled_from(
    [
        *(
            '"""Doc."""',
            "x = 1",
            "x = 1; y = 2",
            "import a",
            "",
            "# note",
            "  # deep",
            "    z = 3",
            "\ty",
            "\f",
            "é = 'é'",
        ),
        *("def f(a):", "    return a", "@f", "class A:", "async def g(): pass", "if x:", "else:", "elif y: pass"),
        *(
            "try:",
            "except E:",
            "finally: pass",
            "for i in x: pass",
            "with a as b: pass",
            "match x:",
            "    case 1: pass",
        ),
        *(
            "class B(x):",
            "    def h(self): pass",
            "    w = 1; v = 2",
            "\td = 4",
            "    @f",
            "    # e",
            "    if y:",
            "    else: pass",
        ),
        *("(", ")", "x = (1,", "2)", "'''", "z = '''a", "x = 1 \\", "+ 2", "x = [ # one", "]", "print 'two'", "\\"),
        *("from __future__ import annotations", "x = 'a' \\", "'b'", "lambda: (yield)", "return 1", "x = 1 # \\"),
    ]
)
TEXTS = st.lists(LINES, max_size=8).map(lambda lines: "\n".join(lines) + "\n")


def shown(text: str, earlier: str | None = None) -> str:
    """The tree with its places, or why there is none."""
    trees = SyntaxTrees(LIMITS)
    trees.parse_all([(earlier, text)])
    tree = trees.read(text)
    return ast.dump(tree, include_attributes=True) if isinstance(tree, ast.Module) else str(tree)


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["", "\n", "    ", "\\", ";", "x", ")"]))
def test_what_follows_a_common_beginning_is_parsed_as_if_with_it(head: str, one: str, other: str, glue: str) -> None:
    """Places included, and where there is no tree, the error is that of the whole text."""
    earlier, text = head + one, head + glue + other
    whole = parse(text, LIMITS)
    expected = ast.dump(whole, include_attributes=True) if isinstance(whole, ast.Module) else str(whole)
    assert shown(text, earlier) == expected
    assert shown(text) == expected
