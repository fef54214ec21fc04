"""The circuit that nobody waits at: opens on failures in a row, lets one try after each pause, closes on an answer."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.limits import SkippingLimits
from app.core.skipping_circuit import SkippingCircuit

LIMITS = SkippingLimits(failures_max=3, pause_min_s=10, pause_max_s=40, retry_after_s_max=100)


def opened(now_s: float = 0.0) -> SkippingCircuit:
    """A circuit that has just opened."""
    circuit = SkippingCircuit(LIMITS)
    for _ in range(LIMITS.failures_max):
        assert circuit.admits(now_s)
        circuit.failed(now_s)
    return circuit


def test_failures_in_a_row_open_it() -> None:
    """An answer in between begins the count anew."""
    circuit = SkippingCircuit(LIMITS)
    for _ in range(3):
        circuit.failed(0)
        circuit.failed(0)
        assert circuit.answered() is None
    assert not circuit.is_open
    assert opened().is_open


def test_one_tries_after_each_pause() -> None:
    """While it is open all are left out but one, and each failure of that one doubles the pause up to a bound."""
    circuit, now_s = opened(), 0.0
    for pause_s in (10, 20, 40, 40):
        assert not circuit.admits(now_s + pause_s - 0.1)
        now_s += pause_s
        assert [circuit.admits(now_s) for _ in range(3)] == [True, False, False]
        circuit.failed(now_s)


def test_an_answer_closes_it_and_tells_what_was_left_out() -> None:
    """After the outage everybody is admitted, the pause begins small again."""
    circuit = opened()
    assert [circuit.admits(1), circuit.admits(2), circuit.admits(10)] == [False, False, True]
    assert circuit.answered() == 2
    assert circuit.admits(10)
    assert circuit.answered() is None


def test_what_was_under_way_neither_lengthens_the_pause_nor_opens_again() -> None:
    """Sixty calls that hang and fail together count as one outage, and a late answer among them ends it."""
    circuit = opened()
    for _ in range(60):
        circuit.failed(5)
    assert circuit.admits(10)
    circuit.abandoned()
    assert circuit.admits(10)
    assert circuit.answered() == 0


def test_retry_after_is_kept_within_bounds() -> None:
    """A webhook that names a time is left alone until then, ten minutes at most."""
    for asked_s, until_s in ((50, 50), (1, 10), (1000, 100)):
        circuit = SkippingCircuit(LIMITS)
        for _ in range(3):
            circuit.failed(0, asked_s)
        assert [circuit.admits(until_s - 0.1), circuit.admits(until_s)] == [False, True]


@given(st.lists(st.tuples(st.sampled_from(["call", "answer", "fail", "abandon"]), st.floats(0, 30)), max_size=60))
def test_it_never_stays_shut(steps: list[tuple[str, float]]) -> None:
    """Whatever happened, after the longest pause and with nobody trying, the next caller is admitted."""
    circuit, now_s, under_way = SkippingCircuit(LIMITS), 0.0, 0
    for step, after_s in steps:
        now_s += after_s
        if step == "call":
            under_way += circuit.admits(now_s)
        elif under_way:
            under_way -= 1
            if step == "answer":
                circuit.answered()
            elif step == "fail":
                circuit.failed(now_s)
            else:
                circuit.abandoned()
    for _ in range(under_way):
        circuit.failed(now_s)
    assert circuit.admits(now_s + LIMITS.pause_max_s)
