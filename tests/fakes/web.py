"""The HTTP API over fakes: what it hands in is remembered, and nothing leaves the process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import httpx
from fastapi import FastAPI

from app.adapters.machine.clock import SystemClock
from app.adapters.telemetry.prometheus import PrometheusMetrics
from app.core.access import AccessTable, KnownToken, Scope, hash_token
from app.core.events.dead_letters import DeadLetterFilter
from app.core.limits import WebLimits
from app.core.metrics import WEB_METRICS
from app.core.ports import AttemptScore, Claim, Clock, KeptArchive, score_of
from app.core.signing import Signer
from app.core.watching.observed import Bounds, PartSeen
from app.handing_in.hand_in import HandingIn
from app.operating.lookout import Lookout, Watched
from app.states.looking import StateDesk
from app.web.api import new_api
from app.web.page_answers import PageSettings
from app.web.parts import WebParts
from app.web.waiting import WaitingPlaces
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from schemas.origin import Origin
from schemas.review import Review
from schemas.submission import Submission
from tests.builders.state_records import TOPICS
from tests.builders.watching import STAGE_OF
from tests.fakes.desk import FakeDesk
from tests.fakes.replays import MemoryReplays
from tests.fakes.spending import MemorySpending
from tests.fakes.states import MemoryHolds, MemoryStates
from tests.fakes.store import MemoryReviews
from tests.fakes.watching import MemoryPublished, MemoryStatuses

SIGNER: Final = Signer(b"a secret of the tests, of 32 bytes")

LETTER: Final = {
    "letter": "0@17",
    "written_at": "2026-03-02T12:00:00+00:00",
    "reason": "archive_missing",
    "message": "nothing there",
    "stage": "comparator",
    "student": "anna",
    "assignment": "hw1",
    "submission": "anna-1",
    "origin": "submissions[0]@3",
    "attempts": 1,
    "requeue_attempt": 0,
    "requeued_since": 0,
    "value_bytes": 10,
    "problem": None,
}


class MemoryShelf:
    """Port `ArchiveShelf`."""

    def __init__(self, bytes_max: int) -> None:
        self.archives: dict[str, bytes] = {}
        self.bytes_max = bytes_max
        self.away = False

    async def holds(self, submission_id: str) -> bool:
        """Whether there is something under the id."""
        self._answer()
        return submission_id in self.archives

    async def keep(self, submission_id: str, pieces: AsyncIterator[bytes]) -> KeptArchive:
        """Put an archive in its place."""
        self._answer()
        data = b"".join([piece async for piece in pieces])
        if len(data) > self.bytes_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, "too large")
        if not data.startswith(b"PK"):
            raise Rejected(Reason.ARCHIVE_FORMAT, "no archive")
        there = self.archives.setdefault(submission_id, data)
        if there != data:
            raise Rejected(Reason.DUPLICATE_ID, "other content")
        return KeptArchive(len(data), sha256(data).hexdigest(), is_new=there is data)

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.ARCHIVE_ROOT, "switched off by the test")


class MemoryClaims:
    """Port `Claims`."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}

    async def claim(self, name: str, digest: str, at: datetime, kept: timedelta | None = None) -> Claim:
        """Claim `name` unless somebody has."""
        return self.claims.setdefault(name, Claim(digest, at))

    async def finish(self, name: str) -> None:
        """Note that what was claimed is done."""
        known = self.claims[name]
        self.claims[name] = Claim(known.digest, known.at, is_done=True)


class MemorySubmissions:
    """Port `SubmissionOutbox`."""

    def __init__(self) -> None:
        self.sent: list[Submission] = []
        self.away = False

    async def send(self, submission: Submission, at: datetime) -> Origin:
        """Produce a submission."""
        if self.away:
            raise Unavailable(Dependency.KAFKA, "switched off by the test")
        self.sent.append(submission)
        return Origin(topic=TOPICS.submissions, partition=0, offset=len(self.sent))


class MemoryPages:
    """Port `ReviewPages` over a list."""

    def __init__(self) -> None:
        self.reviews: list[Review] = []

    async def page(
        self, student_id: str, assignment_id: str, before: tuple[datetime, str] | None, limit: int
    ) -> list[Review]:
        """The newest `limit` that come before."""
        found = [r for r in self.reviews if (r.student_id, r.assignment_id) == (student_id, assignment_id)]
        found.sort(key=lambda r: (r.timestamp, str(r.review_id)), reverse=True)
        return [r for r in found if before is None or (r.timestamp, str(r.review_id)) < before][:limit]

    async def scores(self, student_id: str, assignment_id: str, limit: int) -> list[AttemptScore]:
        """The scores of the newest `limit`."""
        return [score_of(review) for review in await self.page(student_id, assignment_id, None, limit)]


