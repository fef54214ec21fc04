from featurestore.store import Store
