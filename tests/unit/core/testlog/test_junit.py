"""Reading JUnit XML, whole, broken, embedded and hostile."""

import pytest

from schemas.tests import Outcome
from tests.unit.core.testlog.test_pytest import CALC_ERRORS, CALC_FAILED
from tests.unit.core.testlog.testlogs import case, ids, read, read_sample, sample, totals


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
    assert case(report, "tests/test_calc.py::test_parse_chained").outcome is Outcome.FAILED
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


def test_an_undeclared_entity_costs_nothing() -> None:
    """An entity that is not declared is text; its case and the next one are read, and no parser's word is taken."""
    report = read('<testsuite tests="2"><testcase name="a">&b;</testcase><testcase name="c"/></testsuite>')
    assert ids(report) == ["a", "c"]
    assert report.marks == ("broken_xml",)


NOT_QUITE_XML = {
    "reference to an escape": "<failure message='m'>got &#27;[31m5</failure>",
    "reference to an escape in an attribute": "<failure message='got &#x1b;[31m5'/>",
    "reference to a zero": "<failure message='m'>&#0;&#8;</failure>",
    "reference to a surrogate": "<failure message='m'>&#xD83D;&#xDE00;</failure>",
    "surrogate": "<failure message='m'>\ud83d</failure>",
    "control characters": "<failure message='a\x00\x08b'>\x0c\x1b[31m</failure>",
    "raw ampersand": "<failure message='a & b'>x && y &nbsp;</failure>",
    "raw less-than": "<failure message='assert 1 < 0'>1 < 0 <class 'int'> <<</failure>",
    "raw tag in an attribute": "<failure message='<Response [500]>'>x</failure>",
    "quotes in an attribute": '<failure message="assert "a" == "b"">x</failure>',
    "nested CDATA": "<failure message='m'><![CDATA[ a <![CDATA[ b ]]> c ]]></failure>",
    "end of CDATA twice": "<failure message='m'><![CDATA[ a ]]> b ]]></failure>",
    "CDATA without end": "<failure message='m'><![CDATA[ a </failure>",
    "unclosed failure": "<failure message='m'>text",
    "crossed tags": "<failure message='m'><b>text</failure></b>",
    "doubled attribute": "<failure message='m' message='n'>x</failure>",
    "printed report": "<failure message='m'>&b; <testcase2 name='x'/></failure>",
    "printed output": "<failure message='m'/><system-out>1 < 2 & <failure></system-out>",
}


@pytest.mark.parametrize("failure", NOT_QUITE_XML.values(), ids=NOT_QUITE_XML)
def test_what_is_not_quite_xml_keeps_its_failing_case(failure: str) -> None:
    """Whatever a failure's text does to the XML, the case has failed and its neighbours have passed."""
    report = read(
        '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><testsuite name="s" tests="3" failures="1">'
        f'<testcase classname="c" name="first"/><testcase classname="c" name="bad">{failure}</testcase>'
        '<testcase classname="c" name="last"/></testsuite></testsuites>'
    )
    assert totals(report) == {"passed": 2, "failed": 1}
    assert ids(report, Outcome.FAILED) == ["c.bad"]
    assert report.confidence >= 0.8


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1251", "no-such-encoding", "UTF8"])
def test_a_wrong_declaration_of_the_encoding_costs_nothing(encoding: str) -> None:
    """The text is decoded already: what its declaration claims changes nothing."""
    report = read(
        f'<?xml version="1.0" encoding="{encoding}"?><testsuite tests="2" failures="1"><testcase name="сложение"/>'
        "<testcase name='b'><failure message='нет'/></testcase></testsuite>"
    )
    assert totals(report) == {"passed": 1, "failed": 1}
    assert ids(report) == ["b", "сложение"]


def test_a_report_that_ends_within_a_failure_keeps_it() -> None:
    """A case known to have failed counts though the file ends in it; one of unknown outcome does not."""
    head = '<testsuite name="s"><testcase classname="c" name="a"/><testcase classname="c" name="b">'
    assert totals(read(f"{head}<failure message='m'>tex")) == {"passed": 1, "failed": 1}
    assert totals(read(head)) == {"passed": 1}


