"""Второй этап: ранжирование линейной моделью."""


class LinearRanker:
    """Взвешенная сумма популярности товара и интереса пользователя к его категории."""

    def __init__(self, weight_popularity, weight_affinity):
        self.weight_popularity = weight_popularity
        self.weight_affinity = weight_affinity

    def score(self, item, profile):
        affinity = profile.get(item["category"], 0.0)
        return self.weight_popularity * item["popularity"] + self.weight_affinity * affinity

    def rank(self, items, profile, k):
        """Идентификаторы k лучших товаров; при равной оценке порядок задаёт идентификатор."""
        ordered = sorted(items, key=lambda item: (-self.score(item, profile), item["id"]))
        return [item["id"] for item in ordered[:k]]
