"""Prometheus as a reader of telemetry: counters and histograms from records, gauges from the worker as it stands.

Nothing is gathered between scrapes: what goes up and down is looked at when somebody asks.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.core import telemetry as told
from app.core.readiness import WorkerLevels
from app.core.telemetry import METRICS, Event, Metric, MetricKind

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The text format, which every version of Prometheus reads."""


class PrometheusMetrics:
    """`Telemetry` that counts, and the page that Prometheus reads."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._counters = {
            metric: Counter(metric.name, metric.meaning, metric.labels, registry=self._registry)
            for metric in METRICS
            if metric.kind is MetricKind.COUNTER
        }
        self._histograms = {
            metric: Histogram(
                metric.name, metric.meaning, metric.labels, buckets=metric.buckets, registry=self._registry
            )
            for metric in METRICS
            if metric.kind is MetricKind.HISTOGRAM
        }

    def watch(self, look: Callable[[], tuple[WorkerLevels, bool]]) -> None:
        """Have `look` asked at each scrape: the worker as it stands, and whether it is ready."""
        self._registry.register(_Gauges(look))

    def page(self) -> bytes:
        """All metrics, in Prometheus' text format (`CONTENT_TYPE`)."""
        return generate_latest(self._registry)

    def emit(self, event: Event) -> None:  # noqa: C901 -- one case for each record
        """Count `event`."""
        match event:
            case told.EventDone():
                self._count(told.EVENTS_DONE, event.stage)
                self._time(told.EVENT_SECONDS, event.duration_s, event.stage)
            case told.EventRefused():
                self._count(told.EVENTS_REFUSED, event.stage, event.reason.value)
                self._time(told.EVENT_SECONDS, event.duration_s, event.stage)
            case told.EventHeld():
                self._count(told.EVENTS_HELD, event.stage, event.reason.value)
            case told.AttemptFailed():
                named = event.dependency.value if event.dependency is not None else "none"
                self._count(told.ATTEMPTS_FAILED, event.stage, named)
            case told.SendRepeated():
                self._count(told.SENDS_REPEATED, event.topic)
            case told.DependencyLost():
                self._count(told.BREAKER_OPENED, event.dependency.value)
            case told.ModelCalled():
                self._count(told.MODEL_CALLS, event.model, event.outcome.value)
                self._time(told.MODEL_SECONDS, event.duration_s, event.model)
            case told.AnswerBought():
                self._count_answer(event)
            case told.AnswerTaped():
                self._count(told.TAPE_HITS, event.model)
            case told.ReviewTaken():
                self._count(told.REVIEWS_PUBLISHED, event.outcome.value)
            case told.DependencyBack() | told.DependencyOverrun() | told.PartitionStalled() | told.PartitionMoves():
                pass  # gauges tell these

    def _count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        self._counters[metric].labels(*labels).inc(by)

    def _time(self, metric: Metric, seconds: float, *labels: str) -> None:
        self._histograms[metric].labels(*labels).observe(seconds)

    def _count_answer(self, bought: told.AnswerBought) -> None:
        self._count(told.MODEL_TOKENS, bought.model, "prompt", by=bought.prompt_tokens)
        self._count(told.MODEL_TOKENS, bought.model, "completion", by=bought.completion_tokens)
        self._count(told.MODEL_TOKENS, bought.model, "cached_prompt", by=bought.cached_prompt_tokens)
        if bought.cost is not None:
            self._count(told.MODEL_COST, bought.model, bought.currency, by=bought.cost)


class _Gauges(Collector):
    def __init__(self, look: Callable[[], tuple[WorkerLevels, bool]]) -> None:
        self._look = look

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Names alone: a worker that is being built cannot be looked at yet."""
        return [_family(metric) for metric in METRICS if metric.kind is MetricKind.GAUGE]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        levels, ready = self._look()
        families = {metric: _family(metric) for metric in METRICS if metric.kind is MetricKind.GAUGE}
        for metric, labels, value in _gauges(levels, ready=ready):
            families[metric].add_metric(labels, value)
        return families.values()


def _family(metric: Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)


def _gauges(levels: WorkerLevels, *, ready: bool) -> Iterator[tuple[Metric, tuple[str, ...], float]]:
    for stage, of in levels.stages.items():
        yield told.EVENTS_IN_FLIGHT, (stage,), of.in_flight
        yield told.EVENTS_WAITING, (stage,), of.waiting
        yield told.EVENTS_ASIDE, (stage,), of.set_aside
        yield told.REFUSED_SHARE, (stage,), of.refused_share
    for (topic, partition), lag in levels.lags.items():
        yield told.LAG, (topic, str(partition)), lag
        yield told.STALLED, (topic, str(partition)), (topic, partition) in levels.stalled_s
    for dependency, breaker in levels.breakers.items():
        yield told.BREAKER_OPEN, (dependency.value,), breaker.open_s is not None
        yield told.CALLS_MAX, (dependency.value,), breaker.calls_max
    for table, entries in levels.table_entries.items():
        yield told.TABLE_ENTRIES, (table,), entries
    yield told.RECOVERY_LEFT, (), levels.recovery_left
    yield told.READY, (), ready
