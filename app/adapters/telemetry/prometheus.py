"""Prometheus as a reader of telemetry: counters and histograms from records, gauges from the process as it stands.

Nothing is gathered between scrapes: what goes up and down is looked at when somebody asks.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.core import metrics as listed
from app.core import telemetry as told
from app.core.metrics import Metric, MetricKind
from app.core.readiness import WebLevels, WorkerLevels
from app.core.telemetry import Event

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""The text format, which every version of Prometheus reads."""

Reading = tuple[Metric, tuple[str, ...], float]
"""A gauge, its labels, and where it stands."""


class PrometheusMetrics:
    """`Telemetry` that counts, and the page that Prometheus reads. `metrics` are those of this kind of process."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._metrics = metrics
        self._registry = CollectorRegistry()
        self._counters = {
            metric: Counter(metric.name, metric.meaning, metric.labels, registry=self._registry)
            for metric in metrics
            if metric.kind is MetricKind.COUNTER
        }
        self._histograms = {
            metric: Histogram(
                metric.name, metric.meaning, metric.labels, buckets=metric.buckets, registry=self._registry
            )
            for metric in metrics
            if metric.kind is MetricKind.HISTOGRAM
        }

    def watch(self, read: Callable[[], Iterable[Reading]]) -> None:
        """Have `read` asked at each scrape where all gauges stand."""
        gauges = [metric for metric in self._metrics if metric.kind is MetricKind.GAUGE]
        self._registry.register(_Gauges(gauges, read))

    def page(self) -> bytes:
        """All metrics, in Prometheus' text format (`CONTENT_TYPE`)."""
        return generate_latest(self._registry)

    def emit(self, event: Event) -> None:  # noqa: C901 -- one case for each record
        """Count `event`."""
        match event:
            case told.EventDone():
                self._count(listed.EVENTS_DONE, event.stage)
                self._time(listed.EVENT_SECONDS, event.duration_s, event.stage)
            case told.EventRefused():
                self._count(listed.EVENTS_REFUSED, event.stage, event.reason.value)
                self._time(listed.EVENT_SECONDS, event.duration_s, event.stage)
            case told.EventHeld():
                self._count(listed.EVENTS_HELD, event.stage, event.reason.value)
            case told.AttemptFailed():
                named = event.dependency.value if event.dependency is not None else "none"
                self._count(listed.ATTEMPTS_FAILED, event.stage, named)
            case told.SendRepeated():
                self._count(listed.SENDS_REPEATED, event.topic)
            case told.DependencyLost():
                self._count(listed.BREAKER_OPENED, event.dependency.value)
            case told.ModelCalled():
                self._count(listed.MODEL_CALLS, event.model, event.outcome.value)
                self._time(listed.MODEL_SECONDS, event.duration_s, event.model)
            case told.AnswerBought():
                self._count_answer(event)
            case told.AnswerTaped():
                self._count(listed.TAPE_HITS, event.model)
            case told.ReviewTaken():
                self._count(listed.REVIEWS_PUBLISHED, event.outcome.value)
            case told.RequestAnswered():
                self._count(listed.REQUESTS, event.route, event.method, str(event.status))
                self._time(listed.REQUEST_SECONDS, event.duration_s, event.route, event.method)
            case told.DependencyBack() | told.DependencyOverrun() | told.PartitionStalled() | told.PartitionMoves():
                pass  # gauges tell these

    def _count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        self._counters[metric].labels(*labels).inc(by)

    def _time(self, metric: Metric, seconds: float, *labels: str) -> None:
        self._histograms[metric].labels(*labels).observe(seconds)

    def _count_answer(self, bought: told.AnswerBought) -> None:
        self._count(listed.MODEL_TOKENS, bought.model, "prompt", by=bought.prompt_tokens)
        self._count(listed.MODEL_TOKENS, bought.model, "completion", by=bought.completion_tokens)
        self._count(listed.MODEL_TOKENS, bought.model, "cached_prompt", by=bought.cached_prompt_tokens)
        if bought.cost is not None:
            self._count(listed.MODEL_COST, bought.model, bought.currency, by=bought.cost)


class _Gauges(Collector):
    def __init__(self, gauges: Sequence[Metric], read: Callable[[], Iterable[Reading]]) -> None:
        self._gauges = gauges
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Names alone: a process that is being built cannot be looked at yet."""
        return [_family(metric) for metric in self._gauges]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        families = {metric: _family(metric) for metric in self._gauges}
        for metric, labels, value in self._read():
            families[metric].add_metric(labels, value)
        return families.values()


def _family(metric: Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)


def worker_readings(levels: WorkerLevels, *, ready: bool) -> Iterator[Reading]:
    """A worker's gauges, as it stands and whether it is ready."""
    for stage, of in levels.stages.items():
        yield listed.EVENTS_IN_FLIGHT, (stage,), of.in_flight
        yield listed.EVENTS_WAITING, (stage,), of.waiting
        yield listed.EVENTS_ASIDE, (stage,), of.set_aside
        yield listed.REFUSED_SHARE, (stage,), of.refused_share
    for (topic, partition), lag in levels.lags.items():
        yield listed.LAG, (topic, str(partition)), lag
        yield listed.STALLED, (topic, str(partition)), (topic, partition) in levels.stalled_s
    for dependency, breaker in levels.breakers.items():
        yield listed.BREAKER_OPEN, (dependency.value,), breaker.open_s is not None
        yield listed.CALLS_MAX, (dependency.value,), breaker.calls_max
    for table, entries in levels.table_entries.items():
        yield listed.TABLE_ENTRIES, (table,), entries
    yield listed.RECOVERY_LEFT, (), levels.recovery_left
    yield listed.READY, (), ready


def web_readings(levels: WebLevels) -> Iterator[Reading]:
    """A web process' gauges. A lag that is not known has no value."""
    yield listed.WAITING_PLACES, (), levels.waiting_places
    yield listed.WATCHERS, (), levels.watchers
    yield listed.STATES_TOLD, (), levels.states_told
    if levels.states_lag is not None:
        yield listed.STATES_LAG, (), levels.states_lag
