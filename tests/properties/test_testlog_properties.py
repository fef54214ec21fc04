"""Test logs are hostile input: whatever they hold, a bounded report comes back."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.limits import LogLimits
from app.core.testlog import compare, read_logs
from schemas.tests import Outcome, TestReport
from tests.builders.carried_logs import SYSTEMS
from tests.builders.testlog_pieces import PIECES, assert_within
from tests.unit.core.testlog.testlogs import SAMPLES, sample

LIMITS = LogLimits()
SMALL = replace(
    LIMITS,
    log_chars_max=20_000,
    cases_max=20,
    message_chars_max=50,
    name_chars_max=40,
    frames_max=2,
    excerpt_chars_max=100,
    lines_max=500,
    line_chars_max=200,
    report_chars_max=2_000,
    runs_max=5,
)
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix in {".txt", ".xml"})


def _read(texts: list[str], limits: LogLimits) -> TestReport:
    report = read_logs([("log", text) for text in texts], limits)
    assert report is not None
    return report


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=3))
def test_any_text_gives_a_bounded_report(texts: list[str]) -> None:
    """No text makes the reader raise or exceed a bound."""
    assert_within(_read(texts, SMALL), SMALL)


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), min_size=1, max_size=3))
def test_any_mixture_of_formats_gives_a_bounded_report(texts: list[str]) -> None:
    """No mixture of the formats' own pieces makes the reader raise or exceed a bound."""
    assert_within(_read(texts, SMALL), SMALL)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_to_a_real_log_gives_a_bounded_report(data: st.DataObject) -> None:
    """Real logs that are cut, doubled, joined or sprinkled with pieces are read within all bounds."""
    parts = []
    for name in data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)):
        text = sample(name)
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        parts.append(data.draw(st.sampled_from([text[:start], text[start:end], text[:start] + text[end:], text * 2])))
        parts.append(data.draw(st.sampled_from(["", *PIECES])))
    assert_within(_read(["".join(parts)], SMALL), SMALL)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3), st.lists(st.sampled_from(NAMES), max_size=3))
def test_progress_is_consistent(now_names: list[str], before_names: list[str]) -> None:
    """No test is in two contradicting lists, lists are sorted, and what fails now is what the current report says."""
    now = _read([sample(name) for name in now_names], LIMITS)
    before = read_logs([(name, sample(name)) for name in before_names], LIMITS)
    progress = compare(before, now)
    failing = {case.id for case in now.cases if case.outcome in {Outcome.FAILED, Outcome.ERROR}}
    assert set(progress.newly_failing) | set(progress.still_failing) <= failing
    assert set(progress.newly_passing).isdisjoint(failing)
    assert set(progress.newly_failing).isdisjoint(progress.still_failing)
    assert set(progress.added).isdisjoint(progress.removed)
    for listed in (progress.newly_passing, progress.newly_failing, progress.still_failing, progress.added):
        assert list(listed) == sorted(set(listed))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
def test_an_unchanged_attempt_makes_no_progress(names: list[str]) -> None:
    """Compared with itself an attempt has nothing new, nothing added and nothing removed."""
    report = _read([sample(name) for name in names], LIMITS)
    progress = compare(report, report)
    assert progress.newly_passing == progress.newly_failing == progress.added == progress.removed == ()


CARRIED = [name for name in NAMES if name.startswith(("pytest_", "unittest_", "go_v", "go_d", "jest_d", "tap_"))]


OUTER = ["github raw", "gitlab", "jenkins", "compose", "docker", "docker's json", "mail", "carriage returns"]
INNER = [*OUTER[:-1], "github run view", "cri", "kubectl", "teamcity", "act", "journal", "buildkit", "compose v1"]


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(CARRIED),
    st.one_of(st.tuples(st.sampled_from(sorted(SYSTEMS))), st.tuples(st.sampled_from(INNER), st.sampled_from(OUTER))),
)
def test_carrying_a_log_never_changes_its_outcomes(name: str, systems: tuple[str, ...]) -> None:
    """Whichever system carried a tool's log, or two known ones within each other, its totals and tests are the same.

    A log that the tool itself left without an end or a name may be read in other ways: it is not promised, nor is a
    coloured one whose lines were cut in pieces within a colour's code.
    """
    assume(not ("colours" in name and any("in pieces" in system for system in systems)))
    text = sample(name).rstrip("\n")
    plain = _read([text], LIMITS)
    assume(plain.confidence > 0.6)
    for system in systems:
        text = SYSTEMS[system](text)
    carried = _read([text], LIMITS)
    assert carried.totals == plain.totals
    assert {case.id for case in carried.cases} == {case.id for case in plain.cases}


@settings(deadline=None)
@given(st.text(max_size=200), st.sampled_from(sorted(SYSTEMS)))
def test_carrying_text_makes_no_tests_of_it(text: str, system: str) -> None:
    """Text in no known format stays unknown, whoever carried it."""
    assume(_read([text], LIMITS).formats == ())
    assert _read([SYSTEMS[system](text)], LIMITS).formats == ()


MESSAGES = st.text(alphabet=st.characters(exclude_characters="\r\n"), max_size=60)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        MESSAGES,
        st.builds(str.__add__, MESSAGES, st.sampled_from(["\x1b", "\x1b[", "\x1b[0", "\x1b]8;", "\x1b(", "\x9b"])),
    ),
    st.sampled_from(["attribute", "text"]),
)
def test_no_message_hides_a_failing_case(message: str, place: str) -> None:
    """Whatever a tool writes unescaped into a failure, the case has failed and the next one has passed."""
    assume("<" not in message and ("]]>" not in message))
    failure = f'<failure message="{message}">x</failure>' if place == "attribute" else f"<failure>{message}</failure>"
    report = _read(
        [f'<testsuite tests="2" failures="1"><testcase name="a">{failure}</testcase><testcase name="b"/></testsuite>'],
        LIMITS,
    )
    assert {case.id: case.outcome for case in report.cases} == {"a": Outcome.FAILED, "b": Outcome.PASSED}


@pytest.mark.parametrize("piece", PIECES)
def test_a_log_of_one_repeated_piece_is_read(piece: str) -> None:
    """A log of the full size that repeats one beginning is read without an exception, and bounded.

    The suite's time limit is what fails here if an expression backtracks without end.
    """
    starts = {"": 4, "=== FAILURES ===\n____ a ____\n": 16, "TAP version 13\n1..1\nok 1 - a\n": 16}
    for start, share in starts.items():
        size = LIMITS.log_chars_max // share
        assert_within(_read([start + piece * (size // len(piece))], LIMITS), LIMITS)
