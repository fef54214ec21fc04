"""Ports behind their circuits: whose outage holds up whom."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from app.adapters.http.client import new_http_client
from app.adapters.http.review_api import HttpReviewApi
from app.backoff import Backoff
from app.core.ports import Draft, Question
from app.core.submission.source_place import SourcePlace, place_of
from app.core.submission.sources import SourceTree
from app.embedded.platform.review_api import RecordingApi
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from app.stream.resilience.guards import (
    GuardedApi,
    GuardedCurrentReviews,
    GuardedDecisions,
    GuardedReviewer,
    GuardedSources,
    GuardedSpending,
    GuardedStore,
    GuardedTape,
    OriginalReviews,
)
from app.stream.resilience.outcomes import CallKind
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from schemas.review import Usage
from schemas.submission import Submission
from tests.builders.decisions import a_note, an_edit
from tests.builders.questions import a_question
from tests.builders.records import NOON, a_comparison, a_review, a_submission
from tests.contracts.test_answer_tape import an_answer
from tests.fakes.current import MemoryCurrentReviews
from tests.fakes.decisions import MemoryDecisions
from tests.fakes.reviewer import FakeReviewer
from tests.fakes.spending import MemorySpending
from tests.fakes.store import MemoryReviews
from tests.fakes.tape import MemoryTape

HOSTED = [
    "https://host.example/a.zip",
    "HTTPS://host.example/a.zip",
    "HtTp://HOST.example/a.zip",
    "  https://host.example/a.zip ",
    "https://user:word@host.example/a.zip",
    "HTTPS://[2606:2800::1]:8443/a.zip",
    "https:a.zip",
]


def referring(uri: str) -> Submission:
    """A submission whose archive is elsewhere."""
    return a_submission(files=None, archive={"uri": uri})


class Reader:
    """Reads nothing: fails with `error`, if there is one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def read(self, submission: Submission) -> SourceTree:
        if self.error is not None:
            raise self.error
        return SourceTree(files={})


@pytest.mark.parametrize("uri", HOSTED)
def test_hosts_are_told_in_every_spelling(uri: str) -> None:
    """Capitals, blanks, ports and names of users make no host's archive one of the root's."""
    assert place_of(referring(uri)) is SourcePlace.HOST


@pytest.mark.parametrize("uri", ["a.zip", "file:a.zip", "FILE:///archives/a.zip", "/archives/https:/a.zip", "a?b#c"])
def test_what_lies_under_the_root_is_told(uri: str) -> None:
    """Paths and file uris are the archive root's, and so is a submission that names no source."""
    assert place_of(referring(uri)) is SourcePlace.ARCHIVE_ROOT
    assert place_of(a_submission(files=None)) is SourcePlace.ARCHIVE_ROOT


def test_sources_in_the_record_are_told() -> None:
    """What the record itself holds needs nobody."""
    assert place_of(a_submission()) is SourcePlace.RECORD
    assert place_of(a_submission(files=None, archive_base64="")) is SourcePlace.RECORD


@pytest.mark.parametrize("uri", HOSTED)
async def test_download_neither_waits_for_the_root_nor_says_anything_of_it(uri: str) -> None:
    """While the archive root is out a download goes on, and its success does not close the root's circuit."""
    breaker = CircuitBreaker(Dependency.ARCHIVE_ROOT, BreakerLimits(failures_max=1, pause_min_s=60))
    reader = Reader(Unavailable(Dependency.ARCHIVE_ROOT, "away"))
    guarded = GuardedSources(reader, breaker)
    with pytest.raises(Unavailable):
        await guarded.read(referring("file:a.zip"))
    reader.error = None
    await guarded.read(referring(uri))
    assert (breaker.is_open, breaker.outcomes().succeeded) == (True, 0)


async def test_failing_download_does_not_open_the_roots_circuit() -> None:
    """However often hosts fail, submissions that need the archive root do not wait."""
    breaker = CircuitBreaker(Dependency.ARCHIVE_ROOT, BreakerLimits(failures_max=1))
    guarded = GuardedSources(Reader(Unavailable(Dependency.SUBMISSION_HOST, "away")), breaker)
    with pytest.raises(Unavailable):
        await guarded.read(referring("HTTPS://host.example/a.zip"))
    assert not breaker.is_open


