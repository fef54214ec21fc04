"""Reading go test, TAP, jest and mocha, on logs that these tools wrote."""

import pytest

from schemas.tests import Outcome
from tests.unit.core.testlog.testlogs import case, ids, read, read_sample, sample, totals

CALC = "example.com/homework/calc"


@pytest.mark.parametrize("style", ["verbose", "json"])
def test_go_names_every_test(style: str) -> None:
    """Go's verbose text and its JSON events give the same tests, subtests among them, under package names."""
    report = read_sample(f"go_{style}.txt")
    assert totals(report) == {"passed": 4, "failed": 3, "skipped": 1}
    assert ids(report, Outcome.FAILED) == [f"{CALC}.TestSub", f"{CALC}.TestTable", f"{CALC}.TestTable/case_2"]
    assert "example.com/homework/shapes.TestArea" in ids(report, Outcome.PASSED)
    failure = case(report, f"{CALC}.TestSub")
    assert (failure.message, failure.path, failure.line) == ("Sub(5, 3) = -2\nwant 2", "calc_test.go", 17)
    assert report.confidence == 1.0


def test_quiet_go_names_failures_and_packages() -> None:
    """Without `-v` go names failing tests; a package that passes is one case, and the mark tells what is missing."""
    report = read_sample("go_default.txt")
    assert ids(report, Outcome.FAILED) == [f"{CALC}.TestSub", f"{CALC}.TestTable", f"{CALC}.TestTable/case_2"]
    assert ids(report, Outcome.PASSED) == ["example.com/homework/shapes"]
    assert case(report, f"{CALC}.TestTable/case_2").line == 25
    assert report.marks == ("passes_uncounted",)


def test_a_panic_is_its_tests_failure() -> None:
    """A panic is the message of the test that panicked, at the student's line."""
    failure = case(read_sample("go_panic.txt"), "example.com/homework.TestPanics")
    assert failure.message is not None
    assert failure.message.startswith("panic: runtime error: index out of range [3]")
    assert failure.line == 9


def test_a_test_that_a_timeout_interrupted_has_failed() -> None:
    """`go test` names the tests that ran when time was up: each is a failure, at its own line."""
    report = read_sample("go_timeout.txt")
    assert totals(report) == {"passed": 1, "failed": 1}
    failure = case(report, "example.com/homework.TestSlow")
    assert (failure.message, failure.path) == ("panic: test timed out after 1s", "/home/student/homework/slow_test.go")
    assert failure.line == 11
    assert report.marks == ("timeout",)


@pytest.mark.parametrize("name", ["go_build_failed.txt", "go_build_failed_json.txt"])
def test_a_package_that_does_not_build_is_an_error(name: str) -> None:
    """A build failure is an error of the package with the compiler's words."""
    report = read_sample(name)
    failure = case(report, "example.com/homework")
    assert failure.outcome is Outcome.ERROR
    assert failure.message == "./broken_test.go:5:31: undefined: undefinedFunction"
    assert (failure.path, failure.line) == ("broken_test.go", 5)
    assert report.marks == ("build_failed",)


def test_tap_counts_subtests_and_directives() -> None:
    """TAP's subtests count instead of their parent; SKIP and TODO change what a result means."""
    report = read_sample("tap_node.txt")
    assert report.formats == ("tap",)
    assert totals(report) == {"passed": 2, "failed": 2, "skipped": 1, "xfailed": 1}
    assert ids(report, Outcome.FAILED) == ["cart > has a # hash", "removes an item"]
    assert ids(report, Outcome.XFAILED) == ["is to be done"]
    failure = case(report, "removes an item")
    assert (failure.message, failure.line) == ("Expected values to be strictly equal:\n\n2 !== 3", 5)
    assert report.confidence == 1.0


def test_tap_without_a_version_is_read() -> None:
    """Mocha's TAP has its plan at the end and details without YAML."""
    report = read_sample("mocha_tap.txt")
    assert totals(report) == {"passed": 2, "failed": 2, "skipped": 1}
    assert case(report, "cart has a total").line == 8


def test_tap_that_keeps_not_to_its_plan_is_marked() -> None:
    """Fewer results than planned mean that the log or the run broke off."""
    report = read("TAP version 13\n1..3\nok 1 - a\nnot ok 2 - b\n")
    assert totals(report) == {"passed": 1, "failed": 1}
    assert report.marks == ("truncated",)
    assert report.confidence == 0.6


