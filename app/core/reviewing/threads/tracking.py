"""Where the code that a comment is about stands now: in its symbol, or elsewhere, or nowhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from app.core.limits import ThreadLimits
from app.core.masking.students_text import mask
from app.core.reviewing.threads.both_versions import BothVersions, SymbolAt
from app.core.reviewing.threads.code_lines import CodeLines
from app.core.reviewing.threads.logical_lines import (
    ComparableCode,
    LogicalLine,
    code_of,
    is_altered,
    shape_of,
    tells_enough,
    with_new_names,
)
from schemas.review import Thread

QUOTE_CHARS_MAX: Final = ThreadLimits().quote_chars_max
_ALIGNED_MAX: Final = 400  # statements of a symbol that are aligned, to tell which of several equal ones is gone


@dataclass(frozen=True, slots=True)
class StandingCode:
    """Where code stands in the new version, and the text of its line, masked and cut."""

    path: str
    symbol: str | None
    line: int | None
    quote: str | None

    @classmethod
    def of(cls, path: str, code: CodeLines, line: int) -> "StandingCode":
        """A line of the new version."""
        return cls(path, code.symbol_at(line), line, quote_at(code.lines, line))


@dataclass(frozen=True, slots=True)
class Track:
    """What became of a comment's code.

    `before` and `now` are its symbol in the old version and in the new one, `now` None where that is gone. `statement`
    is the quoted one as it was, None where it is not found. `stands` is where it still stands within `now`, None where
    it does not. `says_the_same` tells whether the whole symbol does, None where nobody can know; `is_reworded`, whether
    the statement has other names now.
    """

    before: SymbolAt
    now: SymbolAt | None
    statement: LogicalLine | None
    stands: StandingCode | None
    says_the_same: bool | None
    is_reworded: bool = False


def quote_at(lines: Sequence[str], line: int) -> str:
    """The text of a line as comments quote it: masked, without its margin, cut."""
    text = mask(lines[line - 1][: 4 * QUOTE_CHARS_MAX]).strip() if 1 <= line <= len(lines) else ""
    return text[:QUOTE_CHARS_MAX]


def track(thread: Thread, versions: BothVersions) -> Track:
    """Follow `thread` from the old version of a file that was touched to the new one."""
    old = versions.before(thread.path)
    statement = _quoted(old, thread) if old is not None else None
    before = SymbolAt(thread.path, thread.symbol)
    if old is not None and statement is not None:
        before = SymbolAt(thread.path, old.symbol_at(statement.line))
    now = versions.symbol_now(before)
    new = versions.now(now.path) if now is not None else None
    if now is None or new is None:
        return Track(before, now if thread.symbol is None and now is not None else None, statement, None, None)
    whole = statement is None or statement.opens is not None
    says_the_same = versions.is_unchanged(before, now, whole=whole)
    code = statement.code if statement is not None else code_of(thread.quote or "")
    if not code:
        return Track(before, now, statement, None, says_the_same)
    names = versions.names_in(before)
    for wanted in dict.fromkeys((with_new_names(code, names), code)):
        found = _still(wanted, code, statement, (old, before), (new, now))
        if found is not None:
            standing = StandingCode.of(now.path, new, found.line)
            return Track(before, now, statement, standing, says_the_same, is_reworded=wanted != code)
    return Track(before, now, statement, None, says_the_same)


def find_elsewhere(tracked: Track, thread: Thread, versions: BothVersions) -> StandingCode | None:
    """Where the code of a comment went, that its symbol holds no more: into a part that was taken out, or moved."""
    code = tracked.statement.code if tracked.statement is not None else code_of(thread.quote or "")
    if not code:
        return None
    names = versions.names_in(tracked.before)
    wanted = {code, with_new_names(code, names)}
    for part in versions.taken_to.get(tracked.before, ()):
        new = versions.now(part.path)
        if new is None or part.name is None:
            continue
        for statement in new.whole(part.name):
            if statement.code in wanted or _has_form(statement.code, code):
                return StandingCode(part.path, part.name, statement.line, quote_at(new.lines, statement.line))
    if not tells_enough(code):
        return None
    for path in versions.new_texts:
        new = versions.now(path)
        for statement in new.statements if new is not None else ():
            if statement.code in wanted and new is not None and _is_new_there(statement, path, new, wanted, versions):
                return StandingCode.of(path, new, statement.line)
    return None


def find_altered(thread: Thread, versions: BothVersions) -> StandingCode | None:
    """Where the quoted statement stands with something added to it, or taken from it, and nothing else.

    Its quote stays the old one, so that the comment is known again if that comes back.
    """
    tracked = track(thread, versions)
    new = versions.now(tracked.now.path) if tracked.now is not None else None
    if tracked.now is None or new is None:
        return None
    names = versions.names_in(tracked.before)
    code = tracked.statement.code if tracked.statement is not None else code_of(thread.quote or "")
    code = with_new_names(code, names)
    old = versions.before(tracked.before.path)
    stood = {with_new_names(one.code, names) for one in old.within(tracked.before.name)} if old is not None else set()
    for statement in new.within(tracked.now.name):
        if statement.code not in stood and is_altered(code, statement.code):
            return StandingCode(tracked.now.path, tracked.now.name, statement.line, None)
    return None


def is_back(thread: Thread, versions: BothVersions) -> StandingCode | None:
    """Where the code of a comment stands again that did not stand there in the old version."""
    before = SymbolAt(thread.path, thread.symbol)
    now, wanted = versions.symbol_now(before), code_of(thread.quote or "")
    new = versions.now(now.path) if now is not None else None
    if now is None or new is None or not wanted:
        return None
    old = versions.before(thread.path)
    if old is None and thread.path in versions.old_paths.values():
        return None  # nobody knows what stood there
    stood = sum(1 for _ in _matching(old, thread.symbol, wanted)) if old is not None else 0
    found = list(_matching(new, now.name, wanted))
    return StandingCode.of(now.path, new, found[-1].line) if len(found) > stood else None


def _quoted(old: CodeLines, thread: Thread) -> LogicalLine | None:
    """The statement that a comment quotes, in the version that it was made about: the nearest to its line."""
    wanted = code_of(thread.quote or "")
    if not wanted:
        return old.at(thread.line) if thread.line is not None and thread.quote is None else None
    near = thread.line or 0
    found = list(_matching(old, thread.symbol, wanted))
    altered = old.at(near)  # of a comment whose quote is older than its line
    if not found and altered is not None and is_altered(wanted, altered.code):
        return altered
    found = found or [statement for statement in old.statements if statement.code == wanted]
    return min(found, key=lambda statement: abs(statement.line - near), default=None)


def _matching(code: CodeLines, symbol: str | None, wanted: ComparableCode) -> Iterator[LogicalLine]:
    """The statements of a symbol that are `wanted`, or of which one line is, as far as it was quoted."""
    for statement in code.within(symbol):
        if statement.code == wanted:
            yield statement
        elif statement.end_line > statement.line or len(code.lines[statement.line - 1]) > QUOTE_CHARS_MAX:
            lines = range(statement.line, statement.end_line + 1)
            if any(code_of(quote_at(code.lines, line)) == wanted for line in lines):
                yield statement


def _still(
    wanted: ComparableCode,
    code: ComparableCode,
    statement: LogicalLine | None,
    before: tuple[CodeLines | None, SymbolAt],
    now: tuple[CodeLines, SymbolAt],
) -> LogicalLine | None:
    """The statement of the new symbol that a statement of the old one became, where it says the same."""
    there = now[0].within(now[1].name)
    equal = [other for other in there if other.code == wanted]
    if statement is None or before[0] is None or not equal:
        found = equal or list(_matching(now[0], now[1].name, wanted))
        return found[0] if found else None
    were = before[0].within(before[1].name)
    alike = [other for other in were if other.code == code]
    if statement not in alike:  # it stands in a symbol within this one, or around it
        return min(equal, key=lambda other: abs(other.line - statement.line))
    if len(equal) >= len(alike):
        return equal[alike.index(statement)]
    if max(len(were), len(there)) > _ALIGNED_MAX:
        return equal[min(alike.index(statement), len(equal) - 1)]
    matcher = SequenceMatcher(None, [s.code for s in were], [s.code for s in there], autojunk=False)
    at = were.index(statement)
    for block in matcher.get_matching_blocks():
        if block.a <= at < block.a + block.size:
            return there[block.b + at - block.a]
    return None


def _has_form(one: ComparableCode, other: ComparableCode) -> bool:
    return len(one) == len(other) >= 4 and shape_of(one) == shape_of(other)


def _is_new_there(
    statement: LogicalLine, path: str, new: CodeLines, wanted: set[ComparableCode], versions: BothVersions
) -> bool:
    """Whether a symbol holds more of the wanted code than it did."""
    symbol = new.symbols[statement.symbol].name if statement.symbol is not None else None
    was = versions.symbol_before(SymbolAt(path, symbol))
    old = versions.before(was.path) if was is not None else None
    if was is not None and old is None and was.path in versions.old_paths.values():
        return False
    stood = sum(s.code in wanted for s in old.within(was.name)) if old is not None and was is not None else 0
    return sum(s.code in wanted for s in new.within(symbol)) > stood
