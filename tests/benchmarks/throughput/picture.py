"""The picture of the figures, as SVG: peers as bars, ours from few to many calls in flight as a line. No library."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

_WIDTH: Final = 860
_ROW: Final = 34
_LABEL: Final = 220
_BARS: Final = 520
_LINE_HEIGHT: Final = 240
_OURS: Final = "#2563a8"
_OTHERS: Final = "#9aa5b1"
_INK: Final = "#1f2933"


def picture(peers: dict[str, Any] | None, knee: dict[str, Any] | None) -> str:
    """What there is of both, one under the other."""
    parts: list[str] = []
    top = 20
    if peers is not None:
        parts += _bars(peers["same_work"], top)
        top += 50 + _ROW * len(peers["same_work"])
    if knee is not None:
        parts += _line([row for row in knee["rows"] if row["call_s"] == knee["rows"][0]["call_s"]], top)
        top += _LINE_HEIGHT + 86
    style = f"font-family='system-ui, sans-serif' font-size='14' fill='{_INK}'"
    background = f"<rect width='{_WIDTH}' height='{top}' fill='#ffffff'/>"
    body = "\n".join([background, *parts])
    return f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {top}' {style}>\n{body}\n</svg>\n"


def _bars(rows: Sequence[dict[str, Any]], top: int) -> list[str]:
    most = max((row["per_s"] for row in rows), default=0) or 1
    call_s = rows[0]["call_s"] if rows else 0
    drawn = [_text(10, top + 10, f"Submissions a second, the same work, calls of {call_s:g} s", weight="600")]
    for number, row in enumerate(rows):
        y = top + 26 + number * _ROW
        colour = _OURS if row["peer"] == "reviewstream" else _OTHERS
        length = max(2, round(_BARS * row["per_s"] / most))
        drawn.append(_text(10, y + 16, row["name"]))
        drawn.append(f"<rect x='{_LABEL}' y='{y}' width='{length}' height='22' rx='3' fill='{colour}'/>")
        drawn.append(_text(_LABEL + length + 8, y + 16, f"{row['per_s']:.1f}"))
    return drawn


def _line(rows: Sequence[dict[str, Any]], top: int) -> list[str]:
    left, bottom = 60, top + 46 + _LINE_HEIGHT
    step = (_WIDTH - left - 100) / max(1, len(rows) - 1)
    points = [
        (left + 30 + number * step, bottom - _LINE_HEIGHT * min(1.0, row["efficiency"]))
        for number, row in enumerate(rows)
    ]
    title = f"reviewstream, one worker: share of the ideal by calls in flight, calls of {rows[0]['call_s']:g} s"
    drawn = [_text(10, top + 10, title, weight="600")]
    for share in (0.0, 0.5, 1.0):
        y = bottom - _LINE_HEIGHT * share
        drawn.append(f"<line x1='{left}' y1='{y:.0f}' x2='{_WIDTH - 40}' y2='{y:.0f}' stroke='#d5dbe1'/>")
        drawn.append(_text(20, round(y) + 5, f"{share:g}"))
    path = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    drawn.append(f"<polyline points='{path}' fill='none' stroke='{_OURS}' stroke-width='2.5'/>")
    for (x, y), row in zip(points, rows, strict=True):
        drawn.append(f"<circle cx='{x:.0f}' cy='{y:.0f}' r='4' fill='{_OURS}'/>")
        drawn.append(_text(round(x) - 14, round(y) - 10, f"{row['efficiency']:.2f}"))
        drawn.append(_text(round(x) - 12, bottom + 22, str(row["in_flight"])))
    return drawn


def _text(x: float, y: float, text: str, *, weight: str = "400") -> str:
    return f"<text x='{x:.0f}' y='{y:.0f}' font-weight='{weight}'>{escape(text)}</text>"