class MemoryLetters:
    """As much of the operator's stories as the routes use: one letter, 0@17."""

    def __init__(self) -> None:
        self.requeued: list[Any] = []
        self.options: list[tuple[int | None, bool]] = []

    async def list(self, chosen: DeadLetterFilter, limit: int) -> dict[str, Any]:
        """The letter."""
        return {"topic": "dead-letters", "matching": 1, "by_reason": {}, "requeues_complete": True, "letters": [LETTER]}

    async def count(self) -> dict[str, int]:
        """By reason."""
        return {"archive_missing": 1}

    async def show(self, place: tuple[int, int]) -> dict[str, Any]:
        """The letter, or that it is not there."""
        if place != (0, 17):
            raise StartRefused("there is no such dead letter", "list those that are there")
        nothing = dict.fromkeys(
            (
                "exception",
                "first_failed_at",
                "last_failed_at",
                "value_omitted_bytes",
                "headers_omitted_bytes",
                "key_omitted_bytes",
                "value_base64",
            )
        )
        return {**LETTER, **nothing, "headers": [], "value": "{}", "value_cut": False}

    async def requeue(
        self,
        chosen: DeadLetterFilter,
        named: frozenset[tuple[int, int]],
        *,
        limit: int | None,
        again: bool,
        really: bool,
    ) -> dict[str, Any]:
        """Remember what was asked for."""
        if named - {(0, 17)}:
            raise StartRefused("there is no such dead letter", "list those that are there")
        self.requeued.append((chosen, named, really))
        self.options.append((limit, again))
        outcome = "requeued" if really else "would requeue"
        told = {name: LETTER[name] for name in ("letter", "reason", "student", "origin")}
        row: dict[str, Any] = {**told, "outcome": outcome, "why": "", "attempt": 1, "position": None}
        return {"dry_run": not really, "requeues_complete": True, "outcomes": {outcome: 1}, "letters": [row]}


@dataclass(slots=True)
class FakeWeb:
    """All fakes of one API, and the API over them. Each scope's name is also a token that allows it and no other."""

    limits: WebLimits = field(default_factory=WebLimits)
    archive_bytes_max: int = 100_000
    record_bytes_max: int = 100_000
    rate_per_s: float = 100_000
    states: MemoryStates = field(default_factory=MemoryStates)
    holds: MemoryHolds = field(default_factory=MemoryHolds)
    claims: MemoryClaims = field(default_factory=MemoryClaims)
    outbox: MemorySubmissions = field(default_factory=MemorySubmissions)
    pages: MemoryPages = field(default_factory=MemoryPages)
    letters: MemoryLetters = field(default_factory=MemoryLetters)
    reviews: MemoryReviews = field(default_factory=MemoryReviews)
    clock: Clock = field(default_factory=SystemClock)
    is_https: bool = False
    desk: FakeDesk = field(init=False)
    broken: str | None = None
    """A part that is out, for `/ready`."""
    metrics: PrometheusMetrics = field(default_factory=lambda: PrometheusMetrics(WEB_METRICS))
    statuses: MemoryStatuses = field(default_factory=MemoryStatuses)
    spending: MemorySpending = field(default_factory=MemorySpending)
    replays: MemoryReplays = field(default_factory=MemoryReplays)
    published: MemoryPublished = field(default_factory=MemoryPublished)
    bounds: Bounds = field(default_factory=Bounds)
    lookout: Lookout = field(init=False)
    shelf: MemoryShelf = field(init=False)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = MemoryShelf(self.archive_bytes_max)
        self.lookout = Lookout(
            Watched(
                statuses=self.statuses,
                sums=self.spending,
                replays=self.replays,
                published=self.published,
                look_at_parts=self._look,
                count_letters=self.letters.count,
                stage_of=STAGE_OF,
                bounds=self.bounds,
                clock=self.clock,
            )
        )
        self.desk = FakeDesk(self.reviews)
        tokens = [KnownToken(scope.value, frozenset({scope}), hash_token(scope.value)) for scope in Scope]
        tokens.append(KnownToken("all", frozenset(Scope), hash_token("all")))
        own = frozenset({Scope.READ})
        tokens += [KnownToken(name, own, hash_token(name), name) for name in ("student-1", "student-2")]
        self.app = new_api(
            WebParts(
                access=AccessTable(tokens),
                desk=StateDesk(self.states, self.holds, self.states, self.clock),
                reviews=self.reviews,
                published=self.states,
                pages=self.pages,
                handing_in=HandingIn(
                    self.shelf, self.claims, self.outbox, self.states, TOPICS, self.clock, self.record_bytes_max
                ),
                shelf=self.shelf,
                dead_letters=self.letters,
                look_at_parts=self._look,
                lookout=self.lookout,
                telemetry=self.metrics,
                metrics_page=self.metrics.page,
                clock=self.clock,
                archive_bytes_max=self.archive_bytes_max,
                rate_per_s=self.rate_per_s,
                page_settings=PageSettings(SIGNER, "en", self.is_https),
                teacher=self.desk.teacher(self.clock),
                limits=self.limits,
                waiting=WaitingPlaces(self.limits),
            )
        )

    def client(self, token: str | None = "all") -> httpx.AsyncClient:
        """A caller with a token. An error that nobody expected is answered, not raised."""
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://web", headers=headers)

    async def _look(self) -> list[PartSeen]:
        names = ("kafka", "mongodb", "archives", "states")
        return [PartSeen(name, name != self.broken, "as the test says", "mend it") for name in names]
