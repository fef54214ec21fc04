import io
from pathlib import Path

import pytest
from rich.console import Console

from app.embedded.demo.arrivals import DESTINATIONS, Arrivals, RefusedSubmission
from app.embedded.demo.display import PlainLines, outcome_document
from app.embedded.demo.run import run_demo
from app.embedded.demo.samples import sample_submissions
from app.embedded.demo.settings import (
    DemoOptions,
    chosen_broker,
    chosen_language,
    prompts_folder,
    reviewer_environment,
)
from schemas.errors import StartRefused
from tests.builders.records import a_review


def everywhere(*ids: str) -> Arrivals:
    """Arrivals of submissions that have reached every destination and are marked published."""
    arrivals = Arrivals(ids)
    for name in DESTINATIONS:
        arrivals.counts[name].update(ids)
    arrivals.published.update(ids)
    arrivals.reviews.update({id_: a_review(new_submission_id=id_) for id_ in ids})
    return arrivals


def a_refusal(submission_id: str | None = "b") -> RefusedSubmission:
    return RefusedSubmission(submission_id, stage="comparator", reason="archive_missing", detail="not there")


def test_complete_when_all_have_arrived_everywhere() -> None:
    """Every submission at every destination, once: complete, settled, nothing missing or repeated."""
    arrivals = everywhere("a", "b")
    assert arrivals.complete
    assert arrivals.settled
    assert (arrivals.missing(), arrivals.repeated()) == ({}, {})


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_one_missing_arrival_is_waited_for(destination: str) -> None:
    """A submission that lacks one destination is missing there, and the demo waits."""
    arrivals = everywhere("a", "b")
    arrivals.counts[destination]["b"] = 0
    assert arrivals.missing() == {"b": [destination]}
    assert not arrivals.complete
    assert not arrivals.settled


def test_the_mark_of_publication_is_waited_for() -> None:
    """A review that is everywhere but not marked published is still being published."""
    arrivals = everywhere("a")
    arrivals.published.clear()
    assert not arrivals.settled


def test_a_refused_submission_ends_the_waiting_without_success() -> None:
    """A dead letter settles its submission, and the run is not complete."""
    arrivals = everywhere("a")
    arrivals.expected = ("a", "b")
    assert not arrivals.settled
    arrivals.refused.append(a_refusal())
    assert arrivals.settled
    assert not arrivals.complete


def test_a_dead_letter_that_names_nobody_ends_the_waiting() -> None:
    """A dead letter whose bytes name no submission may be any of those waited for."""
    arrivals = Arrivals(("a",), refused=[a_refusal(None)])
    assert arrivals.settled


def test_repeated_arrivals_are_named() -> None:
    """What came twice is reported with its destination and stays complete."""
    arrivals = everywhere("a")
    arrivals.counts["webhook"]["a"] = 2
    assert arrivals.repeated() == {"a": ["webhook"]}
    assert arrivals.total("webhook") == 2
    assert arrivals.complete


def test_lines_tell_each_review_once() -> None:
    """Plain progress prints one line for each review that is everywhere, however often it is asked."""
    out = io.StringIO()
    with PlainLines(Console(file=out)) as lines:
        lines.show(everywhere("a"))
        lines.show(everywhere("a"))
    assert out.getvalue() == "[1/1] a: 70\n"


def test_document_holds_counts_and_reviews() -> None:
    """The document for machines tells for each submission what arrived where, and its review."""
    document = outcome_document(everywhere("a"), None, failure=None, duration_s=1.26)
    assert document["ok"]
    assert document["duration_s"] == 1.3
    (submission,) = document["submissions"]
    assert submission["arrived"] == dict.fromkeys(DESTINATIONS, 1)
    assert submission["review"]["review_result"]["overall_score"] == 70


def test_document_of_a_failure_says_why() -> None:
    """A failed run has a document too: not ok, with the failure and the dead letters."""
    arrivals = Arrivals(("b",), refused=[a_refusal()])
    document = outcome_document(arrivals, None, failure="1 of 1 refused", duration_s=0)
    assert (document["ok"], document["failure"]) == (False, "1 of 1 refused")
    assert document["dead_letters"][0]["reason"] == "archive_missing"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"OPENAI_API_KEY": "k"},
        {"LLM_MODEL": "m"},
        {"LLM_MODEL": "", "OPENAI_API_KEY": "k"},
    ],
)
def test_rules_review_unless_a_model_is_configured(given: dict[str, str | None]) -> None:
    """A key alone, as many machines have one, or a name alone configures no language model."""
    assert reviewer_environment(given) == {}


