"""Сглаженный CTR."""


def smoothed_ctr(clicks, views, prior_clicks, prior_views):
    """CTR, притянутый к prior_clicks / prior_views, пока показов мало."""
    return (clicks + prior_clicks) / (views + prior_views)


def top(scores, k):
    """Ключи k наибольших значений."""
    return sorted(scores, key=scores.get, reverse=True)[:k]
