"""The publisher and the editor among their adapters."""

from datetime import timedelta

import httpx
from motor.motor_asyncio import AsyncIOMotorClient

from agents.editor import Editor
from agents.publication import Publication
from agents.publisher import Publisher
from app.adapters.doctor.start_notes import check_collection
from app.adapters.http.client import new_http_client
from app.adapters.http.review_api import HttpReviewApi, NoReviewApi
from app.adapters.http.webhook import NoWebhook, SignedWebhook
from app.adapters.machine.clock import SystemClock
from app.adapters.mongo.collection import Document
from app.adapters.mongo.current import MongoCurrentReviews
from app.adapters.mongo.decisions import MongoDecisions
from app.backoff import Backoff
from app.config import Settings
from app.core.ports import Notifier, ReviewApi, ReviewStore
from app.core.signing import ReviewLinks, Signer
from app.stream.faust.app import ReviewApp
from app.stream.resilience.guards import (
    GuardedApi,
    GuardedCurrentReviews,
    GuardedDecisions,
)
from app.wiring.stage_intake import Breakers, add_intake
from schemas.errors import Dependency


def add_publishing(
    app: ReviewApp,
    settings: Settings,
    breakers: Breakers,
    mongo: AsyncIOMotorClient[Document],
    store: ReviewStore,
) -> None:
    """Let the publisher take the reviews, and the editor what persons decide about them."""
    breaker = breakers[Dependency.MONGODB]
    taken = MongoDecisions(mongo, settings.mongodb_db)
    app.before_start.append(lambda: check_collection(taken))
    client = new_http_client(calls_max=settings.max_in_flight)
    app.after_stop.append(client.aclose)
    publication = Publication(
        store=store,
        current=GuardedCurrentReviews(MongoCurrentReviews(mongo, settings.mongodb_db), breaker),
        decisions=GuardedDecisions(taken, breaker, prepare=taken.ensure_indexes),
        api=GuardedApi(new_review_api(settings, client), breakers[Dependency.REVIEW_API]),
        notifier=new_notifier(settings, client),
        clock=SystemClock(),
    )
    publisher, editor = Publisher(publication, app.telemetry), Editor(publication, app.telemetry)
    add_intake(app, settings, breakers, topic=settings.topic_reviews, stage="publisher", handler=publisher.publish)
    add_intake(app, settings, breakers, topic=settings.topic_decisions, stage="editor", handler=editor.edit)


def new_review_api(settings: Settings, client: httpx.AsyncClient) -> ReviewApi:
    """The platform's API, or its null object where none is configured."""
    if settings.external_api_url is None:
        return NoReviewApi()
    return HttpReviewApi(
        client,
        settings.external_api_url.get_secret_value(),
        settings.external_api_key,
        settings.external_api_timeout_s,
        Backoff(attempts=settings.external_api_max_retries + 1),
    )


def new_notifier(settings: Settings, client: httpx.AsyncClient) -> Notifier:
    """The installation's webhook, or its null object where none is configured."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return NoWebhook()
    return SignedWebhook(
        client,
        settings.webhook_url.get_secret_value(),
        settings.webhook_secret,
        settings.external_api_timeout_s,
        Backoff(attempts=settings.webhook_max_retries + 1),
        links=review_links(settings),
    )


def review_links(settings: Settings) -> ReviewLinks | None:
    """Links to reviews' pages; None where nobody has said where these are, or with which secret links are signed."""
    if settings.web_public_url is None or settings.web_secret is None:
        return None
    signer = Signer(settings.web_secret.get_secret_value().encode())
    return ReviewLinks(signer, settings.web_public_url, timedelta(days=settings.web_link_days))
