"""Вспомогательные функции для ноутбука."""


def smoothed_ctr(c, v, pc, pv):
    return (c + pc) / (v + pv)


def top(d, k):
    pairs = []
    for key in d:
        pairs.append((d[key], key))
    pairs.sort()
    return [key for value, key in pairs[:k]]
