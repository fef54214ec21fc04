"""The operator's dashboard as a person sees it, in either language, in light and dark, on a phone, without scripts."""

from collections.abc import Coroutine
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app.adapters.machine.clock import SystemClock
from tests.browser.accessibility import violations
from tests.browser.conftest import OpenPage
from tests.browser.wholeness import assert_whole
from tests.builders.operating import busy_web, fill, fill_replays, workers
from tests.builders.xss_corpus import xss_corpus
from tests.fakes.web import FakeWeb

pytestmark = pytest.mark.browser


def done(work: Coroutine[Any, Any, None]) -> None:
    """Run what never waits: playwright's loop is the thread's."""
    with pytest.raises(StopIteration):
        work.send(None)


@pytest.fixture
def web() -> FakeWeb:
    """An evening before a deadline."""
    web = busy_web(SystemClock())
    done(fill(web))
    done(fill_replays(web))
    return web


def sign_in(page: Page, path: str) -> None:
    """Go to a page of the operator's by the door."""
    page.goto(path)
    page.fill("#token", "operate")
    page.click("main button")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/?", "/?pause=1&", "/dashboard/requeue?reason=archive_missing&"])
def test_axe_finds_nothing(new_page: OpenPage, path: str, scheme: str, language: str) -> None:
    """Neither in light nor in dark, in either language."""
    page = new_page(with_axe=True, color_scheme=scheme)
    sign_in(page, f"{path}lang={language}")
    page.locator("h1").wait_for()
    assert page.locator("html").get_attribute("lang") == language
    assert violations(page) == []


def test_no_script_of_anybody_runs(new_page: OpenPage, web: FakeWeb) -> None:
    """What an endpoint said, names of students, submissions, models: each text in its turn, and in what comes live."""
    texts = [text or "x" for text in xss_corpus()]
    (one,) = web.published.reviews[:1]
    reviews = [
        replace(one, review_id=UUID(int=at), student_id=text, assignment_id=text, submission_id=text, model=text)
        for at, text in enumerate(texts)
    ]
    page = new_page(bypass_csp=True)  # what is escaped needs no policy
    sign_in(page, "/?lang=en")
    page.locator("#troubles li").first.wait_for()
    for start in range(0, len(texts), 24):
        web.published.reviews = reviews[start : start + 24]
        done(
            web.statuses.tell(workers(web.clock, done=0, beat=start + 2, detail=" ".join(texts[start : start + 24]))[0])
        )
        page.goto("/?lang=en")
        assert_whole(page)
    page.wait_for_timeout(1_500)  # the last ones, as a script puts them there
    assert_whole(page)


def test_axe_finds_nothing_where_all_is_well(new_page: OpenPage, web: FakeWeb) -> None:
    """Nor where there is next to nothing on the page."""
    web.statuses.away = web.replays.away = web.published.away = True
    page = new_page(with_axe=True)
    sign_in(page, "/?lang=en")
    expect(page.locator("#troubles")).to_contain_text("may be old")
    assert violations(page) == []


def test_the_page_changes_by_itself(new_page: OpenPage, web: FakeWeb) -> None:
    """What workers tell is there a moment later, without a new load; the focus stays where it was."""
    page = new_page()
    sign_in(page, "/?lang=en")
    rate = page.locator("[data-stage=reviewer] td").first
    expect(rate).to_have_text("0.0")
    page.locator("#letters button").focus()
    done(fill(web, done=60, beat=2))
    expect(rate).not_to_have_text("0.0", timeout=15_000)
    done(fill(web, done=120, beat=3))
    expect(page.locator("#flow .refusing").first).to_be_visible()
    page.wait_for_timeout(2_500)
    assert page.evaluate("document.activeElement.dataset.key") == "requeue archive_missing"


def test_without_scripts_everything_is_there(new_page: OpenPage, web: FakeWeb) -> None:
    """Troubles, picture and tables; a requeue by its forms, to the end."""
    page = new_page(java_script_enabled=False)
    sign_in(page, "/?lang=en")
    expect(page.locator("#troubles li")).to_have_count(3)
    expect(page.locator("svg.flow")).to_be_visible()
    page.locator("#letters button").click()
    expect(page.locator("table")).to_contain_text("would go back")
    page.locator("text=Requeue them").click()
    expect(page.locator("table")).to_contain_text("went back")
    assert [really for _, _, really in web.letters.requeued] == [False, True]


def test_a_phone_shows_all_of_it(new_page: OpenPage) -> None:
    """No wider than its screen: wide tables move by themselves."""
    page = new_page(viewport={"width": 360, "height": 740})
    sign_in(page, "/?lang=ru")
    expect(page.locator("#troubles li")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_session_that_is_over_leads_back_to_the_door(new_page: OpenPage, web: FakeWeb) -> None:
    """The page that is still open asks for a token again instead of standing still."""
    page = new_page()
    sign_in(page, "/?lang=en")
    expect(page.locator("#troubles li")).to_have_count(3)
    page.context.clear_cookies()
    web.lookout.stop()
    expect(page.locator("#token")).to_be_visible(timeout=20_000)
    assert page.url.endswith("/sign-in?next=%2F%3Flang%3Den")
