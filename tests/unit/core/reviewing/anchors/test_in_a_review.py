"""What a whole review keeps of a reader's places and code."""

from dataclasses import replace
from typing import Any, Final

from app.catalogue import words_in
from app.core.ports import Draft, ItemOpinion, Opinion, QuotedPlace
from app.core.reviewing.finish import finish
from schemas.comparison import ChangedFile
from schemas.review import CodeComment, Review, Usage
from schemas.rubric import Verdict
from tests.builders.questions import a_question
from tests.builders.records import NOON, a_comparison, a_review

SOURCE: Final = "def mean(values):\n    total = sum(values)\n    return total / len(values)\n"
COMMENTS: Final = (
    CodeComment(
        path="stats.py", line=1, quote="    3| return total / len(values)", message="Add `if not values: return 0`."
    ),
    CodeComment(path="stats.py", line=2, quote="total = fsum(values)", message="Why is this slow?"),
)
ITEM: Final = ItemOpinion("readable", Verdict.MET, "Use `a = b + 1`.", QuotedPlace("./stats.py", 2, "total = …"))


def reviewed(draft: Draft) -> Review:
    comparison = a_comparison(sources=(ChangedFile(path="stats.py", text=SOURCE),))
    more: dict[str, Any] = {"review_id": a_review().review_id, "timestamp": NOON, "latency_ms": 1}
    return finish(a_question(comparison), draft, words=words_in("en"), **more)


def a_draft(*comments: CodeComment) -> Draft:
    return Draft(Opinion("Better.", comments, items=(ITEM,)), "m", "p", Usage(calls=1))


def test_reader_s_comments_stand_where_they_quote_and_give_no_code() -> None:
    """A moved comment, one without a line, code taken out: each is so in the review, and said."""
    review = reviewed(a_draft(*COMMENTS))
    found = {(one.line, one.quote, one.message[:17]) for one in review.review_result.code_review_comments}
    assert found == {(3, "return total / len(values)", "Look at this plac"), (None, None, "Why is this slow?")}
    said = " ".join(review.integrity.adjustments)
    assert "stats.py:1 moved to stats.py:3" in said
    assert "stats.py:2 moved to the file" in said
    assert "as the assignment asks: 2" in said


def test_verdict_is_kept_with_the_line_s_own_text() -> None:
    """What a reader cut or wrote in another way stands in the review as the student wrote it."""
    (verdict,) = [one for one in reviewed(a_draft()).review_result.rubric if one.item_id == "readable"]
    assert (verdict.verdict, verdict.path, verdict.line) == (Verdict.MET, "stats.py", 2)
    assert verdict.quote == "total = sum(values)"
    assert "a = b" not in (verdict.reason or "")


def test_exact_draft_keeps_its_lines() -> None:
    """The same comments made by code stand where they say."""
    review = reviewed(replace(a_draft(*COMMENTS), is_exact=True))
    assert {(one.line, one.quote) for one in review.review_result.code_review_comments} == {
        (1, "def mean(values):"),
        (2, "total = sum(values)"),
    }
