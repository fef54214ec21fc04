"""Хранение значений признаков по сущности и времени."""


class FeatureStore:
    def __init__(self):
        self._rows = {}

    def put(self, entity, name, value, ts):
        rows = self._rows.setdefault((entity, name), [])
        rows.append((ts, value))
        rows.sort(key=lambda row: row[0])

    def get(self, entity, name, ts):
        """Последнее значение признака на момент ts."""
        rows = self._rows.get((entity, name), [])
        result = None
        for row_ts, value in rows:
            if row_ts < ts:
                result = value
        return result

    def names(self, entity):
        return sorted(name for e, name in self._rows if e == entity)
