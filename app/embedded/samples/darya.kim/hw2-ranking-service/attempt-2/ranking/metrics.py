"""NDCG с экспоненциальной релевантностью."""

import math


def dcg(relevances):
    total = 0
    for i in range(len(relevances)):
        total = total + (2 ** relevances[i] - 1) / math.log2(i + 2)
    return total


def ndcg(relevances):
    best = sorted(relevances, reverse=True)
    if dcg(best) == 0:
        return 0
    return dcg(relevances) / dcg(best)
