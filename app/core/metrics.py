"""The list of all metrics: names, units, labels, meanings. No label holds what a student or a producer may choose."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class MetricKind(StrEnum):
    """How a metric moves: only up, both ways, or as a distribution."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as Prometheus names it. `unit` is what one step counts; `buckets` are a histogram's upper bounds."""

    name: str
    kind: MetricKind
    unit: str
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()


_COUNTER, _GAUGE, _HISTOGRAM = MetricKind.COUNTER, MetricKind.GAUGE, MetricKind.HISTOGRAM
SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 3600.0)
"""Upper bounds of a duration's buckets, in seconds."""
_ANSWER_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

EVENTS_DONE: Final = Metric(
    "reviewstream_events_done_total", _COUNTER, "events", ("stage",), "Events that ended as an output."
)
EVENTS_REFUSED: Final = Metric(
    "reviewstream_events_refused_total", _COUNTER, "events", ("stage", "reason"), "Dead letters written, by reason."
)
EVENTS_HELD: Final = Metric(
    "reviewstream_events_held_total",
    _COUNTER,
    "events",
    ("stage", "reason"),
    "Times that an event was held on purpose, as over a budget.",
)
EVENT_SECONDS: Final = Metric(
    "reviewstream_event_seconds",
    _HISTOGRAM,
    "seconds",
    ("stage",),
    "From the first attempt at an event to its outcome, waits for dependencies included.",
    SECONDS,
)
ATTEMPTS_FAILED: Final = Metric(
    "reviewstream_attempts_failed_total",
    _COUNTER,
    "attempts",
    ("stage", "dependency"),
    "Attempts at an event that failed and are repeated; dependency `none` is an error that nobody mapped.",
)
SENDS_REPEATED: Final = Metric(
    "reviewstream_sends_repeated_total", _COUNTER, "sends", ("topic",), "Sends that failed and are repeated."
)
EVENTS_IN_FLIGHT: Final = Metric(
    "reviewstream_events_in_flight", _GAUGE, "events", ("stage",), "Events that are worked on."
)
EVENTS_WAITING: Final = Metric(
    "reviewstream_events_waiting", _GAUGE, "events", ("stage",), "Events in memory that wait for their turn."
)
EVENTS_ASIDE: Final = Metric(
    "reviewstream_events_set_aside", _GAUGE, "events", ("stage",), "Events held on purpose, and those behind them."
)
REFUSED_SHARE: Final = Metric(
    "reviewstream_refused_share_ratio",
    _GAUGE,
    "ratio",
    ("stage",),
    "Share of the stage's recent events that were refused; beyond REFUSED_SHARE_MAX the worker stops.",
)
LAG: Final = Metric(
    "reviewstream_partition_lag_events",
    _GAUGE,
    "events",
    ("topic", "partition"),
    "Records of a partition that this worker holds and has not finished.",
)
STALLED: Final = Metric(
    "reviewstream_partition_stalled",
    _GAUGE,
    "yes or no",
    ("topic", "partition"),
    "1 where a partition has lag and finished nothing for STALL_AFTER_S though its dependencies are healthy.",
)
BREAKER_OPEN: Final = Metric(
    "reviewstream_breaker_open", _GAUGE, "yes or no", ("dependency",), "1 while a dependency is waited for."
)
BREAKER_OPENED: Final = Metric(
    "reviewstream_breaker_opened_total", _COUNTER, "outages", ("dependency",), "Outages of a dependency."
)
CALLS_MAX: Final = Metric(
    "reviewstream_dependency_calls_max", _GAUGE, "calls", ("dependency",), "Calls that a dependency gets at once."
)
MODEL_CALLS: Final = Metric(
    "reviewstream_model_calls_total",
    _COUNTER,
    "calls",
    ("model", "outcome"),
    "Requests to a language model: answered, failed or cancelled.",
)
MODEL_SECONDS: Final = Metric(
    "reviewstream_model_call_seconds", _HISTOGRAM, "seconds", ("model",), "Duration of one request.", SECONDS
)
MODEL_TOKENS: Final = Metric(
    "reviewstream_model_tokens_total",
    _COUNTER,
    "tokens",
    ("model", "kind"),
    "Tokens of answers: prompt, completion; cached_prompt ones are among prompt.",
)
MODEL_COST: Final = Metric(
    "reviewstream_model_cost_total",
    _COUNTER,
    "LLM_CURRENCY",
    ("model", "currency"),
    "What answers cost, for models that have a price.",
)
TAPE_HITS: Final = Metric(
    "reviewstream_tape_hits_total", _COUNTER, "answers", ("model",), "Answers that were kept and not bought again."
)
REVIEWS_PUBLISHED: Final = Metric(
    "reviewstream_reviews_published_total",
    _COUNTER,
    "reviews",
    ("outcome",),
    "Reviews taken: published, repeated (it was there already), shadow (stored and no more), held (it waits for a "
    "person, or was rejected), revised (told again as a person decided).",
)
TABLE_ENTRIES: Final = Metric(
    "reviewstream_table_entries", _GAUGE, "entries", ("table",), "Entries of a table that this worker holds."
)
RECOVERY_LEFT: Final = Metric(
    "reviewstream_recovery_records_left", _GAUGE, "records", (), "Records that recovery has still to read; 0 after it."
)
READY: Final = Metric("reviewstream_ready", _GAUGE, "yes or no", (), "1 while /ready answers 200.")

