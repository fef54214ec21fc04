"""The target of the XML parser: test cases and suites as they pass by, no tree kept."""

from collections import Counter

from app.core.limits import LogLimits
from app.core.testlog.casebook import CaseBook, Failure
from app.core.testlog.cleaning import TITLE_CHARS_MAX, TITLES_DEEP_MAX, clip, seconds, whole_number
from app.core.testlog.formats.pytest_blocks import read_block
from app.core.testlog.formats.traces import failure_at, java_frames, python_frame, read_traceback, script_frames
from schemas.tests import Outcome

_FAILURES = {"failure": Outcome.FAILED, "error": Outcome.ERROR, "skipped": Outcome.SKIPPED}
_STATUSES = {
    **dict.fromkeys(("notrun", "disabled", "skipped", "ignored", "pending"), Outcome.SKIPPED),
    **dict.fromkeys(("failed", "fail", "failure"), Outcome.FAILED),
    **dict.fromkeys(("error", "errored"), Outcome.ERROR),
}
"""What a case without details may say of itself; any other word is a pass."""
_FAILED = frozenset({"failure", "error"})
_RERUNS = frozenset({"rerunFailure", "rerunError", "flakyFailure", "flakyError"})
_EXPECTED = frozenset({"pytest.xfail", "todo", "XFAIL"})
_UNEXPECTED = "UnexpectedSuccess"  # unittest's, which unittest-xml-reporting writes as an error
_DETAIL_CHARS_MAX = 32_768  # one failure's text; its end, where the frames are, lies within
_MESSAGE_LINES_MAX = 40


class JunitReader:
    """Gathers cases into a book, and counts each, also where several have one name.

    `stated` are the outermost suites' own figures, None where a suite has none; `root_stated` those of the element
    around the suites. `only_counted` is what suites state that hold no cases and no suites.
    """

    def __init__(self, limits: LogLimits) -> None:
        self.book = CaseBook(limits)
        self.seen: Counter[Outcome] = Counter()
        self.counted: Counter[Outcome] = Counter()
        self.only_counted: Counter[Outcome] = Counter()
        self.root_stated: Counter[Outcome] | None = None
        self.failures_stated = False
        self.stated: Counter[Outcome] | None = Counter()
        self.duration_s: float | None = None
        self.root_closed = False
        self._depth = 0
        self._suites: list[str] = []
        self._holding: list[Counter[Outcome] | None] = []  # what each open suite states, None once it holds anything
        self._case: dict[str, str] | None = None
        self._details: dict[str, dict[str, str]] = {}
        self._reruns = 0
        self._open: str | None = None
        self._text: list[str] = []
        self._text_chars = 0

    @property
    def failing(self) -> bool:
        """Whether the case that is open is known to have failed."""
        return self._case is not None and not _FAILED.isdisjoint(self._details)

    def drop_case(self) -> None:
        """Forget the case that is open."""
        self._case, self._open = None, None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        name = tag.rpartition("}")[2]
        self._depth += 1
        self.failures_stated = self.failures_stated or (name == "testsuite" and "failures" in attributes)
        if name == "testsuites":
            self.root_stated = _stated(attributes) or self.root_stated
        elif name == "testsuite":
            if not self._suites:
                self._add_suite(attributes)
            self._hold_something()
            self._holding.append(_stated(attributes))
            if len(self._suites) < TITLES_DEEP_MAX:
                self._suites.append(clip(attributes.get("name", ""), TITLE_CHARS_MAX))
        elif name == "testcase":
            self._case, self._details, self._reruns, self._open = attributes, {}, 0, None
        elif self._case is not None and self._open is None and (name in _FAILURES or name in _RERUNS):
            self._open = name
            self._text, self._text_chars = [], 0
            self._reruns += name in _RERUNS
            self._details.setdefault(name, attributes)

    def data(self, text: str) -> None:
        """Text within an element."""
        if self._open in _FAILURES and self._text_chars < _DETAIL_CHARS_MAX:
            self._text.append(text[:_DETAIL_CHARS_MAX])
            self._text_chars += len(text)

    def end(self, tag: str) -> None:
        """An element closes."""
        name = tag.rpartition("}")[2]
        self._depth -= 1
        if name == self._open:
            if name in _FAILURES:
                self._details[name] = {**self._details[name], "text": "".join(self._text)}
            self._open = None
        elif name == "testcase":
            self._add_case()
        elif name == "testsuite" and self._suites:
            self._suites.pop()
            self.only_counted.update((self._holding.pop() if self._holding else None) or {})
        if self._depth <= 0:
            self.root_closed = True

    def close(self) -> None:
        """The parser asks for a result at the end; everything is in the book already."""

    def _hold_something(self) -> None:
        if self._holding:
            self._holding[-1] = None

    def _add_suite(self, attributes: dict[str, str]) -> None:
        stated = _stated(attributes)
        if stated is None or self.stated is None:
            self.stated = None
            return
        self.stated.update(stated)
        duration_s = seconds(attributes.get("time", ""))
        if duration_s is not None:
            self.duration_s = (self.duration_s or 0.0) + duration_s

    def _add_case(self) -> None:
        if self._case is None:
            return
        if not self._suites:
            self.stated = None  # Node puts tests beside suites, whose figures then are not the whole
        self._hold_something()
        case, details = self._case, self._details
        outcome = _outcome(case, details)
        told = details.get("error") or details.get("failure") or details.get("skipped") or {}
        test_id, path = _test_id(case, self._suites)
        kept = self.book.add(test_id, outcome, _failure(told), path=path, duration_s=seconds(case.get("time", "")))
        self.book.rerun_at_least(kept, self._reruns)
        self.counted[outcome] += 1
        self.seen[Outcome.ERROR if outcome is Outcome.XPASSED else outcome] += 1  # as its suite counts it
        self.drop_case()


