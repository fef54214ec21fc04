"""Complexity, its changes, and the linter's findings."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Final

from app.core.complexity import effective_cyclomatic, rank_of
from app.core.evidence.changed_tests import is_test_path
from app.core.evidence.facts.gravity import group_of, is_certain_error, is_likely_error, is_worth_telling, name_in
from app.core.evidence.facts.names import Figures, clip_name, names_of
from app.core.evidence.facts.symbol_lines import line_of_symbol
from app.core.evidence.facts.unused_code import NewUnused
from schemas.changes import Complexity, ComplexityDelta, Finding, FunctionComplexity
from schemas.comparison import ChangedFile, Fact, FactCode

_NO_UNUSED: Final = NewUnused()
_DELTAS_MAX: Final = 5  # complexity facts each way
_FUNCTIONS_MAX: Final = 3  # complex and long functions named
_LINES_LARGE: Final = 60  # a function longer than this fills more than a screen
_DELETED_SHARE: Final = 0.5  # of all functions
_FUNCTIONS_LEAST: Final = 3  # a function or two that went are an exercise done otherwise, not most of a work
_BRANCHES_TELLING: Final = 3
_RANKS_COMPLEX: Final = "CDEF"
_CERTAIN_MAX: Final = 5  # certain errors that are facts of their own; each tells how many there are
_GROUPS: Final = ("certain", "likely", "risky", "unused")
_GROUP_WEIGHTS: Final[Mapping[str, tuple[float, float]]] = {
    "certain": (-0.3, -0.9),
    "likely": (-0.1, -0.6),
    "risky": (-0.06, -0.3),
}
"""Weight of one finding, and of all of a group; of a hint much less."""


def complexity_facts(
    complexity: Complexity, sources: tuple[ChangedFile, ...], unused: NewUnused = _NO_UNUSED, *, compared: bool
) -> Iterator[Fact]:
    """Functions that are hard to read, and those that became so or no longer are. Dead code is neither."""
    texts = {source.path: source.text for source in sources}
    if compared:
        for path in complexity.mended[:_FUNCTIONS_MAX]:
            yield Fact(code=FactCode.SYNTAX_MENDED, weight=0.6, path=path)
        if work_deleted(complexity, unused):
            data: Figures = {"count": complexity.functions_removed, "total": complexity.functions_before}
            yield Fact(code=FactCode.WORK_DELETED, weight=-0.8, data=data)
        yield from _delta_facts(complexity, texts, unused)
    worst = [
        function
        for function in complexity.worst
        if not is_test_path(function.path) and not unused.is_dead(function.path, function.line)
    ]
    hard = [f for f in worst if _rank(f) in _RANKS_COMPLEX]
    for function in hard[:_FUNCTIONS_MAX]:
        weight = -0.2 * (1 + _RANKS_COMPLEX.index(_rank(function)))
        yield _function_fact(FactCode.COMPLEX_FUNCTION, weight, function)
    for function in [f for f in worst if _length(f) > _LINES_LARGE][:_FUNCTIONS_MAX]:
        yield _function_fact(FactCode.LARGE_FUNCTION, -0.2, function)


def work_deleted(complexity: Complexity, unused: NewUnused = _NO_UNUSED) -> bool:
    """Whether most functions of the previous attempt are gone, and no others came in their place.

    Files that could not be measured hold theirs still. Work that was written anew is not lost; functions that nothing
    uses are no such work.
    """
    before = complexity.functions_before or 0
    if complexity.errors or before < _FUNCTIONS_LEAST or complexity.functions_removed is None:
        return False
    left = complexity.functions_now
    if left is not None and left - _new_and_unused(complexity, unused) > (1 - _DELETED_SHARE) * before:
        return False
    return complexity.functions_removed > _DELETED_SHARE * before


def _new_and_unused(complexity: Complexity, unused: NewUnused) -> int:
    new = (
        delta for delta in complexity.deltas if delta.metric == "cyclomatic" and delta.symbol and delta.before is None
    )
    return sum(1 for delta in new if unused.holds_told(delta.path, delta.symbol or ""))


def _delta_facts(complexity: Complexity, texts: Mapping[str, str], unused: NewUnused) -> Iterator[Fact]:
    """Functions of both sides that became simpler, or complex. Averages over code that came or went say nothing."""
    places = {(f.path, f.symbol): f.line for f in complexity.worst}
    deltas = [_effective(delta) for delta in complexity.deltas if not unused.holds_told(delta.path, delta.symbol or "")]
    told = [delta for delta in deltas if _is_telling(delta)]
    ups = [delta for delta in told if (delta.delta or 0) > 0 and (delta.rank_after or "A") in _RANKS_COMPLEX]
    downs = [delta for delta in told if (delta.delta or 0) < 0]
    for code, weight, moved in ((FactCode.COMPLEXITY_REDUCED, 0.4, downs), (FactCode.COMPLEXITY_RAISED, -0.3, ups)):
        for delta in moved[:_DELTAS_MAX]:
            symbol = delta.symbol or ""
            line = places.get((delta.path, symbol)) or line_of_symbol(texts.get(delta.path, ""), symbol)
            data = _delta_data(delta)
            if code == FactCode.COMPLEXITY_REDUCED:
                data["moved_on"] = _is_moved_on(delta, deltas)
                weight = 0.0 if data["moved_on"] else weight  # noqa: PLW2901 - of this fact
            yield Fact(code=code, weight=weight, path=delta.path, line=line, data=data)
            if code == FactCode.COMPLEXITY_RAISED and (delta.rank_after or "A") > (delta.rank_before or "A"):
                yield Fact(
                    code=FactCode.RANK_WORSENED, weight=-0.3, path=delta.path, line=line, data=_delta_data(delta)
                )


def _effective(delta: ComplexityDelta) -> ComplexityDelta:
    """`delta` without the branches that are never taken."""
    if delta.effective_delta is None or delta.before is None:
        return delta
    after = delta.before + delta.effective_delta
    return delta.model_copy(update={"after": after, "delta": delta.effective_delta, "rank_after": rank_of(after)})


def _is_telling(delta: ComplexityDelta) -> bool:
    """Whether a function that is on both sides moved by three branches at least: one more `if` is no news."""
    if delta.metric != "cyclomatic" or not delta.symbol or is_test_path(delta.path):
        return False
    if delta.before is None or delta.after is None or delta.delta is None:
        return False
    return abs(delta.delta) >= _BRANCHES_TELLING


def _is_moved_on(delta: ComplexityDelta, deltas: Sequence[ComplexityDelta]) -> bool:
    """Whether what the function lost stands undone elsewhere, or is gone with all that the function did.

    A new function nearly as complex as the old one was holds its branches still; a function left without any
    branch, while no new one came, was emptied and not simplified.
    """
    before, after = delta.before or 0, delta.after or 0
    new = [d.after or 0 for d in deltas if d.metric == "cyclomatic" and d.symbol and d.before is None]
    if any(figure > before - _BRANCHES_TELLING for figure in new):
        return True
    return after <= 1 and not any(figure > 1 for figure in new)


def _delta_data(delta: ComplexityDelta) -> Figures:
    return {
        "symbol": clip_name(delta.symbol or ""),
        "before": delta.before,
        "after": delta.after,
        "rank_before": delta.rank_before,
        "rank_after": delta.rank_after,
    }


def _function_fact(code: FactCode, weight: float, function: FunctionComplexity) -> Fact:
    data = {
        "symbol": clip_name(function.symbol),
        "cyclomatic": effective_cyclomatic(function),
        "rank": _rank(function),
    }
    return Fact(
        code=code, weight=weight, path=function.path, line=function.line, data={**data, "lines": _length(function)}
    )


def _rank(function: FunctionComplexity) -> str:
    """Its rank without the branches that are never taken."""
    return function.rank if function.effective_cyclomatic is None else rank_of(function.effective_cyclomatic)


def _length(function: FunctionComplexity) -> int:
    """Its lines of code: whatever is said about it makes no function longer."""
    whole = function.end_line - function.line + 1
    return whole if function.code_lines is None else min(whole, function.code_lines)


def is_complex_rank(rank: str) -> bool:
    """Whether radon's rank calls for a comment."""
    return rank in _RANKS_COMPLEX


