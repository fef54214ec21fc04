"""The page of all metrics, from their list."""

from typing import Final

from app.core.telemetry import METRICS, Metric

_HEAD: Final = """# Which metrics are there?

A worker serves them on `WEB_HOST`:`WEB_PORT` under `/metrics`, beside `/health` (it lives) and `/ready` (200, or 503
with each cause, since when, and its cure). [Alert rules](monitoring/alerts.yml) and a
[Grafana dashboard](monitoring/dashboard.json) read them; `docker compose --profile monitoring up` runs both.
No label holds an id of a student or of a submission.

This page is generated from `app/core/telemetry.py` by `make docs`.

| metric | kind | unit | labels | what |
|---|---|---|---|---|
"""


def metrics_page() -> str:
    """Markdown: one row per metric, in the order of the list."""
    return _HEAD + "".join(map(_row, METRICS))


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {metric.unit} | {labels} | {metric.meaning} |\n"
