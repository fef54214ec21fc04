"""Загрузка признаков пачками."""

from collections import Counter
from itertools import islice

from store.database import save
from store.readers import READERS


def parse_row(row):
    """Запись как кортеж для таблицы; ValueError, если чего-то не хватает или значение не число."""
    if not row["entity"] or not row["name"]:
        raise ValueError("пустая сущность или имя признака")
    return row["entity"], row["name"], float(row["value"]), int(row["event_time"])


def parse_rows(rows, skip_broken):
    """Разобранные записи; битые пропускаются, если так велено."""
    for row in rows:
        try:
            yield parse_row(row)
        except (ValueError, TypeError, KeyError):
            if not skip_broken:
                raise


def ingest(connection, lines, batch_size=500, fmt="csv", skip_broken=True):
    """Загрузить строки пачками, вернуть число загруженных по имени признака."""
    parsed = parse_rows(READERS[fmt](lines), skip_broken)
    counts = Counter()
    while batch := list(islice(parsed, batch_size)):
        save(connection, batch)
        counts.update(name for _, name, _, _ in batch)
    return counts
