"""What became of a comment that code itself made: by the linter's findings, the tests, radon's figures, the texts."""

from collections.abc import Iterator
from typing import Final

from app.core.evidence.facts.gravity import group_of, is_certain_error
from app.core.evidence.facts.quality import is_complex_rank, is_long
from app.core.limits import DiffLimits, ThreadLimits
from app.core.masking.students_text import find_hidden, find_secrets, mask
from app.core.reviewing.threads.both_versions import BothVersions, SymbolAt
from app.core.reviewing.threads.code_lines import CodeLines
from app.core.reviewing.threads.fates import (
    FIXED,
    OBSOLETE,
    STILL_OPEN,
    UNDECIDED,
    Fate,
    fate_of_gone,
    open_at,
    reopened,
)
from app.core.reviewing.threads.logical_lines import LogicalLine, code_of, with_new_names
from app.core.reviewing.threads.tracking import StandingCode, Track, find_elsewhere, quote_at, track
from app.core.testlog.casebook import FAILING
from app.core.testlog.naming import key_of
from app.core.testlog.progress import is_complete
from schemas.changes import Finding
from schemas.comparison import Comparison, FactCode, Flag
from schemas.review import CheckKind, Thread, ThreadState
from schemas.tests import Outcome, TestCase

TEST_ID_CHARS_MAX: Final = ThreadLimits().test_id_chars_max
_LIMITS: Final = DiffLimits()
_PASSING: Final = frozenset({Outcome.PASSED, Outcome.XPASSED})


