from ranking.pipeline import rank_items


def test_ranks_by_smoothed_ctr():
    clicks = {"popular": (30, 400), "rare": (1, 2), "good": (12, 90)}
    assert rank_items(clicks, prior_clicks=1, prior_views=20, k=2) == ["good", "rare"]
