from feature_store import FeatureStore


def test_unknown_feature_is_none():
    assert FeatureStore().get("user-1", "views", 100) is None


def test_reads_the_last_value_before_the_moment():
    store = FeatureStore()
    store.put("user-1", "views", 5, 100)
    store.put("user-1", "views", 7, 200)
    assert store.get("user-1", "views", 150) == 5


def test_value_written_at_the_very_moment_is_visible():
    store = FeatureStore()
    store.put("user-1", "views", 5, 100)
    assert store.get("user-1", "views", 100) == 5


def test_future_does_not_leak():
    store = FeatureStore()
    store.put("user-1", "views", 7, 200)
    assert store.get("user-1", "views", 150) is None
