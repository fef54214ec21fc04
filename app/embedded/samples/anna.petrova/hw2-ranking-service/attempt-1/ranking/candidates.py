"""Первый этап: отбор кандидатов."""


def select_candidates(catalog, history, limit):
    """Популярные товары, которых пользователь ещё не покупал."""
    result = []
    for item in catalog:
        if item["id"] not in history:
            result.append(item)
    result.sort(key=lambda item: item["popularity"], reverse=True)
    return result[:limit]
