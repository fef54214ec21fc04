"""The log and Prometheus read the same records."""

import shutil
import subprocess
from typing import Final

import pytest
from structlog.testing import capture_logs

from app.adapters.telemetry.log_lines import LogLines
from app.adapters.telemetry.prometheus import PrometheusMetrics, web_readings, worker_readings
from app.adapters.telemetry.readers import Readers
from app.core.metrics import METRICS, WEB_METRICS, WORKER_METRICS, Metric, MetricKind
from app.core.readiness import BreakerLevels, StageLevels, WebLevels, WorkerLevels
from app.core.telemetry import Event
from schemas.errors import Dependency
from tests.builders.telemetry import EVERY_RECORD
from tests.fakes.telemetry import FakeTelemetry

LEVELS: Final = WorkerLevels(
    assigned=1,
    stages={"reviewer": StageLevels(in_flight=3, waiting=2, set_aside=1, refused_share=0.25)},
    lags={("submissions", 1): 7, ("submissions", 0): 0},
    stalled_s={("submissions", 1): 61},
    breakers={Dependency.LLM: BreakerLevels(8, open_s=4), Dependency.MONGODB: BreakerLevels(64)},
    table_entries={"review-history": 12},
    recovery_left=5,
)
WEB_LEVELS: Final = WebLevels(waiting_places=997, watchers=2, states_lag=4, states_told=True)
SAMPLES: Final = """
reviewstream_events_done_total{stage="reviewer"} 1.0
reviewstream_events_refused_total{reason="not_json",stage="reviewer"} 1.0
reviewstream_events_held_total{reason="budget_day",stage="reviewer"} 1.0
reviewstream_event_seconds_count{stage="reviewer"} 2.0
reviewstream_event_seconds_sum{stage="reviewer"} 1.75
reviewstream_event_seconds_bucket{le="0.5",stage="reviewer"} 1.0
reviewstream_attempts_failed_total{dependency="llm",stage="reviewer"} 1.0
reviewstream_attempts_failed_total{dependency="none",stage="reviewer"} 1.0
reviewstream_sends_repeated_total{topic="reviews"} 1.0
reviewstream_breaker_opened_total{dependency="llm"} 1.0
reviewstream_model_calls_total{model="m",outcome="answered"} 1.0
reviewstream_model_call_seconds_sum{model="m"} 2.5
reviewstream_model_tokens_total{kind="prompt",model="m"} 1000.0
reviewstream_model_tokens_total{kind="completion",model="m"} 100.0
reviewstream_model_tokens_total{kind="cached_prompt",model="m"} 10.0
reviewstream_model_cost_total{currency="EUR",model="m"} 0.25
reviewstream_tape_hits_total{model="m"} 1.0
reviewstream_reviews_published_total{outcome="published"} 1.0
reviewstream_events_in_flight{stage="reviewer"} 3.0
reviewstream_events_waiting{stage="reviewer"} 2.0
reviewstream_events_set_aside{stage="reviewer"} 1.0
reviewstream_refused_share_ratio{stage="reviewer"} 0.25
reviewstream_partition_lag_events{partition="1",topic="submissions"} 7.0
reviewstream_partition_stalled{partition="1",topic="submissions"} 1.0
reviewstream_partition_stalled{partition="0",topic="submissions"} 0.0
reviewstream_breaker_open{dependency="llm"} 1.0
reviewstream_breaker_open{dependency="mongodb"} 0.0
reviewstream_dependency_calls_max{dependency="llm"} 8.0
reviewstream_table_entries{table="review-history"} 12.0
reviewstream_recovery_records_left 5.0
reviewstream_ready 0.0
reviewstream_http_requests_total{method="GET",route="/api/v1/reviews/{task_id}",status="200"} 1.0
reviewstream_http_request_seconds_bucket{le="0.025",method="GET",route="/api/v1/reviews/{task_id}"} 1.0
reviewstream_http_request_seconds_bucket{le="0.01",method="GET",route="/api/v1/reviews/{task_id}"} 0.0
reviewstream_http_waiting_places 997.0
reviewstream_dashboard_watchers 2.0
reviewstream_states_lag_records 4.0
reviewstream_states_told 1.0
""".strip().splitlines()
LINES: Final = [
    ("info", "event_done"),
    ("warning", "event_refused"),
    ("warning", "review_held"),
    ("warning", "attempt_failed"),
    ("warning", "attempt_failed"),
    ("warning", "send_waits"),
    ("warning", "dependency_unavailable"),
    ("info", "dependency_back"),
    ("warning", "dependency_overrun"),
    ("debug", "model_called"),
    ("debug", "answer_bought"),
    ("debug", "answer_taped"),
    ("debug", "review_taken"),
    ("error", "partition_stalled"),
    ("info", "partition_moves"),
    ("debug", "answered"),
]


