"""What became of a comment on code of no use: by the uses of its name, in whichever file they stand."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.core.reviewing.threads.both_versions import BothVersions
from app.core.reviewing.threads.code_lines import CodeLines
from app.core.reviewing.threads.fates import (
    FIXED,
    OBSOLETE,
    STILL_OPEN,
    Fate,
    fate_if_back,
    fate_of_code,
    fate_of_gone,
    open_at,
)
from app.core.reviewing.threads.logical_lines import ComparableCode, LogicalLine, code_of, defined_name
from app.core.reviewing.threads.tracking import StandingCode, Track, find_elsewhere, track
from schemas.comparison import Comparison, FactCode
from schemas.review import Thread, ThreadState

_IMPORTS: Final = frozenset({"import", "from"})
_STRING: Final = re.compile(r"(?P<prefix>[rRbBuUfF]*)[\"']")
_ASSIGNED_TOKENS_MIN: Final = 3


def fate_of_unused(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate:
    """Fixed where its name has more uses than it had, obsolete where it is gone.

    A use that was there before is none, for the comment was made beside it; but code that is of no use may be called
    by now. Names in imports and strings may be uses. Of either code cannot tell.
    """
    name = _name_of(thread)
    if name is None:  # code that never runs
        return fate_of_code(thread, versions)
    if not versions.is_touched(thread.path):
        return _by_uses(STILL_OPEN, name, name, comparison, versions)
    tracked = track(thread, versions)
    name_now = versions.names_in(tracked.before).get(name, name)
    standing = _standing(name_now, tracked, versions)
    elsewhere = find_elsewhere(tracked, thread, versions) if standing is None else None
    if standing is not None:
        return _by_uses(open_at(tracked, standing, versions), name, name_now, comparison, versions)
    if elsewhere is not None:
        return _by_uses(Fate(ThreadState.MOVED, at=elsewhere), name, name, comparison, versions)
    gone = fate_of_gone(thread, tracked, versions)
    return OBSOLETE if gone is FIXED else gone


def unused_if_back(thread: Thread, versions: BothVersions) -> Fate | None:
    """What a closed comment becomes whose code is back; None where it is not, or is used now."""
    name = _name_of(thread)
    fate = fate_if_back(thread, versions)
    now = map(versions.now, versions.new_texts)
    return None if fate is not None and name is not None and _count_uses(name, now) else fate


def _by_uses(still: Fate, name: str, name_now: str, comparison: Comparison, versions: BothVersions) -> Fate:
    """`still`, unless uses of the name say otherwise."""
    now = [(path, versions.now(path)) for path in versions.new_texts]
    before = [versions.before(path) for path in versions.old_paths.values()]
    dead = {
        (fact.path, line)
        for fact in comparison.evidence.facts
        if fact.code == FactCode.UNUSED_CODE and fact.line is not None
        for line in range(fact.line, fact.line + _lines_of(fact.data.get("lines")))
    }
    uses = [
        (path, statement.line)
        for path, code in now
        if code is not None
        for statement in _statements_using(name_now, code)
    ]
    uses = [place for place in uses if place not in dead]
    is_known = not versions.lists_all and None not in before
    if is_known and len(uses) > _count_uses(name, before):
        return FIXED
    is_mentioned = any(code is not None and _is_mentioned(name_now, code) for _, code in now)
    if uses or is_mentioned or any(code is None for _, code in now):
        return Fate(still.state, None, still.at)
    return still


def _name_of(thread: Thread) -> str | None:
    """The name of the function, class or constant that nothing uses; None where it is code that never runs."""
    code = code_of(thread.quote or "")
    if not code:
        return None
    return defined_name(code) or (_assigned_name(code) if thread.symbol is None else None)


def _standing(name: str, tracked: Track, versions: BothVersions) -> StandingCode | None:
    """Where the definition stands now, whatever became of what is within."""
    code = versions.now(tracked.now.path) if tracked.now is not None else None
    if tracked.now is None or code is None:
        return None
    lines = (
        statement.line
        for statement in code.within(tracked.now.name)
        if name in {defined_name(statement.code), _assigned_name(statement.code)}
    )
    line = next(lines, None)
    return StandingCode.of(tracked.now.path, code, line) if line is not None else None


def _assigned_name(code: ComparableCode) -> str | None:
    is_assigned = len(code) >= _ASSIGNED_TOKENS_MIN and code[1] in {"=", ":"} and code[2] != "="
    return code[0] if is_assigned else None


def _count_uses(name: str, files: Iterable[CodeLines | None]) -> int:
    return sum(1 for code in files if code is not None for _ in _statements_using(name, code))


def _statements_using(name: str, code: CodeLines) -> Iterator[LogicalLine]:
    """The statements that use a name, outside of its own definition; those that Python formats into strings, too."""
    for statement in _outside_of(name, code):
        if statement.code[0] not in _IMPORTS and any(_uses(token, name) for token in statement.code):
            yield statement


def _is_mentioned(name: str, code: CodeLines) -> bool:
    """Whether a name stands in an import, or in a string by which it may be looked up."""
    return any(_says(token, name) for statement in _outside_of(name, code) for token in statement.code)


def _outside_of(name: str, code: CodeLines) -> Iterator[LogicalLine]:
    own: set[int] = set()
    for symbol in code.symbols:
        if symbol.name.rpartition(".")[2] == name:
            own.update(range(symbol.first_line, symbol.end_line + 1))
    for statement in code.statements:
        if not (statement.line in own or statement.is_comment or _assigned_name(statement.code) == name):
            yield statement


def _uses(token: str, name: str) -> bool:
    string = _STRING.match(token)
    return token == name if string is None else "f" in string["prefix"] and _says(token, name)


def _says(token: str, name: str) -> bool:
    return name in token and re.search(rf"\b{re.escape(name)}\b", token) is not None


def _lines_of(value: object) -> int:
    return value if isinstance(value, int) else 1
