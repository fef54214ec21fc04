"""Two versions of a body -> the lines on which its comments changed."""

from collections.abc import Iterator

from app.core.diff.records.location import place_of_lines, place_of_module, place_of_symbol
from app.core.diff.symbols.symbols import Module, Symbol
from app.core.diff.symbols.versions import code_lines, own_lines
from app.core.limits import DiffLimits
from app.core.python.fstrings import lexemes
from schemas.changes import Place

Body = Symbol | Module
Numbered = list[tuple[int, str]]
"""1-based lines, each with what stands on it."""


def places_of_comments(old: Body, new: Body, limits: DiffLimits) -> tuple[Place, Place]:
    """From the first changed comment to the last, on either side; the whole body where a side has none of them."""
    runs = _differing([*_comments(own_lines(old))], [*_comments(own_lines(new))])
    return _place(old, runs[0], limits), _place(new, runs[1], limits)


def places_in_file(old: Module, new: Module, limits: DiffLimits) -> tuple[Place, Place]:
    """The same of all comments of two files."""
    sides = ([*_comments(code_lines(module))] for module in (old, new))
    runs = _differing(*sides)
    return _place(old, runs[0], limits), _place(new, runs[1], limits)


def _comments(lines: Numbered) -> Iterator[tuple[int, str]]:
    text = "".join(line for _, line in lines)
    number, at = 0, 0
    for match in lexemes(text):
        if match[0][0] == "#":
            number += text.count("\n", at, match.start())
            at = match.start()
            yield lines[number][0], match[0].rstrip()


def _differing(old: Numbered, new: Numbered) -> tuple[Numbered, Numbered]:
    """What is left of both without the comments that they begin and end with alike."""
    start, ends = 0, (len(old), len(new))
    while start < min(ends) and old[start][1] == new[start][1]:
        start += 1
    while min(ends) > start and old[ends[0] - 1][1] == new[ends[1] - 1][1]:
        ends = ends[0] - 1, ends[1] - 1
    return old[start : ends[0]], new[start : ends[1]]


def _place(body: Body, run: Numbered, limits: DiffLimits) -> Place:
    whole = place_of_module(body) if isinstance(body, Module) else place_of_symbol(body, limits)
    if not run:
        return whole
    file = body.file if isinstance(body, Module) else body.module.file
    return place_of_lines(file, run[0][0], run[-1][0], whole.symbol)
