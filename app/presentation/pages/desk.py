"""What the teacher's desk shows: the queue, and one review with everything that a decision may rest on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from app.core.deciding.editing import SEVERITIES, SaidComment, editable_comments
from app.core.deciding.ranking import DeskRow, Doubt
from app.presentation.pages.desk_words import DeskWords, desk_words
from app.presentation.words import CardWords, card_words
from schemas.decision import Decision, DecisionKind
from schemas.origin import Origin
from schemas.replay import ReplayPhase, ReplayState
from schemas.review import CodeComment, FlagPlace, Review, ReviewStanding
from schemas.rubric import CountsFor, RubricVerdict, Verdict
from schemas.submission import Language

DESK: Final = "/desk"
_LISTED_MAX: Final = 200
"""Lines of the queue: what comes later is not looked at today."""
_TIME: Final = "%Y-%m-%d %H:%M"
Fact = tuple[str, str]
"""A name in words, and its value."""


@dataclass(frozen=True, slots=True)
class DeskVoice:
    """The words of one language that the desk is told in."""

    desk: DeskWords
    card: CardWords

    def standing(self, row: DeskRow) -> str:
        """How a review stands."""
        if row.standing is ReviewStanding.UNDECIDED:
            return self.desk.waits if row.waits else self.desk.undecided
        return self.desk.approved if row.standing is ReviewStanding.APPROVED else self.desk.rejected

    def reasons(self, row: DeskRow) -> list[str]:
        """Why it wants a look, the gravest first."""
        return [text for doubt in row.doubts for text in self._reason(doubt, row)]

    def verdict(self, verdict: Verdict) -> str:
        """A verdict."""
        return str(getattr(self.card, verdict.value))

    def _reason(self, doubt: Doubt, row: DeskRow) -> Iterator[str]:
        say = self.desk.reasons
        match doubt:
            case Doubt.FLAGGED:
                yield from (say["flagged"]({"found": self.card.flags.get(flag, flag)}) for flag in row.flags)
            case Doubt.HELD_SCORE:
                if row.scores.overall != row.summed.overall:
                    yield say["held_overall"]({"given": row.summed.overall, "held": row.scores.overall})
                if row.scores.quality != row.summed.quality:
                    yield say["held_quality"]({"given": row.summed.quality, "held": row.scores.quality})
            case Doubt.CANNOT_TELL:
                yield say["cannot_tell"]({"count": row.cannot_tell})
            case Doubt.WEAK_TESTS:
                yield say["weak_tests"]({"percent": round(100 * (row.test_confidence or 0))})


def desk_voice(language: Language) -> DeskVoice:
    """The desk's voice in `language`."""
    return DeskVoice(desk_words(language), card_words(language))


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One review in the queue, in words."""

    row: DeskRow
    address: str
    standing: str
    reasons: list[str]
    when: str


def queue_lines(rows: Sequence[DeskRow], language: Language) -> list[QueueLine]:
    """The queue's first lines, in its order."""
    voice = desk_voice(language)
    return [
        QueueLine(row, review_address(row), voice.standing(row), voice.reasons(row), row.timestamp.strftime(_TIME))
        for row in rows[:_LISTED_MAX]
    ]


def review_address(row: DeskRow) -> str:
    """A review's page at the desk."""
    return f"{DESK}/reviews/{row.review_id}"


def assignment_address(assignment_id: str) -> str:
    """The page of an assignment's figures."""
    return f"{DESK}/assignments/{quote(assignment_id, safe='')}"


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One score: as it stands, what the points add up to, and between what the evidence holds it.

    `is_persons`: a person's verdict counts for it, so that nothing holds it.
    """

    name: str
    score: int
    summed: int
    bounds: tuple[int, int]
    is_persons: bool


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item of the rubric; `said` is its verdict in words."""

    verdict: RubricVerdict
    said: str
    is_persons: bool


@dataclass(frozen=True, slots=True)
class FlagLine:
    """A sign of trouble, and where it stands, each place with the student's words there."""

    said: str
    places: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision, in words."""

    who: str
    when: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReplayLine:
    """One replay of the submission, in words."""

    replay_id: str
    when: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewEvidence:
    """What the desk shows of one review beside the page that its student reads, and what its form is made from."""

    scores: list[ScoreLine]
    items: list[ItemLine]
    flags: list[FlagLine]
    withdrawn: list[CodeComment]
    editable: list[SaidComment]
    measured: list[Fact]
    cost: list[Fact]
    lineage: list[Fact]


def review_evidence(review: Review, made: Review, row: DeskRow, language: Language) -> ReviewEvidence:
    """`review` as it is read beside `made`, as the reviewer wrote it."""
    voice = desk_voice(language)
    return ReviewEvidence(
        scores=_scores(review, row, voice),
        items=[_item(verdict, review, voice) for verdict in review.review_result.rubric],
        flags=_flags(review, voice),
        withdrawn=_withdrawn(review, made),
        editable=editable_comments(review.review_result),
        measured=_measured(review, voice.desk),
        cost=_cost(review, voice.desk),
        lineage=_lineage(review, voice.desk),
    )


def decision_lines(decisions: Sequence[Decision], language: Language) -> list[DecisionLine]:
    """All decisions on the submission, the newest first."""
    words = desk_words(language)
    said = {
        DecisionKind.APPROVE: words.kind_approve,
        DecisionKind.EDIT: words.kind_edit,
        DecisionKind.REJECT: words.kind_reject,
    }
    return [
        DecisionLine(one.decided_by, one.decided_at.strftime(_TIME), said[one.kind], one.reason or "")
        for one in reversed(decisions)
    ]


def replay_lines(replays: Sequence[ReplayState], language: Language) -> list[ReplayLine]:
    """The submission's replays in words."""
    words = desk_words(language)
    return [
        ReplayLine(one.replay_id, one.started_at.strftime(_TIME), _phase(one, words), one.reason or "")
        for one in replays
    ]


