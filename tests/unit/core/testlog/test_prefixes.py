"""Whatever system carried a log, the report is the one of the log that the tool wrote."""

from itertools import product

import pytest

from schemas.tests import TestReport
from tests.builders.carried_logs import SYSTEMS, among_others, gitlab_marking_whole_lines
from tests.unit.core.testlog.testlogs import ids, read, sample, totals

TOOLS = [
    *("unittest_default.txt", "unittest_verbose.txt", "nose_verbose.txt", "doctest_plain.txt", "tap_node.txt"),
    *("mocha_spec.txt", "pytest_very_quiet.txt", "pytest_default.txt", "go_verbose.txt", "jest_verbose.txt"),
]
CANONICAL = """\
============================= test session starts ==============================
platform linux -- Python 3.11.7, pytest-8.2.0, pluggy-1.7.0
rootdir: /home/student/hw
collected 12 items

test_cart.py .F.F.F.sxE                                                  [ 83%]
test_user.py .F                                                          [100%]

==================================== ERRORS ====================================
__________________________ ERROR at setup of test_db ___________________________

    @pytest.fixture
>   def db(): raise RuntimeError("no database")
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
E   RuntimeError: no database

test_cart.py:14: RuntimeError
=================================== FAILURES ===================================
________________________________ test_discount _________________________________

>   def test_discount(): assert 90==81, "discount is applied twice"
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
E   AssertionError: discount is applied twice
E   assert 90 == 81

test_cart.py:3: AssertionError
____________________________ TestOrder.test_cancel _____________________________

self = <test_cart.TestOrder object at 0x7f44339cc550>

>   def test_cancel(self): raise ValueError("order 7 is shipped")
                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
E   ValueError: order 7 is shipped

test_cart.py:6: ValueError
________________________________ test_price[-1] ________________________________

price = -1

    @pytest.mark.parametrize("price",[1,-1,0])
>   def test_price(price): assert price>=0
                           ^^^^^^^^^^^^^^^
E   assert -1 >= 0

test_cart.py:8: AssertionError
__________________________________ test_mail ___________________________________

>   def test_mail(): assert "@" in "ann.example"
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
E   AssertionError: assert '@' in 'ann.example'

test_user.py:2: AssertionError
=========================== short test summary info ============================
FAILED test_cart.py::test_discount - AssertionError: discount is applied twice
FAILED test_cart.py::TestOrder::test_cancel - ValueError: order 7 is shipped
FAILED test_cart.py::test_price[-1] - assert -1 >= 0
FAILED test_user.py::test_mail - AssertionError: assert '@' in 'ann.example'
ERROR test_cart.py::test_db - RuntimeError: no database
========== 4 failed, 5 passed, 1 skipped, 1 xfailed, 1 error in 0.07s =========="""
TOTALS = {"passed": 5, "failed": 4, "error": 1, "skipped": 1, "xfailed": 1}
OTHERS = ("pytest_verbose.txt", "unittest_verbose.txt", "go_verbose.txt", "jest_verbose.txt", "mocha_spec.txt")


def _without_exit(report: TestReport) -> TestReport:
    return report.model_copy(update={"exit_code": None})


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_carried_log_gives_the_same_report(system: str) -> None:
    """A system's prefixes change nothing in the report: totals, names, messages and places."""
    plain = read(CANONICAL)
    assert totals(plain) == TOTALS
    assert _without_exit(read(SYSTEMS[system](CANONICAL))) == plain


@pytest.mark.parametrize(("system", "name"), list(product(SYSTEMS, OTHERS)))
def test_other_tools_logs_give_the_same_report(system: str, name: str) -> None:
    """The prefixes come off whichever tool wrote the log."""
    text = sample(name).rstrip("\n")
    assert _without_exit(read(SYSTEMS[system](text))) == _without_exit(read(text))


@pytest.mark.parametrize("system", SYSTEMS)
def test_half_of_the_lines_are_enough(system: str) -> None:
    """Lines of the system itself, without the prefix, may be as many as those of the tests."""
    report = read(among_others(SYSTEMS[system](CANONICAL)))
    assert totals(report) == TOTALS
    assert len(report.cases) == len(read(CANONICAL).cases)


@pytest.mark.parametrize("text", [CANONICAL, *map(sample, OTHERS)])
def test_gitlabs_mark_of_continued_lines_is_weighed(text: str) -> None:
    """Where GitLab marks whole lines as continued, they are read as lines: no test is lost to the one before it."""
    report, plain = read(gitlab_marking_whole_lines(text)), read(text)
    assert (totals(report), ids(report)) == (totals(plain), ids(plain))


def test_what_dockers_own_files_hide_is_cleaned() -> None:
    """Colours and carriage returns within the JSON of Docker's log files come off as they do elsewhere."""
    line = '{"log":"\\u001b[32mtest_a.py .F   [100%]\\u001b[0m\\r\\n","stream":"stdout","time":"t"}\n'
    last = '{"log":"\\u001b[31m=== 1 failed, 1 passed in 0.1s ===\\u001b[0m\\r\\n","stream":"stdout","time":"t"}\n'
    assert totals(read(line + last)) == {"passed": 1, "failed": 1}


@pytest.mark.parametrize(
    ("system", "name"),
    [("a tool of one's own", "pytest_internal_error.txt"), ("utf-16 taken for latin-1", "pytest_colours.txt")],
)
def test_what_the_tool_writes_before_its_lines_stays(system: str, name: str) -> None:
    """A mark that most lines bear behind the prefix is the tool's own, and a NUL within a colour's code breaks none."""
    text = sample(name).rstrip("\n")
    assert totals(read(SYSTEMS[system](text))) == totals(read(text))
    assert totals(read(text))


@pytest.mark.parametrize("name", TOOLS)
def test_blanks_behind_lines_are_nothing(name: str) -> None:
    """A log that was copied from a console of Windows has every line padded: the report is the same."""
    text = sample(name)
    padded, plain = read("\n".join(f"{line}   " for line in text.split("\n"))), read(text)
    assert plain.formats
    assert (padded.formats, totals(padded), ids(padded)) == (plain.formats, totals(plain), ids(plain))
