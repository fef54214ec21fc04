"""Загрузка признаков из CSV и JSON."""

import csv
import json

from store.database import save


def ingest(connection, lines, batch_size=500, fmt="csv", skip=True, stats={}):
    batch = []
    count = 0
    if fmt == "csv":
        for row in csv.DictReader(lines):
            try:
                if row["entity"] and row["name"]:
                    if row["value"] != "":
                        value = float(row["value"])
                        if row["event_time"] != "":
                            batch.append((row["entity"], row["name"], value, int(row["event_time"])))
                            if row["name"] in stats:
                                stats[row["name"]] += 1
                            else:
                                stats[row["name"]] = 1
                        else:
                            if not skip:
                                raise ValueError("нет времени")
                    else:
                        if not skip:
                            raise ValueError("нет значения")
                if len(batch) == batch_size:
                    save(connection, batch)
                    count += len(batch)
                    batch = []
            except:
                if not skip:
                    raise
    elif fmt == "json":
        for line in lines:
            try:
                row = json.loads(line)
                if row["entity"] and row["name"]:
                    if row["value"] is not None:
                        value = float(row["value"])
                        if row["event_time"] is not None:
                            batch.append((row["entity"], row["name"], value, int(row["event_time"])))
                            if row["name"] in stats:
                                stats[row["name"]] += 1
                            else:
                                stats[row["name"]] = 1
                if len(batch) == batch_size:
                    save(connection, batch)
                    count += len(batch)
                    batch = []
            except:
                pass
    else:
        print("неизвестный формат", fmt)
    if len(batch) > 1:
        save(connection, batch)
        count += len(batch)
    return count
