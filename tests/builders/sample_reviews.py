"""Reviews by rules of a sample student's attempts, one after the other, with threads: what pages are looked at with."""

from datetime import timedelta
from functools import cache
from typing import Final

from app.adapters.analysis.tasks import analyse_now
from app.core.history.identity import review_id
from app.core.ports import Side
from app.core.submission.tree import tree_from_texts
from app.embedded.demo.samples import SAMPLES, read_files
from schemas.base import LIVE
from schemas.comparison import Baseline
from schemas.origin import Origin
from schemas.review import Review
from schemas.submission import Language
from tests.builders.records import NOON
from tests.builders.reviewed import LIMITS, alone, composed, finished

STUDENTS: Final[dict[Language, str]] = {"en": "boris.ivanov", "ru": "anna.petrova"}
"""One for each language, so that both stand beside each other."""
ASSIGNMENT: Final = "hw1-feature-store"
NUMBERS: Final = (1, 2, 3)


@cache
def sample_reviews(language: Language) -> tuple[Review, ...]:
    """A student's three attempts; each review knows what became of the comments before."""
    reviews: list[Review] = []
    for number in NUMBERS:
        reviews.append(_review(number, language, reviews[-1] if reviews else None))
    return tuple(reviews)


def _review(number: int, language: Language, previous: Review | None) -> Review:
    student = STUDENTS[language]
    after = tree_from_texts(_texts(student, number), LIMITS.sources)
    log = SAMPLES / student / ASSIGNMENT / f"attempt-{number}.pytest.log"
    logs = ((log.name, log.read_text("utf-8")),) if log.is_file() else ()
    if number == 1:
        comparison = alone(after, analyse_now(None, Side(after), logs, LIMITS), language, logs)
    else:
        before = tree_from_texts(_texts(student, number - 1), LIMITS.sources)
        comparison = composed(before, after, analyse_now(Side(before), Side(after), logs, LIMITS), language, logs)
    submission_id = f"{student}.{ASSIGNMENT}.{number}"
    comparison = comparison.model_copy(
        update={
            "submission_id": submission_id,
            "student_id": student,
            "assignment_id": ASSIGNMENT,
            "previous_submission_id": previous.new_submission_id if previous else None,
            "baseline": Baseline.PREVIOUS if previous else Baseline.NONE,
            "origin": Origin(topic="submissions", partition=0, offset=number),
        }
    )
    return finished(comparison, previous).model_copy(
        update={
            "review_id": review_id(student, ASSIGNMENT, submission_id, LIVE),
            "timestamp": NOON + timedelta(days=number),
        }
    )


def _texts(student: str, number: int) -> dict[str, str]:
    files = read_files(SAMPLES / student / ASSIGNMENT / f"attempt-{number}")
    return {path: data.decode("utf-8") for path, data in files.items()}
