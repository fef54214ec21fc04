"""The words of the operator's dashboard, from the catalogue."""

from dataclasses import dataclass
from functools import cache

from app.catalogue import words_in
from schemas.submission import Language


@dataclass(frozen=True, slots=True)
class DashboardWords:
    """All phrases of one language."""

    title: str
    now: str
    well: str
    wrong: str
    unknown: str
    unread: str
    cause: str
    since: str
    may_be_older: str
    cure: str
    flow: str
    flow_about: str
    waiting_before: str
    stage: str
    per_second: str
    in_hand: str
    in_line: str
    aside: str
    lag: str
    repeated: str
    refused: str
    half: str
    most: str
    nearly_all: str
    seconds: str
    durations: str
    durations_about: str
    model: str
    no_model: str
    calls: str
    answered: str
    failed: str
    taped: str
    today: str
    cost: str
    of_budget: str
    no_budget: str
    answers: str
    unpriced: str
    tokens_in: str
    tokens_out: str
    tokens_cached: str
    partitions: str
    no_lag: str
    partition: str
    records_left: str
    worker: str
    state: str
    stalled: str
    moving: str
    circuits: str
    dependency: str
    closed: str
    open: str
    said: str
    calls_at_once: str
    parts: str
    part_well: str
    part_out: str
    workers: str
    no_workers: str
    phase: str
    started: str
    told: str
    held: str
    recovery_left: str
    ready: str
    not_ready: str
    letters: str
    no_letters: str
    reason: str
    count: str
    requeue: str
    requeue_of: str
    counted: str
    replays: str
    no_replays: str
    replay: str
    progress: str
    of: str
    without_review: str
    shadow: str
    reviews: str
    no_reviews: str
    published: str
    student: str
    assignment: str
    submission: str
    score: str
    generation: str
    pause: str
    go_on: str
    paused: str
    at: str
    utc: str
    requeue_title: str
    requeue_about: str
    requeue_did: str
    requeue_cure: str
    requeue_none: str
    requeue_again: str
    requeue_look: str
    requeue_really: str
    requeue_more: str
    requeue_incomplete: str
    letter: str
    outcome: str
    why: str
    came_from: str
    outcome_would_requeue: str
    outcome_requeued: str
    outcome_left: str
    outcome_failed: str
    back: str
    phase_starting: str
    phase_recovering: str
    phase_running: str
    phase_draining: str
    phase_stopped: str
    phase_paused: str
    phase_finished: str
    phase_cancelled: str
    phase_promoted: str
    phase_discarded: str
    foreign: str


@cache
def dashboard_words(language: Language) -> DashboardWords:
    """The dashboard's words in `language`."""
    return DashboardWords(**words_in(language).dashboard_page)
