import pytest

from ranking.metrics import ndcg


def test_ideal_order_has_ndcg_one():
    assert ndcg([2, 1, 0]) == pytest.approx(1.0)


def test_nothing_relevant_gives_zero():
    assert ndcg([0, 0]) == 0.0


@pytest.mark.parametrize("relevances", [[0, 1], [1, 0, 2], [0, 0, 1]])
def test_any_other_order_is_worse(relevances):
    assert 0 < ndcg(relevances) < 1
