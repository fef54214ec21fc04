"""A replay's reviews against the old ones, for a terminal and as a page."""

from html.parser import HTMLParser

import pytest

from app.core.replaying.paired import compare_reviews
from app.presentation.replay_diff import diff_lines, diff_page
from schemas.replay import ItemMove, PairedReviews, ReplayDiff
from schemas.rubric import Verdict

HOSTILE = "<script>alert(1)</script>"


def a_pair(number: int, before: int | None, after: int | None, item: str = "tests") -> PairedReviews:
    return PairedReviews(
        student_id="anna",
        assignment_id="hw-1",
        submission_id=f"sub-{number}",
        overall_before=before,
        overall_after=after,
        quality_before=before,
        quality_after=after,
        items=(ItemMove(item_id=item, before=Verdict.MET, after=Verdict.NOT_MET),),
        comments_gone=1,
        comments_new=2,
        calls_after=1,
    )


def a_diff(item: str = "tests") -> ReplayDiff:
    return compare_reviews("replay-1", [a_pair(0, 50, 60, item), a_pair(1, 50, 40, item), a_pair(2, 50, None, item)])


class Tags(HTMLParser):
    """The names of a page's elements, and what stands between them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_lines_say_the_sums_and_then_each_submission() -> None:
    """What lost most first, what is missing by name, what is in the way of a promotion."""
    lines = list(diff_lines(a_diff(), 3.0))
    assert lines[0] == "3 submissions, 1 of them without an old or a new review"
    assert lines[1].startswith("overall: +0.0 on average, 95% interval -10.0 to +10.0; 1 down, 1 up")
    assert lines[3] == "promotion: 1 of 3 submissions miss their old or their new review"
    assert lines[4] == "verdict on tests: met -> not_met, 2 times"
    first = "anna hw-1 sub-1: overall 50 -> 40 (-10), quality 50 -> 40, comments gone 1, new 2, calls 1"
    assert lines[5] == f"{first}; tests: met -> not_met"
    assert lines[6] == "anna hw-1 sub-2: the new review is missing"
    assert lines[7].startswith("anna hw-1 sub-0: overall 50 -> 60 (+10)")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(0.01, 0.002, "cost 0.0100 -> 0.0020"), (None, 0.002, "cost unknown -> 0.0020"), (0.01, None, "calls 1")],
)
def test_a_line_says_what_a_submission_cost(before: float | None, after: float | None, said: str) -> None:
    """In both; and the line has no verdict that stayed as it was."""
    same = ItemMove(item_id="tests", before=Verdict.MET, after=Verdict.MET)
    fields = {"cost_before": before, "cost_after": after, "items": (same,)}
    diff = compare_reviews("replay-1", [a_pair(0, 50, 50).model_copy(update=fields)])
    assert list(diff_lines(diff, 3.0))[-1].endswith(f"new 2, {said}")
    page = Tags()
    page.feed(diff_page(diff, 3.0))
    of_page = "1 calls" if after is None else said.removeprefix("cost ").replace("->", "→")
    assert of_page in page.text


def test_a_replay_that_may_be_promoted_says_so() -> None:
    """Nothing is in its way."""
    same = compare_reviews("replay-1", [a_pair(number, 50, 50) for number in range(3)])
    assert "promotion: nothing is in its way" in list(diff_lines(same, 3.0))


def test_an_empty_replay_has_no_sums() -> None:
    """And no page that fails."""
    empty = compare_reviews("replay-1", [])
    assert list(diff_lines(empty, 3.0)) == [
        "0 submissions, 0 of them without an old or a new review",
        "promotion: there is nothing to compare",
    ]
    assert "replay-1" in diff_page(empty, 3.0)


def test_a_page_shows_what_is_chosen_by_others_as_text() -> None:
    """It stands alone: no scripts, nothing loaded from elsewhere."""
    page = Tags()
    page.feed(diff_page(a_diff(HOSTILE), 3.0))
    assert HOSTILE in page.text
    assert not {"script", "link", "img", "iframe", "object"} & set(page.names)
    for name in ("sub-0", "sub-1", "sub-2"):
        assert name in page.text
    assert page.text.index("sub-1") < page.text.index("sub-2") < page.text.index("sub-0")