def test_tap_that_bails_out_is_marked() -> None:
    """After `Bail out!` nothing is read."""
    report = read("1..2\nok 1 - a\nBail out! no database\nok 2 - b\n")
    assert ids(report) == ["a"]
    assert report.marks == ("bailed_out",)


def test_bats_comments_tell_the_place() -> None:
    """Bats tells file and line in comments after the result."""
    report = read_sample("tap_bats.txt")
    assert totals(report) == {"passed": 1, "failed": 2, "skipped": 1}
    failure = case(report, "subtracts a discount")
    assert (failure.path, failure.line) == ("cart.bats", 13)
    assert failure.message is not None
    assert failure.message.endswith("failed")


def test_tape_tells_the_place() -> None:
    """Tape tells in YAML where an assertion failed."""
    report = read_sample("tap_tape.txt")
    assert totals(report) == {"passed": 2, "failed": 1}
    failure = case(report, "counts what is there")
    assert failure.path is not None
    assert failure.path.endswith("cart.js")
    assert failure.line == 12


@pytest.mark.parametrize("style", ["default", "verbose", "colours", "json"])
def test_jest_counts_tests_and_files_that_do_not_load(style: str) -> None:
    """Every style of jest gives its totals; a file that does not load is an error of its own, and marked."""
    report = read_sample(f"jest_{style}.txt")
    assert totals(report) == {"passed": 3, "failed": 2, "error": 1, "skipped": 2}
    assert report.confidence == 1.0
    assert "collection_error" in report.marks
    assert len(report.formats) == 1


def test_jest_names_what_failed() -> None:
    """A failure has file, titles and name, its message without the code's excerpt, and its place."""
    failure = case(read_sample("jest_default.txt"), "cart.test.js › cart › total › sums prices")
    assert failure.message == "expect(received).toBe(expected) // Object.is equality\n\nExpected: 5\nReceived: 6"
    assert (failure.path, failure.line) == ("cart.test.js", 7)


def test_jests_tree_names_every_test() -> None:
    """The verbose tree gives one record per test; what a test logs is not read as a file's result."""
    report = read_sample("jest_verbose.txt")
    assert ids(report, Outcome.PASSED) == [
        "cart.test.js › cart › counts",
        "cart.test.js › cart › total › of nothing is a number",
        "names.test.js › a name is kept",
    ]
    assert ids(report, Outcome.SKIPPED) == ["cart.test.js › cart › has discounts", "cart.test.js › cart › is not done"]
    assert report.coverage_percent == 100.0


def test_jests_text_and_xml_count_once() -> None:
    """Jest's text and jest-junit's report of one run name its tests differently and are one run still."""
    report = read(sample("jest_verbose.txt"), sample("junit_jest.xml"))
    assert ids(report, Outcome.FAILED) == ["cart.test.js › cart › total › sums prices", "cart.test.js › throws"]
    assert report.totals[Outcome.FAILED] == 2


def test_mocha_is_read() -> None:
    """Mocha's tree names all tests, and its numbered failures give messages and places."""
    report = read_sample("mocha_spec.txt")
    assert totals(report) == {"passed": 2, "failed": 2, "skipped": 1}
    failure = case(report, "cart › removal › throws")
    assert (failure.message, failure.path, failure.line) == ("TypeError: items is not iterable", "test/cart.js", 14)
    assert ids(report, Outcome.PASSED) == ["cart › is empty at first", "cart › removal › removes"]
    assert report.duration_s == 0.004


def test_a_go_test_that_failed_once_of_twice_has_failed() -> None:
    """With `-count` a test runs several times within one run: its worst outcome stands."""
    report = read("--- FAIL: TestA (0.00s)\n    a_test.go:3: no\n--- PASS: TestA (0.00s)\nFAIL\nFAIL\tp\t0.1s\n")
    assert ids(report, Outcome.FAILED) == ["p.TestA"]