def severity_choices(language: Language) -> list[tuple[str, str]]:
    """What a comment may weigh: its value and its word."""
    words = card_words(language)
    return [(severity, words.severities.get(severity, severity)) for severity in SEVERITIES]


def verdict_choices(language: Language) -> list[tuple[str, str]]:
    """What may be said of an item: its value and its word."""
    voice = desk_voice(language)
    return [(verdict.value, voice.verdict(verdict)) for verdict in Verdict]


def _phase(state: ReplayState, words: DeskWords) -> str:
    if state.phase is ReplayPhase.FINISHED and not state.reviewed:
        return words.no_review_made
    return str(getattr(words, f"phase_{state.phase.value}"))


def _scores(review: Review, row: DeskRow, voice: DeskVoice) -> list[ScoreLine]:
    held = review.integrity
    persons = review.decision.unheld_scores if review.decision is not None else ()
    overall, quality = CountsFor.OVERALL in persons, CountsFor.QUALITY in persons
    return [
        ScoreLine(voice.desk.overall, row.scores.overall, row.summed.overall, held.score_bounds_overall, overall),
        ScoreLine(voice.desk.quality, row.scores.quality, row.summed.quality, held.score_bounds_quality, quality),
    ]


def _item(verdict: RubricVerdict, review: Review, voice: DeskVoice) -> ItemLine:
    decision = review.decision
    is_persons = decision is not None and verdict.item_id in decision.verdicts
    return ItemLine(verdict, voice.verdict(verdict.verdict), is_persons)


def _flags(review: Review, voice: DeskVoice) -> list[FlagLine]:
    places = review.integrity.places
    return [
        FlagLine(voice.card.flags.get(flag, str(flag)), [_spot(one) for one in places if one.flag == flag])
        for flag in review.integrity.flags
    ]


def _withdrawn(review: Review, made: Review) -> list[CodeComment]:
    if review.decision is None:
        return []
    gone = set(review.decision.withdrawn)
    return [one.comment for one in editable_comments(made.review_result) if one.comment.comment_id in gone]


def _spot(place: FlagPlace) -> tuple[str, str]:
    file = place.path or place.log or ""
    line = f":{place.line}" if file and place.line else ""
    return " ".join(part for part in (f"{file}{line}", place.names) if part), place.quote or ""


def _measured(review: Review, words: DeskWords) -> list[Fact]:
    report = review.tests.current
    return [] if report is None else [(words.confidence, f"{round(100 * report.confidence)} %")]


def _cost(review: Review, words: DeskWords) -> list[Fact]:
    usage = review.usage
    price = words.no_price if usage.cost is None else f"{usage.cost:g} {usage.currency or ''}".strip()
    return [
        (words.calls, str(usage.calls)),
        (words.tokens_in, str(usage.prompt_tokens)),
        (words.cached, str(usage.cached_prompt_tokens)),
        (words.tokens_out, str(usage.completion_tokens)),
        (words.taped, str(usage.taped)),
        (words.price, price),
    ]


def _lineage(review: Review, words: DeskWords) -> list[Fact]:
    facts = [
        (words.review_id, str(review.review_id)),
        (words.made_at, f"{review.timestamp:{_TIME}} UTC"),
        (words.took, f"{review.latency_ms} ms"),
        (words.model, review.model),
        (words.prompt, review.prompt_version),
        (words.rubric, review.rubric_version or ""),
        (words.origin, _where(review.origin)),
        (words.digest, review.integrity.source_digest),
        (words.compared_with, review.previous_submission_id or words.nothing_before),
        (words.its_record, _where(review.previous_origin) if review.previous_origin is not None else ""),
    ]
    if review.replay is not None:
        facts.append((words.replay, f"{review.replay.replay_id}: {review.replay.reason or ''}".rstrip(": ")))
    return [(name, value) for name, value in facts if value]


def _where(origin: Origin) -> str:
    return f"{origin.topic}[{origin.partition}]@{origin.offset}"
