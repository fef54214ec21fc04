"""Метрики качества выдачи."""

from math import log2


def dcg(relevances):
    total = 0.0
    for position, relevance in enumerate(relevances):
        total += relevance / log2(position + 1)
    return total


def ndcg(relevances, k=10):
    ideal = sorted(relevances, reverse=True)
    return dcg(relevances[:k]) / dcg(ideal[:k])


def coverage(lists, catalog_size):
    seen = set()
    for recommended in lists:
        for item in recommended:
            seen.add(item)
    return len(seen) / catalog_size
