from ranking.ctr import smoothed_ctr, top


def test_smoothing_pulls_rare_items_to_the_prior():
    assert smoothed_ctr(1, 1, 1, 20) < smoothed_ctr(50, 100, 1, 20)


def test_top_returns_the_best():
    assert top({"a": 0.1, "b": 0.9, "c": 0.5}, 2) == ["b", "c"]
