"""radon's figures for Python files, and what the changes did to them.

Complexity, Halstead's figures and raw counts come from walks of our own that equal radon's visitors at a tenth of
their cost; ranks, formulas and the maintainability index are radon's. The index leaves out its bonus for comments:
scores are made from it, and a score that rose with any comment line could be had by writing them. Only what changed
is measured.
"""

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Literal

from radon.complexity import cc_rank
from radon.metrics import mi_compute, mi_rank

from app.core.complexity_pairs import Functions, Numbered, files_of_folder, pair_functions
from app.core.diff.records.kinds import FILES_TOLD, FOLDERS, RELOCATED_SYMBOLS
from app.core.diff.records.location import shorten_text
from app.core.limits import DiffLimits
from app.core.python.effect import Replacements
from app.core.python.newer_grammar import downgrade
from app.core.python.raw_counts import count_raw
from app.core.python.references import read_references
from app.core.python.syntax import SyntaxProblem, parse
from app.core.python.syntax_figures import FunctionFigures, Metrics, measure_syntax
from app.core.python.syntax_trees import SyntaxTrees
from app.core.submission.sources import FileKind, SourceTree
from schemas.changes import Change, ChangeKind, Complexity, ComplexityDelta, FileComplexity, FunctionComplexity

_MEASURED = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})
_ERRORS_MAX = 50  # files named in `errors`
_DIGITS = 2  # of a figure: radon's own reports give no more

FileMetric = Literal["maintainability", "halstead_volume", "halstead_difficulty", "loc", "sloc"]
_FILE_METRICS: tuple[FileMetric, ...] = ("maintainability", "halstead_volume", "halstead_difficulty", "loc", "sloc")


def measure_file(path: str, text: str, limits: DiffLimits, trees: SyntaxTrees | None = None) -> FileComplexity:
    """One Python file's figures; `error` says why there are none. What `trees` has parsed is not parsed again.

    Code in a newer grammar than this Python's is measured in older words, and its `error` says which it needs.
    """
    tree = (trees or SyntaxTrees(limits)).read(text)
    problem = tree if isinstance(tree, SyntaxProblem) else None
    if problem is not None and problem.needs:
        text = downgrade(text)
        tree = parse(text, limits)
    if isinstance(tree, SyntaxProblem):
        return FileComplexity(path=path, error=str(problem))
    metrics, raw = measure_syntax(tree), count_raw(text)
    index = mi_compute(metrics.halstead.volume, metrics.total_complexity, raw.lloc, 0)
    references = trees.references(text, tree) if trees else read_references(tree)
    replaced = references.effect.replaced
    effective = measure_syntax(tree, replaced) if replaced else metrics
    return FileComplexity(
        path=path,
        functions=tuple(_functions(path, metrics.functions, effective.functions, references.code_lines, limits)),
        maintainability=round(index, _DIGITS),
        halstead_volume=round(metrics.halstead.volume, _DIGITS),
        halstead_difficulty=round(metrics.halstead.difficulty, _DIGITS),
        loc=raw.loc,
        sloc=raw.sloc,
        comments=raw.comments,
        statements=references.statements,
        effective_maintainability=_index(effective, references.statements),
        error=str(problem) if problem else None,
    )


def effective_index(tree: ast.Module, replaced: Replacements, statements: int) -> float:
    """The maintainability index of a tree's `statements` that have an effect, those in the place of others included."""
    return _index(measure_syntax(tree, replaced), statements)


def _index(metrics: Metrics, statements: int) -> float:
    index: float = mi_compute(metrics.halstead.volume, metrics.total_complexity, statements, 0)
    return round(index, _DIGITS)


def measure_tree(
    tree: SourceTree,
    known: Iterable[FileComplexity],
    unchanged_paths: Collection[str],
    limits: DiffLimits,
    trees: SyntaxTrees | None = None,
) -> tuple[FileComplexity, ...]:
    """The figures of all Python files of `tree`; those of unchanged files are taken from `known` where they are."""
    kept = {figures.path: figures for figures in known if figures.path in unchanged_paths}
    room = limits.functions_max
    measured: list[FileComplexity] = []
    for path in sorted(tree.files):
        if tree.files[path].kind in _MEASURED:
            figures = kept.get(path) or measure_file(path, tree.files[path].text, limits, trees)
            measured.append(_within(figures, room))
            room -= len(measured[-1].functions)
    return tuple(measured)


