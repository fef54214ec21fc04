"""Changes of a published schema: which break somebody, and for whom."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from app.core.contracts.compatibility import broken_promises
from app.core.contracts.json_schemas import CONTRACTS

WORDS = Literal["a", "b"]


class Inner(BaseModel):
    """A record within the record."""

    kept: int
    more: str = ""


class InnerLess(BaseModel):
    """The same with a field less."""

    kept: int


def record(**fields: Any) -> dict[str, Any]:
    """The schema of a record of these fields; `(type,)` must be there, `(type, default)` need not."""
    given: dict[str, Any] = {name: (field[0], field[1] if len(field) > 1 else ...) for name, field in fields.items()}
    model: type[BaseModel] = create_model("Record", **given)
    return model.model_json_schema()


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_what_stays_as_it_is_breaks_nobody(contract: Any) -> None:
    """Each schema of ours beside itself."""
    document = contract.json_schema()
    assert broken_promises(document, document, is_taken=contract.is_taken) == []


BREAKS_EVERYBODY = [
    ("a removed field", {"x": (int,)}, {}, "x: is gone"),
    ("a renamed field", {"x": (int, 0)}, {"y": (int, 0)}, "x: is gone"),
    ("a new field that must be there", {}, {"x": (int,)}, "x: must be there now"),
    ("a field that must be there now", {"x": (int, 0)}, {"x": (int,)}, "x: must be there now"),
    ("another type", {"x": (int,)}, {"x": (str,)}, "x: no longer takes integer"),
    ("whole numbers alone", {"x": (float,)}, {"x": (int,)}, "x: no longer takes number"),
    ("no null any more", {"x": (int | None,)}, {"x": (int,)}, "x: no longer takes null"),
    ("a value less", {"x": (Literal["a", "b", "c"],)}, {"x": (WORDS,)}, "x: no longer takes c"),
    ("words alone", {"x": (str,)}, {"x": (WORDS,)}, "x: takes a, b alone now"),
    ("a tighter bound", {"x": (int,)}, {"x": (Annotated[int, Field(le=9)],)}, "x: maximum is 9 instead of None"),
    ("shorter texts", {"x": (Annotated[str, Field(max_length=9)],)}, {"x": (Annotated[str, Field(max_length=8)],)},
     "x: maxLength is 8 instead of 9"),
    ("a pattern", {"x": (str,)}, {"x": (Annotated[str, Field(pattern="^a$")],)}, "x: pattern is '^a$' instead of None"),
    ("a field less within", {"x": (Inner,)}, {"x": (InnerLess,)}, "x.more: is gone"),
    ("a field less in a list", {"x": (list[Inner],)}, {"x": (list[InnerLess],)}, "x[].more: is gone"),
    ("a field less in a map", {"x": (dict[str, Inner],)}, {"x": (dict[str, InnerLess],)}, "x.*.more: is gone"),
    ("a name less in a map", {"x": (dict[Literal["a", "b", "c"], int],)}, {"x": (dict[WORDS, int],)},
     "x.* (name): no longer takes c"),
    ("some names alone in a map", {"x": (dict[str, int],)}, {"x": (dict[WORDS, int],)},
     "x.* (name): takes a, b alone now"),
    ("a pair of other things", {"x": (tuple[int, int],)}, {"x": (tuple[int, str],)}, "x[1]: no longer takes integer"),
    ("a pair of three", {"x": (tuple[int, int],)}, {"x": (tuple[int, int, int],)}, "x: has 3 places instead of 2"),
]  # fmt: skip

BREAKS_READERS = [
    ("null, too", {"x": (int,)}, {"x": (int | None,)}, "x: may be null now"),
    ("any number", {"x": (int,)}, {"x": (float,)}, "x: may be number now"),
    ("a value more", {"x": (WORDS,)}, {"x": (Literal["a", "b", "c"],)}, "x: may be c now"),
    ("a name more in a map", {"x": (dict[WORDS, int],)}, {"x": (dict[Literal["a", "b", "c"], int],)},
     "x.* (name): may be c now"),
    ("any text", {"x": (WORDS,)}, {"x": (str,)}, "x: may be anything now, not a, b alone"),
    ("a field that may be absent", {"x": (int,)}, {"x": (int, 0)}, "x: may be absent now"),
    ("a looser bound", {"x": (Annotated[int, Field(ge=1)],)}, {"x": (Annotated[int, Field(ge=0)],)},
     "x: minimum is 0 instead of 1"),
    ("no pattern", {"x": (Annotated[str, Field(pattern="^a$")],)}, {"x": (str,)},
     "x: pattern is None instead of '^a$'"),
]  # fmt: skip

BREAKS_NOBODY = [
    ("a new field that need not be there", {"x": (int,)}, {"x": (int,), "y": (int, 0)}),
    (
        "the same under another name",
        {"x": (Inner,)},
        {"x": (create_model("Renamed", kept=(int, ...), more=(str, "")),)},
    ),
    ("another default", {"x": (int, 0)}, {"x": (int, 1)}),
    ("one more word where any is taken", {"x": (WORDS | str,)}, {"x": (Literal["a", "b", "c"] | str,)}),  # noqa: PYI051 -- pydantic keeps both
]


@pytest.mark.parametrize(("what", "old", "new", "told"), BREAKS_EVERYBODY, ids=[case[0] for case in BREAKS_EVERYBODY])
@pytest.mark.parametrize("is_taken", [True, False], ids=["taken", "given"])
def test_less_than_before_breaks_everybody(what: str, old: Any, new: Any, told: str, is_taken: bool) -> None:
    """Producers are refused, and records of before do not fit."""
    assert told in broken_promises(record(**old), record(**new), is_taken=is_taken)


@pytest.mark.parametrize(("what", "old", "new", "told"), BREAKS_READERS, ids=[case[0] for case in BREAKS_READERS])
def test_more_than_before_breaks_readers_alone(what: str, old: Any, new: Any, told: str) -> None:
    """A reader meets what it does not know; a producer need not use it."""
    assert broken_promises(record(**old), record(**new), is_taken=False) == [told]
    assert broken_promises(record(**old), record(**new), is_taken=True) == []


@pytest.mark.parametrize(("what", "old", "new"), BREAKS_NOBODY, ids=[case[0] for case in BREAKS_NOBODY])
@pytest.mark.parametrize("is_taken", [True, False], ids=["taken", "given"])
def test_additions_break_nobody(what: str, old: Any, new: Any, is_taken: bool) -> None:
    """Readers ignore what they do not know, and producers leave out what they need not give."""
    assert broken_promises(record(**old), record(**new), is_taken=is_taken) == []


def test_a_second_source_at_once_cannot_come_to_be_forbidden_unnoticed() -> None:
    """The rule of one source is part of the promise: nobody could be held to a stricter one."""
    (submission,) = (contract for contract in CONTRACTS if contract.name == "submission")
    document = submission.json_schema()
    without = {word: value for word, value in document.items() if word != "not"}
    assert broken_promises(without, document, is_taken=True) != []
    assert broken_promises(document, without, is_taken=True) == []
