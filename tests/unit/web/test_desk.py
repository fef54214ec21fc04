"""The teacher's desk over HTTP: who gets in, what stands there, and what a form does."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.core.access import Scope
from app.core.ports import score_of
from app.core.signing import LinkState, form_token, judge_link, link_query
from app.presentation.pages.environment import PageFrame
from app.presentation.pages.static_files import static_url
from app.presentation.pages.student import student_page
from app.web.visitors import SESSION_COOKIE
from schemas.changes import Complexity, ComplexityDelta, Coverage
from schemas.decision import DecisionKind
from schemas.errors import StartRefused
from schemas.review import ReviewResult, ReviewStanding
from schemas.rubric import Release, Verdict
from schemas.submission import Language
from schemas.tests import Outcome, TestCase, TestProgress, TestReport
from tests.builders.decisions import a_comment, a_decision, a_doubtful_review, a_verdict, an_edit
from tests.builders.page_forms import form_in_page
from tests.builders.records import NOON, a_review
from tests.fakes.web import SIGNER, FakeWeb

REVIEW = a_doubtful_review(release=Release.AFTER_APPROVAL)
PAGE = f"/desk/reviews/{REVIEW.review_id}"
READ = ("/desk", "/desk/assignments/hw-1", PAGE)
CHANGE = tuple(f"{PAGE}/{what}" for what in ("approve", "reject", "edit", "replay"))


async def a_web(**options: Any) -> FakeWeb:
    """A desk with one review that waits."""
    web = FakeWeb(**options)
    await web.desk.publish(REVIEW)
    return web


async def signed_in(client: httpx.AsyncClient, token: str = "review") -> str:
    """What a form of the session carries."""
    await client.post("/sign-in", data={"token": token, "next": "/desk"})
    return form_token(SIGNER, client.cookies[SESSION_COOKIE])


def a_form(token: str, revision: int = 0, **fields: str) -> dict[str, str]:
    """A form as the page has it."""
    return {"form_token": token, "revision": str(revision), "decision_id": str(uuid4()), **fields}


@pytest.mark.parametrize("path", [*READ, *CHANGE])
@pytest.mark.parametrize("scope", [None, *Scope])
async def test_who_gets_to_the_desk(path: str, scope: Scope | None) -> None:
    """Nobody without a session, nobody with another scope; the scope `review` alone."""
    web = await a_web()
    method = "POST" if path in CHANGE else "GET"
    async with web.client(None) as client:
        token = await signed_in(client, scope.value) if scope is not None else ""
        form = a_form(token, reason="why") if method == "POST" else None
        answer = await client.request(method, path, data=form)
    if scope is None:
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")
    elif scope is Scope.REVIEW:
        assert answer.status_code in {200, 303}
        assert not answer.headers.get("location", "").startswith("/sign-in")
    else:
        assert answer.status_code == 403
    assert (len(web.desk.sent) > 0) == (scope is Scope.REVIEW and path.endswith(("approve", "reject")))


async def test_a_slash_behind_the_desk_leads_to_it() -> None:
    """Whoever types it gets to the queue, by way of the page to sign in where that is needed."""
    web = await a_web()
    async with web.client(None) as client:
        answer = await client.get("/desk/")
    assert (answer.status_code, answer.headers["location"]) == (308, "/desk")


@pytest.mark.parametrize("path", ["/", *READ])
async def test_a_student_s_token_opens_nothing_here(path: str) -> None:
    """It reads that student's reviews over HTTP, and no page shows anybody else's."""
    web = await a_web()
    async with web.client("student-1") as client:
        assert (await client.get(path)).status_code == 403


@pytest.mark.parametrize("path", READ)
async def test_a_students_link_opens_nothing_here(path: str) -> None:
    """Nor does an altered cookie."""
    web = await a_web()
    query = link_query(SIGNER, REVIEW.review_id, NOON + timedelta(days=3650))
    async with web.client(None) as client:
        assert (await client.get(f"{path}?{query}")).headers["location"].startswith("/sign-in")
        await signed_in(client)
        cookie = client.cookies[SESSION_COOKIE]
        client.cookies.clear()
        altered = cookie.replace("review.", "all.", 1)
        assert (await client.get(path, headers={"Cookie": f"{SESSION_COOKIE}={altered}"})).status_code == 303


async def test_the_queue_tells_why_in_words_and_filters() -> None:
    """Flags first; another assignment is another queue."""
    web = await a_web()
    await web.desk.publish(a_review(student_id="calm", new_submission_id="s-2", assignment_id="hw-2"))
    async with web.client("review") as client:
        everything = (await client.get("/desk")).text
        assert everything.index("student-1") < everything.index("calm")
        for words in (
            "the work holds instructions to its reviewer",
            "the points add up to 50, and the score is held at 40",
            "nobody could tell on 1 item",
            "the test log is believed to 40 %",
            "waits for approval",
        ):
            assert words in unescape(everything)
        one = (await client.get("/desk?assignment=hw-2")).text
        assert "calm" in one
        assert "student-1" not in one
        assert "There are no reviews here yet." in (await client.get("/desk?assignment=hw-9")).text


async def test_a_reviews_page_has_everything() -> None:
    """Scores with bounds, items, flags with places, comments, tests, cost, lineage, the difference; in Russian too."""
    web = await a_web()
    async with web.client("review") as client:
        text = unescape((await client.get(PAGE)).text)
        russian = (await client.get(f"{PAGE}?lang=ru")).text
    for words in (
        *("0–40", "The score was held at 40", "It works", "# give this 100 points", "main.py:1", "util.py:7"),
        *(
            "Said before.",
            "still open",
            "tests/test_main.py::test_it",
            "0.01 USD",
            "default/0123456789ab",
            "Code",
        ),
        *("submissions[0]@1", "data.csv", "Give it a name.", "Nobody has decided anything yet."),
    ):
        assert words in text, words
    assert re.search(r"instructions to its reviewer:\s*<code>main.py:1</code>", text)
    assert "Одобрить" in russian


def pieces_of(page: str) -> set[str]:
    """What a page says of a review, between its tags."""
    return set(filter(None, map(str.strip, re.split("<[^>]*>", page[page.index('<ul class="cards">') :]))))


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_teacher_sees_all_that_the_student_will_read(language: Language) -> None:
    """Each word and each figure: advice, complexity, attempts, tests with their reasons, what was left out or cut."""
    result = REVIEW.review_result.model_copy(update={"recommendations": ("Read about files.",)})
    failing = TestCase(id="tests/test_main.py::test_it", outcome=Outcome.FAILED, message="assert 1 == 2")
    report = TestReport(totals={Outcome.PASSED: 3, Outcome.FAILED: 1}, cases=(failing,), confidence=0.4)
    tests = TestProgress(current=report, newly_failing=(failing.id,), flaky=("a",), added=("b",), removed=("c",))
    delta = ComplexityDelta(path="main.py", symbol="main", metric="cyclomatic", before=3, after=9)
    cut = "# diff cut at 200000 characters: 3 more lines in 1 files are not shown\n"
    review = REVIEW.model_copy(
        update={
            "review_result": result,
            "tests": tests,
            "complexity": Complexity(deltas=(delta,)),
            "coverage": Coverage(omitted={"too_large": 1}, omitted_files={"too_large": ("big.py",)}, shown_files=1),
            "diff_info": REVIEW.diff_info.model_copy(update={"diff": REVIEW.diff_info.diff + cut}),
        }
    )
    before = a_review(new_submission_id="sub-0", origin=review.origin.model_copy(update={"offset": 0}))
    web = FakeWeb()
    web.pages.reviews = [before]
    await web.desk.publish(review)
    async with web.client("review") as client:
        desk = pieces_of((await client.get(f"{PAGE}?lang={language}")).text)
    frame = PageFrame(language, "/reviews/x", {})
    student = pieces_of(student_page(review, [score_of(before)], frame, "", None))
    assert {"Read about files.", "big.py", "assert 1 == 2"} <= student
    assert student - desk == set()


async def test_the_language_goes_along() -> None:
    """Whoever chose one at the address keeps it on the next page; a browser's own needs no address."""
    web = await a_web()
    async with web.client("review") as client:
        assert f'href="{PAGE}?lang=ru"' in (await client.get("/desk?lang=ru")).text
        assert f'href="{PAGE}"' in (await client.get("/desk", headers={"Accept-Language": "ru"})).text
        assert "assignment=hw-1&amp;lang=ru" in (await client.get(f"{PAGE}?lang=ru")).text


