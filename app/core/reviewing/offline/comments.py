"""Comments at the lines that facts point at, the grave ones first."""

import keyword
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Final

from app.core.diff.records.kinds import EXTRACTIONS
from app.core.evidence.changed_tests import is_test_path
from app.core.evidence.facts.gravity import gravity_of, group_of, is_certain_error
from app.core.evidence.facts.symbol_lines import line_of_symbol
from app.core.evidence.facts.testing import tests_among
from app.core.masking.students_text import mask
from app.core.reviewing.offline.summary import data_of, short_test_name
from app.core.reviewing.offline.whereabouts import Whereabouts
from app.core.reviewing.threads.measured_fates import TEST_ID_CHARS_MAX
from app.core.testlog.casebook import FAILING
from app.core.words import Words
from app.core.words.filters import code
from schemas.changes import ChangeKind, Finding
from schemas.comparison import Comparison, Fact, FactCode
from schemas.review import CheckKind, CodeComment, Severity

_PRAISES_MAX: Final = 3
_TESTS_MAX: Final = 5
_MESSAGE_CHARS_MAX: Final = 200
_NAMED_MAX: Final = 3  # names of one rule's findings
_NAME: Final = re.compile(r"`([^`]{1,80})`")
_COMPLEXITY_RULES: Final = frozenset({"C901", "PLR0911", "PLR0912", "PLR0915"})
"""Findings that say in other words what radon's figure of the same function says."""

_ALSO_MAX: Final = 8  # further lines named in one comment
_GRAVE_FIRST: Final[tuple[Severity, ...]] = ("critical", "major", "minor", "info", "praise")
_NAMING_RULES: Final = frozenset(
    {
        *("F401", "F402", "F405", "F601", "F811", "F821", "F822", "F823", "F841", "F842", "B006", "B007", "B020"),
        *("B023", "B024", "B025", "B027", "B033", "B035", "E741", "E742", "E743", "PIE794", "PIE796", "PLW0127"),
        *("PLW0602", "PLW0603", "PLE0117", "PLE0118", "PLE0237", "PLE0241", "PLE1132", "S105", "S106", "S107"),
    }
)
"""Rules whose messages quote a name of the student's; others quote Python's own words."""

_PRAISE_SURE: Final = 0.7  # confidence from which an extraction is praised: praise for a guess is worse than none
_EXTRACTED_LINES_MIN: Final = 3  # of a function whose extraction is praised: one line under a name is no such thing
_SUBJECTS: Final[dict[str, CheckKind]] = {
    FactCode.SYNTAX_ERROR: CheckKind.SYNTAX,
    FactCode.COMPLEX_FUNCTION: CheckKind.COMPLEXITY,
    FactCode.LARGE_FUNCTION: CheckKind.FUNCTION_LENGTH,
    FactCode.SECRET_IN_SOURCE: CheckKind.SECRET,
    FactCode.HIDDEN_CHARACTERS: CheckKind.HIDDEN_CHARACTERS,
    FactCode.INSTRUCTION_IN_SOURCE: CheckKind.INSTRUCTION,
    FactCode.UNUSED_CODE: CheckKind.UNUSED_CODE,
}
"""What a comment on a fact is about, and by what it is known again."""

_SIGN_SEVERITY: Final[dict[str, Severity]] = {
    FactCode.SECRET_IN_SOURCE: "critical",
    FactCode.HIDDEN_CHARACTERS: "major",
    FactCode.INSTRUCTION_IN_SOURCE: "info",
}


def comment_on(comparison: Comparison, phrases: Words) -> tuple[CodeComment, ...]:
    """All that the rules have to say, the grave first; on changed files alone, for only their text is at hand.

    A failing test is commented on wherever it stands in the work: a course's own tests never change.
    """
    texts = {source.path for source in comparison.sources}
    found = [
        *_on_facts(comparison, phrases),
        *_on_tests(comparison, phrases),
        *_on_findings(comparison, phrases),
        *list(_praises(comparison, phrases))[:_PRAISES_MAX],
    ]
    known = [comment for comment in found if comment.path in texts or comment.category == CheckKind.TEST]
    known.sort(key=lambda comment: _GRAVE_FIRST.index(comment.severity))
    where = Whereabouts.of(comparison)
    return tuple(_in_cell(comment, where, phrases) for comment in known)


def _in_cell(comment: CodeComment, where: Whereabouts, phrases: Words) -> CodeComment:
    """In a notebook a comment names the cell and the line within it: nobody sees the lines of its Python text."""
    if comment.line is None or not where.is_in_cell(comment.path, comment.line):
        return comment
    cell, line = where.cell_and_line(comment.path, comment.line)
    return comment.model_copy(
        update={"message": phrases.comments["in_cell"]({"cell": cell, "line": line, "message": comment.message})}
    )


def _on_facts(comparison: Comparison, phrases: Words) -> Iterator[CodeComment]:
    where = Whereabouts.of(comparison)
    for fact in comparison.evidence.facts:
        if fact.path is None:
            continue
        in_cell = where.is_in_cell(fact.path, fact.line)
        words = phrases.comments.get(
            "syntax_error_in_cell" if in_cell and fact.code == FactCode.SYNTAX_ERROR else fact.code
        )
        if fact.code not in _SUBJECTS or not words:
            continue
        is_size = fact.code in {FactCode.COMPLEX_FUNCTION, FactCode.LARGE_FUNCTION}
        yield CodeComment(
            path=fact.path,
            line=fact.line,
            severity=_severity_of(fact),
            category=_SUBJECTS[FactCode(fact.code)],
            message=words(data_of(fact)),
            suggestion=phrases.comments["split"]({}) if is_size else None,
        )


