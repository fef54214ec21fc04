"""The parts of a prompt that are not source code: facts, bounds, tests, complexity, the previous review.

Everything in them that comes from a student or from a model is cut, cleaned and put behind `| ` or in JSON, so
that no line of it starts a line of the prompt.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from app.core.evidence.facts.signs import QUOTE
from app.core.masking.students_text import mask
from app.core.testlog.casebook import FAILING
from schemas.changes import Change, Place
from schemas.comparison import Comparison
from schemas.review import Review

_FACTS_MAX: Final = 80
_ROWS_MAX: Final = 40  # rows of one table: changes, deltas, findings
_MESSAGE_CHARS_MAX: Final = 600  # one failure's message
_WORDS_CHARS_MAX: Final = 400  # one comment or summary of the previous review
_NAME_CHARS_MAX: Final = 160
_STRING_CHARS_MAX: Final = 512  # as long as a path may be: comments are anchored by it
_FRAMES_MAX: Final = 3
_FAILURES_MAX: Final = 30


def task(comparison: Comparison) -> str:
    """Which attempt of what this is, and what it is compared with."""
    info = comparison.diff_info
    return as_json(
        {
            "assignment": comparison.assignment_id,
            "submission": comparison.submission_id,
            "previous_submission": comparison.previous_submission_id,
            "baseline": comparison.baseline.value,
            "files_changed": info.total_files_changed,
            "lines_added": info.lines_added,
            "lines_removed": info.lines_removed,
            "change_ratio": round(info.change_ratio, 3),
            "has_new_imports": info.has_new_imports,
        }
    )


def bounds(comparison: Comparison) -> str:
    """The scores that the evidence allows."""
    held = comparison.evidence.bounds
    return as_json(
        {
            "overall_score": [held.overall_min, held.overall_max],
            "code_quality_score": [held.quality_min, held.quality_max],
            "why": list(held.why),
        }
    )


def facts(comparison: Comparison) -> Iterator[str]:
    """Flags, then facts, the weighty first, one line of JSON each."""
    evidence = comparison.evidence
    if evidence.flags:
        yield as_json({"flags": ", ".join(evidence.flags)})
    for fact in sorted(evidence.facts, key=lambda fact: -abs(fact.weight))[:_FACTS_MAX]:
        data = {name: value for name, value in fact.data.items() if name != QUOTE}  # an order stands in no fact
        yield as_json({"fact": fact.code, "weight": round(fact.weight, 2), **_where(fact.path, fact.line), **data})


def failures(comparison: Comparison) -> Iterator[str]:
    """Failing tests, newly failing ones first, one block each."""
    report = comparison.tests.current
    if report is None:
        return
    newly = set(comparison.tests.newly_failing)
    failing = [case for case in report.cases if case.outcome in FAILING]
    for case in sorted(failing, key=lambda case: case.id not in newly)[:_FAILURES_MAX]:
        head = {"test": case.id, "outcome": case.outcome.value, **_where(case.path, case.line)}
        if case.id in newly:
            head["newly_failing"] = True
        lines = [as_json(head), quoted(case.message or "", _MESSAGE_CHARS_MAX)]
        lines += [quoted(frame, _NAME_CHARS_MAX) for frame in case.frames[-_FRAMES_MAX:]]
        yield "\n".join(line for line in lines if line)


def changes(comparison: Comparison) -> str:
    """Changes in the literature's words."""
    return "\n".join(
        as_json(
            {
                "change": change.kind,
                "name": change.detail.get("name"),
                "before": _place(change.before),
                "after": _place(change.after),
                **_values(change),
                "confidence": round(change.confidence, 2),
            }
        )
        for change in comparison.changes[:_ROWS_MAX]
    )


def complexity(comparison: Comparison) -> str:
    """Radon's figures: averages, deltas, the most complex functions."""
    figures = comparison.complexity
    rows: list[dict[str, object]] = []
    if figures.average_cyclomatic is not None:
        rows.append(
            {
                "average_cyclomatic": _rounded(figures.average_cyclomatic),
                "before": _rounded(figures.average_cyclomatic_before),
                "average_maintainability": _rounded(figures.average_maintainability),
                "maintainability_before": _rounded(figures.average_maintainability_before),
            }
        )
    for delta in figures.deltas[:_ROWS_MAX]:
        name = delta.symbol or "file"
        rows.append(
            {
                "delta": delta.metric,
                "path": delta.path,
                "symbol": name,
                "before": _rounded(delta.before),
                "after": _rounded(delta.after),
            }
        )
    rows += [
        {"complex": f.symbol, "path": f.path, "line": f.line, "cyclomatic": f.cyclomatic, "rank": f.rank}
        for f in figures.worst
    ]
    return "\n".join(map(as_json, rows))


def findings(comparison: Comparison) -> str:
    """Linter findings."""
    rows = comparison.evidence.findings[:_ROWS_MAX]
    return "\n".join(as_json({"rule": f.rule, "path": f.path, "line": f.line, "message": f.message}) for f in rows)


def previous_review(previous: Review | None) -> Iterator[str]:
    """Scores and summary of the previous review, then its comments, one block each."""
    if previous is None:
        return
    result = previous.review_result
    head = as_json({"overall_score": result.overall_score, "code_quality_score": result.code_quality_score})
    yield f"{head}\n{quoted(result.progress_summary, 4 * _WORDS_CHARS_MAX)}"
    for comment in result.code_review_comments:
        if comment.severity != "praise":
            where = as_json({"severity": comment.severity, **_where(comment.path, comment.line)})
            yield f"{where}\n{quoted(comment.message, _WORDS_CHARS_MAX)}"


def log_excerpt(comparison: Comparison) -> str:
    """The end of a log in no known format."""
    report = comparison.tests.current
    return quoted(report.excerpt, 100_000) if report and report.excerpt else ""


def as_json(row: Mapping[str, object]) -> str:
    """One line of JSON without nulls, with strings cleaned and cut."""
    return json.dumps({k: _clean(v) for k, v in row.items() if v is not None}, ensure_ascii=False)


def quoted(text: str, chars_max: int) -> str:
    """`text` behind `| ` on every line, cut at `chars_max` characters, cleaned."""
    cut = text if len(text) <= chars_max else f"{text[:chars_max]}…"
    lines = mask(cut).replace("\r", "\n").split("\n")
    return "\n".join(f"| {_printable(line)}" for line in lines) if cut else ""


def _clean(value: object) -> object:
    if isinstance(value, str):
        return _printable(mask(value))[:_STRING_CHARS_MAX]
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)


def _where(path: str | None, line: int | None) -> dict[str, str | int | float | bool | None]:
    return {"path": path, "line": line}


def _values(change: Change) -> dict[str, object]:
    """A setting's value before and after, secrets masked already."""
    if not change.kind.endswith("_key"):
        return {}
    return {"value_before": change.detail.get("before"), "value_after": change.detail.get("after")}


def _place(place: Place | None) -> str | None:
    if place is None:
        return None
    symbol = f"::{place.symbol}" if place.symbol else ""
    line = f":{place.line}" if place.line else ""
    return f"{place.path}{line}{symbol}"


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 1)
