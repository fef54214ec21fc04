"""Names within facts: whatever a name holds, it comes out as it went in."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.evidence.facts.names import names_of, split_names, told_names
from app.core.reviewing.prompt import sections
from app.core.words.filters import PARTS_APART, code
from schemas.comparison import Evidence, Fact
from tests.builders.questions import a_question
from tests.builders.records import a_comparison

TEXTS = st.text(st.sampled_from("ab ,→:`\"'"), min_size=1, max_size=8)


@given(names=st.lists(TEXTS | st.tuples(TEXTS, TEXTS) | st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=3))
def test_names_are_taken_apart_as_they_were_put_together(names: list[str | tuple[str, ...]]) -> None:
    """Commas, arrows and colons are a name's own."""
    fact = Fact(code="change", data={"names": names_of(names)})
    assert [tuple(name.split(PARTS_APART)) for name in split_names(fact)] == [
        (name,) if isinstance(name, str) else name for name in names
    ]


def test_what_separates_names_is_no_part_of_one() -> None:
    """Hostile names that hold the separators stay one name each."""
    fact = Fact(code="change", data={"names": names_of(["a\x1eb", "c\x1fd"])})
    assert split_names(fact) == ["a\ufffdb", "c\ufffdd"]


def test_a_name_in_parts_is_told_with_an_arrow() -> None:
    """What became another, alone and within something; a text that only looks so is one name."""
    assert [code(PARTS_APART.join(parts)) for parts in (("a → b",), ("a", "b"), ("f", "a: 1", "b"))] == [
        "`a → b`",
        "`a` → `b`",
        "`f`: `a: 1` → `b`",
    ]
    assert told_names(names_of(["f", ("a", "b"), ("f", "a", "b")])) == "f, a → b, f: a → b"


def test_the_model_is_told_names_without_our_separators() -> None:
    """Names within a fact stand in the prompt with commas between them."""
    fact = Fact(code="tests_added", data={"count": 2, "names": names_of(["test_a[1, 2]", "test_b"])})
    told = list(sections.facts(a_question(a_comparison(evidence=Evidence(facts=(fact,)))), str))
    assert 'tests_added: count 2, names "test_a[1, 2], test_b"' in told
