import pytest

from featurestore import Store


def test_set_get():
    s = Store()
    s.set("u1", "age", 30)
    assert s.get("u1", "age") == 30


def test_default():
    assert Store().get("u1", "age", 18) == 18


def test_limit_allows_overwrite():
    s = Store(max_features=1)
    s.set("u1", "age", 30)
    s.set("u1", "age", 31)
    assert s.get("u1", "age") == 31


def test_limit():
    s = Store(max_features=1)
    s.set("u1", "age", 30)
    with pytest.raises(Exception):
        s.set("u1", "city", "Казань")


def test_save_load(tmp_path):
    s = Store()
    s.set("u1", "city", "Казань")
    s.save(tmp_path / "f.json")
    t = Store()
    t.load(tmp_path / "f.json")
    assert t.get("u1", "city") == "Казань"
