"""NDCG с экспоненциальной релевантностью."""

import math


def dcg(relevances):
    return sum((2**relevance - 1) / math.log2(position + 2) for position, relevance in enumerate(relevances))


def ndcg(relevances):
    """Отношение DCG к лучшему возможному; 0, если релевантных товаров нет."""
    best = dcg(sorted(relevances, reverse=True))
    return dcg(relevances) / best if best else 0.0
