"""Reading JUnit XML, whole, broken, embedded and hostile."""

import pytest

from schemas.tests import Outcome
from tests.unit.test_testlog_pytest import CALC_ERRORS, CALC_FAILED
from tests.unit.testlogs import case, ids, read, read_sample, sample, totals


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_pytests_report_is_read(family: str) -> None:
    """Pytest's report gives its totals, times, and the reason of each skip; it does not tell unexpected passes."""
    report = read_sample(f"junit_pytest_{family}.xml")
    assert report.formats == ("junit",)
    assert totals(report) == {"passed": 6, "failed": 7, "error": 2, "skipped": 1, "xfailed": 1}
    assert len(report.cases) == 17
    assert report.confidence == 1.0
    slow = next(kept for kept in report.cases if kept.id.endswith("test_slow"))
    assert slow.duration_s == 0.05


def test_files_in_the_report_make_pytests_ids() -> None:
    """Where the report names files the ids are pytest's own."""
    report = read_sample("junit_pytest_xunit1.xml")
    assert ids(report, Outcome.FAILED) == CALC_FAILED
    assert ids(report, Outcome.ERROR) == CALC_ERRORS
    failure = case(report, "tests/test_calc.py::test_divide_by_zero")
    assert (failure.message, failure.path, failure.line) == ("ZeroDivisionError: division by zero", "calc.py", 9)


def test_text_and_xml_of_one_run_count_once() -> None:
    """Pytest's text and its XML report, handed in together, are one run, not two."""
    report = read_sample("pytest_verbose.txt", "junit_pytest_xunit2.xml")
    assert report.formats == ("pytest", "junit")
    assert len(report.cases) == 17
    assert sum(report.totals.values()) == 18
    slow = case(report, "tests/test_calc.py::test_slow")
    assert slow.duration_s == 0.05


def test_jests_report_is_read() -> None:
    """jest-junit's names, which repeat themselves, are ids once; frames lead to the student's file."""
    report = read_sample("junit_jest.xml")
    failure = case(report, "cart total sums prices")
    assert failure.line == 7
    assert failure.path == "/home/student/homework/cart.test.js"
    assert totals(report) == {"passed": 4, "failed": 2, "skipped": 1}
    assert report.confidence == 0.8  # it counts six tests and lists seven


def test_mochas_report_is_read() -> None:
    """Mocha calls its failures errors in the totals and failures in the cases: both are failing."""
    report = read_sample("junit_mocha.xml")
    assert ids(report, Outcome.FAILED) == ["cart has a total", "cart removal throws"]
    assert totals(report) == {"passed": 2, "failed": 2, "skipped": 1}
    assert report.confidence == 1.0


def test_nodes_report_is_read() -> None:
    """Node's report puts tests beside suites; a failing test that is still to be done is expected to fail."""
    report = read_sample("junit_node.xml")
    assert totals(report) == {"passed": 2, "failed": 2, "skipped": 1, "xfailed": 1}
    assert ids(report, Outcome.FAILED) == ["cart has a # hash", "removes an item"]


def test_surefires_report_is_read() -> None:
    """Java's classes, frames and repeated runs are read; a test that passed at last is no failure."""
    report = read_sample("junit_surefire.xml")
    assert totals(report) == {"passed": 4, "failed": 1, "error": 1, "skipped": 1, "rerun": 3}
    flaky = case(report, "shop.CartTest.isLateOnce")
    assert (flaky.outcome, flaky.reruns) == (Outcome.PASSED, 1)
    failure = case(report, "shop.CartTest.takesADiscount")
    assert failure.message == "55 percent of 200 ==> expected: <90> but was: <145>"
    assert (failure.path, failure.line) == ("CartTest.java", 22)
    assert case(report, "shop.CartTest.failsOnNothing").frames == (
        "CartTest.java:27 in shop.CartTest.failsOnNothing",
        "Cart.java:8 in shop.Cart.total",
    )


def test_surefires_figures_after_reruns_lower_the_confidence() -> None:
    """Surefire's suite counts its last run only, and that is seen to disagree with its cases."""
    assert read_sample("junit_surefire.xml").confidence == 0.8


def test_unittests_report_is_read() -> None:
    """What unittest-xml-reporting writes as errors and skips is told apart into unexpected and expected ones."""
    report = read_sample("junit_unittest.xml")
    assert totals(report) == totals(read_sample("unittest_verbose.txt"))
    assert ids(report, Outcome.XPASSED) == ["test_bank.py::TestAccount::test_surprise"]
    assert ids(report, Outcome.XFAILED) == ["test_bank.py::TestAccount::test_known"]
    assert case(report, "test_bank.py::TestAccount::test_withdraw").line == 26
    assert report.confidence == 1.0


def test_a_report_after_other_output_is_found() -> None:
    """A report that was printed into a log is read, whatever stands before and after it."""
    report = read(f"$ cat report.xml\n{sample('junit_mocha.xml')}\n$ exit\n")
    assert totals(report) == {"passed": 2, "failed": 2, "skipped": 1}
    assert report.confidence == 1.0


def test_two_reports_in_one_log_add_up() -> None:
    """Two reports printed one after the other are both read."""
    report = read(sample("junit_mocha.xml") + sample("junit_pytest_xunit1.xml"))
    assert totals(report) == {"passed": 8, "failed": 9, "error": 2, "skipped": 2, "xfailed": 1}


def test_a_report_without_its_end_keeps_the_cases_before() -> None:
    """Of a report that breaks off the whole cases are kept, and the suite's own totals are believed."""
    text = sample("junit_pytest_xunit1.xml")
    report = read(text[: text.index('name="test_slow"')])
    assert case(report, "tests/test_calc.py::test_divide_by_zero").outcome is Outcome.FAILED
    assert totals(report) == {"passed": 6, "failed": 7, "error": 2, "skipped": 2}
    assert report.marks == ("broken_xml",)
    assert report.confidence == 0.8


def test_a_report_without_its_middle_keeps_both_sides() -> None:
    """A report cut in the middle is read up to the cut and from the next case on."""
    text = sample("junit_pytest_xunit1.xml")
    start, end = text.index("def test_parse_chained"), text.index('name="test_skipped"')
    report = read(f"{text[:start]}\n[... 999 characters left out ...]\n{text[end:]}")
    known = ids(report)
    assert "tests/test_calc.py::test_divide_by_zero" in known
    assert "tests/test_report.py::test_explicit_fail" in known
    assert "tests/test_calc.py::test_parse_chained" not in known
    assert "broken_xml" in report.marks


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE testsuite [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE testsuite [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE testsuite SYSTEM "report.dtd">',
    ],
)
@pytest.mark.parametrize("head", ['<?xml version="1.0"?>\n', ""])
def test_document_types_and_entities_are_refused(head: str, declaration: str) -> None:
    """A report that declares a document type is not read, entities are never expanded, and the mark says so."""
    report = read(f'{head}{declaration}\n<testsuite tests="1"><testcase name="a">&b;</testcase></testsuite>')
    assert report.marks == ("xml_entities_refused",)
    assert report.cases == ()
    assert report.totals == {}


def test_an_undeclared_entity_costs_one_case() -> None:
    """An entity that is not declared breaks its own case; the next one is read."""
    report = read('<testsuite tests="2"><testcase name="a">&b;</testcase><testcase name="c"/></testsuite>')
    assert ids(report) == ["c"]
    assert report.marks == ("broken_xml",)
