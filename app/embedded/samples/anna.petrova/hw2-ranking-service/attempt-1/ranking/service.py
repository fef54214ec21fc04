"""Точка входа: рекомендации для пользователя."""

import json
import sys

from ranking.candidates import select_candidates
from ranking.ranker import LinearRanker

CATALOG = [
    {"id": "book-1", "category": "книги", "popularity": 0.9},
    {"id": "game-1", "category": "игры", "popularity": 0.7},
    {"id": "book-2", "category": "книги", "popularity": 0.3},
    {"id": "tea-1", "category": "чай", "popularity": 0.5},
]


def recommend(user, profiles, histories, k=10):
    profile = profiles[user]
    history = histories[user]
    candidates = select_candidates(CATALOG, history, 100)
    return LinearRanker(0.4, 0.6).rank(candidates, profile, k)


if __name__ == "__main__":
    print(json.dumps(recommend(sys.argv[1], {sys.argv[1]: {}}, {sys.argv[1]: set()})))
