"""A browser for each file of tests, and a fresh profile of it for each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect

from tests.browser.accessibility import axe_source
from tests.browser.serving import served
from tests.conftest import do_without
from tests.fakes.web import FakeWeb
from tests.parts.chromium import a_chromium
from tests.parts.node_packages import NodePackages
from tests.patience import PATIENCE_S

expect.set_options(timeout=PATIENCE_S * 1_000)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. While it is there an event loop runs in this thread: no module has tests of both kinds."""
    with a_chromium(do_without) as browser:
        yield browser


@pytest.fixture
def web() -> FakeWeb:
    """The HTTP API over fakes."""
    return FakeWeb()


@pytest.fixture
def address(web: FakeWeb) -> Iterator[str]:
    """Where it answers."""
    with served(web.app) as address:
        yield address


@pytest.fixture
def new_page(chromium: Browser, address: str, node_packages: NodePackages) -> Iterator[OpenPage]:
    """Makes a page in a profile of its own, with axe in it; options are those of playwright's contexts.

    A dialog, an error of a script, a message of the policy and a request to another site fail the test at its end.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(*, with_axe: bool = False, **options: Any) -> Page:
        context = chromium.new_context(base_url=address, **options)
        contexts.append(context)
        if with_axe:
            context.add_init_script(axe_source(node_packages))
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("dialog", lambda dialog: _dismiss(dialog, wrong))
        page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
        page.on("console", lambda said: wrong.append(f"console: {said.text}") if _is_telling(said) else None)
        page.on("request", lambda sent: _check_site(sent.url, address, wrong))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def _dismiss(dialog: Dialog, wrong: list[str]) -> None:
    wrong.append(f"dialog: {dialog.message}")
    dialog.dismiss()


def _is_telling(said: ConsoleMessage) -> bool:
    """An error, but for the browser's word that a page was answered 403 or 404, which tests ask for."""
    return said.type == "error" and not said.text.startswith("Failed to load resource: the server responded")


def _check_site(url: str, address: str, wrong: list[str]) -> None:
    if not url.startswith((address, "data:")):
        wrong.append(f"another site: {url}")
