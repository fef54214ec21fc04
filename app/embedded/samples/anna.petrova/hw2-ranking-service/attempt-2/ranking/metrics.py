"""Метрики качества выдачи."""

from math import log2


def dcg(relevances):
    """Дисконтированная сумма; позиции считаются с единицы, поэтому в знаменателе log2(позиция + 1)."""
    return sum(relevance / log2(position + 1) for position, relevance in enumerate(relevances, start=1))


def ndcg(relevances, k=10):
    ideal = dcg(sorted(relevances, reverse=True)[:k])
    return dcg(relevances[:k]) / ideal if ideal else 0.0


def coverage(lists, catalog_size):
    """Доля каталога, попавшая хотя бы в одну выдачу."""
    seen = {item for recommended in lists for item in recommended}
    return len(seen) / catalog_size
