"""The core without Kafka, for a teacher's desk: two sides on disk, one review."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from app.adapters.llm.configured import new_reviewer
from app.adapters.rubrics.rubric_files import load_rubrics
from app.catalogue import words_in
from app.config import Settings
from app.core.history.identity import review_id
from app.core.reviewing.finish import finish
from app.core.reviewing.question import ask
from app.core.submission.sources import FileKind, SourceTree
from app.desk.two_sides import Desk, compare_sides
from schemas.errors import Reason, Rejected
from schemas.review import Review

_PROSE: Final = frozenset({FileKind.TEXT, FileKind.MARKDOWN})


async def review_on_desk(desk: Desk, settings: Settings) -> Review:
    """The review of the two sides, exactly as the reviewer makes it.

    Two sides without any code are refused, which the stream does not do: at a desk it is the wrong path.
    """
    previous, attempt = desk.read(settings)
    if not (_has_code(attempt.tree) or (previous is not None and _has_code(previous))):
        raise Rejected(
            Reason.NO_SOURCES,
            "there is no code to review: no Python, notebook, SQL, shell, Docker or configuration file on either side",
        )
    comparison = await compare_sides(previous, attempt, settings)
    words = words_in(comparison.language)
    question = ask(comparison, None, (), load_rubrics(settings.rubrics_path).of(desk.assignment), words)
    started = monotonic()
    async with AsyncExitStack() as closing:
        reviewer = new_reviewer(settings, closing.push_async_callback)
        draft = await reviewer.draft(question)
    return finish(
        question,
        draft,
        review_id=review_id("desk", desk.assignment, comparison.submission_id, 0),
        timestamp=datetime.now(UTC),
        latency_ms=round((monotonic() - started) * 1000),
        words=words,
    )


def _has_code(tree: SourceTree) -> bool:
    return any(file.kind not in _PROSE for file in tree.files.values())
