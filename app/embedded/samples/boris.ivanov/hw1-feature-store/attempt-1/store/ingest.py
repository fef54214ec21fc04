"""Загрузка признаков из CSV."""

import csv

from store.database import save


def parse_row(row):
    """Строка CSV как кортеж для таблицы; ValueError, если значение не число."""
    return row["entity"], row["name"], float(row["value"]), int(row["event_time"])


def ingest(connection, lines, batch_size=500):
    """Загрузить строки CSV пачками, вернуть число загруженных."""
    batch = []
    count = 0
    for row in csv.DictReader(lines):
        batch.append(parse_row(row))
        if len(batch) == batch_size:
            save(connection, batch)
            count += len(batch)
            batch = []
    if batch:
        save(connection, batch)
        count += len(batch)
    return count
