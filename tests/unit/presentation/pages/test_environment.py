"""The frame of all pages, and that whatever is shown is text."""

import pytest
from jinja2 import UndefinedError

from app.presentation.pages.environment import PageFrame, SignedIn, page, prose
from app.presentation.pages.words import page_words

FRAME = PageFrame("en", "/nowhere", {"lang": "en", "view": "<split>"})
HOSTILE = "<script>alert(1)</script>\u202e"


def test_whatever_is_shown_is_text() -> None:
    """HTML is escaped and hidden characters are marked, in the frame, too."""
    frame = PageFrame("en", HOSTILE, {HOSTILE: HOSTILE}, SignedIn(HOSTILE, HOSTILE), ((HOSTILE, HOSTILE),))
    html = page("problem.html", frame, status=HOSTILE, problem={"cause": HOSTILE, "cure": HOSTILE})
    assert "<script>" not in html
    assert "\u202e" not in html
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;\N{REPLACEMENT CHARACTER}") >= 6


def test_a_value_that_is_missing_is_an_error() -> None:
    """Not a gap in a page."""
    with pytest.raises(UndefinedError):
        page("problem.html", FRAME, status=404)


def test_a_page_has_its_address_in_each_language() -> None:
    """With all that stands in its query."""
    assert [address for _, _, address in FRAME.languages] == [
        "/nowhere?lang=en&view=%3Csplit%3E",
        "/nowhere?lang=ru&view=%3Csplit%3E",
    ]
    assert FRAME.address(view="") == "/nowhere?lang=en"


def test_every_problem_has_cause_and_cure() -> None:
    """In both languages."""
    for language in ("en", "ru"):
        for words in page_words(language).problems.values():
            assert words.keys() == {"cause", "cure"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a `b` c", "a <code>b</code> c"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("one ` alone", "one ` alone"),
        ("`a` and ` alone", "<code>a</code> and ` alone"),
        ("", ""),
        ("``", "<code></code>"),
    ],
)
def test_marked_names_are_code(text: str, html: str) -> None:
    """What stands between two marks; one without another is text."""
    assert str(prose(text)) == html
