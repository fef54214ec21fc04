"""Таблица признаков в SQLite."""

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS features (
    entity TEXT NOT NULL,
    name TEXT NOT NULL,
    value REAL NOT NULL,
    event_time INTEGER NOT NULL,
    PRIMARY KEY (entity, name, event_time)
)
"""


def connect(path=":memory:"):
    connection = sqlite3.connect(path)
    connection.execute(SCHEMA)
    return connection


def save(connection, rows):
    with connection:
        connection.executemany("INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?)", rows)


def load(connection, entity, name, as_of):
    row = connection.execute(
        "SELECT value FROM features WHERE entity = ? AND name = ? AND event_time <= ?"
        " ORDER BY event_time DESC LIMIT 1",
        (entity, name, as_of),
    ).fetchone()
    return None if row is None else row[0]
