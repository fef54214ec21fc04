"""JUnit XML as pytest, unittest, jest, mocha, surefire and others write it, broken and embedded reports too."""

import re
from collections import Counter
from dataclasses import replace

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from app.core.limits import LogLimits
from app.core.testlog.casebook import AGREEING, CONTRADICTORY, CUT, FAILURES_UNNAMED, UNFINISHED, Found, marked
from app.core.testlog.cleaning import Log
from app.core.testlog.formats.junit_reader import JunitReader
from app.core.testlog.formats.junit_scan import scan_report
from schemas.tests import Outcome

_ROOT = re.compile(r"<testsuites?[\s>]")


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

    What is no XML is read again by its tags alone. Document types are refused, and entities with them.
    """
    reader = JunitReader(limits)
    parser = DefusedXMLParser(target=reader, forbid_dtd=True)
    at = start
    while at < len(text):
        end = text.find("<testcase", at + 1)
        end = len(text) if end < 0 else end
        try:
            parser.feed(text[at:end])
        except DefusedXmlException:
            return replace(_found(reader), marks=("xml_entities_refused",), confidence=UNFINISHED), None
        except ParseError:
            if reader.root_closed:
                return _found(reader), at
            break
        at = end
    if reader.root_closed:
        return _found(reader), None
    scanned = JunitReader(limits)
    after = scan_report(text, start, scanned)
    return _mended(scanned), after


def _found(reader: JunitReader) -> Found:
    """A whole report. Cases count, each of those that share a name; suites without cases count as they state."""
    stated, root = reader.stated, reader.root_stated
    if not reader.seen:
        told = stated or root or reader.only_counted
        if not told:
            return _counted(reader, AGREEING, ["no_tests"])
        return replace(_counted(reader, FAILURES_UNNAMED, ["counts_only"]), totals=dict(+told))
    if reader.only_counted:
        reader.seen.update(reader.only_counted)
        reader.counted.update(reader.only_counted)
        found = _counted(reader, FAILURES_UNNAMED, ["counts_only"])
        return found if _agrees(reader, root) else marked(found, "totals_disagree")
    agree = _agrees(reader, stated, failures=reader.failures_stated) and _agrees(reader, root)
    return _counted(reader, AGREEING if agree else CUT, [] if agree else ["totals_disagree"])


def _agrees(reader: JunitReader, stated: Counter[Outcome] | None, *, failures: bool = True) -> bool:
    """Whether a suite's figures are those of its cases; a suite may state how many tests, and not how many failed."""
    if stated is None:
        return True
    return stated.total() == reader.seen.total() and (not failures or _failing(stated) == _failing(reader.seen))


def _mended(reader: JunitReader) -> Found:
    """A report that was no XML: what its suites state counts where its cases may be fewer."""
    stated = reader.stated or reader.root_stated
    missing = (stated.total() if stated else 0) - reader.seen.total()
    found = _counted(reader, CUT if reader.root_closed or missing >= 0 else UNFINISHED, ["broken_xml"])
    if stated and missing > 0:
        found = replace(found, totals=dict(+stated))
    elif stated is None and not reader.root_closed:
        found = replace(found, confidence=UNFINISHED)
    if missing <= 0 and not _agrees(reader, stated, failures=reader.failures_stated):
        found = replace(found, confidence=CONTRADICTORY, marks=(*found.marks, "totals_disagree"))
    return found


def _counted(reader: JunitReader, confidence: float, marks: list[str]) -> Found:
    counts = Counter(reader.counted)
    counts[Outcome.RERUN] = reader.book.counts()[Outcome.RERUN]
    totals = {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}
    return Found("junit", reader.book.cases(), totals, confidence, reader.duration_s, marks=tuple(marks))


def _failing(totals: Counter[Outcome]) -> int:
    return totals[Outcome.FAILED] + totals[Outcome.ERROR]
