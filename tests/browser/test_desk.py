"""The teacher's desk in a browser: without violations, by keyboard, and from an edit to what a replay leaves of it."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.core.history.identity import review_id
from schemas.decision import CommentEdit, Edits
from schemas.review import CodeComment
from schemas.rubric import Release
from tests.browser.accessibility import violations
from tests.browser.conftest import OpenPage
from tests.browser.wholeness import assert_whole
from tests.builders.decisions import a_decision, a_doubtful_review, an_edit
from tests.builders.hostile_reviews import hostile_review
from tests.builders.records import a_review
from tests.builders.xss_corpus import xss_corpus
from tests.fakes.web import FakeWeb

pytestmark = pytest.mark.browser

REVIEW = a_doubtful_review(release=Release.AFTER_APPROVAL)
PAGE = f"/desk/reviews/{REVIEW.review_id}"
CORPUS = xss_corpus()
BATCH = 24
BEARER = {"Authorization": "Bearer review"}


def done(*stories: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Tell stories of the fakes, in a thread of its own: this one has the browser's event loop."""

    async def tell() -> None:
        for story in stories:
            await story()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(tell())).result()


@pytest.fixture
def filled(web: FakeWeb) -> FakeWeb:
    """A review that waits, and one that does not."""
    calm = a_review(student_id="calm", new_submission_id="sub-2")
    done(lambda: web.desk.publish(REVIEW), lambda: web.desk.publish(calm))
    return web


def sign_in(page: Page, path: str = "/desk") -> None:
    """Through the door, as people do."""
    page.goto(f"{path}{'&' if '?' in path else '?'}lang=en")
    page.get_by_label("Token").fill("review")
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/desk", "/desk/assignments/hw-1", PAGE])
def test_axe_finds_nothing(filled: FakeWeb, new_page: OpenPage, path: str, scheme: str, language: str) -> None:
    """On each page of the desk, with a person's edits, forms and folds open, in either language."""
    done(lambda: filled.desk.send(an_edit(1)))
    page = new_page(with_axe=True, color_scheme=scheme, extra_http_headers=BEARER)
    page.goto(f"{path}?lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert violations(page) == []


@pytest.mark.parametrize("start", range(0, len(CORPUS), BATCH))
def test_no_script_of_anybody_runs(web: FakeWeb, new_page: OpenPage, start: int) -> None:
    """Every text in every field that a review has, and in a person's own: nothing runs, and each page stays whole."""
    texts = CORPUS[start : start + BATCH]
    made = hostile_review(texts, start + 1)
    named = review_id(made.student_id, made.assignment_id, made.new_submission_id, made.generation)
    review = made.model_copy(update={"review_id": named})
    edits = Edits(
        summary="\n".join(texts)[:8_000],
        comments=tuple(
            CommentEdit(comment=CodeComment(comment_id=f"own-{at}", path=text or "x", message=text or "x", quote=text))
            for at, text in enumerate(texts)
        ),
    )
    decision = a_decision(1, edits=edits, submission_id=review.new_submission_id)
    done(lambda: web.desk.publish(review), lambda: web.desk.send(decision))
    page = new_page(bypass_csp=True, extra_http_headers=BEARER)  # what is escaped needs no policy
    for path in ("/desk", f"/desk/reviews/{review.review_id}", f"/desk/assignments/{review.assignment_id}"):
        page.goto(f"{path}?lang=en")
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
        page.mouse.move(200, 200)
        assert_whole(page)


def test_an_edit_is_approved_published_and_alive_after_a_replay(filled: FakeWeb, new_page: OpenPage) -> None:
    """Without a script: the door, the queue, a form, and what everybody gets."""
    page = new_page(java_script_enabled=False)
    sign_in(page)
    page.get_by_role("link", name="student-1").click()
    expect(page.locator("#standing")).to_have_text("waits for approval")
    page.locator("summary", has_text="Edit").click()
    page.locator("#summary").fill("As I see it.")
    page.locator("#verdict-1").select_option("met")
    page.locator("#message-2").fill("Better said.")
    page.get_by_role("button", name="Save the edit").click()
    expect(page.locator("#summary-shown")).to_have_text("As I see it.")
    expect(page.locator("#scores")).to_contain_text("100")
    assert str(REVIEW.review_id) not in filled.desk.api.accepted, "an edit lets nothing out"

    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#standing")).to_have_text("approved")
    expect(page.get_by_role("status")).to_have_text("Your decision is taken.")
    told = list(filled.desk.api.accepted.values())[-1].review_result
    assert (told.progress_summary, told.overall_score) == ("As I see it.", 100)
    assert told.code_review_comments[1].message == "Better said."

    page.locator("#ask-reason").fill("Once more, please.")
    page.get_by_role("button", name="Ask for a replay").click()
    expect(page.get_by_role("status").first).to_contain_text("A replay was asked for.")
    done(lambda: filled.desk.carry_out_asked(filled.clock))
    page.reload()
    page.get_by_role("link", name="generation 1").click()
    expect(page.locator("#standing")).to_have_text("waits for approval")
    expect(page.locator("#summary-shown")).to_have_text("As I see it.")
    expect(page.locator("main")).to_contain_text("Better said.")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#standing")).to_have_text("approved")
    again = list(filled.desk.api.accepted.values())[-1]
    assert (again.generation, again.review_result.progress_summary) == (1, "As I see it.")


def test_the_keyboard_leads_from_the_queue_to_an_approval(filled: FakeWeb, new_page: OpenPage) -> None:
    """Movement, opening, editing, and an approval that is first shown and then given; in a field keys are letters."""
    page = new_page()
    sign_in(page)
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="student-1")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="calm")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PAGE}*")
    page.keyboard.press("e")
    expect(page.locator("#summary")).to_be_focused()
    page.keyboard.type("aje")
    assert "aje" in page.locator("#summary").input_value()
    page.locator("#standing").click()
    page.locator("#keys button").click()
    page.locator("h1").click()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Approve")).not_to_be_focused()
    page.locator("#keys button").click()
    page.locator("h1").click()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    assert filled.desk.sent == []
    page.keyboard.press("a")
    expect(page.locator("#standing")).to_have_text("approved")
    assert len(filled.desk.sent) == 1