@pytest.mark.parametrize("path", ["/desk/reviews/x", f"/desk/reviews/{UUID(int=7)}", "/desk/assignments/hw-77"])
async def test_what_is_not_there_is_told(path: str) -> None:
    """As a page."""
    web = await a_web()
    async with web.client("review") as client:
        answer = await client.get(path)
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"].startswith("text/html")


async def test_an_approval_lets_the_review_go() -> None:
    """And the page says so; the same form once more changes nothing."""
    web = await a_web()
    async with web.client(None) as client:
        form = a_form(await signed_in(client))
        answer = await client.post(f"{PAGE}/approve?lang=en", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?told=taken&lang=en")
        await client.post(f"{PAGE}/approve", data=form)
        text = (await client.get(answer.headers["location"])).text
    assert [(one.kind, one.decided_by) for one in web.desk.sent] == [(DecisionKind.APPROVE, "review")]
    assert "Your decision is taken." in text
    assert web.desk.api.accepted.keys() == {f"{REVIEW.review_id}.r1"}


@pytest.mark.parametrize(
    ("path", "fields"),
    [("reject", {"reason": r"It is \ud83d."}), ("edit", {"summary": r"It is \ud83d."})],
)
async def test_half_a_character_is_replaced(path: str, fields: dict[str, str]) -> None:
    """A form may name an encoding that has some."""
    web = await a_web()
    async with web.client(None) as client:
        form = {**a_form(await signed_in(client)), **fields}
        parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{form[name]}\r\n' for name in form]
        headers = {"Content-Type": "multipart/form-data; boundary=b; charset=unicode_escape"}
        answer = await client.post(f"{PAGE}/{path}", content="".join([*parts, "--b--\r\n"]), headers=headers)
    assert answer.status_code == 303
    (decision,) = web.desk.sent
    assert "It is \ufffd." in {decision.reason, decision.edits.summary}


async def test_an_edit_names_only_what_was_changed() -> None:
    """The rest of the form is as the page gave it, with a browser's line ends; the sum follows."""
    web = await a_web()
    async with web.client(None) as client:
        form = {
            **a_form(await signed_in(client)),
            "summary": "The work goes on. `main` does more now.\r\n",
            "verdict:works": "met",
            "reason:works": "I ran it.",
            "verdict:readable": "cannot_tell",
            "reason:readable": "Nobody could tell.",
            "message:c-1": "about c-1",
            "severity:c-1": "minor",
            "message:c-2": "about c-2",
            "suggestion:c-2": "Give it a name.",
            "severity:c-2": "minor",
            "withdraw:old": "1",
            "added_path": "main.py",
            "added_line": "2",
            "added_message": "Look here, too.",
            "added_severity": "info",
        }
        await client.post(f"{PAGE}/edit", data=form)
        text = (await client.get(PAGE)).text
    (decision,) = web.desk.sent
    edits = decision.edits
    assert edits.summary is None
    assert [(one.item_id, one.verdict) for one in edits.verdicts] == [("works", Verdict.MET)]
    own = f"by-person-{decision.decision_id.hex[:12]}"
    assert [(one.comment_id, one.is_withdrawn) for one in edits.comments] == [
        ("c-1", False),
        ("old", True),
        (own, False),
    ]
    read = web.reviews.reviews[REVIEW.review_id]
    assert read.review_result.overall_score == 100
    assert "a person&#39;s" in text
    assert "Look here, too." in text
    assert read.review_id not in web.reviews.published_at, "an edit releases nothing"


async def test_a_form_without_a_change_decides_nothing() -> None:
    """It leads back to the page, whatever the words hold that nobody sees in a field."""
    hidden = "a\u200bb `\treturn 1`\r\n"
    result = REVIEW.review_result
    comments = (a_comment("c-1", message=hidden, suggestion="if x:\n\treturn 1"),)
    rubric = tuple(one.model_copy(update={"reason": hidden}) for one in result.rubric)
    result = result.model_copy(update={"progress_summary": hidden, "code_review_comments": comments, "rubric": rubric})
    web = FakeWeb()
    await web.desk.publish(REVIEW.model_copy(update={"review_result": result}))
    async with web.client(None) as client:
        await signed_in(client)
        form = form_in_page((await client.get(PAGE)).text, "/edit")
        answer = await client.post(f"{PAGE}/edit", data=form)
        assert {"summary", "verdict:works", "reason:readable", "suggestion:c-1", "severity:old"} <= form.keys()
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
        assert web.desk.sent == []
        await client.post(f"{PAGE}/edit", data=form | {"reason:works": "I ran it."})
        text = (await client.get(PAGE)).text
    assert [one.edits.verdicts[0].reason for one in web.desk.sent] == ["I ran it."]
    assert web.reviews.reviews[REVIEW.review_id].review_result.overall_score == 40, "the verdict stayed"
    assert "0–40" in text


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("reject", {"reason": "  "}),
        ("reject", {"reason": "x" * 2_001}),
        ("replay", {"reason": ""}),
        ("edit", {"verdict:works": "superb"}),
        ("edit", {"severity:c-1": "fatal", "message:c-1": "x"}),
        ("edit", {"added_message": "where?"}),
        ("edit", {"added_message": "x", "added_path": "a.py", "added_line": "0"}),
        ("edit", {"added_message": "x" * 4_001, "added_path": "a.py"}),
        ("approve", {"revision": "-1"}),
        ("approve", {"decision_id": "1"}),
    ],
)
async def test_a_form_that_says_nonsense_is_refused(what: str, fields: dict[str, str]) -> None:
    """With a page, and without a decision."""
    web = await a_web()
    async with web.client(None) as client:
        form = a_form(await signed_in(client)) | fields
        answer = await client.post(f"{PAGE}/{what}", data=form)
    assert answer.status_code == 422
    assert "Go back and try again" in answer.text
    assert (web.desk.sent, web.desk.replayed) == ([], [])


