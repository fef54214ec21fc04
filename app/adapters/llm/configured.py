"""The reviewer that the settings ask for: a language model, or the rules."""

from collections.abc import Awaitable, Callable

from app.adapters.llm.offline import OfflineReviewer
from app.adapters.machine.clock import SystemClock
from app.catalogue import load_catalogue
from app.config import Settings
from app.core.ports import AnswerTape, PlannedReviewer, Spending
from app.core.telemetry import UNTOLD, Telemetry
from app.core.tracing import UNTRACED, Tracing


def new_reviewer(
    settings: Settings,
    on_close: Callable[[Callable[[], Awaitable[None]]], object],
    kept_in: tuple[AnswerTape, Spending] | None = None,
    *,
    telemetry: Telemetry = UNTOLD,
    tracing: Tracing = UNTRACED,
) -> PlannedReviewer:
    """The language model where one is configured, else the rules. `on_close` gets what closes its connections.

    `kept_in` is where answers are kept and counted, and what the budgets are held against; None, as at a desk:
    nothing is kept, and no budget holds.
    """
    if settings.llm_model is None:
        return OfflineReviewer(load_catalogue(settings.review_language))
    # Imported where a model is configured: the SDK takes a second, for which a review by rules has no use.
    from app.adapters.llm.client import new_client  # noqa: PLC0415
    from app.adapters.llm.control import cleaner_for  # noqa: PLC0415
    from app.adapters.llm.key import key_source  # noqa: PLC0415
    from app.adapters.llm.paid_answers import PaidAnswers, nothing_kept  # noqa: PLC0415
    from app.adapters.llm.prompt_files import load_templates  # noqa: PLC0415
    from app.adapters.llm.reviewer import LlmReviewer  # noqa: PLC0415
    from app.backoff import Backoff  # noqa: PLC0415

    key = key_source(settings)
    client = new_client(settings, key)
    on_close(client.close)
    clock = SystemClock()
    answers = nothing_kept(clock, settings.prices)
    if kept_in is not None:
        answers = PaidAnswers(*kept_in, clock, settings.prices, settings.budgets, telemetry=telemetry)
    return LlmReviewer(
        client,
        settings.llm_model,
        load_templates(settings.prompts_path),
        load_catalogue(settings.review_language),
        limits=settings.limits().prompt,
        backoff=Backoff(attempts=settings.llm_max_retries + 1),
        timeout_s=settings.llm_timeout_s,
        renew_key=key.renew,
        clean=cleaner_for(settings, key),
        fallback_models=settings.fallback_models,
        answers=answers,
        tracing=tracing,
    )