def test_a_configured_model_is_handed_to_the_worker() -> None:
    """Name and endpoint reach the worker, and nothing else of the environment does."""
    given = {"LLM_MODEL": "m", "LLM_BASE_URL": "http://x/v1", "LLM_TIMEOUT_S": "5", "HOME": "/h"}
    assert reviewer_environment(given) == {"LLM_MODEL": "m", "LLM_BASE_URL": "http://x/v1", "LLM_TIMEOUT_S": "5"}
    with_a_key_file = {"LLM_MODEL": "m", "LLM_API_KEY_FILE": "/run/key", "LLM_ANSWER_TOKENS_MAX": "16000"}
    assert reviewer_environment(with_a_key_file) == with_a_key_file


def test_a_folder_of_prompts_is_found_from_anywhere(tmp_path: Path) -> None:
    """The worker runs in a directory of its own: a folder that is named from here is named whole."""
    assert prompts_folder({"PROMPTS_PATH": "own"}, tmp_path) == str(Path.cwd() / "own")
    assert prompts_folder({"PROMPTS_PATH": None}, tmp_path) == str(tmp_path / "prompts")


def test_broker_comes_from_the_option_then_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option wins over DEMO_BROKER, which wins over `auto`."""
    monkeypatch.delenv("DEMO_BROKER", raising=False)
    assert chosen_broker(DemoOptions()) == "auto"
    monkeypatch.setenv("DEMO_BROKER", "tansu")
    assert chosen_broker(DemoOptions()) == "tansu"
    assert chosen_broker(DemoOptions(broker="apache-kafka")) == "apache-kafka"


def test_an_unknown_broker_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong DEMO_BROKER stops the demo with the variable, what it got and what it wants."""
    monkeypatch.setenv("DEMO_BROKER", "nats")
    with pytest.raises(StartRefused, match=r"DEMO_BROKER: got 'nats', wants one of auto, apache-kafka, tansu"):
        chosen_broker(DemoOptions())


def test_language_comes_from_the_option_then_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The option wins over REVIEW_LANGUAGE in the environment, which wins over `.env`, which wins over `ru`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REVIEW_LANGUAGE", raising=False)
    assert chosen_language(DemoOptions()) == "ru"
    (tmp_path / ".env").write_text("REVIEW_LANGUAGE=en\n")
    assert chosen_language(DemoOptions()) == "en"
    monkeypatch.setenv("REVIEW_LANGUAGE", "")
    assert chosen_language(DemoOptions()) == "en"
    monkeypatch.setenv("REVIEW_LANGUAGE", "ru")
    assert chosen_language(DemoOptions()) == "ru"
    assert chosen_language(DemoOptions(language="en")) == "en"


def test_an_unknown_language_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong REVIEW_LANGUAGE stops the demo before anything is started."""
    monkeypatch.setenv("REVIEW_LANGUAGE", "de")
    with pytest.raises(StartRefused, match="REVIEW_LANGUAGE: got 'de', wants ru or en"):
        chosen_language(DemoOptions())


def test_samples_ask_for_a_language_only_where_one_is_chosen() -> None:
    """Samples for a worker elsewhere carry the option's language; otherwise the worker decides."""
    assert {submission.language for submission in sample_submissions(None)} == {None}
    assert {submission.language for submission in sample_submissions(None, language="en")} == {"en"}


async def test_a_refused_start_is_a_document_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """With `json`, even a demo that cannot start prints one document and nothing else on standard output."""
    monkeypatch.setenv("DEMO_BROKER", "nats")
    assert await run_demo(DemoOptions(json=True)) == 1
    out = capfdbinary.readouterr().out
    assert out.count(b"\n") == 1
    assert out.startswith(b'{"ok":false,"failure":"DEMO_BROKER')