REQUESTS: Final = Metric(
    "reviewstream_http_requests_total",
    _COUNTER,
    "requests",
    ("route", "method", "status"),
    "Answers of the web process; routes as they are written, with names in place of ids, `none` where none matches.",
)
REQUEST_SECONDS: Final = Metric(
    "reviewstream_http_request_seconds",
    _HISTOGRAM,
    "seconds",
    ("route", "method"),
    "From a request's first byte to the last of its answer; long polls and streams take as long as they wait.",
    _ANSWER_SECONDS,
)
WAITING_PLACES: Final = Metric(
    "reviewstream_http_waiting_places", _GAUGE, "places", (), "Long polls and streams that may still begin."
)
STATES_LAG: Final = Metric(
    "reviewstream_states_lag_records",
    _GAUGE,
    "records",
    (),
    "Records that states were not told from yet, as of this process' last look.",
)
STATES_TOLD: Final = Metric(
    "reviewstream_states_told", _GAUGE, "yes or no", (), "1 while this process reads the log and tells states from it."
)
WATCHERS: Final = Metric(
    "reviewstream_dashboard_watchers", _GAUGE, "watchers", (), "Browsers that the dashboard is sent to as it changes."
)

WORKER_METRICS: Final = (
    EVENTS_DONE,
    EVENTS_REFUSED,
    EVENTS_HELD,
    EVENT_SECONDS,
    ATTEMPTS_FAILED,
    SENDS_REPEATED,
    EVENTS_IN_FLIGHT,
    EVENTS_WAITING,
    EVENTS_ASIDE,
    REFUSED_SHARE,
    LAG,
    STALLED,
    BREAKER_OPEN,
    BREAKER_OPENED,
    CALLS_MAX,
    MODEL_CALLS,
    MODEL_SECONDS,
    MODEL_TOKENS,
    MODEL_COST,
    TAPE_HITS,
    REVIEWS_PUBLISHED,
    TABLE_ENTRIES,
    RECOVERY_LEFT,
    READY,
)
"""Those that a worker serves."""

WEB_METRICS: Final = (REQUESTS, REQUEST_SECONDS, WAITING_PLACES, STATES_LAG, STATES_TOLD, WATCHERS)
"""Those that `reviewstream web` serves."""

METRICS: Final = WORKER_METRICS + WEB_METRICS
"""All of them."""
