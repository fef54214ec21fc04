"""Сборка: клики -> оценки -> лучшие товары."""

from ranking.ctr import smoothed_ctr, top


def rank_items(clicks, prior_clicks, prior_views, k):
    scores = {}
    for item, (item_clicks, views) in clicks.items()
        scores[item] = smoothed_ctr(item_clicks, views, prior_clicks, prior_views)
    return top(scores, k)
