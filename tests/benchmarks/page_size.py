"""How large the page of a large review is, and how long it takes: `python -m tests.benchmarks.page_size`.

A review of 60 files and 40 comments, and beside it one of 400 files. Times are medians, from a request to the whole
answer, over fakes of the database: what this process computed, which others on the machine do not change, and by the
clock, which they do.
"""

import asyncio
import statistics
import time
from typing import Final

from app.core.hunks import read_patches
from schemas.review import CodeComment, Review, ReviewResult, Thread, ThreadState
from schemas.rubric import CountsFor, DecidedBy, RubricVerdict, Verdict
from tests.browser.review_links import a_link, publish
from tests.builders.records import a_diff, a_review
from tests.builders.reviewed import comparison_of
from tests.builders.sample_reviews import sample_reviews
from tests.fakes.web import FakeWeb

FILES: Final = 60
COMMENTS: Final = 40
RUNS: Final = 15
BYTES_MAX: Final = 300_000
SECONDS_MAX: Final = 0.150

_FUNCTION: Final = '''
def step_{at}(rows, limit={at}, *, strict=False):
    """Keep what is above the limit, and count the rest."""
    kept = [row for row in rows if row.value > limit]
    if strict and len(kept) < {at}:
        raise ValueError(f"only {{len(kept)}} of {{len(rows)}} rows are left")
    return kept, len(rows) - len(kept)  # what was dropped
'''


def a_large_review(files: int = FILES, functions: int = 4) -> Review:
    """Each file with some functions of which the second half was changed; comments on changed lines, old and new."""
    before = {f"package/module_{n}.py": _module(functions) for n in range(files)}
    after = {
        path: text.replace("row.value > limit", "row.value >= limit", 2).replace("only {", "no more than {")
        for path, text in before.items()
    }
    diff = comparison_of(before, after, "en").diff_info
    places = [(patch.path, patch.hunks[0][4].number) for patch in read_patches(diff.diff)]
    comments = tuple(
        CodeComment(
            comment_id=f"c{at}", path=path, line=line, severity="minor", category="readability",
            message=f"`step_{at}` reads twice what it could read once; name the condition and say why. " * 2,
            suggestion="Extract the condition into a function of its own, and test it alone.",
        )
        for at, (path, line) in enumerate(places[:COMMENTS])
    )  # fmt: skip
    threads = tuple(
        Thread(
            comment_id=f"t{at}", state=ThreadState.STILL_OPEN, path=path, line=line + 1, since_submission_id="sub-0",
            message="The error says how many rows are left and not which; whoever reads the log will ask.", attempts=2,
        )
        for at, (path, line) in enumerate(places[:10])
    )  # fmt: skip
    rubric = tuple(
        RubricVerdict(
            item_id=f"i{at}", title=f"Item {at} of the rubric", verdict=Verdict.PARTLY, points=5, points_max=10,
            counts_for=CountsFor.BOTH, decided_by=DecidedBy.MODEL, reason="Most of it is there, and the rest is named.",
        )
        for at in range(10)
    )  # fmt: skip
    sample = sample_reviews("en")[1]
    return a_review(
        diff_info=a_diff(diff=diff.diff, total_files_changed=files),
        review_result=ReviewResult(
            overall_score=70,
            progress_summary=sample.review_result.progress_summary,
            code_quality_score=60,
            code_review_comments=comments,
            recommendations=sample.review_result.recommendations,
            rubric=rubric,
            threads=threads,
        ),
        tests=sample.tests,
        changes=sample.changes,
        complexity=sample.complexity,
    )


def _module(functions: int) -> str:
    return '"""A module."""\n\nimport math\n' + "".join(_FUNCTION.format(at=at) for at in range(functions))


async def _measure(name: str, review: Review) -> tuple[int, float]:
    web = FakeWeb()
    await publish(web, review)
    computed, passed, size = [], [], 0
    async with web.client(None) as client:
        for _ in range(RUNS):
            started, worked = time.perf_counter(), time.process_time()
            answer = await client.get(f"{a_link(review)}&lang=en")
            computed.append(time.process_time() - worked)
            passed.append(time.perf_counter() - started)
            assert answer.status_code == 200, answer.text
            size = len(answer.content)
    lines = sum(len(hunk) for patch in read_patches(review.diff_info.diff) for hunk in patch.hunks)
    median = statistics.median(computed)
    said = f"{len(review.review_result.code_review_comments)} comments, {lines} lines of diff"
    print(f"{name}: {said}: {size / 1000:.0f} KB, {_ms(median)} computed, {_ms(statistics.median(passed))} passed")  # noqa: T201
    return size, median


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


async def main() -> int:
    """Measure both; 1 where the first one is beyond its bounds."""
    size, seconds = await _measure(f"{FILES} files", a_large_review())
    await _measure("400 files", a_large_review(400, 12))
    return 0 if size < BYTES_MAX and seconds < SECONDS_MAX else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
