"""The fuzzer's doors, for a moment in every run: what `make fuzz` looks for at length."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.doors import DOORS
from tests.fuzz.seeds import seeds


@pytest.mark.parametrize("door", DOORS)
def test_seeds_are_read(door: str) -> None:
    """Every input that the fuzzer starts from is read or refused."""
    for data in seeds(door):
        DOORS[door].read(data)


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=300, deadline=None)
@given(data=st.binary(min_size=80, max_size=600))
def test_any_recipe_raises_nothing_but_refusals(door: str, data: bytes) -> None:
    """Whatever bytes make of an archive, a notebook or a log is read within its bounds, or refused."""
    DOORS[door].read(data)


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_damaged_seed_raises_nothing_but_refusals(door: str, data: st.DataObject) -> None:
    """The same holds for valid inputs of which a part is cut out, doubled or replaced."""
    seed = data.draw(st.sampled_from(seeds(door)))
    start = data.draw(st.integers(1, len(seed)))
    end = data.draw(st.integers(start, len(seed)))
    middle = data.draw(st.binary(max_size=20) | st.just(seed[start:end] * 2))
    DOORS[door].read(seed[:start] + middle + seed[end:])
