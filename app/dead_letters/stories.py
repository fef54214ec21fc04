"""The operator's stories with dead letters: gather, decide, act; each gives a document for the command to show."""

import base64
import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_args

from app.adapters.kafka.dead_letters import DeadLetterTopic
from app.config import Settings
from app.core.events.dead_letters import (
    DeadLetterFilter,
    EarlierRequeues,
    PrefixPurge,
    RequeuePlan,
    StoredDeadLetter,
    plan_requeue,
)
from schemas.dead_letter import Header, Part
from schemas.errors import Rejected, StartRefused, Unavailable
from schemas.origin import Origin

Document = dict[str, Any]
FOREIGN = "foreign"
"""The reason of a record that is no dead letter of ours."""
DeadLetterPlace = tuple[int, int]
"""Partition and offset in the dead-letters topic."""


async def list_dead_letters(settings: Settings, chosen: DeadLetterFilter, limit: int) -> Document:
    """The newest `limit` letters that match, the newest last, and counts of all that do."""
    newest: list[tuple[datetime, DeadLetterPlace, StoredDeadLetter]] = []
    reasons: Counter[str] = Counter()
    async with DeadLetterTopic(settings) as dead_letters:
        async for letter in dead_letters.scan(chosen.since):
            if not chosen.matches(letter):
                continue
            reasons[letter.refusal.reason if letter.refusal else FOREIGN] += 1
            entry = (letter.written_at, (letter.place.partition, letter.place.offset), letter)
            heapq.heappush(newest, entry) if len(newest) < limit else heapq.heappushpop(newest, entry)
        letters = [letter for _, _, letter in sorted(newest)]
        earlier = await dead_letters.earlier_requeues(letters)
    return {
        "topic": dead_letters.name,
        "matching": reasons.total(),
        "by_reason": dict(reasons.most_common()),
        "requeues_complete": earlier.complete,
        "letters": [_describe(letter, earlier) for letter in letters],
    }


async def count_dead_letters(settings: Settings, since: datetime) -> dict[str, int]:
    """How many letters were written since then, by reason, the most frequent first."""
    reasons: Counter[str] = Counter()
    async with DeadLetterTopic(settings) as dead_letters:
        async for letter in dead_letters.scan(since):
            reasons[letter.refusal.reason if letter.refusal else FOREIGN] += 1
    return dict(reasons.most_common())


async def show_dead_letter(settings: Settings, place: DeadLetterPlace, chars_max: int) -> Document:
    """One letter whole: what refused it, the original headers, and `chars_max` characters of its value."""
    async with DeadLetterTopic(settings) as dead_letters:
        letter, record = await dead_letters.read(*place)
        earlier = await dead_letters.earlier_requeues([letter])
    refusal = letter.refusal
    value = None if refusal is not None and refusal.value_was_null else record.value
    text, encoded, cut = _readable(value, chars_max)
    return {
        **_describe(letter, earlier),
        "exception": refusal.exception if refusal else None,
        "first_failed_at": _iso(refusal.first_failed_at) if refusal else None,
        "last_failed_at": _iso(refusal.last_failed_at) if refusal else None,
        **{f"{part}_omitted_bytes": refusal.left_out.get(part) if refusal else None for part in get_args(Part)},
        "headers": [_header(header) for header in letter.headers],
        "value": text,
        "value_base64": encoded,
        "value_cut": cut,
    }


@dataclass(slots=True)
class _Choice:
    """The letters that are meant, and the newest letter of every event."""

    letters: list[StoredDeadLetter] = field(default_factory=list)
    newest: dict[Origin, StoredDeadLetter] = field(default_factory=dict)

    def add(self, letter: StoredDeadLetter, *, matches: bool) -> None:
        if letter.refusal is not None:
            origin = letter.refusal.origin
            known = self.newest.get(origin)
            if known is None or _age(known) < _age(letter):
                self.newest[origin] = letter
        if matches:
            self.letters.append(letter)


async def requeue_dead_letters(
    settings: Settings,
    chosen: DeadLetterFilter,
    named: frozenset[DeadLetterPlace],
    *,
    limit: int | None,
    again: bool,
    really: bool,
) -> Document:
    """Send letters back, those that match and, where some are `named`, only these. Stops at the first failure."""
    async with DeadLetterTopic(settings) as dead_letters:
        choice = _Choice()
        async for letter in dead_letters.scan(None if named else chosen.since):
            place = (letter.place.partition, letter.place.offset)
            choice.add(letter, matches=chosen.matches(letter) and (not named or place in named))
        _refuse_missing(named - {(letter.place.partition, letter.place.offset) for letter in choice.letters})
        earlier = await dead_letters.earlier_requeues(choice.letters)
        plans = plan_requeue(
            choice.letters,
            newest={origin: letter.place for origin, letter in choice.newest.items()},
            earlier=earlier,
            partitions=dead_letters.source_partitions(),
            again=again,
        )
        rows = await _act(dead_letters, plans, limit) if really else _foretell(plans, limit)
    return {
        "dry_run": not really,
        "requeues_complete": earlier.complete,
        "outcomes": dict(Counter(row["outcome"] for row in rows)),
        "letters": rows,
    }


