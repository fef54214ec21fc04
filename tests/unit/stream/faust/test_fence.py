"""The fence: a worker that was suspended does not write as if nothing had happened."""

from app.stream.faust.fence import Fence


def a_fence() -> Fence:
    fence = Fence(gap_s=4.5, settle_s=3.5)
    fence.open(100.0)
    return fence


def test_a_process_that_lives_is_never_fenced() -> None:
    """Ticks within the gap keep it open."""
    fence = a_fence()
    for tenth in range(1000, 2000, 5):
        fence.tick(tenth / 10)
        assert not fence.is_closed(tenth / 10)


def test_a_gap_closes_whoever_looks_first() -> None:
    """The first write after a suspension is fenced, whether the ticker or the writer wakes first."""
    writer_first, ticker_first = a_fence(), a_fence()
    ticker_first.tick(108.0)
    assert writer_first.is_closed(108.0)
    assert ticker_first.is_closed(108.0)


def test_a_new_assignment_opens() -> None:
    """What is assigned after the suspension is ours."""
    fence = a_fence()
    assert fence.is_closed(110.0)
    fence.open(111.0)
    assert not fence.is_closed(111.1)


def test_a_suspension_that_the_group_did_not_notice_opens_by_itself() -> None:
    """Once heartbeats had time to tell, and no rebalance came, work goes on."""
    fence = a_fence()
    assert fence.is_closed(105.0)
    for tenth in range(1050, 1090, 5):
        fence.tick(tenth / 10)
    assert not fence.is_closed(109.0)


def test_asking_changes_nothing() -> None:
    """Whoever looks, at whatever time, leaves the fence as it was: only a tick notes that the process lives."""
    fence = a_fence()
    assert fence.is_closed(110.0)
    assert not fence.is_closed(104.0)
    assert fence.is_closed(110.0)