def is_long(lines: int) -> bool:
    """Whether a function of so many lines calls for a comment."""
    return lines > _LINES_LARGE


def told_findings(findings: tuple[Finding, ...], broken: Container[str]) -> tuple[Finding, ...]:
    """The findings that are worth telling. Of files that are `broken` the syntax error is told already."""
    return tuple(
        finding
        for finding in findings
        if is_worth_telling(finding) and not (group_of(finding.rule) == "certain" and finding.path in broken)
    )


def finding_facts(findings: tuple[Finding, ...], before: tuple[Finding, ...] | None) -> Iterator[Fact]:
    """Certain errors one by one, then all findings by group, the gravest first.

    `before` are the findings of the previous attempt in the same files, None where there is nothing to compare.
    """
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        group = group_of(finding.rule)
        if group != "other":
            groups[group].append(finding)
    yield from _certain_facts(groups.get("certain", []), before)
    for group, found in sorted(groups.items(), key=lambda item: (_group_rank(item[0]), -len(item[1]))):
        rules = sorted({finding.rule for finding in found})
        each, most = _GROUP_WEIGHTS.get(group, (-0.02, -0.2))
        yield Fact(
            code=FactCode.FINDINGS,
            weight=max(most, each * len(found)),
            path=found[0].path,
            line=found[0].line,
            data={"group": group, "count": len(found), "rules": names_of(rules), "different": len(rules)},
        )


