"""Чтение строк признаков: один итератор словарей на формат."""

import csv
import json
from collections.abc import Iterable, Iterator


def read_csv(lines: Iterable[str]) -> Iterator[dict]:
    yield from csv.DictReader(lines)


def read_json_lines(lines: Iterable[str]) -> Iterator[dict]:
    for line in lines:
        if line.strip():
            yield json.loads(line)


READERS = {"csv": read_csv, "json": read_json_lines}