async def test_uri_of_no_place_is_refused_at_once() -> None:
    """A uri that names neither the root nor a host is refused, though the root is out."""
    breaker = CircuitBreaker(Dependency.ARCHIVE_ROOT, BreakerLimits(failures_max=1, pause_min_s=60))
    guarded = GuardedSources(Reader(Unavailable(Dependency.ARCHIVE_ROOT, "away")), breaker)
    with pytest.raises(Unavailable):
        await guarded.read(referring("file:a.zip"))
    with pytest.raises(Rejected) as caught:
        await guarded.read(referring("S3://bucket/a.zip"))
    assert caught.value.reason is Reason.ARCHIVE_FORBIDDEN


async def test_review_that_alone_gets_404_is_seen_to_fail_alone(recording_api: RecordingApi) -> None:
    """While others are delivered its failures are an outage of the API, whose successes grow: it ends as `poison`."""
    breaker = CircuitBreaker(Dependency.REVIEW_API, BreakerLimits(failures_max=3, pause_min_s=0.001))
    async with new_http_client(environ={}) as client:
        api = GuardedApi(
            HttpReviewApi(client, recording_api.url, recording_api.api_key, 5, Backoff(attempts=1)), breaker
        )
        for number in range(4):
            recording_api.fail_next(1, 404)
            with pytest.raises(Unavailable) as caught:
                await api.deliver(a_review())
            assert caught.value.dependency is Dependency.REVIEW_API
            await api.deliver(a_review(new_submission_id=f"sub-{number}"))
    assert (breaker.outcomes().succeeded, breaker.is_open) == (4, False)


async def test_index_conflict_passes_the_circuit_as_it_is() -> None:
    """What refuses the start is neither an outage nor a refusal of the review at hand, and is asked for again."""
    breaker = CircuitBreaker(Dependency.MONGODB, BreakerLimits(failures_max=1))

    async def conflict() -> None:
        raise StartRefused("an index", "drop it")

    store = MemoryReviews()
    guarded = GuardedStore(store, breaker, prepare=conflict)
    for _ in range(2):
        with pytest.raises(StartRefused):
            await guarded.store(a_review())
    assert (breaker.is_open, breaker.outcomes().succeeded, store.calls) == (False, 0, 0)


async def nothing() -> None:
    """Where the indexes are there."""