def fixed_facts(
    findings: tuple[Finding, ...], before: tuple[Finding, ...] | None, looked_at: Container[str], *, is_shrunk: bool
) -> Iterator[Fact]:
    """Findings of the previous attempt that are no more, by file and rule; `looked_at` are the files linted now.

    Where the work `is_shrunk` they went with their code, which is no merit.
    """
    if not before:
        return
    unread = {finding.path for finding in findings if group_of(finding.rule) == "other"}
    seen = [finding for finding in before if finding.path in looked_at and finding.path not in unread]
    old = Counter((finding.path, finding.rule) for finding in seen)
    now = Counter((finding.path, finding.rule) for finding in findings)
    fixed = {rule: 0 for _, rule in old}
    for (path, rule), count in old.items():
        if group_of(rule) != "other" and rule != "invalid-syntax":  # a file that parses again is told as such
            fixed[rule] += max(0, count - now[path, rule])
    rules = sorted(
        (rule for rule, count in fixed.items() if count), key=lambda rule: (_group_rank(group_of(rule)), rule)
    )
    if not rules:
        return
    errors = sum(count for rule, count in fixed.items() if is_certain_error(rule) or is_likely_error(rule))
    total = sum(fixed.values())
    yield Fact(
        code=FactCode.FINDINGS_FIXED,
        weight=0.0 if is_shrunk else min(0.7, 0.25 * errors + 0.05 * (total - errors)),
        data={"count": total, "errors": errors, "names": names_of(rules), "different": len(rules)},
    )


def _certain_facts(found: list[Finding], before: tuple[Finding, ...] | None) -> Iterator[Fact]:
    """One fact for each name and file: a name that is missing in ten lines is one mistake."""
    known = None if before is None else {(f.path, f.rule, name_in(f)) for f in before}
    first: dict[tuple[str, str, str | None], Finding] = {}
    for finding in found:
        first.setdefault((finding.path, finding.rule, name_in(finding)), finding)
    for key, finding in list(first.items())[:_CERTAIN_MAX]:
        name = name_in(finding)
        data: Figures = {"rule": finding.rule, "name": clip_name(name) if name else None, "count": len(first)}
        is_new = None if known is None else key not in known
        yield Fact(
            code=FactCode.CERTAIN_ERROR,
            weight=-0.5 if is_new is False else -0.8,
            path=finding.path,
            line=finding.line,
            data={**data, "is_new": is_new},
        )


def _group_rank(group: str) -> int:
    return _GROUPS.index(group) if group in _GROUPS else len(_GROUPS)
