"""What a replay wants of a reviewer, in headers."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.replay import REPLAY_PREFIX, ReplayOrder, read_order
from schemas.review import ReplayNote

ORDERS = st.builds(
    ReplayOrder,
    note=st.builds(
        ReplayNote,
        replay_id=st.from_regex(r"\A[a-z][a-z0-9-]{0,20}\Z"),
        reason=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
        is_appeal=st.booleans(),
        is_shadow=st.booleans(),
        supersedes=st.none() | st.uuids(),
    ),
    is_fresh=st.booleans(),
)


@given(ORDERS)
def test_an_order_comes_back_from_its_headers(order: ReplayOrder) -> None:
    """Whatever the reason says, and among whatever other headers."""
    assert read_order((("traceparent", b"x"), *order.headers(), ("null", None))) == order


def test_no_header_of_ours_is_no_order() -> None:
    """A live comparison."""
    assert read_order([]) is None
    assert read_order([("__reviewstream.repeat", b"1"), ("h", None)]) is None


@pytest.mark.parametrize(
    "headers",
    [
        [("appeal", b"1")],
        [("id", b"")],
        [("id", b"a b")],
        [("id", None)],
        [("id", b"r"), ("supersedes", b"no-uuid")],
        [("id", b"r"), ("reason", b"x" * 2_001)],
    ],
)
def test_headers_that_are_not_like_ours_are_refused(headers: list[tuple[str, bytes | None]]) -> None:
    """Anybody may write them."""
    with pytest.raises(ValidationError):
        read_order([(REPLAY_PREFIX + name, value) for name, value in headers])


def test_what_is_not_said_is_not_there() -> None:
    """A plain replay's headers are one."""
    assert ReplayOrder(note=ReplayNote(replay_id="r")).headers() == ((REPLAY_PREFIX + "id", b"r"),)
    full = ReplayOrder(note=ReplayNote(replay_id="r", supersedes=UUID(int=1), is_shadow=True), is_fresh=True)
    assert len(full.headers()) == 4