def press(page: Page, key: str, code: str) -> None:
    """A key of a layout that playwright has not: what it writes, and which one it is."""
    page.evaluate(
        "([key, code]) => (document.activeElement ?? document.body).dispatchEvent("
        "new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }))",
        [key, code],
    )


def test_the_keys_are_where_they_are_on_a_russian_layout(filled: FakeWeb, new_page: OpenPage) -> None:
    """By their place where they write no Latin letter; a Latin letter counts wherever it is."""
    page = new_page()
    sign_in(page)
    expect(page.locator("#keys")).to_be_visible()
    press(page, "о", "KeyJ")
    press(page, "о", "KeyJ")
    expect(page.get_by_role("link", name="calm")).to_be_focused()
    press(page, "л", "KeyK")
    expect(page.get_by_role("link", name="student-1")).to_be_focused()
    press(page, "h", "KeyJ")
    expect(page.get_by_role("link", name="student-1")).to_be_focused()
    press(page, "j", "KeyC")
    expect(page.get_by_role("link", name="calm")).to_be_focused()
    page.goto(f"{PAGE}?lang=en")
    press(page, "ф", "KeyA")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()
    press(page, "у", "KeyE")
    expect(page.locator("#summary")).to_be_focused()


def test_a_rejection_wants_its_reason(filled: FakeWeb, new_page: OpenPage) -> None:
    """The browser asks for it before anything is sent."""
    page = new_page()
    sign_in(page, PAGE)
    page.get_by_role("button", name="Reject").click()
    assert page.locator("#reject-reason:invalid").count() == 1
    page.locator("#reject-reason").fill("Not their own work.")
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("#standing")).to_have_text("rejected")
    assert filled.desk.api.accepted.keys() == {str(a_review(student_id="calm", new_submission_id="sub-2").review_id)}


def test_a_phone_shows_it_all(filled: FakeWeb, new_page: OpenPage) -> None:
    """Nothing but tables is wider than the screen."""
    page = new_page(viewport={"width": 360, "height": 740}, extra_http_headers=BEARER)
    for path in ("/desk", "/desk/assignments/hw-1", PAGE):
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path