@pytest.fixture(scope="module")
def page() -> str:
    """The metrics after one record of every kind."""
    metrics = PrometheusMetrics(METRICS)
    metrics.watch(lambda: [*worker_readings(LEVELS, ready=False), *web_readings(WEB_LEVELS)])
    for record in EVERY_RECORD:
        metrics.emit(record)
    return metrics.page().decode()


@pytest.mark.parametrize("sample", SAMPLES)
def test_records_and_levels_are_counted(page: str, sample: str) -> None:
    """After one record of every kind each metric has its value."""
    assert sample in page.splitlines()


def test_nothing_is_served_that_is_not_in_the_list(page: str) -> None:
    """The page has exactly the metrics of the list, each with its kind and its meaning."""
    kinds = [line.removeprefix("# TYPE ") for line in page.splitlines() if line.startswith("# TYPE ")]
    assert sorted(kinds) == sorted(f"{metric.name} {metric.kind}" for metric in METRICS)
    for metric in METRICS:
        assert f"# HELP {metric.name} {metric.meaning}\n" in page


def test_every_metric_is_filled(page: str) -> None:
    """No metric of the list is one that nobody ever counts."""
    for metric in METRICS:
        assert any(
            line.startswith((f"{metric.name}{{", f"{metric.name} ", f"{metric.name}_")) for line in page.splitlines()
        )


@pytest.mark.parametrize("metrics", [WORKER_METRICS, WEB_METRICS])
def test_a_process_serves_its_own_metrics_alone(metrics: tuple[Metric, ...]) -> None:
    """A web process has no stages, and a worker has no routes."""
    lines = PrometheusMetrics(metrics).page().decode().splitlines()
    kinds = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
    assert kinds == {metric.name for metric in metrics if metric.kind is not MetricKind.GAUGE}


def test_a_lag_that_is_not_known_has_no_value() -> None:
    """Where the log is not read nobody knows how far it is ahead."""
    levels = WebLevels(waiting_places=1, watchers=0, states_lag=None, states_told=False)
    assert {metric.name: value for metric, _, value in web_readings(levels)} == {
        "reviewstream_http_waiting_places": 1,
        "reviewstream_dashboard_watchers": 0,
        "reviewstream_states_told": False,
    }


def test_promtool_finds_no_fault_with_the_names(page: str) -> None:
    """`promtool check metrics` accepts the page."""
    assert shutil.which("promtool"), "apt-get install prometheus (Debian), or put promtool on PATH"
    checked = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_every_record_has_its_line() -> None:
    """One line for each, of the level that fits it."""
    with capture_logs() as lines:
        for record in EVERY_RECORD:
            LogLines().emit(record)
    assert [(line["log_level"], line["event"]) for line in lines] == LINES


def test_lines_say_what_they_always_said() -> None:
    """Searches of the log that people have go on working."""
    with capture_logs() as lines:
        for record in EVERY_RECORD[:9]:
            LogLines().emit(record)
    told = [{name: value for name, value in line.items() if name not in {"event", "log_level"}} for line in lines]
    assert told == [
        {"attempts": 2, "duration_ms": 1250},
        {"reason": "not_json", "detail": "line 1", "attempts": 1},
        {"reason": "budget_day", "detail": "spent", "until": "2026-03-03T00:00:00+00:00", "cure": "raise it"},
        {"attempt": 1, "error": "llm: 500", "wait_s": 0.2},
        {"attempt": 2, "error": "KeyError", "wait_s": 0.4},
        {"topic": "reviews", "detail": "no broker", "wait_s": 0.2},
        {"dependency": "llm", "detail": "500", "quota_exhausted": False, "pause_s": 1.0},
        {"dependency": "llm", "waiting": 3},
        {"dependency": "llm", "calls_at_once": 8},
    ]


def test_all_readers_are_told() -> None:
    """Each of them gets every record, in order."""
    readers = (FakeTelemetry(), FakeTelemetry())
    for record in EVERY_RECORD:
        Readers(*readers).emit(record)
    expected: list[Event] = list(EVERY_RECORD)
    assert [reader.told for reader in readers] == [expected, expected]
