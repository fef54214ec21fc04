"""Two sides of a comparison -> what changed and what that did to complexity: all that needs no process and no tool."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from app.core.comparing.scored_figures import with_scored_figures
from app.core.comparing.unused import find_unused
from app.core.complexity import compare_complexity, measure_tree
from app.core.diff import compare_trees
from app.core.limits import DiffLimits
from app.core.ports import Analysis, Side
from app.core.python.syntax_trees import JudgeGrammar, SyntaxTrees
from app.core.submission.sources import SourceTree
from schemas.changes import Change, Complexity, FileChange, FileComplexity


def analyse_sides(before: Side | None, after: Side, limits: DiffLimits, judge: JudgeGrammar | None = None) -> Analysis:
    """The analysis without linter findings and test logs.

    Each changed file is parsed once. Figures that a side brings along are believed, so that of a known predecessor
    nothing is measured, and of the new side what changed. `judge` tells newer grammar from errors; without it all that
    this Python does not parse is an error.
    """
    with _uncollected():
        return _analyse(before, after, limits, judge)


def _analyse(before: Side | None, after: Side, limits: DiffLimits, judge: JudgeGrammar | None) -> Analysis:
    old, new = before.tree if before else None, after.tree
    trees = SyntaxTrees(limits, judge)
    diff = compare_trees(old, new, limits, trees)
    figures: tuple[FileComplexity, ...] = ()
    if before is not None:
        figures = measure_tree(before.tree, before.complexity, before.tree.files.keys(), limits, trees)
    known = (*figures, *_moved(figures, diff.files), *after.complexity)
    moved = {file.path for file in diff.files if _is_moved(file)}
    now = measure_tree(new, known, unchanged_paths(old, new) | moved, limits, trees)
    complexity = compare_measured(before, after, figures, now, limits, changes=diff.changes)
    unused = find_unused(old, new, diff.files, diff.changes, trees)
    return Analysis(
        *(diff.diff_info, diff.files, diff.changes, with_scored_figures(complexity, now, unused), now, ()),
        unused=unused.found,
        is_used_throughout=unused.is_used_throughout,
        surface=unused.surface,
        extended=unused.extended,
        statements_gone=unused.statements_gone,
        statements_come=unused.statements_come,
        hollow_lines=unused.hollow_lines,
        test_lines=unused.test_lines,
        idle_lines={path: frozenset(code.idle_lines) for path, code in unused.effective.items()},
    )


def compare_measured(
    before: Side | None,
    after: Side,
    figures: Iterable[FileComplexity],
    now: tuple[FileComplexity, ...],
    limits: DiffLimits,
    *,
    changes: tuple[Change, ...] = (),
) -> Complexity:
    """What the changes did to complexity, files left out of which one side could not be read.

    `figures` are the previous side's, `now` are the new one's. Where files are measured that were not read before,
    averages before are of other things, and there are none.
    """
    old = tuple(f for f in figures if f.path in after.tree.files or not after.tree.why_unread(f.path))
    complexity = compare_complexity(old, now, limits, changes)
    if before is None or not before.tree.unread:
        return complexity
    fresh = {f.path for f in now if f.path not in before.tree.files and before.tree.why_unread(f.path)}
    if not fresh:
        return complexity
    return complexity.model_copy(
        update={
            "average_cyclomatic_before": None,
            "average_maintainability_before": None,
            "deltas": tuple(delta for delta in complexity.deltas if delta.path not in fresh),
        }
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Pause Python's cycle collector, which would look through all syntax trees again and again and find no garbage.

    That took a third of the time. It holds for the whole process: analysis runs in processes of its own.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def unchanged_paths(old: SourceTree | None, new: SourceTree) -> frozenset[str]:
    """Paths of files that are the same on both sides."""
    if old is None:
        return frozenset()
    return frozenset(path for path, file in new.files.items() if path in old.files and old.files[path] == file)


def _moved(figures: tuple[FileComplexity, ...], files: tuple[FileChange, ...]) -> Iterator[FileComplexity]:
    """Figures of files whose text is the same under another path."""
    known = {file.path: file for file in figures}
    for file in files:
        found = known.get(file.previous_path or "") if _is_moved(file) else None
        if found is not None:
            functions = tuple(function.model_copy(update={"path": file.path}) for function in found.functions)
            yield found.model_copy(update={"path": file.path, "functions": functions})


def _is_moved(file: FileChange) -> bool:
    return file.status == "renamed" and file.lines_added == file.lines_removed == 0