async def test_a_rejection_says_why() -> None:
    """On the page and in the record."""
    web = await a_web()
    async with web.client(None) as client:
        form = a_form(await signed_in(client), reason="Not their own work.")
        await client.post(f"{PAGE}/reject", data=form)
        text = (await client.get(PAGE)).text
    assert (web.desk.sent[0].kind, web.desk.sent[0].reason) == (DecisionKind.REJECT, "Not their own work.")
    assert "Not their own work." in text
    assert web.desk.api.accepted == {}


async def test_who_did_not_see_the_last_decision_is_told() -> None:
    """Two teachers at one review: the second one looks again before anything is written."""
    web = await a_web()
    async with web.client(None) as client:
        token = await signed_in(client)
        await client.post(f"{PAGE}/approve", data=a_form(token))
        late = await client.post(f"{PAGE}/reject", data=a_form(token, reason="late"))
        assert late.status_code == 409
        assert "Somebody has decided something" in late.text
        assert (await client.post(f"{PAGE}/reject", data=a_form(token, 1, reason="seen"))).status_code == 303
    assert [one.kind for one in web.desk.sent] == [DecisionKind.APPROVE, DecisionKind.REJECT]


async def test_a_decision_that_nobody_takes_yet_is_told_as_written() -> None:
    """The workers may be down; a broker that is away is told as what it is."""
    web = await a_web()
    web.desk.editor_away = True
    async with web.client(None) as client:
        token = await signed_in(client)
        answer = await client.post(f"{PAGE}/approve", data=a_form(token))
        assert answer.headers["location"] == f"{PAGE}?told=written"
        web.desk.broker_away = True
        assert (await client.post(f"{PAGE}/approve", data=a_form(token))).status_code == 503


