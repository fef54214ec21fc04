"""What all formats of test logs are made of, and what must hold for the report of any log."""

from typing import Final

from app.core.limits import LogLimits
from schemas.codec import decode, encode
from schemas.tests import Outcome, TestReport

# Beginnings and ends of what the readers look for; repeated, they are what a slow expression would choke on.
PIECES: Final = [
    "a.py::", " - ", "[", "]", "=", "=== ", " ===\n", "_ ", "____ a ____\n", "E   x\n", "FAILED a::b[ - ",
    "a::b PASSED (", "a::b PASSED [ 1%]\n", "[gw0] [ 1%] PASSED ", "..F [ 5%]\n", "1 passed, ", "1 failed in 1s\n",
    "INTERNALERROR> ", "=== test session starts ===\n", "=== FAILURES ===\n", "=== short test summary info ===\n",
    "--- Captured x ---\n", "test_a (m.T) ... ", "=" * 70 + "\nFAIL: test_a (m.T)\n", "-" * 70 + "\n",
    "Ran 1 test in 1s\n", "OK\n", "*" * 70 + "\n", "<testcase ", "<testcase name='a'>", "<testsuite>", "</testsuite>",
    "<testsuite x='", "<!DOCTYPE a [", "&a;", "/>", "--- FAIL: T (0.00s)\n", "--- FAIL: T (",
    "FAIL\tp [build failed]\n", "ok  \tp\t0.1s\n", '{"Time":"', "panic: x\n", "{",
    '{"Action":"output","Package":"p","Output":"--- PASS: T (0.0s)\\n"}\n', "TAP version 13\n", "1..1\n",
    "not ok 1 - a", "ok 1 # ", " # TODO\n", "    ok 1 - x\n", "  ---\n", "Bail out!\n", "PASS a.test.js\n", "  ● a\n",
    "  ✓ a (", " ms)\n", "Tests: 1 passed, 1 total\n", '{"numFailedTestSuites":1,"testResults":[',
    "  1 passing (1ms)\n", "  1) a\n", "Traceback (most recent call last):\n", '  File "a", line 1, in b\n',
    "SyntaxError: \n", "TOTAL 1 1 ", "exit code ", "\x1b[", "\x1b]", "\r", "\n", "\t", " ", "(",
    "2024-01-01T00:00:00Z ", "web-1 | ", "at a (b:1:1)\n", "Killed\n", "\ud800", "\u202e", "💥",
    "+++++++++++ Timeout ", "coverage: 1% of statements", "9" * 30, "... output truncated", "0",
    "2024-01-01T00:00:00.1Z 00O+x\n", "2024-01-01T00:00:00Z stdout P x\n", "[pod/a/b] x\n",
    "a\tb\t2024-01-01T00:00:00Z x\n",
    "> ", "    > x\n", "| x\n", "[12:00:00] :\t [Step 1/1] x\n", "##teamcity[x]\n", '{"log":"x\\n"}\n', "a\rb\n",
    "#1 0.1 ",
    "\x1b_bk;t=1\x07", "=== RUN   T\n", "x--- PASS: T (0.00s)\n", '{"Action":"fail","Package":"p","Test":"T"}\n',
    "ok 1 - a # time=1ms {\n", "}\n", "<failure message='", "<![CDATA[", "]]>", "&#27;", "</testcase>", "<failure>",
    "<a",
    "Test session starts (platform: x)\n", "Results (0.1s):\n", "       1 passed\n", "――― a ―――\n", " a.py ✓ 1% █\n",
    "collected 2 items\n", "!!! stopping after 1 failures !!!\n", "    a:   ✔ a: 1ms\n",
]  # fmt: skip


def assert_within(report: TestReport, limits: LogLimits) -> None:
    """Assert every bound and every promise of a report's form."""
    assert len(report.cases) <= limits.cases_max
    assert len({case.id for case in report.cases}) == len(report.cases)
    weight = 0
    for case in report.cases:
        assert len(case.id) <= limits.name_chars_max
        assert len(case.message or "") <= limits.message_chars_max
        assert len(case.path or "") <= limits.name_chars_max
        assert len(case.frames) <= limits.frames_max
        assert all(len(frame) <= limits.name_chars_max for frame in case.frames)
        texts = [case.id, case.message or "", case.path or "", *case.frames]
        weight += sum(map(len, texts))
        assert not any(character in text for text in texts for character in "\x00\x07\x1b\u202e\ud800")
    assert weight <= limits.report_chars_max
    assert len(report.excerpt or "") <= limits.excerpt_chars_max
    failing = [case.outcome in {Outcome.FAILED, Outcome.ERROR} for case in report.cases]
    assert failing == sorted(failing, reverse=True)
    assert all(count > 0 for count in report.totals.values())
    assert (report.confidence == 0) == (not report.formats)
    assert decode(TestReport, encode(report)) == report
