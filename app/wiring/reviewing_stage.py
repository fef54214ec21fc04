"""The reviewer among its adapters."""

from motor.motor_asyncio import AsyncIOMotorClient

from agents.reviewer import ReviewerAgent
from app.adapters.doctor.start_notes import check_collection
from app.adapters.llm.configured import new_reviewer
from app.adapters.machine.clock import SystemClock
from app.adapters.mongo.collection import Document
from app.adapters.mongo.spending import MongoSpending
from app.adapters.mongo.states import MongoHolds
from app.adapters.mongo.tape import MongoTape
from app.adapters.rubrics.rubric_files import load_rubrics
from app.catalogue import load_catalogue
from app.config import Settings
from app.core.events.record import Record
from app.core.ports import ReviewStore
from app.stream.faust.app import ReviewApp
from app.stream.faust.sends import TopicOutbox
from app.stream.resilience.guards import (
    GuardedReviewer,
    GuardedSpending,
    GuardedTape,
    OriginalReviews,
)
from app.stream.resilience.lasting_calls import LastingReviewer
from app.stream.resilience.noted_holds import NotedReviewer
from app.wiring.stage_intake import Breakers, add_intake
from app.wiring.stage_table import new_table
from schemas.errors import Dependency
from schemas.history import REVIEW_HISTORY
from tables import review_history


def add_reviewer(
    app: ReviewApp,
    settings: Settings,
    breakers: Breakers,
    mongo: AsyncIOMotorClient[Document],
    store: ReviewStore,
) -> None:
    """Let the reviewer take the comparisons."""
    answers = MongoTape(mongo, settings.mongodb_db, days=settings.llm_tape_days, clock=SystemClock())
    sums = MongoSpending(mongo, settings.mongodb_db)
    holds = MongoHolds(mongo, settings.mongodb_db)
    if settings.llm_configured:
        app.before_start += [
            lambda: check_collection(answers),
            lambda: check_collection(sums),
            lambda: check_collection(holds),
        ]
    tape = GuardedTape(answers, breakers[Dependency.MONGODB], prepare=answers.ensure_indexes)
    spending = GuardedSpending(sums, breakers[Dependency.MONGODB], prepare=sums.ensure_indexes)
    # Within the circuit: what waits for that has not been asked yet, and is given up with its event.
    kept_in = (tape, spending)
    reviewer = LastingReviewer(
        new_reviewer(settings, app.after_stop.append, kept_in, telemetry=app.telemetry, tracing=app.tracing)
    )
    app.on_assigned.append(
        lambda held: reviewer.retain({number for topic, number in held if topic == settings.topic_submissions})
    )
    agent = ReviewerAgent(
        reviewer=NotedReviewer(GuardedReviewer(reviewer, breakers[Dependency.LLM]), holds),
        rubrics=load_rubrics(settings.rubrics_path),
        kept=OriginalReviews(store),
        regenerates_repeats=settings.regenerate_on_rewind,
        reviews=TopicOutbox(app, settings.topic_reviews, settings.event_attributes().of_review, app.tracing),
        clock=SystemClock(),
        history=settings.limits().history,
        catalogue=load_catalogue(settings.review_language),
    )
    table = new_table(app, settings, REVIEW_HISTORY, settings.topic_comparisons)

    async def review(record: Record) -> None:
        position = record.position
        source = (position.topic, position.partition)
        await agent.review(record, review_history.bind(table, app.ledger, source, position.offset))

    add_intake(app, settings, breakers, topic=settings.topic_comparisons, stage="reviewer", handler=review)
