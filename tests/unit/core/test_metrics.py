"""The list of metrics: names as Prometheus wants them, labels that stay few."""

import re
from typing import Final

from app.core.metrics import METRICS, WEB_METRICS, WORKER_METRICS, MetricKind

LABELS: Final = {
    *("stage", "reason", "dependency", "topic", "partition", "model", "outcome", "kind", "currency", "table"),
    *("route", "method", "status"),
}
"""Whatever they take comes from our code or from the settings, never from a record."""


def test_names_are_as_prometheus_wants_them() -> None:
    """Each name is there once, ours by its prefix, and a counter's, and no other's, ends in `_total`."""
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert re.fullmatch(r"reviewstream_[a-z]+(_[a-z]+)*", metric.name)
        assert metric.name.endswith("_total") == (metric.kind is MetricKind.COUNTER), metric.name
        assert metric.meaning.endswith(".")


def test_no_label_is_a_students() -> None:
    """Labels are of a short list; a student's id would make a series for each student."""
    assert {label for metric in METRICS for label in metric.labels} == LABELS


def test_only_histograms_have_buckets() -> None:
    """They rise, and no other metric has any."""
    for metric in METRICS:
        assert bool(metric.buckets) == (metric.kind is MetricKind.HISTOGRAM), metric.name
        assert list(metric.buckets) == sorted(set(metric.buckets))


def test_each_kind_of_process_has_its_own() -> None:
    """No metric is served by workers and by the web process alike."""
    assert not set(WORKER_METRICS) & set(WEB_METRICS)
    assert (*WORKER_METRICS, *WEB_METRICS) == METRICS
