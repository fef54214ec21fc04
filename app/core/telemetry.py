"""What the system tells of itself: the list of all metrics, and frozen records of what happens.

The records go through one small port, `Telemetry`. Its readers are the log and Prometheus: both read the same records,
so a line and a count cannot disagree. No label holds what a student or a producer may choose.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from schemas.errors import Dependency, HoldReason, Reason


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
_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 3600.0)

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
    _SECONDS,
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
    "reviewstream_model_call_seconds", _HISTOGRAM, "seconds", ("model",), "Duration of one request.", _SECONDS
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

METRICS: Final = (
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
"""All of them."""


@dataclass(frozen=True, slots=True)
class EventDone:
    """An event ended as an output."""

    stage: str
    attempts: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class EventRefused:
    """An event ended as a dead letter, which is written."""

    stage: str
    reason: Reason
    detail: str
    attempts: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class EventHeld:
    """An event waits on purpose; `until` is ISO 8601."""

    stage: str
    reason: HoldReason
    detail: str
    until: str
    cure: str


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """An attempt at an event failed and is repeated after `wait_s`. `dependency` is None where nobody mapped it."""

    stage: str
    attempt: int
    dependency: Dependency | None
    error: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class SendRepeated:
    """A send failed and is repeated after `wait_s`."""

    topic: str
    detail: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class DependencyLost:
    """A circuit opened: the dependency is waited for."""

    dependency: Dependency
    detail: str
    quota_exhausted: bool
    pause_s: float


@dataclass(frozen=True, slots=True)
class DependencyBack:
    """A circuit closed; `waiting` callers go on."""

    dependency: Dependency
    waiting: int


@dataclass(frozen=True, slots=True)
class DependencyOverrun:
    """A dependency answers too few of its calls, and gets fewer at once."""

    dependency: Dependency
    calls_at_once: int


class CallOutcome(StrEnum):
    """How a request to a model ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ModelCalled:
    """A request to a model ended. `model` is the configured name, `error` the type of what went wrong, or empty."""

    model: str
    outcome: CallOutcome
    duration_s: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class AnswerBought:
    """A model's answer was counted. `cost` is None where the model has no price."""

    model: str
    prompt_tokens: int
    completion_tokens: int
    cached_prompt_tokens: int
    cost: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class AnswerTaped:
    """A model's answer was on the tape."""

    model: str


class PublishOutcome(StrEnum):
    """What became of a review that the publisher or the editor took."""

    PUBLISHED = "published"
    REPEATED = "repeated"
    SHADOW = "shadow"
    HELD = "held"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class ReviewTaken:
    """The publisher, or the editor, is through with a review."""

    outcome: PublishOutcome


@dataclass(frozen=True, slots=True)
class PartitionStalled:
    """A partition has lag and finishes nothing, though its dependencies are healthy."""

    topic: str
    partition: int
    lag: int
    silent_s: float


@dataclass(frozen=True, slots=True)
class PartitionMoves:
    """A partition that had stalled does so no more."""

    topic: str
    partition: int


Event = (
    EventDone
    | EventRefused
    | EventHeld
    | AttemptFailed
    | SendRepeated
    | DependencyLost
    | DependencyBack
    | DependencyOverrun
    | ModelCalled
    | AnswerBought
    | AnswerTaped
    | ReviewTaken
    | PartitionStalled
    | PartitionMoves
)
"""Whatever is told."""


class Telemetry(Protocol):
    """Whoever is told what happens. It does not wait, and does not raise."""

    def emit(self, event: Event) -> None:
        """Take note of `event`, in the context of whoever tells it."""
        ...


class Untold:
    """`Telemetry` where nobody listens, as at a desk."""

    def emit(self, event: Event) -> None:
        """Nothing."""


UNTOLD: Final = Untold()
