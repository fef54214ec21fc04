"""`python -m tests.browser.desk_pictures [FOLDER]`: the teacher's desk, light, dark and as a phone shows it.

Without a folder they go to `docs/images`. The reviews are the samples', made by rules, and one that wants a look.
"""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NoReturn

from playwright.sync_api import Browser

from schemas.errors import StartRefused
from schemas.submission import Language
from tests import ROOT
from tests.browser.serving import served
from tests.builders.decisions import a_doubtful_review
from tests.builders.sample_reviews import sample_reviews
from tests.fakes.web import FakeWeb
from tests.parts.chromium import a_chromium

FOLDER: Final = ROOT / "docs" / "images"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as it is taken: the file's name, the page, what the browser is like."""

    name: str
    path: str
    scheme: Literal["light", "dark"]
    language: Language
    width: int
    height: int


def shots() -> tuple[Shot, ...]:
    """All of them."""
    newest = {language: sample_reviews(language)[1] for language in ("en", "ru")}
    of = {language: f"/desk/reviews/{review.review_id}" for language, review in newest.items()}
    return (
        Shot("desk-light", "/desk", "light", "en", 1120, 760),
        Shot("desk-review-dark", of["ru"], "dark", "ru", 1120, 900),
        Shot("desk-phone", of["ru"], "light", "ru", 390, 844),
        Shot("desk-assignment-light", f"/desk/assignments/{newest['en'].assignment_id}", "light", "en", 1120, 760),
    )


def filled() -> FakeWeb:
    """All sample reviews, and a doubtful one."""
    web = FakeWeb()

    async def publish() -> None:
        for review in (*sample_reviews("en"), *sample_reviews("ru"), a_doubtful_review()):
            await web.desk.publish(review)

    asyncio.run(publish())
    return web


def take(browser: Browser, address: str, shot: Shot, folder: Path) -> None:
    """One picture."""
    options: dict[str, Any] = {"viewport": {"width": shot.width, "height": shot.height}}
    context = browser.new_context(
        base_url=address,
        color_scheme=shot.scheme,
        reduced_motion="reduce",
        extra_http_headers={"Authorization": "Bearer all"},
        **options,
    )
    page = context.new_page()
    page.goto(f"{shot.path}?lang={shot.language}")
    page.screenshot(path=folder / f"{shot.name}.png")
    context.close()


def _refuse(refusal: StartRefused) -> NoReturn:
    raise refusal


def main(folder: Path) -> None:
    """Write all pictures."""
    with served(filled().app) as address, a_chromium(_refuse) as browser:
        for shot in shots():
            take(browser, address, shot, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