def compare_complexity(
    before: Iterable[FileComplexity],
    after: Iterable[FileComplexity],
    limits: DiffLimits,
    changes: Iterable[Change] = (),
) -> Complexity:
    """What the changes did: `before` and `after` are all files of both sides.

    `changes` tells which symbol or file became which, so that a renamed function is compared with itself.
    """
    old, new, changes = tuple(before), tuple(after), tuple(changes)
    changed_old, changed_new = _changed(old, new)
    told = tuple(changes)
    files, symbols = _renames(told, [figures.path for figures in changed_old], {figures.path for figures in new})
    moved = [_at(files.get(figures.path, figures.path), figures) for figures in changed_old]
    functions_before, functions_now = pair_functions(
        _by_symbol(changed_old, files, symbols), _by_symbol(changed_new, {}, {}), told
    )
    deltas = [*_function_deltas(functions_before, functions_now), *_file_deltas(moved, changed_new)]
    complexities = [function.cyclomatic for figures in new for function in figures.functions]
    complexities_before = [function.cyclomatic for figures in old for function in figures.functions]
    return Complexity(
        average_cyclomatic=_mean(complexities),
        average_cyclomatic_before=_mean(complexities_before),
        average_maintainability=_mean([f.maintainability for f in new if f.maintainability is not None]),
        average_maintainability_before=_mean([f.maintainability for f in old if f.maintainability is not None]),
        mended=_mended(moved, changed_new),
        functions_before=len(complexities_before),
        functions_removed=len({key[:2] for key in functions_before.keys() - functions_now.keys()} - _inlined(changes)),
        functions_now=len(complexities),
        deltas=tuple(sorted(deltas, key=_largest_first)[: limits.deltas_max]),
        worst=_worst(new, complexities, limits),
        errors=_errors(new),
    )


def _changed(
    old: tuple[FileComplexity, ...], new: tuple[FileComplexity, ...]
) -> tuple[tuple[FileComplexity, ...], tuple[FileComplexity, ...]]:
    """Both sides without the figures that are the same in the same file: nothing comes of those."""
    before, after = ({figures.path: figures for figures in side} for side in (old, new))
    same = {path for path, figures in before.items() if after.get(path) is figures}
    return tuple(f for f in old if f.path not in same), tuple(f for f in new if f.path not in same)


def _at(path: str, figures: FileComplexity) -> FileComplexity:
    return figures if figures.path == path else figures.model_copy(update={"path": path})


def _worst(
    files: tuple[FileComplexity, ...], complexities: list[int], limits: DiffLimits
) -> tuple[FunctionComplexity, ...]:
    """The most complex functions; only those that may be among them are sorted."""
    least = min(sorted(complexities, reverse=True)[: limits.worst_max], default=0)
    candidates = [function for figures in files for function in figures.functions if function.cyclomatic >= least]
    return tuple(sorted(candidates, key=lambda f: (-f.cyclomatic, f.path, f.line, f.symbol))[: limits.worst_max])


def _within(figures: FileComplexity, room: int) -> FileComplexity:
    """`figures` with at most `room` functions, the most complex ones."""
    functions = figures.functions
    if len(functions) <= room:
        return figures
    ranked = sorted(functions, key=lambda f: (-f.cyclomatic, f.line, f.symbol))[:room]
    note = f"{room} of {len(functions)} functions listed: {figures.path} or the whole submission has too many"
    listed = tuple(sorted(ranked, key=lambda f: (f.line, f.symbol)))
    return figures.model_copy(update={"functions": listed, "error": note})


def _functions(
    path: str,
    blocks: list[FunctionFigures],
    effective: list[FunctionFigures],
    code_lines: Mapping[int, int],
    limits: DiffLimits,
) -> Iterator[FunctionComplexity]:
    """Every function that radon measures, methods and closures too, under its dotted name, by line.

    `@overload` stubs are left out: one would be taken for the function of its name, and have lost all its branches.
    """
    whole = (block for block in blocks if not block.is_overload)
    branches = {block.line: block.complexity for block in effective} if effective is not blocks else {}
    for block in sorted(whole, key=lambda block: (block.line, block.symbol)):
        yield FunctionComplexity(
            path=path,
            symbol=shorten_text(block.symbol, limits),
            line=block.line,
            end_line=max(block.line, block.end_line),
            cyclomatic=block.complexity,
            rank=cc_rank(block.complexity),
            effective_cyclomatic=_unless(block.complexity, branches.get(block.line)),
            code_lines=code_lines.get(block.line),
        )


def _unless(same: int, figure: int | None) -> int | None:
    return None if figure == same else figure


def _renames(
    changes: Iterable[Change], old_paths: Iterable[str], new_paths: Collection[str]
) -> tuple[dict[str, str], dict[tuple[str, str], tuple[str, str]]]:
    """What became what: old path -> new path; old (path, symbol) -> new, for functions and classes alike."""
    files: dict[str, str] = {}
    symbols: dict[tuple[str, str], tuple[str, str]] = {}
    for change in changes:
        if change.before is None or change.after is None:
            continue
        if change.kind in FILES_TOLD:
            files[change.before.path] = change.after.path
        elif change.kind in FOLDERS:
            files |= files_of_folder(change.before.path, change.after.path, old_paths, new_paths)
        elif change.kind in RELOCATED_SYMBOLS or change.kind == ChangeKind.MODIFY_CLASS:
            one = (change.before.path, change.before.symbol or "")
            symbols[one] = (change.after.path, change.after.symbol or "")
    return files, symbols


def _inlined(changes: Iterable[Change]) -> set[tuple[str, str]]:
    """Functions whose code stands where they were called: they are gone, what they did is not."""
    places = (change.before for change in changes if change.kind == ChangeKind.INLINE_METHOD)
    return {(place.path, place.symbol or "") for place in places if place is not None}


