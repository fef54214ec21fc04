"""Второй этап: ранжирование линейной моделью."""


class LinearRanker:
    def __init__(self, w1, w2):
        self.w1 = w1
        self.w2 = w2

    def score(self, item, profile):
        s = self.w1 * item["popularity"]
        if item["category"] in profile:
            s = s + self.w2 * profile[item["category"]]
        return s

    def rank(self, items, profile, k):
        scored = []
        for item in items:
            scored.append((self.score(item, profile), item["id"]))
        scored.sort(reverse=True)
        return [id for s, id in scored][:k]