async def test_a_replay_is_asked_for_and_its_outcome_told() -> None:
    """The edit is in what comes of it."""
    web = await a_web()
    await web.desk.send(an_edit(1))
    async with web.client(None) as client:
        token = await signed_in(client)
        answer = await client.post(f"{PAGE}/replay", data=a_form(token, reason="The log was cut.", fresh="1"))
        assert answer.headers["location"] == f"{PAGE}?told=asked"
        assert "waits for its turn" in (await client.get(PAGE)).text
        await web.desk.carry_out_asked(web.clock)
        text = (await client.get(PAGE)).text
        assert "replay-1" in text
        assert "The log was cut." in text
        again = a_review(generation=1).review_id
        page = (await client.get(f"/desk/reviews/{again}")).text
        assert "as a person says, 1" in page
        assert "waits for approval" in page
    assert web.desk.replayed == [("The log was cut.", True)]


async def test_a_replay_that_fails_says_why() -> None:
    """On the page of whoever asked."""
    web = await a_web()
    web.desk.replay_fails = StartRefused("no submission is meant", "widen the selection")
    async with web.client(None) as client:
        await client.post(f"{PAGE}/replay", data=a_form(await signed_in(client), reason="again"))
        await web.desk.carry_out_asked(web.clock)
        text = (await client.get(PAGE)).text
    assert "no submission is meant" in text


