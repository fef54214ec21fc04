"""The parts of a prompt that are not source code: what was decided, earlier comments, facts, tests, changes.

Nothing is told twice: what a mark in the code shows is no row, a function's complexity is one row whatever facts it
led to, and a linter's rule is named once with all its places.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from app.core.evidence.facts.names import told_figures
from app.core.evidence.facts.signs import QUOTE
from app.core.ports import Question
from app.core.reviewing.prompt.wording import Mask, at, figures, in_one_line, quoted, said
from app.core.testlog.casebook import FAILING
from schemas.changes import Change, ChangeKind, Place
from schemas.comparison import Comparison, Fact, FactCode
from schemas.review import ThreadState

_FACTS_MAX: Final = 80
_ROWS_MAX: Final = 40  # of one table: changes, findings, settled comments
_PLACES_MAX: Final = 6  # of one linter's rule
_MESSAGE_CHARS_MAX: Final = 600  # one failure's message
_COMMENT_CHARS_MAX: Final = 400
_SETTLED_CHARS_MAX: Final = 100
_QUOTE_CHARS_MAX: Final = 160
_NAME_CHARS_MAX: Final = 160
_FRAMES_MAX: Final = 3
_FAILURES_MAX: Final = 30

_TOLD_ELSEWHERE: Final = frozenset({FactCode.SIZE, FactCode.CHANGE, FactCode.REFACTORING, FactCode.FINDINGS})
_OF_COMPLEXITY: Final = frozenset({
    FactCode.COMPLEX_FUNCTION, FactCode.LARGE_FUNCTION, FactCode.COMPLEXITY_REDUCED, FactCode.COMPLEXITY_RAISED,
    FactCode.RANK_WORSENED,
})  # fmt: skip
_AS_EXPECTED: Final = frozenset({("confidence", 1), ("skipped", 0)})
_OF_FAILURES: Final = frozenset({FactCode.TESTS_NEWLY_FAILING, FactCode.TESTS_STILL_FAILING})
_COMPLEXITY_RULES: Final = frozenset({"C901", "PLR0911", "PLR0912", "PLR0915", "PLR1702"})
_SETTLED_STATES: Final = (ThreadState.REGRESSED, ThreadState.STILL_OPEN, ThreadState.MOVED, ThreadState.FIXED)
_MOVES: Final = ("rename_", "move_", "extract_", "inline_", "pull_up_", "push_down_")
_SEEN_IN_CODE: Final = frozenset({ChangeKind.EXTRACT_VARIABLE, ChangeKind.INLINE_VARIABLE})
_SEEN_NOWHERE: Final = frozenset({ChangeKind.REMOVE_FILE, ChangeKind.CHANGES_OMITTED})


def open_threads(question: Question, mask: Mask) -> Iterator[str]:
    """The earlier comments whose state is left to the reader, one block each."""
    for thread in question.threads:
        if thread.decided_by is None:
            head = f"{said(thread.comment_id, mask)} {thread.severity}{at(thread.path, thread.line, mask)}"
            quote = f" {in_one_line(thread.quote, _QUOTE_CHARS_MAX, mask)}" if thread.quote else ""
            yield f"{head}{quote}\n{quoted(thread.message, _COMMENT_CHARS_MAX, mask)}"


def settled_threads(question: Question, mask: Mask) -> str:
    """The earlier comments whose state code has decided, the open ones first: none of them is to be said again."""
    known = [thread for thread in question.threads if thread.decided_by and thread.state in _SETTLED_STATES]
    known.sort(key=lambda thread: _SETTLED_STATES.index(thread.state))
    return "\n".join(
        f"{thread.state}{at(thread.path, thread.line, mask)} {in_one_line(thread.message, _SETTLED_CHARS_MAX, mask)}"
        for thread in known[:_ROWS_MAX]
    )


def facts(question: Question, mask: Mask) -> Iterator[str]:
    """The items that code has decided, what was compared, then facts, the weighty first, one line each."""
    comparison = question.comparison
    yield from _head(question, mask)
    has_failures = comparison.tests.current is not None and any(
        case.outcome in FAILING for case in comparison.tests.current.cases
    )
    unsaid = _TOLD_ELSEWHERE | (_OF_FAILURES if has_failures else frozenset())
    weighty = [fact for fact in sorted(comparison.evidence.facts, key=_lightness) if fact.code not in unsaid]
    functions: dict[tuple[str | None, object], dict[str, object]] = defaultdict(dict)
    for fact in weighty:
        if fact.code in _OF_COMPLEXITY:
            functions[fact.path, fact.data.get("symbol")] |= {"line": fact.line, **fact.data}
    told = 0
    for fact in weighty:
        if fact.code not in _OF_COMPLEXITY:
            yield _fact(fact, mask)
        elif row := functions.pop((fact.path, fact.data.get("symbol")), None):
            yield _complexity(fact.path, row, mask)
        else:
            continue
        told += 1
        if told == _FACTS_MAX:
            return
    yield from _averages(comparison)


def failures(comparison: Comparison, mask: Mask) -> Iterator[str]:
    """Failing tests, newly failing ones first, one block each."""
    report = comparison.tests.current
    if report is None:
        return
    newly = set(comparison.tests.newly_failing)
    failing = [case for case in report.cases if case.outcome in FAILING]
    for case in sorted(failing, key=lambda case: case.id not in newly)[:_FAILURES_MAX]:
        head = f"{'newly ' if case.id in newly else ''}{case.outcome} {said(case.id, mask)}"
        lines = [head + at(case.path, case.line, mask), quoted(case.message or "", _MESSAGE_CHARS_MAX, mask)]
        lines += [quoted(frame, _NAME_CHARS_MAX, mask) for frame in case.frames[-_FRAMES_MAX:]]
        yield "\n".join(line for line in lines if line)


def moves(comparison: Comparison, mask: Mask) -> str:
    """Changes that no mark in the code shows: what was renamed, moved, extracted, inlined."""
    return _rows([change for change in comparison.changes if _is_move(change)], mask)


def other_changes(comparison: Comparison, mask: Mask) -> str:
    """The changes that a reader of all changed code sees without being told."""
    return _rows([change for change in comparison.changes if not _is_move(change)], mask)


def findings(comparison: Comparison, mask: Mask) -> str:
    """Linter findings, one line for each rule of a file; none that a fact tells already."""
    facts_told = comparison.evidence.facts
    told = {(f.path, f.line, f.data.get("rule")) for f in facts_told if f.code == FactCode.CERTAIN_ERROR}
    has_complexity = {fact.path for fact in facts_told if fact.code in _OF_COMPLEXITY}
    rows: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for found in comparison.evidence.findings[:_ROWS_MAX]:
        is_told = (found.path, found.line, found.rule) in told
        if not is_told and not (found.rule in _COMPLEXITY_RULES and found.path in has_complexity):
            rows[found.path, found.rule, found.message].append(found.line)
    return "\n".join(
        f"{said(rule, mask)} {said(path, mask)}:{','.join(map(str, lines[:_PLACES_MAX]))} "
        f"{in_one_line(message, _NAME_CHARS_MAX, mask)}"
        for (path, rule, message), lines in rows.items()
    )


def log_excerpt(comparison: Comparison, mask: Mask) -> str:
    """The end of a log in no known format."""
    report = comparison.tests.current
    return quoted(report.excerpt, 100_000, mask) if report and report.excerpt else ""


def _head(question: Question, mask: Mask) -> Iterator[str]:
    """What is told before the facts; of a first submission a fact says how large it is."""
    evidence, info = question.comparison.evidence, question.comparison.diff_info
    codes = {fact.code for fact in evidence.facts}
    if question.decided:
        yield "decided: " + ", ".join(f"{item.item_id} {item.verdict}" for item in question.decided)
    if FactCode.FIRST_SUBMISSION not in codes:
        yield f"changed: {info.total_files_changed} files, +{info.lines_added} -{info.lines_removed} lines"
    if unsaid := set(evidence.flags) - codes:
        yield "\n".join(said(flag, mask) for flag in sorted(unsaid))


def _lightness(fact: Fact) -> float:
    return -abs(fact.weight)


def _fact(fact: Fact, mask: Mask) -> str:
    """A fact in a line. An order to the reviewer stands in none, nor does another submission's id."""
    unsaid = {QUOTE, "taken"} if fact.code == FactCode.NAMED_PREDECESSOR_UNKNOWN else {QUOTE}
    if fact.code == FactCode.TESTS_ALL_PASS:
        unsaid |= {"failed", "total"}  # none, and as many as passed
    if fact.code == FactCode.FIRST_SUBMISSION:
        unsaid |= {"files", "lines"}  # all of them stand below, or what is left out is told
    data = {
        name: value
        for name, value in sorted(
            told_figures(fact.data).items()
        )  # as a record has them: a replay's plan asks what a worker asks
        if name not in unsaid and (name, value) not in _AS_EXPECTED
    }
    return f"{said(str(fact.code), mask)}{at(fact.path, fact.line, mask)}{figures(data, mask)}"


