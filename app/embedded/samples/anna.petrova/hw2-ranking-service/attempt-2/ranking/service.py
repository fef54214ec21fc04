"""Точка входа: рекомендации для пользователя."""

import json
import sys

from ranking.candidates import select_candidates
from ranking.ranker import LinearRanker
from ranking.settings import load_settings

CATALOG = [
    {"id": "book-1", "category": "книги", "popularity": 0.9},
    {"id": "game-1", "category": "игры", "popularity": 0.7},
    {"id": "book-2", "category": "книги", "popularity": 0.3},
    {"id": "tea-1", "category": "чай", "popularity": 0.5},
]


def recommend(user, profiles, histories, k=10):
    """Выдача для пользователя; незнакомый пользователь получает самое популярное."""
    settings = load_settings()
    candidates = select_candidates(CATALOG, histories.get(user, set()), int(settings["candidates"]))
    ranker = LinearRanker(settings["weight_popularity"], settings["weight_affinity"])
    return ranker.rank(candidates, profiles.get(user, {}), k)


if __name__ == "__main__":
    print(json.dumps(recommend(sys.argv[1], {}, {})))