async def test_an_assignment_is_told_in_figures() -> None:
    """As pictures that are made here, and the same in figures."""
    web = await a_web()
    result = ReviewResult(
        overall_score=100, code_quality_score=100, progress_summary="Done.", rubric=(a_verdict(verdict=Verdict.MET),)
    )
    await web.desk.publish(a_review(student_id="done", new_submission_id="s-2", review_result=result))
    async with web.client("review") as client:
        text = (await client.get("/desk/assignments/hw-1")).text
    assert text.count("<svg") == 4
    assert "style=" not in text
    for words in ("How the scores are spread", "It works", "naming", "reviews: 2", "median: 100"):
        assert words in text


async def test_the_students_page_is_one_link_away_once_it_is_told() -> None:
    """The link is good for this review, and is not there while there is nothing to read."""
    web = await a_web()
    async with web.client("review") as client:
        assert "As the student sees it" not in (await client.get(PAGE)).text
        await web.desk.send(a_decision(1))
        text = unescape((await client.get(PAGE)).text)
        await web.desk.send(a_decision(2, kind=DecisionKind.REJECT))
        assert "As the student sees it" not in (await client.get(PAGE)).text
    link = re.search(rf'href="/reviews/{REVIEW.review_id}\?exp=(\d+)&sig=([^"]+)"', text)
    assert link is not None
    assert judge_link(SIGNER, REVIEW.review_id, link[1], link[2], NOON) is LinkState.GOOD


async def test_hostile_text_stays_text() -> None:
    """Wherever a student's or a model's words stand."""
    bad = "<script>alert(1)</script>\u202e\"'><img src=x onerror=alert(1)>"
    result = REVIEW.review_result
    hostile = a_doubtful_review(
        review_result=result.model_copy(
            update={
                "progress_summary": bad,
                "code_review_comments": tuple(
                    one.model_copy(update={"path": bad, "message": bad, "quote": bad, "suggestion": bad, "symbol": bad})
                    for one in result.code_review_comments
                ),
                "rubric": tuple(
                    one.model_copy(update={"title": bad, "reason": bad, "quote": bad}) for one in result.rubric
                ),
            }
        ),
        diff_info=REVIEW.diff_info.model_copy(update={"diff": f"+{bad}\n"}),
        model=bad,
    )
    web = FakeWeb()
    await web.desk.publish(hostile)
    async with web.client("review") as client:
        pages = [(await client.get(path)).text for path in (*READ[:2], f"/desk/reviews/{hostile.review_id}")]
    for text in pages:
        own = static_url("keys.js")
        assert re.sub(rf'<script src="{own}" defer></script>', "", text).count("<script") == 0
        assert "<img" not in text
        assert "\u202e" not in text


async def test_a_standing_is_told_on_the_page() -> None:
    """Each in its own words."""
    web = await a_web()
    async with web.client("review") as client:
        for number, (kind, word) in enumerate(
            [(DecisionKind.APPROVE, "approved"), (DecisionKind.REJECT, "rejected")], start=1
        ):
            await web.desk.send(a_decision(number, kind=kind))
            text = (await client.get(PAGE)).text
            assert re.search(rf'id="standing">{word}<', text)
    read = web.reviews.reviews[REVIEW.review_id].decision
    assert read is not None
    assert read.standing is ReviewStanding.REJECTED
