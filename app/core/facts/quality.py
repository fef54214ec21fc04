"""Complexity, its changes, and the linter's findings."""

import re
from collections import defaultdict
from collections.abc import Container, Iterator
from typing import Final

from app.core.facts.names import Figures, clip, names_of
from app.core.places import line_of_symbol
from schemas.changes import Complexity, ComplexityDelta, Finding, FunctionComplexity
from schemas.comparison import ChangedFile, Fact

_DELTAS_MAX: Final = 5  # complexity facts each way
_FUNCTIONS_MAX: Final = 3  # complex and long functions named
_LINES_LARGE: Final = 60  # a function longer than this fills more than a screen
_MAINTAINABILITY_STEP: Final = 3.0  # points of the index below which a change is noise
_DELETED_SHARE: Final = 0.5  # of all functions; where more are gone, averages tell of what is left and not of progress
_BRANCHES_TELLING: Final = 3
_RANKS_COMPLEX: Final = "CDEF"
_GROUP: Final = re.compile(r"[A-Z]+")
_UNUSED: Final = frozenset({"F401", "F841"})
_BUG_GROUPS: Final = frozenset({"F", "E9", "B", "PLE", "ASYNC"})
_CANNOT_RUN: Final = ("E9", "invalid-syntax")


def complexity_facts(complexity: Complexity, sources: tuple[ChangedFile, ...], *, compared: bool) -> Iterator[Fact]:
    texts = {source.path: source.text for source in sources}
    places = {(f.path, f.symbol): f.line for f in complexity.worst}
    if compared:
        for path in complexity.mended[:_FUNCTIONS_MAX]:
            yield Fact(code="syntax_mended", weight=0.6, path=path)
        deleted = work_deleted(complexity)
        if deleted:
            data: Figures = {"count": complexity.functions_removed, "total": complexity.functions_before}
            yield Fact(code="work_deleted", weight=-0.8, data=data)
        else:
            yield from _average_facts(complexity)
        told = [delta for delta in complexity.deltas if _is_telling(delta)]
        ups = [delta for delta in told if (delta.delta or 0) > 0]
        downs = [delta for delta in told if (delta.delta or 0) < 0]
        for code, weight, deltas in (("complexity_reduced", 0.4, downs), ("complexity_raised", -0.3, ups)):
            for delta in deltas[:_DELTAS_MAX]:
                symbol = delta.symbol or ""
                line = places.get((delta.path, symbol)) or line_of_symbol(texts.get(delta.path, ""), symbol)
                yield Fact(code=code, weight=weight, path=delta.path, line=line, data=_delta_data(delta))
                if (delta.rank_after or "A") > (delta.rank_before or "A"):
                    yield Fact(code="rank_worsened", weight=-0.3, path=delta.path, line=line, data=_delta_data(delta))
    hard = [f for f in complexity.worst if f.rank in _RANKS_COMPLEX]
    for function in hard[:_FUNCTIONS_MAX]:
        weight = -0.2 * (1 + _RANKS_COMPLEX.index(function.rank))
        yield _function_fact("complex_function", weight, function)
    for function in [f for f in complexity.worst if _length(f) > _LINES_LARGE][:_FUNCTIONS_MAX]:
        yield _function_fact("large_function", -0.2, function)


def work_deleted(complexity: Complexity) -> bool:
    """Whether most functions of the previous attempt are gone. Files that could not be measured hold theirs still."""
    if complexity.errors or not complexity.functions_before or complexity.functions_removed is None:
        return False
    return complexity.functions_removed > _DELETED_SHARE * complexity.functions_before


def _average_facts(complexity: Complexity) -> Iterator[Fact]:
    after, before = complexity.average_maintainability, complexity.average_maintainability_before
    if complexity.errors:  # without the files that could not be measured the averages are of different things
        return
    if after is None or before is None or abs(after - before) < _MAINTAINABILITY_STEP:
        return
    better = after > before
    yield Fact(
        code="maintainability_up" if better else "maintainability_down",
        weight=0.3 if better else -0.3,
        data={"before": round(before, 1), "after": round(after, 1)},
    )


def _is_telling(delta: ComplexityDelta) -> bool:
    """Whether a function's complexity moved enough to speak of: by a rank, or by three branches."""
    if delta.metric != "cyclomatic" or not delta.symbol:
        return False
    if delta.before is None or delta.after is None or delta.delta is None:
        return False
    return abs(delta.delta) >= _BRANCHES_TELLING or delta.rank_before != delta.rank_after


def _delta_data(delta: ComplexityDelta) -> Figures:
    return {
        "symbol": clip(delta.symbol or ""),
        "before": delta.before,
        "after": delta.after,
        "rank_before": delta.rank_before,
        "rank_after": delta.rank_after,
    }


def _function_fact(code: str, weight: float, function: FunctionComplexity) -> Fact:
    data = {"symbol": clip(function.symbol), "cyclomatic": function.cyclomatic, "rank": function.rank}
    return Fact(
        code=code, weight=weight, path=function.path, line=function.line, data={**data, "lines": _length(function)}
    )


def _length(function: FunctionComplexity) -> int:
    return function.end_line - function.line + 1


def rule_group(rule: str) -> str:
    """A linter rule's group: its letters; `E9` for code that cannot run, `unused` for what is merely superfluous.

    `other` is no rule but a message of the linter's about itself.
    """
    if rule.startswith(_CANNOT_RUN):
        return "E9"
    if rule in _UNUSED:
        return "unused"
    match = _GROUP.match(rule)
    return match.group(0) if match else "other"


def finding_facts(findings: tuple[Finding, ...], broken: Container[str]) -> Iterator[Fact]:
    """Findings by rule group. Of files that are `broken` the syntax error is told already."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        group = rule_group(finding.rule)
        if group != "other" and not (group == "E9" and finding.path in broken):
            groups[group].append(finding)
    for group, found in sorted(groups.items(), key=lambda item: (item[0] not in _BUG_GROUPS, -len(item[1]))):
        rules = sorted({finding.rule for finding in found})
        heavy = group in _BUG_GROUPS or group == "S"
        yield Fact(
            code="findings",
            weight=max(-0.6, -0.1 * len(found)) if heavy else max(-0.2, -0.02 * len(found)),
            path=found[0].path,
            line=found[0].line,
            data={"group": group, "count": len(found), "rules": names_of(rules), "different": len(rules)},
        )
