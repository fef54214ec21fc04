"""Earlier comments -> where their code is now, and what became of them as far as code can tell."""

from collections.abc import Sequence

from schemas.comparison import Comparison
from schemas.review import Thread


def follow(earlier: Sequence[Thread], comparison: Comparison) -> tuple[Thread, ...]:
    """`earlier` comments at the places that their code has in `comparison`, each with its state.

    `decided_by` is None where code cannot decide: such a comment is open until a reader says otherwise.
    """
    return tuple(earlier)
