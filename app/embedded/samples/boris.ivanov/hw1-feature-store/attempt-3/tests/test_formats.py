import pytest

from store.database import connect, load
from store.ingest import ingest


@pytest.fixture
def connection():
    connection = connect()
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("fmt", "lines"),
    [
        ("csv", ["entity,name,value,event_time", "u1,clicks,3,10"]),
        ("json", ['{"entity": "u1", "name": "clicks", "value": 3, "event_time": 10}']),
    ],
)
def test_formats_give_the_same_rows(connection, fmt, lines):
    ingest(connection, lines, fmt=fmt)
    assert load(connection, "u1", "clicks", 10) == 3


def test_broken_rows_are_skipped(connection):
    lines = ["entity,name,value,event_time", "u1,clicks,много,10", "u1,clicks,2,11"]
    assert ingest(connection, lines) == {"clicks": 1}


def test_broken_rows_can_be_an_error(connection):
    with pytest.raises(ValueError):
        ingest(connection, ["entity,name,value,event_time", "u1,clicks,,10"], skip_broken=False)
