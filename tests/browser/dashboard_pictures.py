"""`python -m tests.browser.dashboard_pictures [FOLDER]`: the operator's page, light, dark and as a phone shows it.

Without a folder they go to `docs/images`. The moment is always the same one, on an evening before a deadline.
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
from tests.builders.operating import busy_web, fill, fill_replays
from tests.fakes.clock import FakeClock
from tests.fakes.web import FakeWeb
from tests.parts.chromium import a_chromium

FOLDER: Final = ROOT / "docs" / "images"
_LATER_S: Final = 20.0
"""Between two looks: rates are of the last ten seconds."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as it is taken: the file's name, what the browser is like, how high the screen is."""

    name: str
    scheme: Literal["light", "dark"]
    language: Language
    width: int
    height: int


SHOTS: Final = (
    Shot("dashboard-light", "light", "en", 1120, 1080),
    Shot("dashboard-dark", "dark", "ru", 1120, 1080),
    Shot("dashboard-phone", "light", "ru", 390, 844),
)


def evening() -> FakeWeb:
    """Two workers of which one waits for the model, a partition that has stopped, a replay that fails."""
    clock = FakeClock()
    web, detail = busy_web(clock), "HTTP 503 Service Unavailable"

    async def pass_by() -> None:
        await fill(web, detail=detail)
        await fill_replays(web)
        await web.lookout.look()
        clock.move(_LATER_S)
        await fill(web, done=140, beat=2, detail=detail)
        await web.lookout.look()

    asyncio.run(pass_by())
    return web


def take(browser: Browser, address: str, shot: Shot, folder: Path) -> None:
    """One picture."""
    options: dict[str, Any] = {"viewport": {"width": shot.width, "height": shot.height}}
    context = browser.new_context(base_url=address, color_scheme=shot.scheme, reduced_motion="reduce", **options)
    page = context.new_page()
    page.goto(f"/sign-in?lang={shot.language}&next=%2F%3Fpause%3D1%26lang%3D{shot.language}")
    page.fill("#token", "operate")
    page.click("main button")
    page.locator("#troubles li").first.wait_for()
    page.screenshot(path=folder / f"{shot.name}.png")
    context.close()


def _refuse(refusal: StartRefused) -> NoReturn:
    raise refusal


def main(folder: Path) -> None:
    """Write all pictures."""
    with served(evening().app) as address, a_chromium(_refuse) as browser:
        for shot in SHOTS:
            take(browser, address, shot, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
