"""A review's page in a browser: comments at their lines, without scripts, by keyboard, whoever wrote what it shows."""

import pytest
from playwright.sync_api import expect

from app.core.visible import made_visible
from schemas.review import Review
from tests.browser.accessibility import violations
from tests.browser.conftest import OpenPage
from tests.browser.review_links import a_link, publish_now
from tests.browser.wholeness import assert_whole
from tests.builders.hostile_reviews import hostile_review
from tests.builders.sample_reviews import sample_reviews
from tests.builders.xss_corpus import xss_corpus
from tests.fakes.web import FakeWeb

pytestmark = pytest.mark.browser

CORPUS = xss_corpus()
BATCH = 24
PHONE = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def published(web: FakeWeb) -> None:
    """The samples' reviews, published."""
    for language in ("en", "ru"):
        publish_now(web, *sample_reviews(language))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("view", ["", "split"])
def test_axe_finds_nothing(new_page: OpenPage, language: str, scheme: str, view: str) -> None:
    """On the page of an attempt that got worse, which shows most, and of one whose comments are fixed."""
    page = new_page(with_axe=True, color_scheme=scheme)
    for review in sample_reviews("en" if language == "ru" else "ru")[1:]:
        page.goto(f"{a_link(review)}&lang={language}&view={view}")
        assert violations(page) == []


def test_axe_finds_nothing_on_a_phone_and_in_errors(new_page: OpenPage) -> None:
    """Nor where a link is wrong, or a review is not there."""
    page = new_page(with_axe=True, viewport=PHONE)
    review = sample_reviews("ru")[1]
    for address in (a_link(review), "/reviews/none", a_link(review, days=-1), a_link(hostile_review(["x"]))):
        page.goto(address)
        assert violations(page) == []


@pytest.mark.parametrize("view", ["", "split"])
def test_a_comment_stands_at_its_line(new_page: OpenPage, view: str) -> None:
    """The list leads to it; above it is the line that it is about."""
    review = sample_reviews("en")[1]
    comment = review.review_result.code_review_comments[3]
    page = new_page()
    page.goto(f"{a_link(review)}&view={view}")
    page.get_by_role("link", name=f"{comment.path}:{comment.line}", exact=True).first.click()
    said = page.locator("#comment-4")
    expect(said).to_be_in_viewport()
    expect(said).to_contain_text("SQL injection")
    row = said.locator("xpath=ancestor::tr/preceding-sibling::tr[1]")
    expect(row.locator("td").nth(2 if view else 1)).to_have_text(str(comment.line))
    assert comment.quote is not None
    expect(row.locator("td").last).to_contain_text(comment.quote.strip())


def test_everything_is_there_without_scripts(new_page: OpenPage) -> None:
    """Side by side, one below the other, in another language: links, each with the whole address."""
    page = new_page(java_script_enabled=False)
    page.goto(a_link(sample_reviews("en")[1]))
    page.get_by_role("link", name="side by side").click()
    expect(page.locator("table.split").first).to_be_visible()
    page.get_by_role("link", name="Русский").click()
    expect(page.get_by_role("heading", name="Рекомендации")).to_be_visible()
    expect(page.locator("table.split").first).to_be_visible()


def test_a_keyboard_skips_to_the_content(new_page: OpenPage) -> None:
    """The first stop is the way past the bar, and it can be seen."""
    page = new_page()
    page.goto(a_link(sample_reviews("en")[1]))
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("view", ["", "split"])
def test_a_phone_scrolls_one_way(new_page: OpenPage, view: str) -> None:
    """Nothing is wider than the screen."""
    page = new_page(viewport=PHONE, is_mobile=True)
    page.goto(f"{a_link(sample_reviews('ru')[1])}&view={view}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_paper_has_the_review_and_no_bar(new_page: OpenPage) -> None:
    """Printed, the comments stay and what can be clicked goes."""
    page = new_page()
    page.goto(a_link(sample_reviews("en")[1]))
    page.emulate_media(media="print")
    expect(page.locator(".languages")).to_be_hidden()
    expect(page.locator("nav.contents")).to_be_hidden()
    expect(page.locator("#comment-1")).to_be_visible()


def test_the_corpus_is_large() -> None:
    """At least two hundred different texts."""
    assert len(CORPUS) >= 200


@pytest.mark.parametrize("start", range(0, len(CORPUS), BATCH))
def test_no_script_of_anybody_runs(web: FakeWeb, new_page: OpenPage, start: int) -> None:
    """Every text in every field: nothing runs, the page stays whole, and what is shown is what was said."""
    texts = CORPUS[start : start + BATCH]
    review: Review = hostile_review(texts, start + 1)
    publish_now(web, review)
    for view, is_lax in (("", True), ("split", False)):  # without our policy, too: what is escaped needs none
        page = new_page(bypass_csp=is_lax)
        page.goto(f"{a_link(review)}&lang=en&view={view}")
        page.mouse.move(200, 200)
        page.locator("main").press("Tab")
        assert_whole(page)
        assert page.evaluate("document.querySelectorAll('script, form').length") == 0
        assert page.locator("section.file").count() == len(texts)
        shown = [text.replace("`", "") for text in page.locator("#advice + ul > li").all_text_contents()]
        assert shown == [made_visible(text).replace("`", "") for text in texts]
        for heading in ("Recommendations", "Tests", "What the review did not see", "Code"):
            expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