def _by_symbol(
    side: tuple[FileComplexity, ...], files: dict[str, str], symbols: dict[tuple[str, str], tuple[str, str]]
) -> Functions:
    """Functions by where they stand now, path and symbol, those of one name in their order."""
    found: Functions = {}
    for figures in side:
        for function in figures.functions:
            place = (function.path, function.symbol)
            now = _now(place, files, symbols) if files or symbols else place
            found.setdefault(now, []).append(function)
    return found


def _now(
    place: tuple[str, str], files: dict[str, str], symbols: dict[tuple[str, str], tuple[str, str]]
) -> tuple[str, str]:
    """Where a symbol of the old side is now: it was renamed itself, or a class or function around it, or its file."""
    path, symbol = place
    inside = ""
    while symbol:
        if (path, symbol) in symbols:
            path, symbol = symbols[path, symbol]
            return path, symbol + inside
        symbol, _, last = symbol.rpartition(".")
        inside = f".{last}{inside}"
    return files.get(path, path), place[1]


def _function_deltas(
    old: dict[Numbered, FunctionComplexity], new: dict[Numbered, FunctionComplexity]
) -> Iterator[ComplexityDelta]:
    for key in dict.fromkeys((*new, *old)):  # in order: functions of one name are told apart by nothing else
        one, other = old.get(key), new.get(key)
        figures = (one.cyclomatic if one else None, other.cyclomatic if other else None)
        if figures[0] != figures[1]:
            yield ComplexityDelta(
                path=key[0],
                symbol=key[1],
                metric="cyclomatic",
                before=figures[0],
                after=figures[1],
                delta=_difference(*figures),
                effective_delta=_effective_delta(one, other),
                rank_before=one.rank if one else None,
                rank_after=other.rank if other else None,
            )


def _effective_delta(one: FunctionComplexity | None, other: FunctionComplexity | None) -> float | None:
    if one is None or other is None or (one.effective_cyclomatic is None and other.effective_cyclomatic is None):
        return None
    return _difference(*(effective_cyclomatic(side) for side in (one, other)))


def effective_cyclomatic(function: FunctionComplexity) -> int:
    """A function's complexity without the branches that are never taken."""
    return function.cyclomatic if function.effective_cyclomatic is None else function.effective_cyclomatic


_BRANCHES_FEW: Final = 10
_CODE_LINES_FEW: Final = 50


def is_padded(function: FunctionComplexity) -> bool:
    """Whether what in a function never runs or does nothing may be why it has too many branches or statements.

    The linter counts all of that, and finds more than 10 branches or 50 statements too many.
    """
    if function.effective_cyclomatic is not None:
        return function.effective_cyclomatic <= _BRANCHES_FEW
    whole = function.end_line - function.line + 1
    return function.code_lines is not None and function.code_lines <= min(_CODE_LINES_FEW, whole - 1)


def rank_of(cyclomatic: float) -> str:
    """Radon's rank of a complexity, A to F."""
    return str(cc_rank(cyclomatic))


def _file_deltas(old: Iterable[FileComplexity], new: Iterable[FileComplexity]) -> Iterator[ComplexityDelta]:
    before = {figures.path: figures for figures in old if figures.maintainability is not None}
    after = {figures.path: figures for figures in new if figures.maintainability is not None}
    for path in before.keys() | after.keys():
        one, other = before.get(path), after.get(path)
        for metric in _FILE_METRICS:
            sides = [getattr(one, metric, None), getattr(other, metric, None)]
            if sides[0] == sides[1]:
                continue
            ranks = [mi_rank(value) if metric == "maintainability" and value is not None else None for value in sides]
            yield ComplexityDelta(
                path=path,
                metric=metric,
                before=sides[0],
                after=sides[1],
                delta=_difference(*sides),
                rank_before=ranks[0],
                rank_after=ranks[1],
            )


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(after - before, _DIGITS)


def _largest_first(delta: ComplexityDelta) -> tuple[bool, float, str, str, str]:
    """Functions before files, for their figures are comparable with each other; then by size of the change."""
    size = abs(delta.delta) if delta.delta is not None else abs(delta.after or 0) + abs(delta.before or 0)
    return (delta.symbol is None, -size, delta.path, delta.symbol or "", delta.metric)


def _mean(values: list[float] | list[int]) -> float | None:
    return round(sum(values) / len(values), _DIGITS) if values else None


def _mended(old: Iterable[FileComplexity], new: Iterable[FileComplexity]) -> tuple[str, ...]:
    """Files that could not be parsed for an error in some line, and are measured now; an emptied one is not mended."""
    broken = {figures.path for figures in old if figures.error and figures.error.startswith("line ")}
    whole = (figures.path for figures in new if figures.error is None and figures.sloc and figures.path in broken)
    return tuple(sorted(whole)[:_ERRORS_MAX])


def _errors(files: tuple[FileComplexity, ...]) -> dict[str, str]:
    failed = [(figures.path, figures.error) for figures in files if figures.error]
    return dict(failed[:_ERRORS_MAX])
