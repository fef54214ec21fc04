import pytest

from store.database import connect, load, save
from store.ingest import ingest, parse_row

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
    assert ingest(connection, [HEADER, "u1,clicks,1,10", "u2,clicks,3,10"]) == {"clicks": 2}


def test_ingest_saves_the_last_incomplete_batch(connection):
    ingest(connection, [HEADER, "u1,a,1,1", "u1,a,2,2", "u1,a,3,3"], batch_size=2)
    assert load(connection, "u1", "a", 5) == 3


def test_quotes_in_names_are_harmless(connection):
    save(connection, [("u'1", "clicks", 4, 10)])
    assert load(connection, "u'1", "clicks", 10) == 4


def test_value_must_be_a_number():
    with pytest.raises(ValueError):
        parse_row({"entity": "u1", "name": "clicks", "value": "много", "event_time": "1"})
