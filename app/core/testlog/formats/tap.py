"""TAP, versions 13 and 14 and what is written without a version: Node, mocha, bats, prove."""

import re
from dataclasses import dataclass, field, replace

from app.core.limits import LogLimits
from app.core.testlog.casebook import AGREEING, UNFINISHED, CaseBook, Failure, Found, settle
from app.core.testlog.cleaning import TITLE_CHARS_MAX, Log, clip, seconds
from app.core.testlog.formats.traces import Frame, failure_at, script_frames
from schemas.tests import Outcome

_POINT = re.compile(r"( *)(not )?ok\b(?: +(\d{1,9}))?(?: +-)? *(.*)$")
_PLAN = re.compile(r"( *)1\.\.(\d{1,9})(?: *#.*)?$")
_PLAN_SIGN = re.compile(r"^1\.\.\d{1,9}(?: *#[^\n]*)?$", re.MULTILINE)
_VERSION_SIGN = re.compile(r"^TAP version \d+$", re.MULTILINE)
_POINT_SIGN = re.compile(r"^(?:not )?ok(?: \d{1,9}\b| - )", re.MULTILINE)
_BRACE = re.compile(r"\s{0,8}\{$")
# A duration is no part of the description, however the producer writes it.
_DURATIONS = (
    re.compile(r" # time=(\d{1,12}(?:\.\d{1,12})?) ?(ms|s)\b"),  # node-tap, vitest
    re.compile(r" # duration_ms (\d{1,12}(?:\.\d{1,12})?)()\b"),
    re.compile(r" \((\d{1,12}(?:\.\d{1,12})?) ?(ms|s)\)$"),
    re.compile(r" in (\d{1,12})(ms|sec)$"),  # bats --timing
)
_DIRECTIVE = re.compile(r"(skip|todo)\S{0,10}(?:\s|$)", re.IGNORECASE)
_COMMENT = re.compile(r" *# ?(?:Subtest\b|(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) +[\d.]+$)")
_LOCATION = re.compile(r"(?:file://)?(.{1,500}?):(\d{1,7})(?::\d{1,7})?$")
_BATS_PLACE = re.compile(r"\(?(?:in test file|from function .{1,100} in file) (.{1,300}), line (\d{1,7})")
_DEEP_MAX = 12
_NAME_CHARS_MAX = 1_000  # a subtest's name with its parents', while more of them are put before it
_DETAIL_LINES_MAX = 100


def looks_like_tap(text: str) -> bool:
    """Whether the text is TAP: test points, and a version or a plan with them."""
    if _POINT_SIGN.search(text) is None:
        return False
    return _VERSION_SIGN.search(text) is not None or _PLAN_SIGN.search(text) is not None


def read_tap(log: Log, limits: LogLimits) -> list[Found]:
    """Read test points; a point that has subtests counts through them, unless it failed and none of them did."""
    run = _Run()
    for line in log.lines:
        if line.startswith("Bail out!"):
            run.marks.append("bailed_out")
            break
        run.read(line)
    return [run.found(limits)]


