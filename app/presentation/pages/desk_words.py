"""The words of the teacher's desk, from the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.catalogue import words_in
from app.core.words.catalogue import Phrase
from schemas.submission import Language


@dataclass(frozen=True, slots=True)
class DeskWords:
    """All phrases of one language. `reasons` say why a review wants a look."""

    title: str
    lead: str
    assignment: str
    all_assignments: str
    show: str
    figures: str
    student: str
    submission: str
    score: str
    why: str
    standing: str
    when: str
    time: str
    empty: str
    only_newest: str
    undecided: str
    approved: str
    rejected: str
    waits: str
    told: str
    not_told: str
    appeal: str
    student_page: str
    student_reads: str
    generation: str
    generations: str
    this_one: str
    decide: str
    approve: str
    approve_hint: str
    approve_again: str
    edit: str
    edit_hint: str
    save: str
    reject: str
    reject_hint: str
    reason: str
    ask: str
    ask_hint: str
    fresh: str
    taken: str
    written: str
    asked: str
    asked_runs: str
    replay_failed: str
    persons: str
    person: str
    doubts: str
    scores: str
    overall: str
    quality: str
    summed: str
    bounds: str
    moved: str
    nothing_moved: str
    item: str
    verdict: str
    summary: str
    flags: str
    no_flags: str
    no_place: str
    comments: str
    withdrawn: str
    withdraw: str
    own_comment: str
    file: str
    line: str
    message: str
    severity: str
    suggestion: str
    not_applied: str
    evidence: str
    confidence: str
    cost: str
    calls: str
    tokens_in: str
    tokens_out: str
    cached: str
    taped: str
    price: str
    no_price: str
    lineage: str
    review_id: str
    made_at: str
    took: str
    model: str
    prompt: str
    rubric: str
    origin: str
    compared_with: str
    its_record: str
    digest: str
    nothing_before: str
    replay: str
    decisions: str
    no_decisions: str
    who: str
    what: str
    kind_approve: str
    kind_edit: str
    kind_reject: str
    replays: str
    no_replays: str
    state: str
    began: str
    phase_running: str
    phase_paused: str
    phase_finished: str
    phase_cancelled: str
    phase_promoted: str
    phase_discarded: str
    no_review_made: str
    keys: str
    keys_off: str
    keys_on: str
    distribution: str
    missed: str
    open_often: str
    reviews: str
    median: str
    of_judged: str
    other: str
    in_figures: str
    reasons: Mapping[str, Phrase]


@cache
def desk_words(language: Language) -> DeskWords:
    """The desk's words in `language`."""
    words = words_in(language)
    return DeskWords(**words.desk_page, reasons=words.desk_reasons)
