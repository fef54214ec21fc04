"""Go's tests print, and what they print may stand before a result, or look like one."""

import json

import pytest

from schemas.tests import Outcome
from tests.unit.core.testlog.testlogs import case, ids, read, totals

VERBOSE = """\
=== RUN   TestNoNewline
total: 5--- PASS: TestNoNewline (0.00s)
=== RUN   TestCR
progress 50%\rprogress 100%\r--- PASS: TestCR (0.00s)
=== RUN   TestJSONEnd
{
 "a": 1
}    a_test.go:5: bad sum
--- FAIL: TestJSONEnd (0.00s)
=== RUN   TestTable
=== RUN   TestTable/one#01
    a_test.go:6: want 1
        got 2
--- FAIL: TestTable (0.00s)
    --- FAIL: TestTable/one#01 (0.00s)
=== RUN   TestFake
--- FAIL: TestGhost (0.00s)
FAIL
ok  \tghost\t0.1s
--- PASS: TestFake (0.00s)
FAIL
FAIL\thw\t0.007s
FAIL
"""


def _events(text: str) -> str:
    """What `go test -json` makes of the text above."""
    events: list[dict[str, object]] = []
    test = ""
    for line in text.splitlines(keepends=True):
        if line.startswith("=== RUN"):
            test = line.split()[-1]
            events.append({"Action": "run", "Package": "hw", "Test": test})
        before, dashes, result = line.rpartition("--- ")
        shown = [before, dashes + result] if dashes and before.strip() else [line]
        events.extend({"Action": "output", "Package": "hw", "Test": test, "Output": piece} for piece in shown)
        word, _, name = result.partition(": ")
        if dashes and "Ghost" not in name:
            events.append({"Action": word.lower(), "Package": "hw", "Test": name.split()[0], "Elapsed": 0})
    events.append({"Action": "fail", "Package": "hw", "Elapsed": 0.007})
    start = {"Time": "2026-03-02T10:11:12Z", "Action": "start", "Package": "hw"}
    return "\n".join(json.dumps(event, separators=(",", ":")) for event in [start, *events])


@pytest.mark.parametrize("text", [VERBOSE, _events(VERBOSE)], ids=["text", "json"])
def test_printed_text_neither_hides_nor_forges_results(text: str) -> None:
    """A result behind printed text counts; printed results and packages of tests that never ran do not."""
    report = read(text)
    assert totals(report) == {"passed": 3, "failed": 3}
    assert ids(report, Outcome.PASSED) == ["hw.TestCR", "hw.TestFake", "hw.TestNoNewline"]
    assert ids(report, Outcome.FAILED) == ["hw.TestJSONEnd", "hw.TestTable", "hw.TestTable/one#01"]
    failure = case(report, "hw.TestJSONEnd")
    assert (failure.message, failure.path, failure.line) == ("bad sum", "a_test.go", 5)
    assert (report.confidence, report.marks) == (1.0, ())


def test_events_decide_against_what_was_printed() -> None:
    """Where an output event says PASS and the test's own event says fail, it has failed."""
    report = read(
        '{"Time":"t","Action":"run","Package":"p","Test":"TestA"}\n'
        '{"Time":"t","Action":"output","Package":"p","Test":"TestA","Output":"--- PASS: TestA (0.00s)\\n"}\n'
        '{"Time":"t","Action":"fail","Package":"p","Test":"TestA","Elapsed":0.5}\n'
        '{"Time":"t","Action":"fail","Package":"p","Elapsed":0.6}\n'
    )
    assert totals(report) == {"failed": 1}
    assert case(report, "p.TestA").duration_s == 0.5


def test_events_without_an_end_are_marked() -> None:
    """Events that stop before their package ended are a part: what ended counts, and the mark says so."""
    report = read(
        '{"Time":"t","Action":"run","Package":"p","Test":"TestA"}\n'
        '{"Time":"t","Action":"pass","Package":"p","Test":"TestA","Elapsed":0}\n'
        '{"Time":"t","Action":"run","Package":"p","Test":"TestB"}\n'
    )
    assert totals(report) == {"passed": 1}
    assert report.marks == ("truncated",)
    assert report.confidence == 0.6


def test_a_log_that_begins_within_a_run_keeps_its_first_results() -> None:
    """What stands before the first announced test was announced where the log does not reach."""
    report = read("--- PASS: TestA (0.00s)\n=== RUN   TestB\n--- PASS: TestB (0.00s)\nPASS\nok  \tp\t0.1s\n")
    assert ids(report) == ["p.TestA", "p.TestB"]


def test_tests_of_one_name_in_two_packages_are_two() -> None:
    """A name that runs again in the next package is another test, also where its first run panicked."""
    first = "=== RUN   TestA\npanic: no\n\ngoroutine 1 [running]:\nFAIL\tp\t0.1s\n"
    report = read(f"{first}=== RUN   TestA\n--- PASS: TestA (0.00s)\nPASS\nok  \tq\t0.1s\n")
    assert (ids(report, Outcome.PASSED), totals(report)) == (["q.TestA"], {"passed": 1, "error": 1})


@pytest.mark.parametrize("verbose", [True, False])
def test_a_second_go_run_stands_and_disagrees(verbose: bool) -> None:
    """A package that is tested a second time is the same tests again, named or not: the later run stands."""
    run = "=== RUN   TestA\n" if verbose else ""
    failed = f"{run}--- FAIL: TestA (0.00s)\nFAIL\nFAIL\tp\t0.1s\nFAIL\n"
    passed = f"{run}--- PASS: TestA (0.00s)\nPASS\nok  \tp\t0.1s\n" if verbose else "ok  \tp\t0.1s\n"
    report = read(failed + passed)
    assert totals(report) == {"passed": 1}
    assert "runs_disagree" in report.marks


@pytest.mark.parametrize(
    "line",
    [
        "ok  \thw/b\t0.003s [no tests to run]\n",
        "ok  \thw/b\t0.003s\tcoverage: 0.0% of statements [no tests to run]\n",
        "pkg: hw/b\nBenchmarkA-8   \t1000000\t      1000 ns/op\nPASS\nok  \thw/b\t1.5s\n",
    ],
    ids=["no tests", "no tests, coverage", "benchmarks"],
)
def test_a_package_without_tests_is_no_passed_one(line: str) -> None:
    """`ok` of a package in which no test ran says nothing: the other package's counts alone."""
    report = read(f"ok  \thw/a\t(cached)\n{line}")
    assert totals(report) == {"passed": 1}
    assert ids(report) == ["hw/a"]
    assert read(line).marks == ("no_tests",)


def test_events_of_a_package_without_tests_are_no_pass() -> None:
    """Events name every test: a package that passes without any has none."""
    events = '{"Action":"start","Package":"hw"}\n{"Action":"pass","Package":"hw","Elapsed":0.1}\n'
    assert totals(read(events)) == {}
