"""Two source trees -> what changed: files, symbols, refactorings, and a unified diff with its figures."""

from app.core.diff.compare import TreeDiff, compare_trees, compare_trees_by_line
from app.core.diff.records.kinds import REFACTORINGS

__all__ = ["REFACTORINGS", "TreeDiff", "compare_trees", "compare_trees_by_line"]
