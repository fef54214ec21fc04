"""The operator's dashboard as values in words: what is wrong, how the work flows, what everything stands at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from app.catalogue import words_in
from app.core.costs import DayTotals
from app.core.watching.flow import STAGES, ModelFlow, StageFlow
from app.core.watching.overview import Overview
from app.core.watching.silence import HeardWorker
from app.presentation.pages.dashboard_words import DashboardWords, dashboard_words
from app.presentation.pages.environment import PageFrame, page, piece
from app.presentation.pages.flow_picture import FlowPicture, StageFigures, flow_picture
from app.presentation.pages.told_figures import ToldFigures
from app.presentation.pages.told_troubles import ReasonRow, ToldTrouble, reason_rows, told_trouble
from schemas.replay import ReplayState
from schemas.submission import Language

Row = tuple[str, ...]

PIECES: Final = ("moment", "troubles", "flow", "letters", "state", "model", "replays", "reviews")
"""The templates of what changes, each in the place of that id."""
PARTITIONS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class MoneyToday:
    """What the models' answers of today took. `spent` and `budget` are numbers for a meter, None without a budget."""

    cost: str
    facts: tuple[tuple[str, str], ...]
    spent: Decimal | None = None
    budget: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """A replay, and how far it is."""

    replay_id: str
    notes: str
    phase: str
    done: int
    total: int
    progress: str
    failed: str


@dataclass(frozen=True, slots=True)
class DashboardView:
    """Everything that the page shows. Tables are rows of cells; None where nothing is known yet."""

    words: DashboardWords
    at: str
    at_iso: str
    is_known: bool
    unread: str
    troubles: tuple[ToldTrouble, ...]
    stages: tuple[StageFigures, ...]
    picture: FlowPicture
    models: tuple[Row, ...]
    money: MoneyToday | None
    lags: tuple[tuple[Row, bool], ...]
    circuits: tuple[tuple[Row, bool], ...]
    parts: tuple[tuple[Row, bool], ...]
    workers: tuple[tuple[Row, bool], ...] | None
    letters: tuple[ReasonRow, ...] | None
    letters_at: str
    replays: tuple[ReplayRow, ...] | None
    reviews: tuple[Row, ...] | None


class LivePieces:
    """The parts of the page that change, rendered once for all who watch in one language."""

    def __init__(self) -> None:
        self._rendered: dict[Language, tuple[int, Mapping[str, Markup]]] = {}

    def of(self, overview: Overview, language: Language) -> Mapping[str, Markup]:
        """Each piece of HTML by the id of its place."""
        number, pieces = self._rendered.get(language, (-1, {}))
        if number != overview.number:
            view = dashboard_view(overview, language)
            values = {"view": view, "say": view.words, "language": language}
            pieces = {name: piece(f"dashboard/{name}.html", **values) for name in PIECES}
            self._rendered[language] = overview.number, pieces
        return pieces


def dashboard_page(frame: PageFrame, pieces: Mapping[str, Markup], *, is_paused: bool) -> str:
    """The page as it is first seen, and all of it where no script runs. `is_paused`: it stays as it is."""
    events = f"/dashboard/events?lang={frame.language}"
    say = dashboard_words(frame.language)
    return page("dashboard.html", frame, pieces=pieces, say=say, events=events, is_paused=is_paused)


def dashboard_view(overview: Overview, language: Language) -> DashboardView:
    """An overview in words."""
    words, figures, seen = dashboard_words(language), ToldFigures(language), overview.seen
    flow = tuple(_stage(stage, language, figures) for stage in seen.flow.stages)
    live = [worker for worker in seen.workers or () if worker.is_live]
    return DashboardView(
        words=words,
        at=figures.moment(seen.now, seen.now),
        at_iso=seen.now.isoformat(timespec="seconds"),
        is_known=seen.parts is not None and (seen.workers is not None or "workers" in overview.unread),
        unread=", ".join(getattr(words, source) for source in overview.unread),
        troubles=tuple(told_trouble(trouble, language, seen.now) for trouble in overview.troubles),
        stages=flow,
        picture=flow_picture([stage for stage in flow if stage.stage in STAGES], words),
        models=tuple(_model(model, figures) for model in seen.flow.models),
        money=None if seen.spent is None else _money(seen.spent, overview, words, figures),
        lags=tuple(_lags(live, words, figures)),
        circuits=tuple(_circuits(live, words, figures, seen.now)),
        parts=tuple(((p.name, words.part_well if p.ok else words.part_out, p.cause), p.ok) for p in seen.parts or ()),
        workers=None if seen.workers is None else tuple(_workers(seen.workers, words, figures, seen.now)),
        letters=None if seen.letters is None else tuple(reason_rows(seen.letters.by_reason, language)),
        letters_at="" if seen.letters is None else figures.moment(seen.letters.at, seen.now),
        replays=None if seen.replays is None else tuple(_replay(replay, words, figures) for replay in seen.replays),
        reviews=_reviews(overview, figures),
    )


