"""Whatever text comes in, telling why it cannot be read, or which grammar it is in, ends and keeps its promises."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.limits import SourceLimits
from app.core.python.newer_grammar import downgrade
from app.core.submission.cyrillic import ENCODINGS, guess_cyrillic
from app.core.submission.sources import FileKind
from app.core.submission.unreadable import described, something_else, why_no_notebook, why_no_text

PIECES = (
    *('t"', "f'", '"""', "'", '"', "{", "}", "[", "]", "(", ")", ":", ",", "=", "\n", "\\\n", " ", "    ", "#"),
    *("type X", "def f", "class C", "except ", "except* ", "A, B", "T", "x", "!r", "\\"),
)
code = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
texts = st.text(max_size=200) | code
LIMITS = SourceLimits()


@given(texts)
def test_older_words_keep_every_line(text: str) -> None:
    """However broken a text is, its older words have as many lines, so that whatever is told stands where it is."""
    clean = text.replace("\0", "")
    assert downgrade(clean).count("\n") == clean.count("\n")


@given(texts, st.sampled_from(FileKind))
def test_any_text_that_is_no_notebook_has_a_cause(text: str, kind: FileKind) -> None:
    """The cause has words, and its line is one of the text's."""
    why = something_else(text, kind) or why_no_notebook(text, LIMITS)
    assert described(why)
    assert why.line is None or 1 <= why.line <= text.count("\n") + 1


@given(st.binary(max_size=200))
def test_any_bytes_that_are_no_text_have_a_cause(data: bytes) -> None:
    """It is damage with its line, or no text at all."""
    why = why_no_text(data, "binary")
    assert (why.cause, why.line is None) in {("binary", True), ("nul_bytes", False)}


@given(st.binary(max_size=200))
def test_a_guessed_encoding_is_a_known_one(data: bytes) -> None:
    """Any bytes read as Russian in one of the known encodings, or in none."""
    assert guess_cyrillic(data) in {None, *ENCODINGS}
