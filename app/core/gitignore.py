"""Files that the student's own `.gitignore` files leave out."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pathspec

from app.core.limits import SourceLimits

_LINE_CHARS_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class _Rules:
    """One `.gitignore`: the folder that it lies in, its patterns, and how many of them have how many wildcards."""

    folder: str
    spec: pathspec.GitIgnoreSpec
    wildcards: Mapping[int, int]


def gitignored(
    paths: Iterable[str], texts: Mapping[str, str], limits: SourceLimits
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Which `paths` the files in `texts` (path of a `.gitignore` -> its text) leave out, and notes on the reading.

    A deeper file overrules a higher one, as in git. Rules that would leave out everything are not honoured: then
    the student wants them read, for they were handed in.
    """
    paths = list(paths)
    rules = [_rules(path, text, limits) for path, text in sorted(texts.items(), key=lambda item: item[0].count("/"))]
    if sum(_steps(rule, path) for rule in rules for path in paths) > limits.gitignore_steps_max:
        return frozenset(), (".gitignore is not honoured: matching its wildcards would take too long",)
    left_out = frozenset(path for path in paths if _is_left_out(path, rules))
    if left_out and all(path in left_out or path in texts for path in paths):
        return frozenset(), (".gitignore is not honoured: it leaves out everything that was handed in",)
    return left_out, ()


def _rules(path: str, text: str, limits: SourceLimits) -> _Rules:
    patterns = [pattern for line in text.split("\n")[: limits.gitignore_lines_max] for pattern in _pattern(line)]
    wildcards = Counter(pattern.count("*") for pattern in patterns)
    return _Rules(path.rpartition("/")[0], pathspec.GitIgnoreSpec.from_lines(patterns), wildcards)


def _pattern(line: str) -> list[str]:
    """The line, if it is a rule that can be compiled: git passes over one that it cannot read."""
    # An unescaped bracket within brackets is a set operation to come in Python's expressions, none in git's.
    if (
        not line.strip()
        or line.startswith("#")
        or len(line) > _LINE_CHARS_MAX
        or re.search(r"\[.*\[|--|&&|~~|\|\|", line)
    ):
        return []
    try:
        pathspec.GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return []
    return [line]


def _inside(rules: _Rules, path: str) -> str | None:
    """`path` as seen from the rules' folder, None if it lies elsewhere."""
    if not rules.folder:
        return path
    return path[len(rules.folder) + 1 :] if path.startswith(f"{rules.folder}/") else None


def _steps(rules: _Rules, path: str) -> int:
    """Steps of matching, at worst: each wildcard may try every character, and each pattern starts at every folder."""
    inside = _inside(rules, path)
    if inside is None:
        return 0
    starts = inside.count("/") + 1
    return sum(number * starts * len(inside) ** wildcards for wildcards, number in rules.wildcards.items())


def _is_left_out(path: str, rules: Iterable[_Rules]) -> bool:
    left_out = False
    for rule in rules:
        inside = _inside(rule, path)
        verdict = rule.spec.check_file(inside).include if inside is not None else None
        left_out = left_out if verdict is None else verdict
    return left_out