@dataclass(slots=True)
class _Point:
    depth: int
    name: str
    outcome: Outcome
    duration_s: float | None = None
    detail: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A point whose subtests follow it in braces, from the point `first` on."""

    indent: int
    point: _Point
    first: int


@dataclass(slots=True)
class _Run:
    points: list[_Point] = field(default_factory=list)
    top_level: int = 0
    planned: int | None = None
    marks: list[str] = field(default_factory=list)
    in_yaml: bool = False
    told: _Point | None = None
    """The point whose details have ended: a comment behind them is a title of what follows."""
    open: list[_Open] = field(default_factory=list)

    def read(self, line: str) -> None:
        """Take one line."""
        last = self.points[-1] if self.points else None
        if self.in_yaml and last is not None:
            self.in_yaml = line.strip() != "..."
            if self.in_yaml:
                _keep(last, line)
            else:
                self.told = last
            return
        point = _POINT.match(line)
        if point:
            self._add(point)
            return
        plan = _PLAN.match(line)
        if self.open and line.strip() == "}":
            self._close(len(line) - 1)
        elif plan:
            if not plan[1] and not self.open:
                self.planned = (self.planned or 0) + int(plan[2])
        elif line.strip() == "---":
            self.in_yaml = last is not None
        elif last is not None and last is not self.told and line.startswith((" ", "#")) and not _COMMENT.match(line):
            _keep(last, line)

    def _add(self, found: re.Match[str]) -> None:
        indent = len(found[1])
        self._close(indent)  # a brace that was cut out
        depth = min(indent // 4, _DEEP_MAX)
        text, duration_s = _timed(found[4])
        opens = _BRACE.search(text)
        if opens:
            text = text[: opens.start()]
            if duration_s is None:
                text, duration_s = _timed(text)
        name, outcome = _directive(text, failed=bool(found[2]))
        name = name or f"test {found[3] or len(self.points) + 1}"
        self.top_level += depth == 0
        point = _Point(depth, name, outcome, duration_s)
        if opens and len(self.open) < _DEEP_MAX:
            self.open.append(_Open(indent, point, len(self.points)))
            return
        children = 0
        while children < len(self.points) - self._floor() and self.points[-1 - children].depth > depth:
            children += 1
        self._add_above(point, children)

    def _floor(self) -> int:
        """The first point that belongs to the innermost open brace: those before it are nobody's here."""
        return self.open[-1].first if self.open else 0

    def _close(self, indent: int) -> None:
        """Close the braces of points at `indent` and deeper."""
        while self.open and self.open[-1].indent >= indent:
            closed = self.open.pop()
            self._add_above(closed.point, len(self.points) - closed.first)

    def _add_above(self, point: _Point, children: int) -> None:
        """Add a point to which the last `children` points belong."""
        if children:
            failing = False
            for child in self.points[-children:]:
                title = clip(point.name, TITLE_CHARS_MAX)
                child.name, child.depth = f"{title} > {clip(child.name, _NAME_CHARS_MAX)}", point.depth
                failing = failing or child.outcome is Outcome.FAILED
            if failing or point.outcome is not Outcome.FAILED:
                return  # the point says nothing that its subtests do not
        self.points.append(point)

    def found(self, limits: LogLimits) -> Found:
        """Totals are counted points; they are trusted where the plan agrees with the points of the top level."""
        self._close(0)
        book = CaseBook(limits)
        duration_s = 0.0
        for point in self.points:
            took = next((seconds(d.split(":", 1)[1].strip()) for d in point.detail if "duration_ms:" in d), None)
            took_s = round(took / 1000, 6) if took is not None else point.duration_s
            duration_s += took_s or 0.0
            failing = point.outcome in {Outcome.FAILED, Outcome.XFAILED}
            book.add(point.name, point.outcome, *([_failure(point.detail)] if failing else []), duration_s=took_s)
        found = settle("tap", book, book.counts())
        whole = self.planned == self.top_level and "bailed_out" not in self.marks
        if not whole and "bailed_out" not in self.marks:
            self.marks.append("truncated")
        elif self.planned == 0:
            self.marks.append("no_tests")
        return replace(
            found,
            confidence=AGREEING if whole else UNFINISHED,
            duration_s=round(duration_s, 6) or None,
            marks=tuple(self.marks),
            planned=self.planned if len(self.points) == self.top_level else None,
        )


def _keep(point: _Point, line: str) -> None:
    if len(point.detail) < _DETAIL_LINES_MAX:
        point.detail.append(line)


def _timed(text: str) -> tuple[str, float | None]:
    """The description without its duration, and the duration in seconds."""
    for duration in _DURATIONS:
        found = duration.search(text)
        if found:
            value = seconds(found[1])
            milliseconds = found[2] in {"ms", ""}
            took_s = round(value / 1000, 6) if value is not None and milliseconds else value
            return text[: found.start()] + text[found.end() :], took_s
    return text, None


def _directive(text: str, *, failed: bool) -> tuple[str, Outcome]:
    """Description and outcome: after an unescaped `#`, SKIP and TODO say that the result is not what it seems."""
    at = text.rfind("# ")
    while at > 0 and text[at - 1] == "\\":
        at = text.rfind("# ", 0, at)
    directive = _DIRECTIVE.match(text, at + 2) if at >= 0 else None
    outcome = Outcome.FAILED if failed else Outcome.PASSED
    if directive is None:
        return text.replace("\\#", "#").strip(), outcome
    to_do = Outcome.XFAILED if failed else Outcome.XPASSED
    outcome = Outcome.SKIPPED if directive[1].lower() == "skip" else to_do
    return text[:at].replace("\\#", "#").strip(), outcome


def _failure(detail: list[str]) -> Failure:
    frames = script_frames([line if " at " in line else f"at {line.strip()}" for line in detail])
    message: list[str] = []
    indent: int | None = None  # of the key whose block of text is being read
    keyed = False
    for line in detail:
        stripped = line.strip()
        margin = len(line) - len(line.lstrip())
        if indent is not None:
            if margin > indent or not stripped:
                message.append(stripped)
                continue
            indent = None
        key, found, value = stripped.partition(":")
        if found and key in {"error", "message"} and not keyed and value.strip():  # else its parts follow
            keyed = True
            value = value.strip()
            if value[:1] in {"|", ">"}:
                indent = margin
            else:
                message.append(value.strip("'\""))
        elif found and key in {"location", "at"} and not frames:
            place = _LOCATION.match(value.strip().strip("'\""))
            frames = [Frame(place[1], int(place[2]))] if place else []
        elif stripped.startswith("#") and not frames:
            bats = _BATS_PLACE.search(stripped)
            frames = [Frame(bats[1], int(bats[2]))] if bats else []
    if not keyed:
        plain = [line.strip().removeprefix("# ") for line in detail]
        message = [line for line in plain if not line.startswith("at ")][:20]
    return failure_at("\n".join(message).strip(), frames)
