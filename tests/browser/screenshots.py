"""`python -m tests.browser.screenshots [FOLDER]`: pictures of the pages, light, dark and as a phone shows them.

Without a folder they go to `docs/images`. What they show is made by rules from the samples, the same each time.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from playwright.sync_api import Browser, Page

from schemas.errors import StartRefused
from schemas.submission import Language
from tests import ROOT
from tests.browser.review_links import a_link, publish
from tests.browser.serving import served
from tests.builders.sample_reviews import sample_reviews
from tests.fakes.web import FakeWeb
from tests.parts.chromium import a_chromium

FOLDER: Final = ROOT / "docs" / "images"
_SCREEN: Final = {"width": 1120, "height": 760}
_PHONE: Final = {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is pictured: `name` is the file's, `at` a part of the page that is scrolled to."""

    name: str
    path: str
    scheme: str = "light"
    language: Language = "en"
    is_phone: bool = False
    at: str = ""


def pictures() -> Iterator[Picture]:
    """All of them."""
    english, russian = (a_link(sample_reviews(language)[-1]) for language in ("en", "ru"))
    worse = a_link(sample_reviews("en")[1])
    yield Picture("review-page-light", english)
    yield Picture("review-page-dark", f"{english}&view=split", scheme="dark", at="#source")
    yield Picture("review-page-phone", russian, language="ru", is_phone=True)
    yield Picture("review-code-light", worse, at="#source")


def take(browser: Browser, address: str, picture: Picture, folder: Path) -> None:
    """One picture."""
    size = _PHONE if picture.is_phone else _SCREEN
    options: dict[str, Any] = {"viewport": size, "color_scheme": picture.scheme, "is_mobile": picture.is_phone}
    context = browser.new_context(base_url=address, reduced_motion="reduce", **options)
    page: Page = context.new_page()
    page.goto(f"{picture.path}&lang={picture.language}{picture.at}")
    page.screenshot(path=folder / f"{picture.name}.png")
    context.close()


@contextmanager
def sample_pages() -> Iterator[str]:
    """The samples' reviews, published, at an address."""
    web = FakeWeb()
    for language in ("en", "ru"):
        asyncio.run(publish(web, *sample_reviews(language)))
    with served(web.app) as address:
        yield address


def _refuse(refusal: StartRefused) -> NoReturn:
    raise refusal


def main(folder: Path) -> None:
    """Write all pictures."""
    with sample_pages() as address, a_chromium(_refuse) as browser:
        for picture in pictures():
            take(browser, address, picture, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
