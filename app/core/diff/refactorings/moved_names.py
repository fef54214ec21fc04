"""Code that left a function for a new one, or came from one that is gone -> what became of its variables."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from app.core.diff.matching.matching import Match
from app.core.diff.refactorings.bindings import Names
from app.core.diff.refactorings.extraction import Extraction
from app.core.diff.refactorings.variables import NameChanges, compare_statements
from app.core.diff.symbols.statements import Statement, left_over
from app.core.diff.symbols.symbols import Symbol
from app.core.python.syntax import IDENTIFIER

_TOKENS_MAX: Final = 300_000  # of all sources and new functions, which are read again for each of these


def names_that_moved(extracted: list[Extraction], inlined: list[Extraction]) -> Iterator[tuple[Match, NameChanges]]:
    """What became of the names of code that was extracted or inlined, and between which two functions.

    Of a function with several sources, or several callers that took it in, the surest one is looked at. A local became
    the new function's parameter if the call passes it, by its name alone.
    """
    left = _TOKENS_MAX
    for all_found, names in ((extracted, _extracted), (inlined, _inlined)):
        for found in _surest(all_found):
            bodies = [body for body in (found.source_before, found.extracted) if isinstance(body, Symbol)]
            left -= sum(len(statement.tokens) for body in bodies for statement in body.all_statements)
            if left > 0:
                yield from names(found)


def _surest(all_found: list[Extraction]) -> Iterator[Extraction]:
    told: set[Symbol] = set()
    for found in sorted(all_found, key=lambda found: -found.confidence):
        if found.extracted not in told:
            told.add(found.extracted)
            yield found


def _extracted(found: Extraction) -> Iterator[tuple[Match, NameChanges]]:
    source, remaining, extracted = found.source_before, found.source_after, found.extracted
    if isinstance(source, Symbol) and isinstance(remaining, Symbol):
        lost = _without(source.all_statements, remaining.all_statements)
        names = compare_statements(Names(source), Names(extracted), lost, extracted.all_statements)
        passed = {
            one: other
            for one, other in names.parameterized.items()
            if one != other and found.arguments.get(other) == ("Name", IDENTIFIER + one)
        }
        yield Match(source, extracted, "similar", found.confidence), replace(names, parameterized=passed)


def _inlined(found: Extraction) -> Iterator[tuple[Match, NameChanges]]:
    caller, caller_before, inlined = found.source_before, found.source_after, found.extracted
    if isinstance(caller, Symbol) and isinstance(caller_before, Symbol):
        gained = _without(caller.all_statements, caller_before.all_statements)
        names = compare_statements(Names(inlined), Names(caller), inlined.all_statements, gained)
        yield Match(inlined, caller, "similar", found.confidence), replace(names, parameterized={})


def _without(statements: list[Statement], others: list[Statement]) -> list[Statement]:
    """The statements that do not stand among the others, by their lines."""
    return left_over(statements, others, lambda statement: statement.text)
