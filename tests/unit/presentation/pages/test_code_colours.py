"""Code in colours: the same text, escaped, whatever it is."""

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from app.core.visible import made_visible
from app.presentation.pages.code_colours import LINE_CHARS_MAX, ColourBudget, coloured

PATHS = ("a.py", "a.json", "a.toml", "a.yaml", "a.txt", "A.PY", "Makefile")
PIECES = st.sampled_from(
    (
        *(
            "'",
            '"',
            "'''",
            '"""',
            "#",
            "\\",
            "{",
            "}",
            "[",
            "]",
            "<b>",
            "&amp;",
            "f'",
            "\t",
            " ",
            "def f",
            "1e9",
            "---",
        ),
        *(": ", "&", "*", "|", ">", "@x", "\u202e", "\x00", "\r", "\x0c", "\u2028", "\x85", "é", "="),
    )
)
LINES = st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=8)


def plain(line: Markup) -> str:
    """A line's text, without its tags, which are `span` alone."""
    text = str(line)
    for name in "csknm":
        text = text.replace(f"<span class={name}>", "")
    return text.replace("</span>", "")


@pytest.mark.parametrize("path", PATHS)
@given(lines=LINES)
def test_the_text_stays(path: str, lines: list[str]) -> None:
    """Each line is one line of escaped text, hidden characters marked, with nothing but spans around it."""
    shown = coloured(path, lines, ColourBudget(100_000))
    assert len(shown) == len(lines)
    for line, html in zip(lines, shown, strict=True):
        bare = plain(html)
        assert "<" not in bare
        assert ">" not in bare
        assert unescape(bare) == made_visible(line, tab="\t")


def test_kinds_of_tokens_have_classes() -> None:
    """Keywords, names, strings, numbers, comments; a text over several lines goes on."""
    lines = ["def f(x):", "    '''one", "    two'''", "    return 1  # why"]
    assert [str(line) for line in coloured("a.py", lines, ColourBudget(1_000))] == [
        "<span class=k>def </span><span class=n>f</span>(x):",
        "    <span class=s>'''one</span>",
        "<span class=s>    two'''</span>",
        "    <span class=k>return </span><span class=m>1  </span><span class=c># why</span>",
    ]


@pytest.mark.parametrize("lines", [["x = 1"] * 30, ["x = 1", "y" * 1_000]])
def test_what_is_too_much_is_plain(lines: list[str]) -> None:
    """More than the budget, or a line that no person writes; that one is cut."""
    shown = coloured("a.py", lines, ColourBudget(100))
    assert not any("<span" in line for line in shown)
    assert max(map(len, shown)) <= LINE_CHARS_MAX + 1


def test_a_budget_is_spent() -> None:
    """What one text took, the next one has not."""
    budget = ColourBudget(10)
    assert "<span" in coloured("a.py", ["x = 1"], budget)[0]
    assert "<span" not in coloured("a.py", ["y = 123"], budget)[0]
