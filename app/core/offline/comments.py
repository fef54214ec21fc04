"""Comments at the lines that facts point at, the grave ones first."""

import keyword
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from app.core.facts.quality import rule_group
from app.core.facts.testing import tests_among
from app.core.offline.summary import data_of, short_test_name
from app.core.offline.words import Phrases, code
from app.core.places import line_of_symbol
from app.core.signs import mask
from app.core.testlog.casebook import FAILING
from schemas.changes import Finding
from schemas.comparison import Comparison
from schemas.review import CodeComment, Severity

COMMENTS_MAX: Final = 15
_PRAISES_MAX: Final = 3
_TESTS_MAX: Final = 5
_MESSAGE_CHARS_MAX: Final = 200
_NAMED_MAX: Final = 3  # names of one rule's findings
_NAME: Final = re.compile(r"`([^`]{1,80})`")
_COMPLEXITY_RULES: Final = frozenset({"C901", "PLR0911", "PLR0912", "PLR0915"})
"""Findings that say in other words what radon's figure of the same function says."""

_ALSO_MAX: Final = 8  # further lines named in one comment
_GRAVE_FIRST: Final[tuple[Severity, ...]] = ("critical", "major", "minor", "info", "praise")
_GROUP_SEVERITY: Final[dict[str, Severity]] = {
    "E9": "critical",
    "F": "major",
    "PLE": "major",
    "B": "major",
    "S": "major",
}
_SIGN_SEVERITY: Final[dict[str, Severity]] = {
    "secret_in_source": "critical",
    "hidden_characters": "major",
    "instruction_in_source": "info",
}


def comment_on(comparison: Comparison, phrases: Phrases) -> tuple[CodeComment, ...]:
    """At most `COMMENTS_MAX` comments; on changed files alone, for only their text is at hand."""
    texts = {source.path for source in comparison.sources}
    found = [
        *_on_facts(comparison, phrases),
        *_on_tests(comparison, phrases),
        *_on_findings(comparison, phrases),
        *list(_praises(comparison, phrases))[:_PRAISES_MAX],
    ]
    known = [comment for comment in found if comment.path in texts]
    known.sort(key=lambda comment: _GRAVE_FIRST.index(comment.severity))
    return tuple(known[:COMMENTS_MAX])


def _on_facts(comparison: Comparison, phrases: Phrases) -> Iterator[CodeComment]:
    for fact in comparison.evidence.facts:
        if fact.path is None:
            continue
        words = phrases.comments.get(fact.code)
        if fact.code == "syntax_error" and words:
            yield CodeComment(path=fact.path, line=fact.line, severity="critical", message=words(data_of(fact)))
        elif fact.code in _SIGN_SEVERITY and words:
            severity = _SIGN_SEVERITY[fact.code]
            yield CodeComment(path=fact.path, line=fact.line, severity=severity, message=words(data_of(fact)))
        elif fact.code in {"complex_function", "large_function"} and words:
            worse = fact.data.get("rank") in {"D", "E", "F"} and fact.code == "complex_function"
            yield CodeComment(
                path=fact.path,
                line=fact.line,
                severity="major" if worse else "minor",
                message=words(data_of(fact)),
                suggestion=phrases.comments["split"]({}),
            )


def _on_tests(comparison: Comparison, phrases: Phrases) -> Iterator[CodeComment]:
    tests = comparison.tests
    if tests.current is None:
        return
    newly = set(tests.newly_failing)
    texts = {source.path: source.text for source in comparison.sources}
    failing = [case for case in tests.current.cases if case.outcome in FAILING and case.path]
    for case in sorted(failing, key=lambda case: case.id not in newly)[:_TESTS_MAX]:
        kind = "newly_failing_test" if case.id in newly else "failing_test"
        is_test = bool(tests_among((case.id,)))
        words = phrases.comments[kind if is_test else "not_collected"]
        data = {"name": short_test_name(case.id) if is_test else case.id, "message": _first_line(case.message)}
        path = case.path or ""
        known = case.line if case.line and case.line > 0 else None
        line = known or line_of_symbol(texts.get(path, ""), short_test_name(case.id).partition("[")[0])
        yield CodeComment(path=path, line=line, severity="major", message=words(data))


def _on_findings(comparison: Comparison, phrases: Phrases) -> Iterator[CodeComment]:
    groups: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    facts = comparison.evidence.facts
    complex_at = {(fact.path, fact.line) for fact in facts if fact.code == "complex_function"}
    broken = {fact.path for fact in facts if fact.code == "syntax_error"}
    for finding in comparison.evidence.findings:
        group = rule_group(finding.rule)
        told = (group == "E9" and finding.path in broken) or (
            finding.rule in _COMPLEXITY_RULES and (finding.path, finding.line) in complex_at
        )
        if group != "other" and not told:
            groups[finding.path, finding.rule].append(finding)
    for (path, rule), found in groups.items():
        lines = sorted({finding.line for finding in found})
        explanation = _explain(found, phrases.rules.get(rule))
        data = {"explanation": explanation, "rule": rule, "lines": lines[1 : 1 + _ALSO_MAX]}
        yield CodeComment(
            path=path,
            line=lines[0],
            severity=_GROUP_SEVERITY.get(rule_group(rule), "minor"),
            message=phrases.comments["finding"](data),
        )


def _explain(found: list[Finding], words: str | None) -> str:
    """Our words for the rule with what the linter names, or the linter's own."""
    said = _first_line(found[0].message).rstrip(".")
    if words is None:
        return said
    matches = (_NAME.search(_first_line(finding.message)) for finding in found)
    names = dict.fromkeys(match.group(1) for match in matches if match and not keyword.iskeyword(match.group(1)))
    return f"{words}: {', '.join(map(code, list(names)[:_NAMED_MAX]))}" if names else words


def _praises(comparison: Comparison, phrases: Phrases) -> Iterator[CodeComment]:
    for fact in comparison.evidence.facts:
        if fact.code == "complexity_reduced" and fact.path:
            message = phrases.comments["complexity_reduced"](data_of(fact))
            yield CodeComment(path=fact.path, line=fact.line, severity="praise", message=message)
    for change in comparison.changes:
        if change.kind.startswith("extract_") and change.after and change.after.symbol:
            message = phrases.comments["extract_method"]({"symbol": change.after.symbol})
            yield CodeComment(path=change.after.path, line=change.after.line, severity="praise", message=message)


def _first_line(text: str | None) -> str:
    """The first line of a message, cleaned and cut: it stems from the student's code."""
    line = mask((text or "").strip().split("\n", 1)[0])
    plain = "".join(c for c in line if c.isprintable()).strip()
    return plain if len(plain) <= _MESSAGE_CHARS_MAX else f"{plain[:_MESSAGE_CHARS_MAX]}…"
