from feature_store.storage import FeatureStore

__all__ = ["FeatureStore"]
