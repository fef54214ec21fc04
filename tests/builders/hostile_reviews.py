"""A review in which every text that a page shows is one that somebody else chose."""

from collections.abc import Sequence
from uuid import UUID

from schemas.changes import Change, Complexity, ComplexityDelta, Coverage, Place
from schemas.review import CodeComment, FlagPlace, Integrity, ReplayNote, Review, ReviewResult, Thread, ThreadState
from schemas.rubric import CountsFor, DecidedBy, RubricVerdict, Verdict
from schemas.tests import Outcome, TestCase, TestProgress, TestReport
from tests.builders.records import a_diff, a_review


def hostile_review(texts: Sequence[str], number: int = 0) -> Review:
    """Each text at each place: file names, code, logs, the model's words, names; ids have letters of their own."""
    paths = [text.replace("\n", " ").replace("\r", " ") or "x" for text in texts]
    patch = "".join(
        f'--- "a/{_quoted(path)}"\n+++ "b/{_quoted(path)}"\n@@ -1,2 +1,2 @@\n {line}\n-{line}\n+{line}\n'
        for path, line in zip(paths, map(_one_line, texts), strict=True)
    )
    return a_review(
        review_id=UUID(int=number),
        new_submission_id=f"sub-{number}",
        diff_info=a_diff(diff=patch),
        review_result=ReviewResult(
            overall_score=50,
            progress_summary="\n".join(texts)[:8_000],
            code_quality_score=50,
            code_review_comments=tuple(
                CodeComment(
                    path=path, line=1 + at % 4, message=text[:4_000] or "x", suggestion=text[:4_000], quote=text,
                    symbol=text, category=text, test_id=text, comment_id=text,
                )
                for at, (path, text) in enumerate(zip(paths, texts, strict=True))
            ),
            recommendations=tuple(text[:2_000] or "x" for text in texts),
            rubric=tuple(
                RubricVerdict(
                    item_id=text, title=text, verdict=Verdict.PARTLY, points=1, points_max=2,
                    counts_for=CountsFor.BOTH, decided_by=DecidedBy.MODEL, reason=text, path=text, line=1, quote=text,
                )
                for text in texts
            ),
            threads=tuple(
                Thread(
                    comment_id=text, state=ThreadState.STILL_OPEN, path=path, symbol=text, line=9, quote=text,
                    test_id=text, message=text[:4_000] or "x", since_submission_id="sub-0",
                )
                for path, text in zip(paths, texts, strict=True)
            ),
        ),
        replay=ReplayNote(replay_id="replay-1", reason="\n".join(texts)[:2_000], is_appeal=True),
        changes=tuple(
            Change(
                kind=text, before=Place(path=text, symbol=text), after=Place(path=text, symbol=text),
                detail={"name": text, "before": text, "after": text},
            )
            for text in texts
        ),
        complexity=Complexity(
            deltas=tuple(
                ComplexityDelta(
                    path=text, symbol=text, metric="cyclomatic", before=1, after=2, rank_before=text, rank_after=text
                )
                for text in texts
            ),
            errors={text: text for text in texts},
        ),
        tests=TestProgress(
            current=TestReport(
                formats=tuple(texts),
                totals={Outcome.FAILED: 1},
                cases=tuple(TestCase(id=text, outcome=Outcome.FAILED, message=text, path=text) for text in texts),
                excerpt="\n".join(texts),
                confidence=0.5,
            ),
            newly_failing=tuple(texts), newly_passing=tuple(texts), still_failing=tuple(texts), flaky=tuple(texts),
            added=tuple(texts), removed=tuple(texts),
        ),
        integrity=Integrity(
            source_digest="0" * 64, flags=tuple(texts), adjustments=tuple(texts),
            places=tuple(FlagPlace(flag=text, path=text, log=text, names=text, quote=text) for text in texts),
        ),
        coverage=Coverage(
            omitted=dict.fromkeys(texts, 1), omitted_files={text: (text,) for text in texts}, notes=tuple(texts)
        ),
        model="; ".join(texts)[:500],
    )  # fmt: skip


def _one_line(text: str) -> str:
    return text.replace("\n", " ")


def _quoted(path: str) -> str:
    """A path as git writes it."""
    return "".join(f"\\{byte:03o}" for byte in path.encode("utf-8", "replace"))
