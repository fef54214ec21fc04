"""Functions of both sides -> which figures belong to one function, where several share a name."""

from collections.abc import Collection, Iterable
from typing import Final

from schemas.changes import Change, FunctionComplexity

_ROOT: Final = "."

Functions = dict[tuple[str, str], list[FunctionComplexity]]
"""Path and symbol -> the functions of that name, in their order."""
Numbered = tuple[str, str, int]
"""Path, symbol, and a number that both sides share for what became each other."""
Line = tuple[str, int]


def pair_functions(
    old: Functions, new: Functions, changes: Iterable[Change]
) -> tuple[dict[Numbered, FunctionComplexity], dict[Numbered, FunctionComplexity]]:
    """Both sides' functions under common keys.

    Overloads and their implementation share a name: they are told apart by what the changes say became what, then by
    equal figures, and by their order only where there are as many on both sides.
    """
    became: dict[Line, Line] = {}
    for change in changes:
        before, after = change.before, change.after
        if before and after and before.symbol and after.symbol and before.line and after.line:
            became[before.path, before.line] = after.path, after.line
    found: tuple[dict[Numbered, FunctionComplexity], dict[Numbered, FunctionComplexity]] = ({}, {})
    for key in {**new, **old}:  # in order
        pairs = _paired(old.get(key, []), new.get(key, []), became)
        for number, sides in enumerate(pairs, 1):
            for side, function in zip(found, sides, strict=True):
                if function is not None:
                    side[*key, number] = function
    return found


def files_of_folder(before: str, after: str, old_paths: Iterable[str], new_paths: Collection[str]) -> dict[str, str]:
    """Old path -> new path of the files that a folder took along, of those that are there."""
    start, target = ("" if folder == _ROOT else f"{folder}/" for folder in (before, after))
    moved = {
        path: target + path[len(start) :] for path in old_paths if path.startswith(start) and path not in new_paths
    }
    return {path: now for path, now in moved.items() if now in new_paths}


Pairs = list[tuple[FunctionComplexity | None, FunctionComplexity | None]]


def _paired(olds: list[FunctionComplexity], news: list[FunctionComplexity], became: dict[Line, Line]) -> Pairs:
    if len(olds) <= 1 and len(news) <= 1:
        return [(olds[0] if olds else None, news[0] if news else None)]
    left, right = [*olds], [*news]
    pairs: Pairs = []
    by_line = {(function.path, function.line): function for function in right}
    for function in olds:
        other = by_line.get(became.get((function.path, function.line), ("", 0)))
        if other is not None and other in right:
            pairs.append((function, other))
            left.remove(function)
            right.remove(other)
    for function in [*left] if len(left) != len(right) else ():
        other = next((other for other in right if other.cyclomatic == function.cyclomatic), None)
        if other is not None:
            pairs.append((function, other))
            left.remove(function)
            right.remove(other)
    if len(left) == len(right):
        return [*pairs, *zip(left, right, strict=True)]
    return [*pairs, *((function, None) for function in left), *((None, function) for function in right)]
