"""The window of refusals against a model that keeps everything."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.events.refusals import RefusalWindow, Surge, halt
from app.core.limits import RefusalLimits
from schemas.errors import Reason

OUTCOMES = st.none() | st.sampled_from([Reason.BUG, Reason.NOT_JSON, Reason.ARCHIVE_MISSING])


@st.composite
def limits(draw: st.DrawFn) -> RefusalLimits:
    """Limits as the settings allow them."""
    window = draw(st.integers(1, 12))
    return RefusalLimits(draw(st.sampled_from([0.1, 0.25, 0.5, 0.9, 1.0])), window, draw(st.integers(1, window)))


@given(limits=limits(), outcomes=st.lists(OUTCOMES, max_size=60))
def test_it_trips_where_the_last_events_say_so(limits: RefusalLimits, outcomes: list[Reason | None]) -> None:
    """A refusal is a surge exactly where more than the share of the last events, and enough of them, were refused."""
    window = RefusalWindow(limits)
    for count, outcome in enumerate(outcomes, start=1):
        if outcome is None:
            window.note_done()
            continue
        surge = window.note_refused(outcome)
        recent = outcomes[:count][-limits.window :]
        refused = [reason for reason in recent if reason is not None]
        tripped = len(recent) >= limits.events_min and len(refused) / len(recent) > limits.share_max
        assert (surge is not None) == tripped
        if surge is not None:
            assert (surge.refused, surge.events) == (len(refused), len(recent))
            assert surge.of_reason == refused.count(surge.reason) == max(map(refused.count, refused))


@given(outcomes=st.lists(OUTCOMES, max_size=60))
def test_a_share_of_one_never_stops(outcomes: list[Reason | None]) -> None:
    """REFUSED_SHARE_MAX=1 lets everything be refused."""
    window = RefusalWindow(RefusalLimits(share_max=1, window=10, events_min=1))
    assert all(window.note_refused(reason) is None for reason in outcomes if reason is not None)


@given(limits=limits(), dones=st.integers(0, 30))
def test_a_halted_stage_halts_again_at_its_next_refusal_unless_others_are_done(
    limits: RefusalLimits, dones: int
) -> None:
    """And with enough done events before it, a refusal is none too many."""
    window = RefusalWindow(limits)
    window.resume(Reason.NOT_JSON)
    for _ in range(dones):
        window.note_done()
    surge = window.note_refused(Reason.NOT_JSON)
    if limits.share_max == 1:
        assert surge is None
    elif dones == 0:
        assert surge is not None
    elif dones >= limits.window:
        assert (surge is None) == (limits.share_max * limits.window >= 1)


def test_the_halt_says_what_to_look_at() -> None:
    """Stage, share, the most frequent reason, and which setting lets it pass."""
    halted = halt("comparator", Surge(30, 50, Reason.ARCHIVE_MISSING, 28), RefusalLimits())
    assert "the comparator refused 30 of its last 50 events, more than 50%" in halted.cause
    assert "28 times, as archive_missing" in halted.cause
    assert "deadletters list --stage comparator --reason archive_missing" in halted.cure
    assert "raise REFUSED_SHARE_MAX" in halted.cure
