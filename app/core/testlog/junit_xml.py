"""JUnit XML as pytest, unittest, jest, mocha, surefire and others write it, broken and embedded reports too."""

import re
from collections import Counter
from dataclasses import replace

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from app.core.limits import LogLimits
from app.core.testlog.casebook import AGREEING, CUT, UNFINISHED, Found, settle
from app.core.testlog.cleaning import Log
from app.core.testlog.junit_reader import JunitReader
from schemas.tests import Outcome

_ROOT = re.compile(r"<testsuites?[\s>]")
_BREAKS_MAX = 16
_SYNTHETIC_ROOT = "<testsuite>"


def looks_like_junit(text: str) -> bool:
    """Whether a JUnit report starts in the text, be it at its head or after other output."""
    return _ROOT.search(text) is not None


def read_junit(log: Log, limits: LogLimits) -> list[Found]:
    """Every report in the log, whatever stands around it."""
    reports: list[Found] = []
    start: int | None = 0
    while start is not None and len(reports) < limits.runs_max:
        root = _ROOT.search(log.text, start)
        if root is None:
            break
        # What stands before the root belongs to it: a document type there must be seen to be refused.
        declared = log.text.rfind("<?xml", start, root.start())
        typed = log.text.rfind("<!DOCTYPE", start, root.start())
        begins = [at for at in (declared, typed, root.start()) if at >= 0]
        report, start = _read_report(log.text, min(begins), limits)
        reports.append(report)
    return reports


def _read_report(text: str, start: int, limits: LogLimits) -> tuple[Found, int | None]:
    """Read one report, and the offset after which another may start, None at the end of the text.

    A broken report is fed case by case: each break costs one case, and reading goes on from the next one under a
    root of our own. Document types are refused, and entities with them.
    """
    reader = JunitReader(limits)
    parser = DefusedXMLParser(target=reader, forbid_dtd=True)
    breaks = 0
    at = start
    while at < len(text):
        end = text.find("<testcase", at + 1)
        end = len(text) if end < 0 else end
        try:
            parser.feed(text[at:end])
        except DefusedXmlException:
            return replace(_found(reader, broken=True), marks=("xml_entities_refused",)), None
        except ParseError:
            if reader.root_closed:
                return _found(reader, broken=breaks > 0), at
            breaks += 1
            reader.drop_case()
            if breaks > _BREAKS_MAX:
                break
            parser = DefusedXMLParser(target=reader, forbid_dtd=True)
            parser.feed(_SYNTHETIC_ROOT)
            reader.restarted()
        at = end
    return _found(reader, broken=breaks > 0 or not reader.root_closed), None


def _found(reader: JunitReader, *, broken: bool) -> Found:
    """Totals from the cases of a whole report; of a broken one from what its suites state."""
    counted = settle("junit", reader.book, reader.book.counts())
    stated = reader.stated
    if broken:
        enough = stated is not None and stated.total() >= reader.book.counts().total()
        totals = dict(+stated) if stated is not None and enough else counted.totals
        return replace(
            counted,
            totals=totals,
            confidence=CUT if enough else UNFINISHED,
            duration_s=reader.duration_s,
            marks=("broken_xml",),
        )
    agrees = stated is None or _failing_and_all(stated) == _failing_and_all(reader.seen)
    marks = () if reader.seen else ("no_tests",)
    return replace(counted, confidence=AGREEING if agrees else CUT, duration_s=reader.duration_s, marks=marks)


def _failing_and_all(totals: Counter[Outcome]) -> tuple[int, int]:
    return totals[Outcome.FAILED] + totals[Outcome.ERROR], totals.total()
