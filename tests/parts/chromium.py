"""The browser that looks at our pages: Debian's, not one of playwright's own, which are not to be had everywhere."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from playwright.sync_api import Browser, sync_playwright

from schemas.errors import StartRefused

_NAMES: Final = ("chromium", "chromium-browser")
_CURE: Final = "on Debian or Ubuntu: apt-get install chromium"
_OPTIONS: Final = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run")
"""As root in a container there is no sandbox to be had; the pages are our own."""


def chromium_path() -> str:
    """The program. Raises `StartRefused` where there is none."""
    for name in _NAMES:
        if (found := shutil.which(name)) is not None:
            return found
    raise StartRefused("there is no Chromium", _CURE)


@contextmanager
def a_chromium(do_without: Callable[[StartRefused], NoReturn]) -> Iterator[Browser]:
    """The browser, started; `do_without` says what happens where there is none."""
    try:
        program = chromium_path()
    except StartRefused as refusal:
        do_without(refusal)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
        try:
            yield browser
        finally:
            browser.close()