def fate_of_finding(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate:
    """By the linter's findings, which are there for changed files alone.

    A comment on a rule speaks of all places of one file, so it is open as long as one of the old ones is left; one on
    a certain error speaks of its symbol alone.
    """
    if not versions.is_touched(thread.path):
        return STILL_OPEN
    tracked = track(thread, versions)
    path = tracked.now.path if tracked.now is not None else versions.path_now(thread.path)
    code = versions.now(path) if path is not None else None
    found = [one for one in comparison.evidence.findings if one.rule == thread.category]
    if path is not None and code is not None:
        standing = _finding_left(thread, tracked, [one for one in found if one.path == path], code, versions)
        if standing is not None:
            return open_at(tracked, standing, versions)
    elsewhere = find_elsewhere(tracked, thread, versions)
    if elsewhere is not None and any((one.path, one.line) == (elsewhere.path, elsewhere.line) for one in found):
        return Fate(ThreadState.MOVED, at=elsewhere)
    gone = fate_of_gone(thread, tracked, versions)
    if path is not None and not _is_linted(path, comparison):
        return UNDECIDED if gone is FIXED else gone
    return gone


def finding_if_back(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate | None:
    """What a closed comment becomes where the linter finds the same in the same code again."""
    if not versions.is_touched(thread.path):
        return None
    tracked = track(thread, versions)
    code = versions.now(tracked.now.path) if tracked.now is not None else None
    if tracked.now is None or code is None:
        return None
    wanted = code_of(thread.quote or "")
    for one in comparison.evidence.findings:
        if one.rule == thread.category and one.path == tracked.now.path:
            statement = code.at(one.line)
            is_same = statement is not None and wanted in (statement.code, code_of(quote_at(code.lines, one.line)))
            if is_same and code.symbol_at(one.line) == tracked.now.name:
                return reopened(thread, StandingCode.of(one.path, code, one.line))
    return None


def test_id_now(thread: Thread, versions: BothVersions) -> str | None:
    """The id that a comment's test has now, where its function or file was renamed or moved."""
    path, mark, names = (thread.test_id or "").partition("::")
    name, bracket, parameters = names.partition("[")
    if not mark or not versions.is_touched(path):
        return thread.test_id
    now = versions.symbol_now(SymbolAt(path, name.replace("::", ".")))
    if now is None or now.name is None:
        return thread.test_id
    return f"{now.path}::{now.name.replace('.', '::')}{bracket}{parameters}"[:TEST_ID_CHARS_MAX]


def fate_of_test(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate:
    """By the test log: a test that was taken out or skipped was not made to pass."""
    tests, name = comparison.tests, test_id_now(thread, versions) or ""
    report = tests.current
    if report is None or not name:
        return UNDECIDED
    key = _test_key(name)
    case = next((case for case in report.cases if _test_key(case.id) == key), None)
    if case is not None and case.outcome not in _PASSING:
        is_moved = name.partition("::")[0] != (thread.test_id or "").partition("::")[0]
        state = ThreadState.MOVED if is_moved else ThreadState.STILL_OPEN
        return Fate(state, at=_where_it_fails(case, versions))
    # A file's name stands for its failed collection, which ended where tests of the file ran.
    is_collected = name.endswith(".py") and any(one.id.startswith(f"{name}::") for one in report.cases)
    passes = case is not None or is_collected or any(_test_key(one) == key for one in tests.newly_passing)
    if passes:
        return UNDECIDED if Flag.ASSERTS_REMOVED in comparison.evidence.flags else FIXED
    is_gone = any(_test_key(one) == key for one in tests.removed) or is_complete(report)
    return OBSOLETE if is_gone else UNDECIDED


def test_if_back(thread: Thread, comparison: Comparison) -> Fate | None:
    """What a closed comment becomes whose test fails."""
    report = comparison.tests.current
    key = _test_key(thread.test_id or "")
    fails = report is not None and any(c.outcome in FAILING and _test_key(c.id) == key for c in report.cases)
    return reopened(thread, None) if fails and thread.test_id else None


def fate_of_figure(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate:
    """By radon's figure of a function, or by its length."""
    if not versions.is_touched(thread.path):
        return STILL_OPEN
    tracked = track(thread, versions)
    if tracked.now is None or tracked.now.name is None:
        return fate_of_gone(thread, tracked, versions) if tracked.now is None else UNDECIDED
    code = versions.now(tracked.now.path)
    # A function whose figure moved stands among the deltas, unless there are more than are kept.
    unmoved = True if len(comparison.complexity.deltas) < _LIMITS.deltas_max else None
    is_large = _is_too_large(thread, tracked.now, comparison, code, unmoved)
    if code is None or is_large is None:
        return UNDECIDED
    if not is_large:
        return FIXED
    line = next((one.line for one in code.symbols if one.name == tracked.now.name), 1)
    return open_at(tracked, StandingCode.of(tracked.now.path, code, line), versions)


def figure_if_back(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate | None:
    """What a closed comment becomes whose function is too large again."""
    tracked = track(thread, versions) if versions.is_touched(thread.path) else None
    if tracked is None or tracked.now is None or tracked.says_the_same is True:
        return None
    code = versions.now(tracked.now.path)
    if code is None or not _is_too_large(thread, tracked.now, comparison, code, unmoved=False):
        return None
    line = next((one.line for one in code.symbols if one.name == tracked.now.name), 1)
    return reopened(thread, StandingCode.of(tracked.now.path, code, line))


def fate_of_text(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate:
    """By what stands in the text: a secret, characters that hide, words to the reviewer, a syntax error."""
    if not versions.is_touched(thread.path):
        return STILL_OPEN
    path = versions.path_now(thread.path)
    text = versions.new_texts.get(path) if path is not None else None
    if path is None:
        return OBSOLETE
    if text is None:
        return UNDECIDED
    lines = text.split("\n")
    if thread.category == CheckKind.SYNTAX:
        return _fate_of_syntax(thread, path, lines, comparison)
    found = sorted(_signs(thread.category or "", path, text, comparison))
    if not found:
        return FIXED
    same = [line for line in found if thread.quote is None or quote_at(lines, line) == thread.quote]
    line = (same or found)[0]
    state = ThreadState.STILL_OPEN if path == thread.path else ThreadState.MOVED
    code = versions.now(path)
    symbol = code.symbol_at(line) if code is not None else None
    return Fate(state, at=StandingCode(path, symbol, line, quote_at(lines, line)))


def text_if_back(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate | None:
    """What a closed comment becomes whose line is back in a text with what it spoke of."""
    path = versions.path_now(thread.path) if versions.is_touched(thread.path) else None
    text = versions.new_texts.get(path) if path is not None else None
    if path is None or text is None or not thread.quote:
        return None
    lines = text.split("\n")
    if thread.category == CheckKind.SYNTAX:
        error = _syntax_error(path, comparison)
        found = [error] if error is not None else []
    else:
        found = sorted(_signs(thread.category or "", path, text, comparison))
    same = [line for line in found if quote_at(lines, line) == thread.quote]
    return reopened(thread, StandingCode(path, thread.symbol, same[0], thread.quote)) if same else None


def _finding_left(
    thread: Thread, tracked: Track, found: list[Finding], code: CodeLines, versions: BothVersions
) -> StandingCode | None:
    """Where a finding of the file is left that the comment spoke of."""
    placed = [(one.line, statement) for one in found if (statement := code.at(one.line)) is not None]
    symbol = tracked.now.name if tracked.now is not None else None
    if tracked.now is None and is_certain_error(thread.category or ""):
        return None
    names = versions.names_in(tracked.before)
    wanted = tracked.statement.code if tracked.statement is not None else code_of(thread.quote or "")
    same = {wanted, with_new_names(wanted, names)}
    in_symbol = [line for line, statement in placed if _name_of(statement, code) == symbol and tracked.now is not None]
    exact = [line for line in in_symbol if (one := code.at(line)) is not None and one.code in same]
    if exact or is_certain_error(thread.category or "") or not placed:
        lines = exact or in_symbol
        return StandingCode.of(*_place(tracked, code, lines[0])) if lines else None
    old = versions.before(tracked.before.path)
    stood = {with_new_names(one.code, names) for one in old.statements} if old is not None else set()
    left = [line for line, statement in placed if line in in_symbol or statement.code in stood]
    return StandingCode.of(*_place(tracked, code, left[0])) if left else None


def _place(tracked: Track, code: CodeLines, line: int) -> tuple[str, CodeLines, int]:
    return (tracked.now or tracked.before).path, code, line


def _name_of(statement: LogicalLine, code: CodeLines) -> str | None:
    return code.symbols[statement.symbol].name if statement.symbol is not None else None


def _is_linted(path: str, comparison: Comparison) -> bool:
    """Whether the linter told everything of a file: one that does not parse, or too many findings, hide others."""
    findings = comparison.evidence.findings
    file = next((file for file in comparison.files if file.path == path), None)
    if file is None or file.syntax_error is not None or file.needs_python is not None or file.unread is not None:
        return False
    failed = any(group_of(one.rule) == "other" and one.path == path for one in findings)
    return not failed and len(findings) < _LIMITS.findings_max


def _where_it_fails(case: TestCase, versions: BothVersions) -> StandingCode | None:
    code = versions.now(case.path) if case.path is not None else None
    if case.path is None or code is None or case.line is None or not 1 <= case.line <= len(code.lines):
        return None
    return StandingCode.of(case.path, code, case.line)


def _test_key(test_id: str) -> str:
    return key_of(test_id)[:TEST_ID_CHARS_MAX]


def _is_too_large(
    thread: Thread, symbol: SymbolAt, comparison: Comparison, code: CodeLines | None, unmoved: bool | None
) -> bool | None:
    """Whether a function is complex, or long; None where its figure is not known. `unmoved` if nothing tells of it."""
    if symbol.name is None or code is None:
        return None
    if thread.category == CheckKind.FUNCTION_LENGTH:
        return is_long(code.length(symbol.name))
    complexity = comparison.complexity
    if symbol.path in complexity.errors:
        return None
    ranks = [
        delta.rank_after
        for delta in complexity.deltas
        if delta.metric == "cyclomatic" and (delta.path, delta.symbol) == symbol and delta.rank_after is not None
    ]
    ranks = ranks or [one.rank for one in complexity.worst if (one.path, one.symbol) == symbol]
    return any(map(is_complex_rank, ranks)) if ranks else unmoved


def _syntax_error(path: str, comparison: Comparison) -> int | None:
    """The line of a file's syntax error, where there is one and Python tells it."""
    facts = comparison.evidence.facts
    return next((fact.line for fact in facts if fact.code == FactCode.SYNTAX_ERROR and fact.path == path), None)


def _fate_of_syntax(thread: Thread, path: str, lines: list[str], comparison: Comparison) -> Fate:
    """Python tells the first error alone: where that is another one, further down, the line before it was mended."""
    file = next((file for file in comparison.files if file.path == path), None)
    if file is None or file.needs_python is not None:
        return UNDECIDED
    if file.syntax_error is None:
        return FIXED
    error = _syntax_error(path, comparison)
    wanted = code_of(thread.quote or "")
    left = [line for line, text in enumerate(lines, 1) if wanted and code_of(mask(text)) == wanted]
    is_past = error is not None and bool(wanted) and not any(line >= error for line in left)
    if is_past:
        return FIXED
    line = left[0] if left else error
    return Fate(
        ThreadState.STILL_OPEN, at=StandingCode(path, thread.symbol, line, quote_at(lines, line) if line else None)
    )


def _signs(category: str, path: str, text: str, comparison: Comparison) -> Iterator[int]:
    """The lines on which the text has what the comment speaks of."""
    if category == CheckKind.SECRET:
        yield from (sign.line for sign in find_secrets(text))
    elif category == CheckKind.HIDDEN_CHARACTERS:
        line = find_hidden(text)
        if line is not None:
            yield line
    else:
        facts = comparison.evidence.facts
        yield from (f.line or 1 for f in facts if f.code == FactCode.INSTRUCTION_IN_SOURCE and f.path == path)
