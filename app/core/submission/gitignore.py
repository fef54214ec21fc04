"""Files that the student's own `.gitignore` files leave out."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pathspec

from app.core.limits import SourceLimits

_LINE_CHARS_MAX: Final = 256
_STEPS_BY_HAND: Final = 10  # steps of an expression that fit into the time of one estimate


@dataclass(frozen=True, slots=True)
class _Rules:
    """One `.gitignore`: the folder that it lies in, its patterns, and how many of them have which wildcards.

    `wildcards` counts by (`**` for folders, `*` within a name).
    """

    folder: str
    spec: pathspec.GitIgnoreSpec
    wildcards: Mapping[tuple[int, int], int]


def gitignored(
    paths: Iterable[str], texts: Mapping[str, str], limits: SourceLimits
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Which `paths` the files in `texts` (path of a `.gitignore` -> its text) leave out, and notes on the reading.

    A deeper file overrules a higher one, as in git. Rules that would leave out everything are not honoured: then
    the student wants them read, for they were handed in.
    """
    paths = list(paths)
    rules, notes = _all_rules(texts, limits)
    if _takes_too_long(rules, paths, limits.gitignore_steps_max):
        return frozenset(), (".gitignore is not honoured: matching its wildcards would take too long",)
    left_out = frozenset(path for path in paths if _is_left_out(path, rules))
    if left_out and all(path in left_out or path in texts for path in paths):
        return frozenset(), (".gitignore is not honoured: it leaves out everything that was handed in",)
    return left_out, notes


def _all_rules(texts: Mapping[str, str], limits: SourceLimits) -> tuple[list[_Rules], tuple[str, ...]]:
    """The rules, higher folders first, and a note where there are more lines than are followed."""
    rules: list[_Rules] = []
    lines_left = limits.gitignore_lines_max
    for path, text in sorted(texts.items(), key=lambda item: (item[0].count("/"), item[0])):
        lines = text.split("\n", lines_left)
        if len(lines) > lines_left:
            return rules, (f".gitignore is honoured in part: it has more than {limits.gitignore_lines_max} lines",)
        lines_left -= len(lines)
        patterns = [pattern for line in lines for pattern in _pattern(line)]
        if patterns:
            wildcards = Counter(map(_wildcards, patterns))
            rules.append(_Rules(path.rpartition("/")[0], pathspec.GitIgnoreSpec.from_lines(patterns), wildcards))
    return rules, ()


def _wildcards(pattern: str) -> tuple[int, int]:
    folders = pattern.split("/").count("**")
    return folders, pattern.count("*") - 2 * folders


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


def _takes_too_long(rules: Iterable[_Rules], paths: Iterable[str], steps_max: int) -> bool:
    """Whether matching could take more steps, at worst.

    A pattern tries to start at every folder, a `**` to end at every folder, a `*` at every character of a name.
    """
    steps = 0
    for path in paths:
        for rule in rules:
            steps += _STEPS_BY_HAND
            inside = _inside(rule, path)
            if inside is None:
                continue
            parts = inside.split("/")
            starts, longest = len(parts), max(map(len, parts))
            for (folders, stars), number in rule.wildcards.items():
                ends = starts**folders
                steps += _STEPS_BY_HAND + number * ends * (len(inside) + starts * longest**stars)
                if steps > steps_max:
                    return True
    return steps > steps_max


def _is_left_out(path: str, rules: Iterable[_Rules]) -> bool:
    left_out = False
    for rule in rules:
        inside = _inside(rule, path)
        verdict = rule.spec.check_file(inside).include if inside is not None else None
        left_out = left_out if verdict is None else verdict
    return left_out
