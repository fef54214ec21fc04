"""The picture of a review: the card of a sample, as the terminal shows it."""

import io
import re
from typing import Final

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from app.config import load_settings
from app.desk.one_review import review_on_desk
from app.desk.two_sides import Desk
from app.embedded.demo.samples import SAMPLES
from app.presentation.cards import review_card

_HOMEWORK: Final = SAMPLES / "anna.petrova" / "hw1-feature-store"
_WIDTH: Final = 110
_FONT_FACE: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # would be fetched from another site


async def review_picture() -> str:
    """SVG: the review of a sample's second attempt, by rules, in Russian; the same at each call."""
    settings = load_settings(None, openai_api_key="", llm_base_url="", llm_model="", review_language="ru")
    log = _HOMEWORK / "attempt-2.pytest.log"
    desk = Desk(_HOMEWORK / "attempt-1", _HOMEWORK / "attempt-2", "hw1-feature-store", log)
    review = await review_on_desk(desk, settings)
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(review_card(review, settings.review_language))
    picture = console.export_svg(title="reviewstream review", theme=DEFAULT_TERMINAL_THEME, unique_id="review")
    return "\n".join(line.rstrip() for line in _FONT_FACE.sub("", picture).splitlines()) + "\n"
