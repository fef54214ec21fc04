"""The figures that scores are made from: of code that is used and has an effect, whatever else a submission holds."""

from collections.abc import Iterable
from typing import Final

from app.core.comparing.unused import EffectiveCode, Unused
from app.core.complexity import effective_index
from app.core.python.references import count_statements
from schemas.changes import Complexity, FileComplexity

_STATEMENTS_LEAST: Final = 5
"""Of code that is used, for its figures to speak for a submission."""


def with_scored_figures(complexity: Complexity, now: Iterable[FileComplexity], unused: Unused) -> Complexity:
    """`complexity` with the figures for scores; `now` are all files of the new side.

    Where next to nothing is used, as in a library that others test, all of its code counts.
    """
    files = [file for file in now if file.statements and file.effective_maintainability is not None]
    whole = {file.path: (file.statements or 0, file.effective_maintainability or 0.0) for file in files}
    used = whole | {path: _used(code) for path, code in unused.effective.items() if path in whole}
    counted = used if sum(statements for statements, _ in used.values()) >= _STATEMENTS_LEAST else whole
    total = sum(statements for statements, _ in counted.values())
    mean = sum(statements * index for statements, index in counted.values()) / total if total else None
    changed = (unused.effective.keys() - unused.extended) & counted.keys()
    return complexity.model_copy(
        update={
            "scored_maintainability": mean if mean is None else round(mean, 2),
            "scored_statements": sum(counted[path][0] for path in changed),
        }
    )


def _used(code: EffectiveCode) -> tuple[int, float]:
    """How many statements of a file are used, and the index of these alone."""
    statements, _ = count_statements(code.tree, code.replaced)
    return statements, effective_index(code.tree, code.replaced, statements)
