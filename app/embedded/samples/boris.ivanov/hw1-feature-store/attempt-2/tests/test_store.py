import pytest

from store.database import connect, load, save
from store.ingest import ingest

HEADER = "entity,name,value,event_time"


@pytest.fixture
def connection():
    connection = connect()
    yield connection
    connection.close()


def test_load_returns_the_value_at_the_moment(connection):
    save(connection, [("u1", "clicks", 1, 10), ("u1", "clicks", 2, 20)])
    assert load(connection, "u1", "clicks", 15) == 1
    assert load(connection, "u1", "clicks", 20) == 2


def test_load_without_values_is_none(connection):
    assert load(connection, "u1", "clicks", 15) is None


def test_ingest_counts_rows(connection):
    assert ingest(connection, [HEADER, "u1,clicks,1,10", "u2,clicks,3,10"]) == 2


def test_ingest_saves_the_last_incomplete_batch(connection):
    ingest(connection, [HEADER, "u1,a,1,1", "u1,a,2,2", "u1,a,3,3"], batch_size=2)
    assert load(connection, "u1", "a", 5) == 3
