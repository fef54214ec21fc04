"""Earlier comments -> where their code is now, and what became of them as far as code can tell."""

import re
from collections.abc import Sequence
from typing import Final

from app.core.reviewing.threads.both_versions import BothVersions, SymbolAt
from app.core.reviewing.threads.fates import Fate, fate_if_back, fate_of_remark
from app.core.reviewing.threads.measured_fates import (
    fate_of_figure,
    fate_of_finding,
    fate_of_test,
    fate_of_text,
    figure_if_back,
    finding_if_back,
    test_id_now,
    test_if_back,
    text_if_back,
)
from app.core.reviewing.threads.unused_fates import fate_of_unused, unused_if_back
from schemas.comparison import Comparison
from schemas.review import CheckKind, CodeComment, Thread, ThreadState

_RULE: Final = re.compile(r"[A-Z]{1,8}[0-9]{1,5}|invalid-syntax")
_CHECKS: Final = frozenset(CheckKind)
_FIGURES: Final = frozenset({CheckKind.COMPLEXITY, CheckKind.FUNCTION_LENGTH})
_TEXTS: Final = frozenset({CheckKind.SYNTAX, CheckKind.SECRET, CheckKind.HIDDEN_CHARACTERS, CheckKind.INSTRUCTION})


def follow(earlier: Sequence[Thread], comparison: Comparison) -> tuple[Thread, ...]:
    """`earlier` comments at the places that their code has in `comparison`, each with its state.

    `decided_by` is None where code cannot decide: such a comment is open until a reader says otherwise. Closed ones
    stay as they are, unless what they spoke of is back.
    """
    if not earlier:
        return ()
    versions = BothVersions.of(comparison)
    return tuple(
        _open(thread, comparison, versions) if thread.is_open else _closed(thread, comparison, versions)
        for thread in earlier
    )


def is_rule(category: str | None) -> bool:
    """Whether a category is a linter's rule."""
    return _RULE.fullmatch(category or "") is not None


def is_a_readers(said: CodeComment | Thread) -> bool:
    """Whether a reader found it, so that a reader can tell better than its quoted code what became of it."""
    return said.category not in _CHECKS and not is_rule(said.category)


def _open(thread: Thread, comparison: Comparison, versions: BothVersions) -> Thread:
    test_id = test_id_now(thread, versions)
    fate = _fate(thread, comparison, versions)
    told: dict[str, object] = {"state": fate.state, "decided_by": fate.decided_by, "test_id": test_id}
    if fate.state in {ThreadState.FIXED, ThreadState.OBSOLETE}:
        told |= {"closed_submission_id": comparison.submission_id}
        return thread.model_copy(update={**told, **_place_of_symbol(thread, versions)})
    place = _place(fate, thread, versions)
    if fate.state is ThreadState.STILL_OPEN and place.get("path", thread.path) != thread.path:
        told |= {"state": ThreadState.MOVED}
    return thread.model_copy(update={**told, **place, "attempts": thread.attempts + 1})


def _closed(thread: Thread, comparison: Comparison, versions: BothVersions) -> Thread:
    fate = _fate_if_back(thread, comparison, versions)
    if fate is None:
        return thread.model_copy(update=_place_of_symbol(thread, versions))
    told = {"state": fate.state, "decided_by": fate.decided_by, "closed_submission_id": None}
    return thread.model_copy(update={**told, **_place(fate, thread, versions), "attempts": thread.attempts + 1})


def _fate(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate:
    if thread.category == CheckKind.TEST:
        return fate_of_test(thread, comparison, versions)
    if thread.category in _FIGURES:
        return fate_of_figure(thread, comparison, versions)
    if thread.category in _TEXTS:
        return fate_of_text(thread, comparison, versions)
    if thread.category == CheckKind.UNUSED_CODE:
        return fate_of_unused(thread, comparison, versions)
    if is_rule(thread.category):
        return fate_of_finding(thread, comparison, versions)
    return fate_of_remark(thread, versions)


def _fate_if_back(thread: Thread, comparison: Comparison, versions: BothVersions) -> Fate | None:
    if thread.category == CheckKind.TEST:
        return test_if_back(thread, comparison)
    if thread.category in _FIGURES:
        return figure_if_back(thread, comparison, versions)
    if thread.category in _TEXTS:
        return text_if_back(thread, comparison, versions)
    if thread.category == CheckKind.UNUSED_CODE:
        return unused_if_back(thread, versions)
    if is_rule(thread.category):
        return finding_if_back(thread, comparison, versions)
    return fate_if_back(thread, versions)


def _place(fate: Fate, thread: Thread, versions: BothVersions) -> dict[str, object]:
    """Where the code of an open comment is; where nobody knows, the file at least."""
    at = fate.at
    if at is not None:
        return {"path": at.path, "symbol": at.symbol, "line": at.line, "quote": at.quote or thread.quote}
    path = versions.path_now(thread.path) if versions.is_touched(thread.path) else None
    return {"path": path} if path is not None else {}


def _place_of_symbol(thread: Thread, versions: BothVersions) -> dict[str, object]:
    """Where the symbol of a closed comment is now, so that it is known again if its code comes back."""
    now = versions.symbol_now(SymbolAt(thread.path, thread.symbol)) if versions.is_touched(thread.path) else None
    return {"path": now.path, "symbol": now.name} if now is not None else {}
