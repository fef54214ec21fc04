"""The published schemas against the records: what the models take and give, and nothing else."""

from datetime import datetime
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from app.core.contracts.json_schemas import CONTRACTS, as_texts
from app.core.history.identity import review_id
from schemas.codec import encode
from schemas.review import ReplayNote
from schemas.submission import Submission
from tests.builders.dead_letters import a_dead_letter
from tests.builders.records import a_comparison, a_review, a_submission
from tests.builders.reviewed import comparison_of, finished

BY_NAME = {contract.name: contract for contract in CONTRACTS}


def is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


FORMATS = FormatChecker()
FORMATS.checks("date-time", raises=ValueError)(is_moment)
"""jsonschema looks at this format only with packages that nothing else here needs."""


def problems(name: str, document: object) -> list[str]:
    validator = Draft202012Validator(BY_NAME[name].json_schema(), format_checker=FORMATS)
    return [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(document)]


def valid_submission(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(encode(a_submission()))
    return {name: value for name, value in (document | changes).items() if value is not ...}


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_each_schema_is_one_and_its_example_fits(name: str) -> None:
    """It is valid by the meta-schema of its dialect, and describes the example that it shows."""
    document = BY_NAME[name].json_schema()
    Draft202012Validator.check_schema(document)
    assert [problems(name, example) for example in document["examples"]] == [[]]


@pytest.mark.parametrize(
    "record",
    [
        a_comparison(),
        comparison_of({"a.py": "import os\n"}, {"a.py": "import os\nx = eval('1')\n", "b.py": "def f(:\n"}),
        a_review(),
        a_review(
            generation=2,
            replay=ReplayNote(replay_id="r", is_shadow=True, supersedes=review_id("student-1", "hw-1", "sub-1", 0)),
        ),
        finished(comparison_of({"a.py": "x=1\n"}, {"a.py": "import os\nx = eval('1')\n"})),
    ],
    ids=["comparison", "comparison of two trees", "review", "shadow review", "review of two trees"],
)
def test_records_that_we_make_fit(record: Any) -> None:
    """The bytes of what comparator and reviewer send are as published."""
    assert problems(type(record).__name__.lower(), orjson.loads(encode(record))) == []


def test_headers_of_a_dead_letter_fit_also_behind_others() -> None:
    """Whatever headers the original had, and whatever is left out, ours are as published."""
    letter = a_dead_letter(key=None, value=None, headers=(("trace", b"\xff"), ("trace", None)))
    whole, cut = letter.record_headers(), letter.record_headers(["headers"])
    assert problems("dead-letter-headers", as_texts(whole)) == problems("dead-letter-headers", as_texts(cut)) == []


_ARCHIVE = {"uri": "file:a.zip"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"files": ...},
        {"files": None, "archive": _ARCHIVE},
        {"files": ..., "archive": _ARCHIVE, "archive_base64": None},
        {"test_logs": "1 passed"},
        {"test_logs": [{"name": "unit", "text": "1 passed"}]},
        {"metadata": {"course": [1, None, {"deep": True}]}},
        {"a_field_of_later": 1},
        {"schema_version": ...},
        {"archive": _ARCHIVE},
        {"archive_base64": "UEs="},
        {"files": None, "archive": _ARCHIVE, "archive_base64": "UEs="},
        {"schema_version": 2},
        {"student_id": ...},
        {"student_id": "../anna"},
        {"student_id": "a" * 129},
        {"student_id": 7},
        {"submitted_at": ...},
        {"submitted_at": "yesterday"},
        {"submitted_at": "2026-03-02T12:00:00"},
        {"submitted_at": 1_772_000_000},
        {"files": {"main.py": 1}},
        {"files": ["main.py"]},
        {"language": "de"},
        {"test_logs": [{"name": "", "text": "1 passed"}]},
        {"metadata": None},
        {"archive": {"uri": ""}, "files": None},
        {"archive": {"uri": "file:a.zip", "sha256": "xyz"}, "files": None},
    ],
    ids=str,
)
def test_the_schema_of_submissions_says_what_the_door_does(changes: dict[str, Any]) -> None:
    """Whatever the one takes the other takes, and the same is refused."""
    document = valid_submission(**changes)
    try:
        Submission.model_validate(document)
    except ValidationError:
        is_taken = False
    else:
        is_taken = True
    assert (problems("submission", document) == []) is is_taken


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("review", {"review_id": None}),
        ("review", {"latency_ms": -1}),
        ("review", {"review_result": None}),
        ("comparison", {"baseline": "something"}),
        ("dead-letter-headers", {"__reviewstream.errors.offset": "first"}),
    ],
)
def test_what_no_record_is_does_not_fit(name: str, changes: dict[str, Any]) -> None:
    """The schemas that only we write by are no empty promise: a wrong value is a wrong record."""
    document = BY_NAME[name].json_schema()["examples"][0] | changes
    assert len(problems(name, document)) == 1
