"""Хранение значений признаков по сущности и времени."""

from bisect import bisect_right


class FeatureStore:
    """Значения признаков, читаемые «на момент»; ttl — срок жизни значения в секундах, None — без срока."""

    def __init__(self, ttl: int | None = None) -> None:
        self._ttl = ttl
        self._times: dict[tuple[str, str], list[int]] = {}
        self._values: dict[tuple[str, str], list[object]] = {}

    def put(self, entity: str, name: str, value: object, event_time: int) -> None:
        """Записать значение; записи могут приходить не по порядку времени."""
        times = self._times.setdefault((entity, name), [])
        values = self._values.setdefault((entity, name), [])
        position = bisect_right(times, event_time)
        times.insert(position, event_time)
        values.insert(position, value)

    def get(self, entity: str, name: str, as_of: int) -> object | None:
        """Последнее значение признака на момент as_of или None, если его нет или оно устарело."""
        times = self._times.get((entity, name), [])
        position = bisect_right(times, as_of) - 1
        if position < 0 or self._is_expired(times[position], as_of):
            return None
        return self._values[(entity, name)][position]

    def get_many(self, entity: str, names: list[str], as_of: int) -> dict[str, object | None]:
        """Несколько признаков одной сущности на один и тот же момент."""
        return {name: self.get(entity, name, as_of) for name in names}

    def names(self, entity: str) -> list[str]:
        return sorted(name for e, name in self._times if e == entity)

    def _is_expired(self, event_time: int, as_of: int) -> bool:
        return self._ttl is not None and as_of - event_time > self._ttl