class Preparing:
    """Counts how often it was asked, and fails the first time."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self) -> None:
        self.calls += 1
        if self.calls == 1:
            raise Unavailable(Dependency.MONGODB, "not yet")


async def test_the_tape_and_the_sums_share_mongodbs_circuit() -> None:
    """An outage that one of them meets holds the others; indexes are made before the first write, once."""
    breaker = CircuitBreaker(Dependency.MONGODB, BreakerLimits(failures_max=2, pause_min_s=0.001, pause_max_s=0.001))
    kept, sums, preparing = MemoryTape(), MemorySpending(), Preparing()
    tape = GuardedTape(kept, breaker, prepare=preparing)
    spending = GuardedSpending(sums, breaker, prepare=preparing)
    answer = an_answer()
    assert await tape.find("k") is None
    with pytest.raises(Unavailable):
        await tape.keep("k", answer)
    assert (kept.answers, preparing.calls) == ({}, 1)
    sums.away = True
    with pytest.raises(Unavailable):
        await spending.find_spent(NOON.date(), "anna")
    assert breaker.is_open
    sums.away = False
    assert await tape.keep("k", answer) == answer
    assert not breaker.is_open
    for _ in range(2):
        await tape.keep("k", answer)
        await spending.count(answer.charge)
    assert preparing.calls == 3
    assert (await spending.find_spent(NOON.date(), "student-1")).student == answer.charge.cost
    await tape.let_go(["k"], 0)
    assert await tape.find("k") is None


async def test_decisions_share_mongodbs_circuit() -> None:
    """Their index is made before the first is kept, once."""
    breaker = CircuitBreaker(Dependency.MONGODB, BreakerLimits(failures_max=1, pause_min_s=0.001, pause_max_s=0.001))
    kept, preparing = MemoryDecisions(), Preparing()
    decisions = GuardedDecisions(kept, breaker, prepare=preparing)
    key = ("student-1", "hw-1", "sub-1")
    assert await decisions.of(key) == []
    with pytest.raises(Unavailable):
        await decisions.keep(an_edit(1))
    assert breaker.is_open
    for number in (1, 2):
        await decisions.keep(an_edit(number))
    assert await decisions.of(key) == [an_edit(1), an_edit(2)]
    assert preparing.calls == 2


async def test_looks_are_counted_apart_from_writes() -> None:
    """A database that takes nothing any more still answers them: they say nothing of whether a write gets through."""
    breaker = CircuitBreaker(Dependency.MONGODB, BreakerLimits())
    review, answer, kept = a_review(), an_answer(), MemoryReviews()
    decided = a_review(decision=a_note())
    store = GuardedStore(kept, breaker, prepare=nothing)
    decisions = GuardedDecisions(MemoryDecisions(), breaker, prepare=nothing)
    tape = GuardedTape(MemoryTape(), breaker, prepare=nothing)
    spending = GuardedSpending(MemorySpending(), breaker, prepare=nothing)
    current = GuardedCurrentReviews(MemoryCurrentReviews(kept), breaker)
    key = ("student-1", "hw-1", "sub-1")
    looks: list[Callable[[], Awaitable[object]]] = [
        lambda: store.find(review.review_id),
        lambda: store.find_original(review.review_id),
        lambda: store.find_before("student-1", "hw-1", review.origin),
        lambda: decisions.of(key),
        lambda: tape.find("k"),
        lambda: spending.find_spent(NOON.date(), "student-1"),
        lambda: current.current([key]),
    ]
    writes: list[Callable[[], Awaitable[object]]] = [
        lambda: store.store(review),
        lambda: store.revise(decided),
        lambda: store.mark_promoted(review),
        lambda: store.mark_published(review, NOON),
        lambda: decisions.keep(an_edit(1)),
        lambda: tape.keep("k", answer),
        lambda: tape.let_go(["k"], 0),
        lambda: spending.count(answer.charge),
        lambda: current.make_current(review),
    ]
    for call in (*looks, *writes):
        await call()
    counted = [breaker.outcomes(kind).succeeded for kind in (CallKind.READ, CallKind.WORK)]
    assert counted == [len(looks), len(writes)]


async def test_the_reviewer_is_given_reviews_as_they_were_made() -> None:
    """What a person made of one is neither sent again as the reviewer's, nor compared with."""
    store = GuardedStore(MemoryReviews(), CircuitBreaker(Dependency.MONGODB, BreakerLimits()), prepare=Preparing())
    with pytest.raises(Unavailable):
        await store.store(a_review())
    await store.store(a_review())
    decided = a_review(latency_ms=99, decision=a_note())
    assert await store.revise(decided)
    await store.mark_promoted(decided)
    kept = OriginalReviews(store)
    assert await store.find(decided.review_id) == decided
    assert await kept.find(decided.review_id) == a_review()
    later = a_review().origin.model_copy(update={"offset": 99})
    assert await store.find_before("student-1", "hw-1", later) == decided
    assert await kept.find_before("student-1", "hw-1", later) == a_review()
    assert await kept.find_before("student-2", "hw-1", later) is None
    assert await kept.find(a_review(generation=9).review_id) is None


class TapedReviewer(FakeReviewer):
    """Asks nobody."""

    async def draft(self, question: Question) -> Draft:
        return replace(await super().draft(question), usage=Usage(taped=1))


async def test_a_draft_from_the_tape_proves_no_model_well() -> None:
    """A replay in the middle of an outage closes no circuit, and makes no event that waits look like poison."""
    breaker = CircuitBreaker(Dependency.LLM, BreakerLimits(failures_max=1, pause_min_s=0.001, pause_max_s=0.001))
    down = GuardedReviewer(FakeReviewer(failures=[Unavailable(Dependency.LLM, "down")]), breaker)
    with pytest.raises(Unavailable):
        await down.draft(a_question(a_comparison()))
    await GuardedReviewer(TapedReviewer(), breaker).draft(a_question(a_comparison()))
    assert (breaker.is_open, breaker.outcomes().succeeded) == (True, 0)
    await down.draft(a_question(a_comparison()))
    assert (breaker.is_open, breaker.outcomes().succeeded) == (False, 1)
