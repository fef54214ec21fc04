"""The same comparison gets the same overall score, however a model words its review and doubts its verdicts."""

import random
from typing import Final

from agents.reviewer import ReviewerAgent
from app.catalogue import load_catalogue
from app.core.limits import HistoryLimits
from app.core.ports import Draft, ItemOpinion, Opinion, Question, QuotedPlace
from schemas.codec import decode, encode
from schemas.comparison import Comparison
from schemas.review import CodeComment, Review, Usage
from schemas.rubric import Verdict
from tests.builders.questions import the_default_rubric
from tests.builders.reviewed import comparison_of
from tests.fakes.clock import FakeClock
from tests.fakes.kafka import FakeOutbox, FakeReviews
from tests.fakes.rubrics import FakeRubrics
from tests.fakes.store import MemoryReviews
from tests.unit.agents.test_agents import a_record

RUNS: Final = 20
SPREAD_MAX: Final = 3

OLD = "def total(rows):\n    found = 0\n    for row in rows:\n        found += row\n    return found\n"
NEW = OLD + "\n\ndef load(path):\n    file = open(path)\n    return file.read()\n\n\nprint(load('a'), total([1]))\n"
SURE: Final = {"readable": Verdict.MET}
"""A scripted model is sure of one item; of the others it says what chance has it say."""


class WaveringReviewer:
    """`Reviewer` that means the same each time, says it in other words, and wavers where it is not sure."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    async def draft(self, question: Question) -> Draft:
        """Other prose, other comments, other numbers of them, and other verdicts at each call."""
        chosen = self._random
        places = [
            QuotedPlace("a.py", 9, "file = open(path)"),
            QuotedPlace("a.py", 3, "for row in rows:"),
            QuotedPlace("a.py", 3, "gone"),
        ]
        items = tuple(
            ItemOpinion(
                item.id,
                SURE.get(item.id) or chosen.choice(list(Verdict)),
                f"Reason {chosen.random()}",
                places[0] if item.id in SURE else chosen.choice(places),
            )
            for item in question.rubric.left_to_a_reader
            if item.id in SURE or chosen.random() > 0.1
        )
        comments = tuple(
            CodeComment(
                path="a.py",
                line=chosen.randint(1, 12),
                severity=chosen.choice(["minor", "major", "critical", "praise"]),
                category=f"c{number}",
                message=f"Perhaps {chosen.random()}.",
            )
            for number in range(chosen.randint(0, 9))
        )
        opinion = Opinion(f"Summary {chosen.random()}, 10/10.", comments, (f"Advice {chosen.random()}.",), items)
        return Draft(opinion, model="wavering", prompt_version="1", usage=Usage(calls=1))


async def reviews_of(comparison: Comparison) -> list[Review]:
    """The reviews of `RUNS` runs, each from nothing."""
    found = []
    for seed in range(RUNS):
        outbox = FakeOutbox()
        agent = ReviewerAgent(
            reviewer=WaveringReviewer(seed),
            rubrics=FakeRubrics(the_default_rubric()),
            reviews=outbox,
            kept=MemoryReviews(),
            clock=FakeClock(),
            history=HistoryLimits(depth=3),
            catalogue=load_catalogue("en"),
        )
        await agent.review(a_record(encode(comparison), 0, "comparisons"), FakeReviews())
        found += [decode(Review, value) for _, value in outbox.records]
    return found


async def test_twenty_runs_of_one_comparison_give_one_overall_score() -> None:
    """Prose, comments and doubtful verdicts of the runs differ, and the overall score does not."""
    found = await reviews_of(comparison_of({"a.py": OLD}, {"a.py": NEW}, "en"))
    scores = [review.review_result.overall_score for review in found]
    assert len(scores) == RUNS
    assert max(scores) - min(scores) <= SPREAD_MAX
    assert len({review.review_result.progress_summary for review in found}) == RUNS
    assert len({tuple(one.verdict for one in review.review_result.rubric) for review in found}) > 1
    qualities = [review.review_result.code_quality_score for review in found]
    assert 0 < max(qualities) - min(qualities) <= 26
