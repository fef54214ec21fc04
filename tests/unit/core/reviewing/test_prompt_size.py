"""How large requests are beside bare sources, and how much of them a provider's cache can share."""

import warnings
from dataclasses import replace
from itertools import takewhile
from typing import Final, get_args

import pytest

from app.core.limits import PromptLimits
from app.core.reviewing.prompt.messages import build
from app.core.rubric import Rubric
from schemas.codec import decode, encode
from schemas.comparison import Comparison
from schemas.review import Thread, ThreadState
from schemas.submission import Language
from tests.benchmarks.prompt_size import (
    SAMPLES,
    Handed,
    bare_body,
    compared,
    measure,
    measure_folder,
    read_attempt,
    request_messages,
    sent_body,
)
from tests.builders.prompts import the_shipped_template
from tests.builders.questions import a_question, the_default_rubric
from tests.contracts.llm_scripts import GOOD, a_reviewer, sdk
from tests.fakes.llm_server import ScriptedLlm

FIXED_BYTES: Final = 3_700
"""Instructions, rubric, schema and the fields of the request, whatever is reviewed."""
CACHED_TOKENS: Final = 1_024
"""The shortest beginning that a provider caches."""


def test_demo_s_requests_are_twice_the_bare_sources_at_most() -> None:
    """A resubmission's is smaller than twice both attempts; a first one's is its sources and little that is fixed."""
    sizes = list(measure_folder(SAMPLES, "ru"))
    assert len(sizes) == 13
    for size in sizes:
        if size.is_first:
            assert size.sent_bytes <= FIXED_BYTES + 1.25 * size.bare_bytes, size
        else:
            assert size.share <= 2, size


@pytest.mark.parametrize(
    "attempt", ["anna.petrova/hw1-feature-store", "anna.petrova/hw2-ranking-service", "boris.ivanov/hw1-feature-store"]
)
def test_small_first_attempt_is_asked_about_in_twice_its_sources(attempt: str) -> None:
    """Of 3.8 KB and more, where nothing but sources is handed in: a log's failures are told besides."""
    handed = replace(read_attempt(SAMPLES / attempt / "attempt-1"), logs=())
    size = measure(attempt, None, handed, compared(None, handed, "ru", 1), None)
    assert 3_800 <= size.bare_bytes < 7_000
    assert size.share <= 2, size


def test_record_of_a_comparison_is_asked_about_in_the_same_words() -> None:
    """A plan that composes a comparison foretells the very request that a worker makes of the record."""
    for student in ("boris.ivanov", "viktor.sokolov"):
        before = None
        for path in sorted((SAMPLES / student / "hw1-feature-store").glob("attempt-?")):
            after = read_attempt(path)
            comparison = compared(before, after, "ru")
            record = decode(Comparison, encode(comparison))
            assert request_messages(a_question(record)) == request_messages(a_question(comparison))
            before = after


def module(number: int, lines: int = 40) -> str:
    body = "".join(f"    total_{n} = price_{number} * {n} + shift\n" for n in range(lines))
    return f'"""Part {number}."""\n\n\ndef part_{number}(price_{number}, shift):\n{body}    return total_{lines - 1}\n'


def test_resubmission_of_many_files_is_a_third_of_both_attempts() -> None:
    """Of 25 files with 6 changed ones, what did not change stays away."""
    before = {f"part_{n:02}.py": module(n) for n in range(25)}
    after = before | {f"part_{n:02}.py": module(n).replace("* 7 +", "* 70 +") for n in range(6)}
    old, new = Handed(before), Handed(after)
    size = measure("many", old, new, compared(old, new, "ru"), None)
    assert size.changed == 6
    assert size.share <= 1 / 3


async def test_measured_body_is_the_one_that_is_sent(scripted_llm: ScriptedLlm) -> None:
    """The size is that of the very bytes that the SDK sends."""
    handed = Handed({"main.py": 'def main():\n    return "да"\n'})
    question = a_question(compared(None, handed, "en"))
    scripted_llm.script = lambda _request, _number: GOOD
    async with sdk(scripted_llm) as client:
        await a_reviewer(client).draft(question)
    assert int(scripted_llm.requests[0].headers["Content-Length"]) == len(sent_body(request_messages(question)))
    assert len(bare_body(handed.files)) < len(sent_body(request_messages(question)))


def tokens(messages: tuple[tuple[str, str], ...]) -> list[int]:
    """All messages as the model's tokens, one after the other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # loading its tables, the library raises it
        from bpe_openai import get_encoding  # noqa: PLC0415

        encoding = get_encoding("o200k_base")
    return [token for _, content in messages for token in encoding.encode_ordinary(content)]


def shared_tokens(language: Language, rubric: Rubric) -> tuple[int, int]:
    """Leading tokens that requests of two students share, and those of the instructions and the assignment."""
    template = the_shipped_template(language)
    prompts = []
    for student, text in (("student-1", "x = 1\n"), ("student-2", "def other():\n    return 2\n")):
        comparison = compared(None, Handed({f"{student}.py": text}), language)
        question = a_question(comparison.model_copy(update={"student_id": student}), rubric=rubric)
        prompts.append(tokens(build(question, template, PromptLimits(), len).messages))
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*prompts, strict=False)))
    own = len(tokens((("system", template.system), ("user", template.about_assignment(rubric)))))
    return common, own


@pytest.mark.parametrize("language", get_args(Language))
def test_requests_of_two_students_share_all_that_is_no_student_s(language: Language) -> None:
    """Instructions and rubric are the same tokens, up to the marker, by the default rubric and by a long one."""
    rubric = the_default_rubric()
    common, own = shared_tokens(language, rubric)
    assert common >= own
    item = rubric.left_to_a_reader[0]
    more = tuple(
        item.model_copy(update={"id": f"item_{n}", "description": f"Part {n}: {item.description} and no less."})
        for n in range(12)
    )
    task = "Build a feature store that keeps values by entity, name and time, and reads the latest one. " * 8
    common, own = shared_tokens(language, rubric.model_copy(update={"task": task, "items": (*rubric.items, *more)}))
    assert own >= CACHED_TOKENS
    assert common >= max(own, CACHED_TOKENS)


def test_threads_do_not_move_what_is_shared() -> None:
    """What was said to one student earlier stands behind the marker as well."""
    comparison = compared(None, Handed({"a.py": "x = 1\n"}), "en")
    plain = a_question(comparison)
    thread = Thread(
        comment_id="c1", state=ThreadState.STILL_OPEN, path="a.py", message="Name it.", since_submission_id="sub-0"
    )
    template = the_shipped_template("en")
    asked = (plain, replace(plain, threads=(thread,)))
    one, other = (build(question, template, PromptLimits(), len).messages for question in asked)
    assert one[0] == other[0]
    assert one[1][1].partition("MARKER ")[0] == other[1][1].partition("MARKER ")[0]
    assert "Name it." in other[1][1].partition("MARKER ")[2]
