"""Anchoring on random sources: no comment stands on a line that it does not quote, and clear ones are found."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import words_in
from app.core.masking.students_text import mask
from app.core.ports import QuotedPlace
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.anchors.quotes import count_word_chars, plain, readings_of
from schemas.comparison import ChangedFile
from schemas.review import CodeComment
from tests.builders.records import a_comparison

PATHS = ("a.py", "b/a.py", "b/c.py")
LINES = st.sampled_from(
    [
        *("", "    ", "import os", "def load(path):", "class Bill:", "    return None", "    else:", ")", "    x = 1"),
        *("    total += price * count", "    x = 1  # one", '    print("done")', "    print('done')", "amount = 0"),
    ]
) | st.text(max_size=20).filter(lambda text: "\n" not in text)
TEXTS = st.lists(LINES, max_size=25).map("\n".join)
QUOTES = st.none() | LINES | st.lists(LINES, min_size=2, max_size=4).map("\n".join) | st.text(max_size=60)


def anchors(files: Mapping[str, str], unseen: Mapping[str, frozenset[int] | None] | None = None) -> Anchors:
    sources = tuple(ChangedFile(path=path, text=text) for path, text in files.items())
    return Anchors.of(a_comparison(sources=sources), unseen or {}, words_in("en"))


@given(
    st.dictionaries(st.sampled_from(PATHS), TEXTS, min_size=1),
    st.sampled_from([*PATHS, "c.py", "./B/C.py", "no.py"]),
    st.tuples(st.none() | st.integers(1, 40), st.none() | st.integers(1, 60)),
    QUOTES,
    st.frozensets(st.integers(1, 30), max_size=5),
)
def test_no_comment_stands_where_its_quote_does_not(
    files: dict[str, str],
    path: str,
    lines: tuple[int | None, int | None],
    quote: str | None,
    unseen: frozenset[int],
) -> None:
    """Whatever is quoted under whatever number: the line in the end holds a line of the quote, and was seen."""
    board = anchors(files, dict.fromkeys(files, unseen))
    said = CodeComment(path=path, line=lines[0], end_line=lines[1], quote=quote, message="Why?")
    found = board.place(said)
    if found is None or found.line is None:
        assert found is None or (found.quote, found.end_line, found.cell) == (None, None, None)
    else:
        text = plain(mask(files[found.path]).split("\n")[found.line - 1])
        assert found.line not in unseen
        parts = [part for reading in readings_of(quote or "") for part in reading.lines]
        assert any(part in text for part in parts)
        assert plain(found.quote or "") == text
        if count_word_chars(text):
            assert board.place(found) == found, "what is placed stays there"


@given(TEXTS, st.integers(0, 24), st.integers(-30, 30))
def test_line_that_stands_once_is_found_from_anywhere(text: str, index: int, shift: int) -> None:
    """A line that reads like no other is found however wrong its number is."""
    lines = [*text.split("\n"), ""]
    index %= len(lines)
    lines.insert(index, "    price = order.price_of(item, discount)")
    board = anchors({"a.py": "\n".join(lines)})
    given_line = max(1, index + 1 + shift)
    found = board.place(CodeComment(path="a.py", line=given_line, quote=lines[index], message="Why?"))
    assert found is not None
    assert found.line == index + 1
    assert board.stands(QuotedPlace("a.py", index + 1, lines[index]))
    assert board.stands(QuotedPlace("a.py", given_line, lines[index])) is (given_line == index + 1)
