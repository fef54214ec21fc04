"""The desk's pictures: figures of an assignment as SVG, made here, without a script or a style of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from app.core.deciding.figures import SCORE_BINS, AssignmentFigures
from app.core.visible import made_visible
from app.presentation.pages.desk_words import desk_words
from schemas.submission import Language

_WIDTH: Final = 720
_COLUMNS_HEIGHT: Final = 200
_BASE: Final = 28  # below the columns, for their names
_BAR: Final = 26
_NAMES_WIDTH: Final = 300
_NAME_CHARS_MAX: Final = 44


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the same in figures: rows of a name and a value. Empty rows: there is nothing to draw."""

    title: str
    picture: Markup
    rows: list[tuple[str, str]]


def assignment_charts(figures: AssignmentFigures, language: Language) -> list[Chart]:
    """Spread of both scores, items most often missed, comments most often open."""
    words = desk_words(language)
    names = [f"{low}-{low + 9 if low < 90 else 100}" for low in range(0, 100, 100 // SCORE_BINS)]
    missed = [
        (item.title, item.missed / item.judged, f"{item.missed} {words.of_judged} {item.judged}")
        for item in figures.missed
    ]
    most = max((one.submissions for one in figures.open_comments), default=1)
    opened = [
        (words.other if one.category == "other" else one.category, one.submissions / most, str(one.submissions))
        for one in figures.open_comments
    ]
    return [
        _columns(f"{words.distribution}: {words.overall}", names, figures.overall),
        _columns(f"{words.distribution}: {words.quality}", names, figures.quality),
        _bars(words.missed, missed),
        _bars(words.open_often, opened),
    ]


def _columns(title: str, names: Sequence[str], counts: Sequence[int]) -> Chart:
    most, step = max([*counts, 1]), _WIDTH / len(names)
    parts = []
    for number, (name, count) in enumerate(zip(names, counts, strict=True)):
        height = (_COLUMNS_HEIGHT - 20) * count / most
        left, top = number * step, _COLUMNS_HEIGHT - height
        middle, under = left + step / 2, _COLUMNS_HEIGHT + 18
        parts.append(
            f'<rect class="mark" x="{left + 4:.1f}" y="{top:.1f}" width="{step - 8:.1f}" height="{height:.1f}"/>'
            f'<text x="{middle:.1f}" y="{top - 5:.1f}" text-anchor="middle">{count or ""}</text>'
            f'<text class="faint" x="{middle:.1f}" y="{under}" text-anchor="middle">{name}</text>'
        )
    parts.append(f'<line class="axis" x1="0" x2="{_WIDTH}" y1="{_COLUMNS_HEIGHT}" y2="{_COLUMNS_HEIGHT}"/>')
    rows = [(name, str(count)) for name, count in zip(names, counts, strict=True)]
    return Chart(title, _picture(title, _COLUMNS_HEIGHT + _BASE, parts), rows if any(counts) else [])


def _bars(title: str, bars: Sequence[tuple[str, float, str]]) -> Chart:
    """Each bar has a name, a share of the room that there is, and its figure in words."""
    parts = []
    room = _WIDTH - _NAMES_WIDTH - 110
    for number, (name, share, value) in enumerate(bars):
        top = number * _BAR
        shown = escape(made_visible(name if len(name) <= _NAME_CHARS_MAX else f"{name[: _NAME_CHARS_MAX - 1]}…"))
        parts.append(
            f'<text x="{_NAMES_WIDTH - 8}" y="{top + 17}" text-anchor="end">{shown}</text>'
            f'<rect class="mark" x="{_NAMES_WIDTH}" y="{top + 4}" width="{room * share:.1f}" height="{_BAR - 8}"/>'
            f'<text x="{_NAMES_WIDTH + room * share + 8:.1f}" y="{top + 17}">{escape(value)}</text>'
        )
    rows = [(name, value) for name, _, value in bars]
    return Chart(title, _picture(title, max(len(bars), 1) * _BAR, parts), rows)


def _picture(title: str, height: int, parts: Sequence[str]) -> Markup:
    opening = f'<svg viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" aria-label="'
    return Markup(f'{opening}{escape(title)}">{"".join(parts)}</svg>')  # noqa: S704 -- each text is escaped above