async def purge_dead_letters(
    settings: Settings, chosen: DeadLetterFilter, *, everything: bool, really: bool
) -> Document:
    """Delete each partition's letters up to where the filter, or `everything`, allows."""
    purges: dict[int, PrefixPurge] = {}
    async with DeadLetterTopic(settings) as dead_letters:
        async for letter in dead_letters.scan():
            purge = purges.setdefault(letter.place.partition, PrefixPurge(everything))
            purge.add(letter, matches=chosen.matches(letter))
        before = {number: p.before_offset for number, p in purges.items() if p.before_offset is not None}
        if really and before:
            await dead_letters.purge(before)
    return {
        "dry_run": not really,
        "partitions": [
            {
                "partition": number,
                "before_offset": purge.before_offset,
                "matching": purge.matching,
                "others": purge.others,
                "kept": purge.kept,
                "blocked_by": purge.blocked_by.name if purge.blocked_by else None,
            }
            for number, purge in sorted(purges.items())
            if purge.matching or purge.kept
        ],
    }


def _foretell(plans: list[RequeuePlan], limit: int | None) -> list[Document]:
    rows, going = [], 0
    for plan in plans:
        if plan.requeue is None:
            rows.append(_row(plan, "left", plan.obstacle))
        elif limit is not None and going >= limit:
            rows.append(_row(plan, "left", "beyond --limit"))
        else:
            going += 1
            rows.append(_row(plan, "would requeue"))
    return rows


async def _act(dead_letters: DeadLetterTopic, plans: list[RequeuePlan], limit: int | None) -> list[Document]:
    """Requeue, one after the other: what was confirmed is told also where the rest fails."""
    rows = _foretell(plans, limit)
    failed = False
    async with dead_letters.requeuing() as requeuer:
        for at, plan in enumerate(plans):
            if plan.requeue is None or rows[at]["outcome"] == "left":
                continue
            if failed:
                rows[at] = _row(plan, "left", "not tried after the failure")
                continue
            try:
                position = await requeuer.send(plan.letter, plan.requeue)
            except Rejected as exc:
                rows[at] = _row(plan, "failed", exc.detail)
            except Unavailable as exc:
                rows[at] = _row(plan, "failed", f"{exc.detail}; it may have arrived")
                failed = True
            except StartRefused as exc:
                rows[at] = _row(plan, "failed", f"{exc.cause}: {exc.cure}")
                failed = True
            else:
                rows[at] = _row(plan, "requeued", position=str(position))
    return rows


def _row(plan: RequeuePlan, outcome: str, why: str = "", position: str | None = None) -> Document:
    refusal = plan.letter.refusal
    return {
        "letter": plan.letter.name,
        "outcome": outcome,
        "why": why,
        "reason": refusal.reason if refusal else None,
        "student": plan.letter.student_id,
        "origin": str(refusal.origin) if refusal else None,
        "attempt": plan.requeue.attempt if plan.requeue else None,
        "position": position,
    }


def _describe(letter: StoredDeadLetter, earlier: EarlierRequeues) -> Document:
    refusal = letter.refusal
    return {
        "letter": letter.name,
        "written_at": letter.written_at.isoformat(timespec="seconds"),
        "reason": refusal.reason if refusal else None,
        "message": refusal.detail if refusal else None,
        "stage": refusal.stage if refusal else None,
        "student": letter.student_id,
        "assignment": letter.assignment_id,
        "submission": letter.submission_id,
        "origin": str(refusal.origin) if refusal else None,
        "attempts": refusal.attempts if refusal else None,
        "requeue_attempt": refusal.requeue_attempt if refusal else None,
        "requeued_since": earlier.since(letter),
        "value_bytes": letter.value_bytes,
        "problem": letter.problem or None,
    }


def _refuse_missing(missing: frozenset[DeadLetterPlace]) -> None:
    if missing:
        names = ", ".join(f"{partition}@{offset}" for partition, offset in sorted(missing))
        raise StartRefused(
            f"no such dead letters, or the filters leave them out: {names}",
            "`reviewstream deadletters list` lists those that are there",
        )


def _age(letter: StoredDeadLetter) -> tuple[datetime, int]:
    return letter.written_at, letter.place.offset


def _header(header: Header) -> Document:
    name, value = header
    text, encoded, _ = _readable(value, None)
    return {"name": name, "value": text, "value_base64": encoded}


def _readable(value: bytes | None, chars_max: int | None) -> tuple[str | None, str | None, bool]:
    """The value as text, where it is UTF-8, else in base64. Third: whether it was cut."""
    if value is None:
        return None, None, False
    try:
        text = value.decode()
    except UnicodeDecodeError:
        encoded = base64.b64encode(value).decode("ascii")
        return None, encoded[:chars_max], chars_max is not None and len(encoded) > chars_max
    return text[:chars_max], None, chars_max is not None and len(text) > chars_max


def _iso(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None
