"""What a rewound group reads again, beyond what the table remembers."""

from typing import Any

import pytest

from app.core.history.lineage import Lineage
from app.core.history.rewound import Rewound, chars_of
from schemas.comparison import Baseline
from schemas.history import PastSubmission
from schemas.origin import Origin
from tests.builders.records import NOON, a_submission


def place(offset: int) -> Origin:
    return Origin(topic="submissions", partition=0, offset=offset)


def a_past(offset: int, text: str = "x = 1\n", **fields: Any) -> PastSubmission:
    given: dict[str, Any] = {
        "origin": place(offset),
        "submission_id": f"sub-{offset}",
        "submitted_at": NOON,
        "digest": "d",
        "sources": {"main.py": text},
    }
    return PastSubmission.model_validate(given | fields)


def forgotten(offset: int) -> Lineage:
    """What the table says of a submission whose predecessor it has forgotten."""
    return Lineage(Baseline.UNAVAILABLE, None, place(offset), moves_stamp=False)


def test_the_one_that_was_read_just_before_is_the_predecessor() -> None:
    """It takes the place of what the table has forgotten, and the stamp stays."""
    rewound = Rewound()
    rewound.note("student-1", "hw-1", a_past(0))
    mended = rewound.mend(forgotten(1), a_submission(submission_id="sub-1"))
    assert mended == Lineage(Baseline.PREVIOUS, a_past(0), place(1), moves_stamp=False)


def test_a_named_predecessor_has_to_be_the_one() -> None:
    """Another one is no predecessor."""
    rewound = Rewound()
    rewound.note("student-1", "hw-1", a_past(0))
    named = rewound.mend(forgotten(1), a_submission(submission_id="sub-1", previous_submission_id="sub-0"))
    assert (named.baseline, named.before) == (Baseline.NAMED, a_past(0))
    other = a_submission(submission_id="sub-1", previous_submission_id="sub-7")
    assert rewound.mend(forgotten(1), other) == forgotten(1)


@pytest.mark.parametrize("fields", [{"student_id": "student-2"}, {"assignment_id": "hw-2"}])
def test_another_students_or_assignments_is_none(fields: dict[str, str]) -> None:
    """Histories never mix."""
    rewound = Rewound()
    rewound.note("student-1", "hw-1", a_past(0))
    assert rewound.mend(forgotten(1), a_submission(**fields)) == forgotten(1)


def test_what_comes_later_or_is_the_same_precedes_nothing() -> None:
    """A group that is set back twice meets what it noted the first time."""
    rewound = Rewound()
    rewound.note("student-1", "hw-1", a_past(5))
    for offset in (4, 5):
        assert rewound.mend(forgotten(offset), a_submission()) == forgotten(offset)


def test_what_the_table_knows_is_left_alone() -> None:
    """It is right as it is."""
    rewound = Rewound()
    rewound.note("student-1", "hw-1", a_past(0))
    for baseline in (Baseline.NONE, Baseline.PREVIOUS, Baseline.NAMED, Baseline.UNKNOWN_NAMED):
        lineage = Lineage(baseline, None, place(3), moves_stamp=False)
        assert rewound.mend(lineage, a_submission()) is lineage


def test_what_is_remembered_is_bounded() -> None:
    """The student who was read longest ago is forgotten first; a large submission alone leaves nothing behind."""
    rewound = Rewound(chars_max=3 * chars_of(a_past(0)))
    for number in range(4):
        rewound.note(f"student-{number}", "hw-1", a_past(0))
    rewound.note("student-1", "hw-1", a_past(1))
    known = [
        rewound.mend(forgotten(9), a_submission(student_id=f"student-{number}")).before is not None
        for number in range(4)
    ]
    assert known == [False, True, True, True]
    rewound.note("student-9", "hw-1", a_past(0, "x" * 10_000))
    assert rewound.mend(forgotten(9), a_submission(student_id="student-9")) == forgotten(9)
    assert rewound.mend(forgotten(9), a_submission(student_id="student-1")) == forgotten(9)
