"""Hidden characters, made visible wherever foreign text is shown."""

import sys
import unicodedata

import pytest

from app.core.visible import made_visible


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x1b",
        "\x7f",
        "\x9b",
        "\u061c",
        "\u200b",
        "\u200e",
        "\u202e",
        "\u2066",
        "\u2028",
        "\ufeff",
        "\xad",
        "\u034f",
        "\u115f",
        "\u180e",
        "\u200c",
        "\u200d",
        "\u2061",
        "\u2064",
        "\u206a",
        "\u206f",
        "\u3164",
        "\ufe00",
        "\uffa0",
        "\ufffb",
        "\U000e0100",
        "\ud800",
        "\U000e0041",
    ],
)
def test_what_hides_or_steers_becomes_a_mark(character: str) -> None:
    """A control character, a mark of direction, an invisible one, half a character; a joiner within plain words."""
    assert made_visible(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_no_character_that_unicode_hides_stays() -> None:
    """Of its category of format characters only joiners between letters that need them, and signs that are drawn."""
    every = (chr(code) for code in range(sys.maxunicode + 1))
    stay = {
        one
        for one in every
        if unicodedata.category(one) == "Cf" and made_visible(f"a{one}b") != "a\N{REPLACEMENT CHARACTER}b"
    }
    names = {unicodedata.name(one).split()[0] for one in stay}
    assert names <= {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"}


def test_a_selector_of_pictures_hides_behind_nothing_else() -> None:
    """Behind a letter, or another selector, it makes no picture: a row of them may spell what nobody sees."""
    mark = "\N{REPLACEMENT CHARACTER}"
    assert made_visible("a\ufe0fb\ufe0e ❤\ufe0f\ufe0e\ufe0f") == f"a{mark}b{mark} ❤\ufe0f{mark}{mark}"


def test_joiners_do_not_hide_one_another() -> None:
    """Nor behind a picture that needs one."""
    assert made_visible("👩\u200d\u200d💻") == "👩\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}💻"


def test_white_space_stays_white() -> None:
    """A line feed stays, a carriage return and a tab are blanks, unless a tab is wanted."""
    assert made_visible("a\n\r\tb") == "a\n  b"
    assert made_visible("\tb", tab="\t") == "\tb"


def test_what_people_write_stays() -> None:
    """Letters of any alphabet, signs and joined pictures."""
    text = "Привет, мир! 日本語 👩‍💻 ❤️‍🔥 ✔️ ⚠︎ 1️⃣ ©️ 🏳️‍🌈 🇫🇷 é می\u200cخواهم क्\u200dष"
    assert made_visible(text) == text
