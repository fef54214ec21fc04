"""Первый этап: отбор кандидатов."""


def select_candidates(catalog, history, limit):
    """Популярные товары, которых пользователь ещё не покупал."""
    unseen = [item for item in catalog if item["id"] not in history]
    return sorted(unseen, key=lambda item: item["popularity"], reverse=True)[:limit]