VITEST_TAP = """\
TAP version 13
1..2
not ok 1 - broken.test.js
    ---
    error:
        name: "Error"
        message: "Cannot find module './missing.js'"
    at: "/home/student/hw/broken.test.js:1:1"
    ...
not ok 2 - cart.test.js # time=32.85ms {
    1..2
    not ok 1 - cart # time=31.17ms {
        1..4
        ok 1 - totals # time=3.00ms
        not ok 2 - discounts # time=27.16ms
            ---
            error:
                name: "AssertionError"
                message: "expected 90 to be 81 // Object.is equality"
            at: "/home/student/hw/cart.test.js:2:126"
            actual: "90"
            expected: "81 }"
            ...
        ok 3 - bank # SKIP
        ok 4 - inner (2ms) # time=0.27ms {
            1..1
            ok 1 - deep {x} # time=0.16ms
        }
    }
    ok 2 - top level # time=0.23ms
}
"""


def test_subtests_in_braces_belong_to_the_point_before_them() -> None:
    """Vitest's points open a brace for their subtests: names are those of the tests, without durations and braces."""
    report = read(VITEST_TAP)
    assert ids(report) == [
        "broken.test.js",
        "cart.test.js > cart > bank",
        "cart.test.js > cart > discounts",
        "cart.test.js > cart > inner (2ms) > deep {x}",
        "cart.test.js > cart > totals",
        "cart.test.js > top level",
    ]
    assert totals(report) == {"passed": 3, "failed": 2, "skipped": 1}
    assert (report.confidence, report.marks) == (1.0, ())
    failure = case(report, "cart.test.js > cart > discounts")
    assert failure.message == "expected 90 to be 81 // Object.is equality"
    assert (failure.line, failure.duration_s) == (2, 0.02716)


def test_subtests_whose_brace_was_cut_keep_their_results() -> None:
    """A log that ends within braces tells of the subtests that it reached."""
    report = read(VITEST_TAP[: VITEST_TAP.index("        ok 3 - bank")])
    assert ids(report, Outcome.PASSED) == ["cart.test.js > cart > totals"]
    assert ids(report, Outcome.FAILED) == ["broken.test.js", "cart.test.js > cart > discounts"]


@pytest.mark.parametrize(
    ("point", "name", "duration_s"),
    [
        ("ok 1 - adds # time=3.00ms", "adds", 0.003),
        ("ok 1 - adds # time=1.5s", "adds", 1.5),
        ("ok 1 adds in 12ms", "adds", 0.012),
        ("ok 1 adds (12ms)", "adds", 0.012),
        ("ok 1 - adds # duration_ms 4.5", "adds", 0.0045),
        ("ok 1 - adds {x}", "adds {x}", None),
        ("ok 1 - adds in time", "adds in time", None),
        ("ok 1 - adds \\# 1", "adds # 1", None),
    ],
)
def test_durations_are_no_part_of_a_points_name(point: str, name: str, duration_s: float | None) -> None:
    """However a producer writes how long a test took, its name is the same in the next attempt."""
    report = read(f"TAP version 13\n1..1\n{point}\n")
    assert case(report, name).duration_s == duration_s


@pytest.mark.parametrize("between", ["\r", ""])
def test_mochas_list_names_tests_without_durations(between: str) -> None:
    """The `list` reporter writes each name twice and a duration behind it: the name is the test's alone."""
    report = read(
        f"\n    cart totals: {between}  \x1b[32m✔\x1b[39m cart totals: 0ms\n"
        f"    cart discounts {{x}}: {between}  1) cart discounts {{x}}\n  - cart bank\n"
        f"    cart slow: {between}  \x1b[32m✔\x1b[39m cart slow: 62ms\n\n"
        "  2 passing (69ms)\n  1 pending\n  1 failing\n\n"
        "  1) cart\n       discounts {x}:\n\n      AssertionError: 90 == 81\n      at a (cart.cjs:2:71)\n"
    )
    assert ids(report) == ["cart bank", "cart discounts {x}", "cart slow", "cart totals"]
    assert case(report, "cart discounts {x}").line == 2
    assert totals(report) == {"passed": 2, "failed": 1, "skipped": 1}


def test_a_title_behind_a_failure_is_no_part_of_it() -> None:
    """Tape writes the next test's title after the failure's details."""
    text = (
        "TAP version 13\n# cart\nnot ok 1 discounts\n  ---\n    operator: equal\n    expected: 81\n    actual:   90\n"
        "  ...\n# user\nok 2 mail\n\n1..2\n# tests 2\n"
    )
    assert "user" not in (case(read(text), "discounts").message or "")
    perl = "1..1\nnot ok 1 - discounts\n\n#   Failed test 'discounts'\n#   at t/cart.t line 9.\n"
    assert "Failed test" in (case(read(perl), "discounts").message or "")