@pytest.mark.parametrize(
    ("failing", "right"), [("", {"passed": 3}), ("<failure message='m'/>", {"passed": 2, "failed": 1})]
)
def test_cases_of_one_name_count_each(failing: str, right: dict[str, int]) -> None:
    """Three cases of one name are three tests; the record that they share tells of the failure."""
    case = '<testcase classname="c" name="same">'
    report = read(
        f'<testsuite tests="3" failures="{len(right) - 1}">{case}</testcase>{case}{failing}</testcase>'
        f"{case}</testcase></testsuite>"
    )
    assert (totals(report), report.confidence, report.marks) == (right, 1.0, ())
    assert len(report.cases) == 1


def test_nested_suites_are_read() -> None:
    """Cases in suites within suites count once each; a suite that states only how many tests it has agrees."""
    report = read(
        '<testsuites tests="5" failures="1"><testsuite name="A" tests="3"><testsuite name="A.Login" tests="2">'
        '<testcase name="c1" classname="A.Login"/><testcase name="c2" classname="A.Login"><failure message="boom"/>'
        '</testcase></testsuite><testcase name="c3" classname="A"/></testsuite><testsuite name="B" tests="2">'
        '<testcase name="c1" classname="B"/><testcase name="c1" classname="B"/></testsuite></testsuites>'
    )
    assert (totals(report), report.confidence, report.marks) == ({"passed": 4, "failed": 1}, 1.0, ())


@pytest.mark.parametrize(
    "inner", ["", '<testsuite name="s" tests="10" failures="2" errors="1" skipped="1"/>', '<testsuite name="s"/>']
)
def test_counts_without_cases_are_told_as_such(inner: str) -> None:
    """Where suites hold no cases their own counts are the totals, and a mark says that nothing else is known."""
    report = read(f'<testsuites tests="10" failures="2" errors="1" skipped="1" time="3.5">{inner}</testsuites>')
    assert totals(report) == {"passed": 6, "failed": 2, "error": 1, "skipped": 1}
    assert report.marks == ("counts_only",)
    assert report.confidence == 0.8


@pytest.mark.parametrize(
    "text",
    [
        '<testsuite tests="5" failures="2"><testcase name="a"/><testcase name="b"/></testsuite>',
        '<testsuites tests="9"><testsuite tests="2"><testcase name="a"/><testcase name="b"/></testsuite></testsuites>',
        '<testsuite tests="2" failures="1"><testcase name="a"/><testcase name="b"/></testsuite>',
    ],
)
def test_stated_totals_that_disagree_are_said(text: str) -> None:
    """The cases count; that their suite or the whole report states other figures lowers the confidence and is said."""
    report = read(text)
    assert totals(report) == {"passed": 2}
    assert report.marks == ("totals_disagree",)
    assert report.confidence == 0.8


def test_disabled_tests_have_not_passed() -> None:
    """Of five tests one failed and two were disabled: two passed."""
    report = read('<testsuite tests="5" failures="1" disabled="2" errors="0"/>')
    assert totals(report) == {"passed": 2, "failed": 1, "skipped": 2}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *(("failed", "failed"), ("Failed", "failed"), ("error", "error"), ("disabled", "skipped")),
        *(("skipped", "skipped"), ("run", "passed"), ("passed", "passed")),
    ],
)
def test_a_case_without_details_ended_as_its_status_says(status: str, outcome: str) -> None:
    """Some tools write no element for a failure that has no message."""
    report = read(f'<testsuite name="a" tests="1"><testcase classname="c" name="z" status="{status}"/></testsuite>')
    assert totals(report) == {outcome: 1}


@pytest.mark.parametrize("outer", ["", '<testsuite name="outer">', '<testsuite name="outer" tests="5" failures="2">'])
def test_a_suite_of_counts_beside_one_with_cases_counts(outer: str) -> None:
    """What a suite without cases states is added, and the mark says that its tests are not named."""
    suites = (
        '<testsuite name="a" tests="2" failures="1"><testcase classname="c" name="x"><failure message="m"/></testcase>'
        '<testcase classname="c" name="y"/></testsuite><testsuite name="b" tests="3" failures="1"/>'
    )
    report = read(f"<testsuites>{outer}{suites}{'</testsuite>' if outer else ''}</testsuites>")
    assert totals(report) == {"passed": 3, "failed": 2}
    assert report.marks == ("counts_only",)
    assert report.confidence == 0.8
