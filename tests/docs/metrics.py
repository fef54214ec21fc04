"""The page of all metrics, from their list."""

from typing import Final

from app.core.metrics import WEB_METRICS, WORKER_METRICS, Metric

_HEAD: Final = """# Which metrics are there?

A worker serves them on `WEB_HOST`:`WEB_PORT` under `/metrics`, beside `/health` (it lives) and `/ready` (200, or 503
with each cause, since when, and its cure). [Alert rules](monitoring/alerts.yml) and a
[Grafana dashboard](monitoring/dashboard.json) read them; `docker compose --profile monitoring up` runs both.
No label holds an id of a student or of a submission.

This page is generated from `app/core/metrics.py` by `make docs`.

"""
_WEB: Final = """
## Which does the web process have?

`reviewstream web` serves these on `WEB_API_HOST`:`WEB_API_PORT` under `/metrics`, without a token, as `/health` and
`/ready`. No label holds what somebody asked for: a route is told as it is written, with `{names}` in place of ids.

"""
_TABLE: Final = """| metric | kind | unit | labels | what |
|---|---|---|---|---|
"""


def metrics_page() -> str:
    """Markdown: one row per metric, in the order of the lists."""
    worker, web = ("".join(map(_row, metrics)) for metrics in (WORKER_METRICS, WEB_METRICS))
    return _HEAD + _TABLE + worker + _WEB + _TABLE + web


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {metric.unit} | {labels} | {metric.meaning} |\n"