def _stated(attributes: dict[str, str]) -> Counter[Outcome] | None:
    """What a suite says of itself; None where it does not count."""
    tests = whole_number(attributes.get("tests", ""))
    if tests is None:
        return None
    counts = Counter(
        {
            outcome: whole_number(attributes.get(name) or "0") or 0
            for name, outcome in (
                ("failures", Outcome.FAILED),
                ("errors", Outcome.ERROR),
                ("skipped", Outcome.SKIPPED),
            )
        }
    )
    counts[Outcome.SKIPPED] += whole_number(attributes.get("disabled") or "0") or 0
    counts[Outcome.PASSED] = max(0, tests - counts.total())
    return counts


def _outcome(case: dict[str, str], details: dict[str, dict[str, str]]) -> Outcome:
    if "skipped" in details:
        return Outcome.XFAILED if details["skipped"].get("type") in _EXPECTED else Outcome.SKIPPED
    if "error" in details:
        return Outcome.XPASSED if details["error"].get("type") == _UNEXPECTED else Outcome.ERROR
    if "failure" in details:
        return Outcome.FAILED
    return _STATUSES.get(case.get("status", "").casefold(), Outcome.PASSED)


def _test_id(case: dict[str, str], suites: list[str]) -> tuple[str, str | None]:
    """The id under which the tool's own log names the test, as far as the report tells it; and its file."""
    name, classname, path = case.get("name", "").strip(), case.get("classname", "").strip(), case.get("file")
    if path and path.endswith(".py"):
        module = path[:-3].replace("/", ".").replace("\\", ".")
        inner = classname[len(module) + 1 :] if classname.startswith(f"{module}.") else ""
        return "::".join([path, *(inner.split(".") if inner else []), name]), path
    if classname == "test" or not classname:  # Node's runner writes it for every case
        return " ".join([*filter(None, suites), name]) or "unnamed test", path
    if classname == name or name.startswith(f"{classname} "):
        return name, path
    return f"{classname}{' ' if ' ' in classname or ' ' in name.split('[')[0] else '.'}{name}", path


def _failure(told: dict[str, str]) -> Failure:
    """Message and place, in whichever language's notation the details are written."""
    text = told.get("text", "")
    lines = text.split("\n")
    message = told.get("message", "")
    if any(line.startswith("E  ") for line in lines):
        block = read_block("", lines, None).failure
        return Failure(block.message or message, block.path, block.line, block.frames)
    if any(python_frame(line) for line in lines):
        python_message, python_frames = read_traceback(lines)
        return failure_at(message or python_message, python_frames)
    frames = script_frames(lines) or java_frames(lines)
    if not message:
        before = next((n for n, line in enumerate(lines) if line.lstrip().startswith("at ")), len(lines))
        message = "\n".join(lines[: min(before, _MESSAGE_LINES_MAX)]).strip()
    return failure_at(message or told.get("type"), frames)
