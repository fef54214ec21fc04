"""The events of `go test -json`: they alone decide how a test ended, whatever tests and packages printed."""

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from app.core.limits import LogLimits
from app.core.testlog.casebook import CaseBook, Found
from app.core.testlog.cleaning import Log, scrub
from app.core.testlog.formats.go_test import NOTHING_RAN, GoRun
from schemas.tests import Outcome

_SIGN = '{"Time":"', '{"ImportPath":"', '{"Action":"'
_ENDS = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED, "bench": Outcome.PASSED}
_OUTPUT_LINES_MAX = 400


def looks_like_go_json(text: str) -> bool:
    """Whether the text holds the events of `go test -json`."""
    return any(sign in text for sign in _SIGN) and any(
        event_of(line) is not None for line in text.split("\n") if line.startswith(_SIGN)
    )


def event_of(line: str) -> dict[str, Any] | None:
    """The event that a line is, or None."""
    if not line.startswith("{"):
        return None
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    is_event = isinstance(event, dict) and isinstance(event.get("Action"), str)
    return event if is_event and (_text(event, "Package") or _text(event, "ImportPath")) else None


def read_go_json(log: Log, limits: LogLimits) -> list[Found]:
    """Every run in the log; a package that ends a second time begins another one."""
    runs: list[Found] = []
    run = _Events(limits)
    for line in log.text.split("\n"):
        event = event_of(line)
        if event is None:
            continue
        if event["Action"] == "start" and _text(event, "Package") in run.ended and len(runs) < limits.runs_max - 1:
            runs.append(run.found())
            run = _Events(limits)
        run.take(event)
    return [*runs, run.found()] if run.packages else runs


@dataclass(slots=True)
class _Package:
    """One package while its events pass by: how its tests ended, and what each of them and the package wrote."""

    ends: dict[str, tuple[Outcome, float | None]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    output: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Events:
    limits: LogLimits
    packages: dict[str, _Package] = field(default_factory=dict)
    ended: dict[str, tuple[str, float | None]] = field(default_factory=dict)
    built: dict[str, list[str]] = field(default_factory=dict)

    def take(self, event: dict[str, Any]) -> None:
        """Take one event."""
        action, test = event["Action"], _text(event, "Test")
        name = _text(event, "Package")
        if not name:
            if action == "build-output":
                self.built.setdefault(_text(event, "ImportPath").split(" ")[0], []).append(_text(event, "Output"))
            return
        package = self.packages.setdefault(name, _Package())
        took = event.get("Elapsed")
        elapsed_s = float(took) if isinstance(took, int | float) and 0 <= took < 10**9 else None
        if action == "output":
            shown = package.output.setdefault(test, [])
            if len(shown) < _OUTPUT_LINES_MAX:
                shown.append(_text(event, "Output"))
        elif action == "run":
            package.running.add(test)
        elif action in _ENDS and test:
            package.ends[test] = (_ENDS[action], elapsed_s)
            package.running.discard(test)
        elif action in _ENDS:
            self.ended[name] = (action, elapsed_s)

    def found(self) -> Found:
        """What the run told: every package as `go test -v` ends it."""
        run = GoRun(CaseBook(self.limits), verbose=True)
        for name, package in self.packages.items():
            self._read_package(run, name, package)
        return replace(run.found(), format="go_json")

    def _read_package(self, run: GoRun, name: str, package: _Package) -> None:
        action, elapsed_s = self.ended.get(name, ("", None))
        own = self._lines(package.output.get("", []))
        run.build = [line for line in self._lines(self.built.get(name, [])) if not line.startswith("# ")]
        for test in [*package.ends, ""]:
            run.current = test or None
            for line in self._lines(package.output.get(test, [])):
                if not line.startswith("==="):
                    run.read_output(line)
        if not action:  # the log ends before its package does: its tests get their full names here
            run.results = [(f"{name}.{test}", *end) for test, end in package.ends.items()]
            run.output = {f"{name}.{test}": lines for test, lines in run.output.items()}
            run.unfinished = True
            run.end_package(None, None)
            return
        run.results = [(test, *end) for test, end in package.ends.items()]
        verdict = next(
            (v for line in own for v in ("[no test files]", "[build failed]", "[setup failed]") if v in line), None
        )
        if not package.ends and action in {"skip", "pass"}:
            verdict = "[no test files]" if action == "skip" else NOTHING_RAN
        run.end_package(
            name, verdict or (f"{elapsed_s:.3f}s" if elapsed_s is not None else None), failed=action == "fail"
        )

    def _lines(self, output: list[str]) -> list[str]:
        text = scrub("".join(output).replace("\r", "\n"))
        return [line[: self.limits.line_chars_max] for line in text.split("\n")]


def _text(event: dict[str, Any], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""
