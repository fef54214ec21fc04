"""The list of metrics: names as Prometheus wants them, labels that stay few."""

import re
from typing import Final, get_args

from app.core.telemetry import METRICS, Event, MetricKind
from tests.builders.telemetry import EVERY_RECORD

LABELS: Final = {"stage", "reason", "dependency", "topic", "partition", "model", "outcome", "kind", "currency", "table"}
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


def test_the_builder_has_every_record() -> None:
    """What the readers are tested with is all that can be told."""
    assert {type(record) for record in EVERY_RECORD} == set(get_args(Event))