def _complexity(path: str | None, row: Mapping[str, object], mask: Mask) -> str:
    """`complexity a.py:9 load: 4 -> 23 (D), 53 lines`, with what is known of it."""
    line = row.get("line")
    now = row.get("after", row.get("cyclomatic"))
    before = row.get("before")
    told = f" {said(row['symbol'], mask)}" if row.get("symbol") else ""
    if now is not None:
        told += f": {said(before, mask)} -> {said(now, mask)}" if before is not None else f": {said(now, mask)}"
    rank = row.get("rank_after", row.get("rank"))
    told += f" ({said(rank, mask)})" if rank is not None else ""
    told += f", {row['lines']} lines" if row.get("lines") else ""
    return f"complexity{at(path, line if isinstance(line, int) else None, mask)}{told}"


def _averages(comparison: Comparison) -> Iterator[str]:
    found = comparison.complexity
    pairs = {
        "average complexity": (found.average_cyclomatic_before, found.average_cyclomatic),
        "average maintainability": (found.average_maintainability_before, found.average_maintainability),
    }
    told = [
        f"{name} {a:.1f} -> {b:.1f}" for name, (a, b) in pairs.items() if a is not None and b is not None and a != b
    ]
    if told:
        yield ", ".join(told)


def _is_move(change: Change) -> bool:
    moved = str(change.kind).startswith(_MOVES) and change.kind not in _SEEN_IN_CODE
    return moved or change.kind in _SEEN_NOWHERE


def _rows(changes: list[Change], mask: Mask) -> str:
    return "\n".join(_change(change, mask) for change in changes[:_ROWS_MAX])


def _change(change: Change, mask: Mask) -> str:
    before, after = change.before, change.after
    sides = [_place(side, mask) for side in (before, after) if side is not None]
    if before is not None and after is not None and before.path == after.path and before.symbol != after.symbol:
        sides[1] = said(after.symbol, mask) if after.symbol else sides[1]
    name = change.detail.get("name")
    values: dict[str, object] = {"name": name} if isinstance(name, str) else {}
    if str(change.kind).endswith("_key"):  # a setting's value, secrets masked already
        values |= {side: change.detail.get(side) for side in ("before", "after")}
    told = " -> ".join(dict.fromkeys(sides))
    return f"{said(str(change.kind), mask)} {told}{figures(values, mask)}"


def _place(place: Place, mask: Mask) -> str:
    return said(place.path, mask) + (f"::{said(place.symbol, mask)}" if place.symbol else "")
