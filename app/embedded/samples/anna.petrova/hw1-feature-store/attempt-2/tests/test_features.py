from feature_store.features import DAY, compute_user_features

SETTINGS = {"window_days": 30, "min_events": 1, "premium_threshold": 10000}
NOW = 100 * DAY


def test_counts_views_and_purchases():
    events = [
        {"type": "view", "ts": NOW - DAY, "category": "книги"},
        {"type": "view", "ts": NOW - 2 * DAY, "category": "книги"},
        {"type": "purchase", "ts": NOW - DAY, "amount": 900, "category": "игры"},
    ]
    features = compute_user_features(events, NOW, SETTINGS)
    assert features["views"] == 2
    assert features["purchases"] == 1
    assert features["top_category"] == "книги"


def test_purchases_without_views():
    events = [{"type": "purchase", "ts": NOW - DAY, "amount": 500}]
    assert compute_user_features(events, NOW, SETTINGS)["conversion"] == 0


def test_too_few_events_give_no_features():
    settings = dict(SETTINGS, min_events=3)
    assert compute_user_features([{"type": "view", "ts": NOW}], NOW, settings) is None


def test_events_outside_the_window_are_ignored():
    events = [
        {"type": "view", "ts": NOW - 31 * DAY},
        {"type": "view", "ts": NOW + DAY},
        {"type": "view", "ts": NOW - DAY},
    ]
    assert compute_user_features(events, NOW, SETTINGS)["views"] == 1