def _severity_of(fact: Fact) -> Severity:
    if fact.code == FactCode.SYNTAX_ERROR:
        return "critical"
    if fact.code == FactCode.COMPLEX_FUNCTION:
        return "major" if fact.data.get("rank") in {"D", "E", "F"} else "minor"
    return _SIGN_SEVERITY.get(fact.code, "minor")


def _on_tests(comparison: Comparison, phrases: Words) -> Iterator[CodeComment]:
    tests = comparison.tests
    if tests.current is None:
        return
    newly = set(tests.newly_failing)
    texts = {source.path: source.text for source in comparison.sources}
    paths = [*texts, *(file.path for file in comparison.files if file.status != "removed")]
    placed = [(case, _path_in(paths, case.path)) for case in tests.current.cases if case.outcome in FAILING]
    failing = [(case, path) for case, path in placed if path is not None]
    for case, path in sorted(failing, key=lambda one: one[0].id not in newly)[:_TESTS_MAX]:
        kind = "newly_failing_test" if case.id in newly else "failing_test"
        is_test = bool(tests_among((case.id,)))
        words = phrases.comments[kind if is_test else "not_collected"]
        data = {"name": short_test_name(case.id) if is_test else case.id, "message": _first_line(case.message)}
        known = case.line if case.line and case.line > 0 else None
        line = known or line_of_symbol(texts.get(path, ""), short_test_name(case.id).partition("[")[0])
        yield CodeComment(
            path=path,
            line=line,
            severity="critical",
            category=CheckKind.TEST,
            test_id=case.id[:TEST_ID_CHARS_MAX],
            message=words(data),
        )


def _path_in(paths: Collection[str], told: str | None) -> str | None:
    """The file of the work that a log names, by its whole path or, from the root of a machine, by the longest end."""
    plain = (told or "").replace("\\", "/").removeprefix("./")
    if plain in paths:
        return plain
    return max((path for path in paths if plain.endswith(f"/{path}")), key=len, default=None)


def _on_findings(comparison: Comparison, phrases: Words) -> Iterator[CodeComment]:
    groups: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    facts = comparison.evidence.facts
    where = Whereabouts.of(comparison)
    complex_at = {(fact.path, fact.line) for fact in facts if fact.code == FactCode.COMPLEX_FUNCTION}
    for finding in comparison.evidence.findings:
        told = finding.rule in _COMPLEXITY_RULES and (finding.path, finding.line) in complex_at
        if group_of(finding.rule) != "other" and not told:
            # Each certain error is a comment of its own; of the rest a file has one for each rule.
            subject = finding.message if is_certain_error(finding.rule) else ""
            groups[finding.path, finding.rule, subject].append(finding)
    ordered = sorted(groups.items(), key=lambda item: _GRAVE_FIRST.index(gravity_of(item[0][1])))
    for (path, rule, _), found in ordered:
        lines = sorted({finding.line for finding in found})
        explanation = _explain(found, phrases.rules.get(rule))
        also = where.within(path, lines[1 : 1 + _ALSO_MAX], phrases)
        data = {"explanation": explanation, "rule": rule, "also": also, "more": max(0, len(lines) - 1 - _ALSO_MAX)}
        severity = gravity_of(rule)
        message = phrases.comments["finding"](data)
        yield CodeComment(path=path, line=lines[0], severity=severity, category=rule, message=message)


def _explain(found: list[Finding], words: str | None) -> str:
    """Our words for the rule with what the linter names, or the linter's own."""
    said = _first_line(found[0].message).rstrip(".")
    if words is None:
        return said
    if found[0].rule not in _NAMING_RULES:
        return words
    matches = (_NAME.search(_first_line(finding.message)) for finding in found)
    names = dict.fromkeys(match.group(1) for match in matches if match and not keyword.iskeyword(match.group(1)))
    return f"{words}: {', '.join(map(code, list(names)[:_NAMED_MAX]))}" if names else words


def _praises(comparison: Comparison, phrases: Words) -> Iterator[CodeComment]:
    """Praise for what was checked: a function of both sides that became simpler, code that became a function.

    A local variable, a nested function that nobody can call, and branches that merely stand elsewhere earn none.
    """
    for fact in comparison.evidence.facts:
        if fact.code == FactCode.COMPLEXITY_REDUCED and fact.path and not fact.data.get("moved_on"):
            message = phrases.comments[FactCode.COMPLEXITY_REDUCED](data_of(fact))
            yield _praise(fact.path, fact.line, message)
    for change in comparison.changes:
        if change.kind not in EXTRACTIONS or change.confidence < _PRAISE_SURE or change.after is None:
            continue
        symbol, source = change.after.symbol, change.before.symbol if change.before else None
        lines = (change.after.end_line or 0) - (change.after.line or 0) + 1
        is_nested = source is not None and symbol is not None and symbol.startswith(f"{source}.")
        is_worth_it = lines >= _EXTRACTED_LINES_MIN
        if symbol and is_worth_it and not is_nested and symbol != source and not is_test_path(change.after.path):
            message = phrases.comments[ChangeKind.EXTRACT_METHOD]({"symbol": symbol})
            yield _praise(change.after.path, change.after.line, message)


def _praise(path: str, line: int | None, message: str) -> CodeComment:
    return CodeComment(path=path, line=line, severity="praise", category=CheckKind.IMPROVEMENT, message=message)


def _first_line(text: str | None) -> str:
    """The first line of a message, cleaned and cut: it stems from the student's code."""
    line = mask((text or "").strip().split("\n", 1)[0])
    plain = "".join(c for c in line if c.isprintable()).strip()
    return plain if len(plain) <= _MESSAGE_CHARS_MAX else f"{plain[:_MESSAGE_CHARS_MAX]}…"
