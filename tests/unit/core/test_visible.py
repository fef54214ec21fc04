"""Hidden characters, made visible wherever foreign text is shown."""

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
        "\ud800",
        "\U000e0041",
    ],
)
def test_what_hides_or_steers_becomes_a_mark(character: str) -> None:
    """A control character, a mark of direction, an invisible one, half a character."""
    assert made_visible(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"


def test_white_space_stays_white() -> None:
    """A line feed stays, a carriage return and a tab are blanks, unless a tab is wanted."""
    assert made_visible("a\n\r\tb") == "a\n  b"
    assert made_visible("\tb", tab="\t") == "\tb"


def test_what_people_write_stays() -> None:
    """Letters of any alphabet, signs and joined pictures."""
    text = "Привет, мир! 日本語 👩‍💻 é"
    assert made_visible(text) == text
