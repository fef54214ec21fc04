"""Flags are told with their places: each fact that raised one says where it stands."""

import pytest

from app.core.evidence.facts.names import names_of
from app.core.evidence.flag_places import flag_places
from schemas.comparison import Evidence, Fact, FactCode, Flag
from schemas.review import FlagPlace


@pytest.mark.parametrize(
    ("fact", "place"),
    [
        (
            Fact(
                code=FactCode.INSTRUCTION_IN_SOURCE, path="a.py", line=4, data={"rule": "score", "quote": "100 of 100"}
            ),
            FlagPlace(flag=Flag.INSTRUCTION_IN_SOURCE, path="a.py", line=4, quote="100 of 100"),
        ),
        (
            Fact(code=FactCode.INSTRUCTION_IN_LOG, data={"log": "pytest.log", "log_line": 7, "quote": "full marks"}),
            FlagPlace(flag=Flag.INSTRUCTION_IN_SOURCE, log="pytest.log", line=7, quote="full marks"),
        ),
        (
            Fact(code=FactCode.TESTS_REMOVED, data={"count": 2, "names": names_of(["test_a", "test_b"])}),
            FlagPlace(flag=Flag.TESTS_REMOVED, names="test_a, test_b"),
        ),
        (
            Fact(code=FactCode.ASSERTS_REMOVED, path="tests/test_a.py", data={"count": 3}),
            FlagPlace(flag=Flag.ASSERTS_REMOVED, path="tests/test_a.py"),
        ),
        (
            Fact(code=FactCode.UNUSED_CODE, path="a.py", line=9, data={"symbol": "helper", "count": 1}),
            FlagPlace(flag=Flag.UNUSED_CODE, path="a.py", line=9, names="helper"),
        ),
    ],
)
def test_a_flag_stands_where_its_fact_does(fact: Fact, place: FlagPlace) -> None:
    """In a file, in a log, or by the names of what is meant."""
    assert flag_places(Evidence(facts=(fact,), flags=(place.flag,))) == (place,)


def test_what_raised_no_flag_has_no_place() -> None:
    """Tests that were replaced by others are a fact and no flag; a fact without a place is none either."""
    removed = Fact(code=FactCode.TESTS_REMOVED, data={"count": 1, "names": "test_a"})
    bare = Fact(code=FactCode.ASSERTS_REMOVED, data={"count": 3})
    assert flag_places(Evidence(facts=(removed, bare), flags=(Flag.ASSERTS_REMOVED,))) == ()