def _stage(flow: StageFlow, language: Language, figures: ToldFigures) -> StageFigures:
    half, most, nearly_all = (figures.seconds(flow.recent.durations.quantile(share)) for share in (0.5, 0.95, 0.99))
    return StageFigures(
        stage=flow.stage,
        name=words_in(language).stages.get(flow.stage, flow.stage),
        per_second=figures.rate(flow.done_per_s),
        in_hand=figures.whole(flow.in_flight),
        in_line=figures.whole(flow.waiting),
        aside=figures.whole(flow.set_aside),
        lag=figures.whole(flow.lag),
        repeated=figures.rate(flow.repeated_per_s),
        refused=figures.rate(flow.refused_per_s),
        half=half,
        most=most,
        nearly_all=nearly_all,
        lag_count=flow.lag,
        is_busy=flow.in_flight > 0,
        refuses=flow.refused_per_s > 0,
    )


def _model(model: ModelFlow, figures: ToldFigures) -> Row:
    recent = model.recent
    quantiles = (recent.durations.quantile(share) for share in (0.5, 0.95, 0.99))
    return (
        recent.model,
        figures.rate(model.calls_per_s),
        *(figures.seconds(one) for one in quantiles),
        figures.whole(recent.answered),
        figures.whole(recent.failed),
        figures.whole(recent.taped),
    )


def _money(spent: DayTotals, overview: Overview, words: DashboardWords, figures: ToldFigures) -> MoneyToday:
    budgets = overview.seen.bounds.budgets
    facts = [
        (words.answers, figures.whole(spent.answers)),
        (words.tokens_in, figures.whole(spent.tokens.prompt)),
        (words.tokens_cached, figures.whole(spent.tokens.cached)),
        (words.tokens_out, figures.whole(spent.tokens.completion)),
    ]
    if spent.unpriced:
        facts.append((words.unpriced, figures.whole(spent.unpriced)))
    if budgets.day is None:
        return MoneyToday(f"{figures.money(spent.cost)} {budgets.currency}, {words.no_budget}", tuple(facts))
    told = f"{figures.money(spent.cost)} {words.of_budget} {figures.money(budgets.day)} {budgets.currency}"
    return MoneyToday(told, tuple(facts), min(spent.cost, budgets.day), budgets.day)


def _lags(live: list[HeardWorker], words: DashboardWords, figures: ToldFigures) -> Iterator[tuple[Row, bool]]:
    found = [
        (lag.stalled_since is None, -lag.lag, f"{lag.topic}[{lag.partition}]", _name(worker))
        for worker in live
        for lag in worker.status.lags
    ]
    for moves, lag, partition, worker in sorted(found)[:PARTITIONS_SHOWN]:
        yield (partition, figures.whole(-lag), worker, words.moving if moves else words.stalled), moves


def _circuits(
    live: list[HeardWorker], words: DashboardWords, figures: ToldFigures, now: datetime
) -> Iterator[tuple[Row, bool]]:
    """Each dependency, over all workers: open where one of them waits."""
    by_name: dict[str, list[tuple[datetime, str] | None]] = {}
    calls: dict[str, int] = {}
    for worker in live:
        for breaker in worker.status.breakers:
            is_open = None if breaker.open_since is None else (breaker.open_since, breaker.detail)
            by_name.setdefault(breaker.dependency, []).append(is_open)
            calls[breaker.dependency] = calls.get(breaker.dependency, 0) + breaker.calls_max
    for name, states in by_name.items():
        waiting = sorted(state for state in states if state is not None)
        state = words.open if waiting else words.closed
        since, detail = (figures.moment(waiting[0][0], now), waiting[0][1]) if waiting else ("", "")
        yield (name, state, since, figures.whole(calls[name]), detail), not waiting


def _workers(
    heard: tuple[HeardWorker, ...], words: DashboardWords, figures: ToldFigures, now: datetime
) -> Iterator[tuple[Row, bool]]:
    for worker in heard:
        status = worker.status
        phase = getattr(words, f"phase_{status.phase.value}")
        left = figures.whole(status.recovery_left) if status.recovery_left else ""
        waits = "; ".join(cause.what for cause in status.causes) if worker.is_live else ""
        row = (
            _name(worker),
            phase,
            figures.moment(status.who.started_at, now),
            figures.moment(status.told_at, now),
            figures.whole(status.assigned),
            left,
            f"{words.not_ready}: {waits}" if waits else words.ready if worker.is_live else "",
        )
        yield row, worker.is_live and not waits


def _replay(replay: ReplayState, words: DashboardWords, figures: ToldFigures) -> ReplayRow:
    return ReplayRow(
        replay_id=replay.replay_id,
        notes=words.shadow if replay.is_shadow else "",
        phase=getattr(words, f"phase_{replay.phase.value}"),
        done=replay.reviewed,
        total=max(replay.chosen, 1),
        progress=f"{figures.whole(replay.reviewed)} {words.of} {figures.whole(replay.chosen)}",
        failed=figures.whole(replay.failed) if replay.failed else "",
    )


def _reviews(overview: Overview, figures: ToldFigures) -> tuple[Row, ...] | None:
    published = overview.seen.published
    if published is None:
        return None
    return tuple(
        (
            figures.moment(one.published_at, overview.seen.now),
            one.student_id,
            one.assignment_id,
            one.submission_id,
            figures.whole(one.generation) if one.generation else "",
            "" if one.overall is None else figures.whole(one.overall),
            one.model,
            "" if one.cost is None else figures.money(one.cost),
        )
        for one in published
    )


def _name(worker: HeardWorker) -> str:
    who = worker.status.who
    return f"{who.host}:{who.pid}"
