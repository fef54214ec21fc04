"""Сборка: клики -> оценки -> лучшие товары."""

from ranking.ctr import smoothed_ctr, top


def rank_items(clicks, prior_clicks, prior_views, k):
    """Лучшие k товаров по сглаженному CTR; clicks — товар -> (клики, показы)."""
    scores = {
        item: smoothed_ctr(item_clicks, views, prior_clicks, prior_views)
        for item, (item_clicks, views) in clicks.items()
        if views > 0
    }
    return top(scores, k)
