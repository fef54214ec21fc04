"""TAP, versions 13 and 14 and what is written without a version: Node, mocha, bats, prove."""

import re
from dataclasses import dataclass, field, replace

from app.core.limits import LogLimits
from app.core.testlog.casebook import AGREEING, UNFINISHED, CaseBook, Failure, Found, settle
from app.core.testlog.cleaning import TITLE_CHARS_MAX, Log, clip, seconds
from app.core.testlog.traces import Frame, failure_at, script_frames
from schemas.tests import Outcome

_POINT = re.compile(r"( *)(not )?ok\b(?: +(\d{1,9}))?(?: +-)? *(.*)$")
_PLAN = re.compile(r"( *)1\.\.(\d{1,9})(?: *#.*)?$")
_PLAN_SIGN = re.compile(r"^1\.\.\d{1,9}(?: *#[^\n]*)?$", re.MULTILINE)
_VERSION_SIGN = re.compile(r"^TAP version \d+$", re.MULTILINE)
_POINT_SIGN = re.compile(r"^(?:not )?ok(?: \d{1,9}\b| - )", re.MULTILINE)
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
    detail: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    points: list[_Point] = field(default_factory=list)
    top_level: int = 0
    planned: int | None = None
    marks: list[str] = field(default_factory=list)
    in_yaml: bool = False

    def read(self, line: str) -> None:
        """Take one line."""
        last = self.points[-1] if self.points else None
        if self.in_yaml and last is not None:
            self.in_yaml = line.strip() != "..."
            if self.in_yaml:
                _keep(last, line)
            return
        point = _POINT.match(line)
        if point:
            self._add(point)
            return
        plan = _PLAN.match(line)
        if plan:
            if not plan[1]:
                self.planned = (self.planned or 0) + int(plan[2])
        elif line.strip() == "---":
            self.in_yaml = last is not None
        elif last is not None and line.startswith((" ", "#")) and not _COMMENT.match(line):
            _keep(last, line)

    def _add(self, found: re.Match[str]) -> None:
        depth = min(len(found[1]) // 4, _DEEP_MAX)
        name, outcome = _directive(found[4], failed=bool(found[2]))
        name = name or f"test {found[3] or len(self.points) + 1}"
        self.top_level += depth == 0
        children = 0
        while children < len(self.points) and self.points[-1 - children].depth > depth:
            children += 1
        if children:
            failing = False
            for child in self.points[-children:]:
                child.name, child.depth = f"{clip(name, TITLE_CHARS_MAX)} > {clip(child.name, _NAME_CHARS_MAX)}", depth
                failing = failing or child.outcome is Outcome.FAILED
            if failing or outcome is not Outcome.FAILED:
                return  # the point says nothing that its subtests do not
        self.points.append(_Point(depth, name, outcome))

    def found(self, limits: LogLimits) -> Found:
        """Totals are counted points; they are trusted where the plan agrees with the points of the top level."""
        book = CaseBook(limits)
        duration_s = 0.0
        for point in self.points:
            took = next((seconds(d.split(":", 1)[1].strip()) for d in point.detail if "duration_ms:" in d), None)
            took_s = round(took / 1000, 6) if took is not None else None
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
        )


def _keep(point: _Point, line: str) -> None:
    if len(point.detail) < _DETAIL_LINES_MAX:
        point.detail.append(line)


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
        if found and key in {"error", "message"} and not keyed:
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
