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


def test_late_record_does_not_break_the_order():
    store = FeatureStore()
    store.put("user-1", "views", 7, event_time=200)
    store.put("user-1", "views", 5, event_time=100)
    assert store.get("user-1", "views", as_of=150) == 5
    assert store.get("user-1", "views", as_of=250) == 7


def test_expired_value_is_not_returned():
    store = FeatureStore(ttl=50)
    store.put("user-1", "views", 5, event_time=100)
    assert store.get("user-1", "views", as_of=150) == 5
    assert store.get("user-1", "views", as_of=151) is None


def test_reads_many_features_at_one_moment():
    store = FeatureStore()
    store.put("user-1", "views", 5, event_time=100)
    store.put("user-1", "clicks", 1, event_time=300)
    assert store.get_many("user-1", ["views", "clicks"], as_of=200) == {"views": 5, "clicks": None}
