import pytest

from ranking.candidates import select_candidates
from ranking.metrics import coverage, ndcg
from ranking.ranker import LinearRanker
from ranking.service import recommend

ITEMS = [
    {"id": "a", "category": "книги", "popularity": 0.2},
    {"id": "b", "category": "игры", "popularity": 0.8},
    {"id": "c", "category": "чай", "popularity": 0.5},
]


def test_bought_items_are_not_candidates():
    assert [item["id"] for item in select_candidates(ITEMS, {"b"}, 10)] == ["c", "a"]


def test_affinity_beats_popularity():
    assert LinearRanker(0.4, 0.6).rank(ITEMS, {"книги": 1.0}, 2) == ["a", "b"]


def test_ideal_order_has_ndcg_one():
    assert ndcg([3, 2, 1]) == pytest.approx(1.0)


def test_worse_order_has_smaller_ndcg():
    assert ndcg([1, 2, 3]) < 1.0


def test_coverage():
    assert coverage([["a", "b"], ["b"]], 4) == 0.5


def test_new_user_gets_popular_items():
    assert recommend("new", {}, {}, 2) == ["book-1", "game-1"]
