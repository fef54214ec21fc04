"""Token counts of texts of any length."""

import pytest

from app.adapters.llm.tokens import count_tokens


@pytest.mark.parametrize("unit", ["def f(x):\n    return 1\n", "слово ", "\ud800", "\U0001fae8"])
@pytest.mark.parametrize("chars", [0, 1_000, 1_000_000, 2_500_000])
def test_text_of_any_length_is_counted(unit: str, chars: int) -> None:
    """A file as large as a submission may be is counted, and never as less than its parts."""
    text = (unit * (chars // len(unit) + 1))[:chars]
    whole, half = count_tokens(text), count_tokens(text[: chars // 2])
    seams = chars // 20_000 + 4  # a count is made piece by piece
    assert 2 * half - seams <= whole <= 2 * half + seams


def test_beyond_four_million_characters_bytes_are_counted() -> None:
    """What is too long to be counted is never taken for less than it is."""
    assert count_tokens("a " * 2_000_000 + "ы" * 100) >= 200
