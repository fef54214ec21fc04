"""Aligning lines and writing the unified diff."""

import random
import re
from itertools import pairwise

import pytest

from app.core.diff.lines.alignment import align, split_lines
from app.core.limits import DiffLimits
from tests.builders.diff_trees import diff, tree

LIMITS = DiffLimits()


def longest_common(one: list[str], other: list[str]) -> int:
    """Length of the longest common subsequence, by the textbook's table."""
    row = [0] * (len(other) + 1)
    for line in one:
        following = [0]
        for j, candidate in enumerate(other):
            following.append(row[j] + 1 if line == candidate else max(row[j + 1], following[j]))
        row = following
    return row[-1]


def patched(before: str, patch: str) -> str:
    """`before` with the hunks of a one-file unified diff applied, refusing any that does not fit."""
    old, new, at = split_lines(before), [], 0
    lines = split_lines(patch)
    for number, line in enumerate(lines):
        bare = number + 1 < len(lines) and lines[number + 1].startswith("\\")
        text = line[1:-1] if bare else line[1:]
        if found := re.match(r"@@ -(\d+)(?:,(\d+))? ", line):
            start = int(found[1]) - (found[2] != "0")
            new.extend(old[at:start])
            at = start
        elif line.startswith(("--- ", "+++ ", "\\")):
            continue
        elif line.startswith("+"):
            new.append(text)
        else:
            assert old[at] == text, "the hunk does not fit"
            at += 1
            if line.startswith(" "):
                new.append(text)
    return "".join([*new, *old[at:]])


def test_only_a_line_feed_ends_a_line() -> None:
    """Form feeds, vertical tabs and Unicode's line separators stay within their line."""
    assert split_lines("a\x0cb\u2028c\n\nd") == ["a\x0cb\u2028c\n", "\n", "d"]
    assert split_lines("") == []


def test_the_diff_is_the_shortest_one() -> None:
    """On small texts the alignment keeps as many lines as any could."""
    chance = random.Random(6)
    for _ in range(300):
        one = chance.choices("abcde", k=chance.randint(0, 25))
        other = chance.choices("abcde", k=chance.randint(0, 25))
        found = align(one, other, LIMITS)
        assert found.exact
        assert found.equal == longest_common(one, other)


def test_blocks_are_in_order_and_equal() -> None:
    """Blocks never overlap, never go back, and hold equal lines, even where the steps ran out."""
    chance = random.Random(7)
    one, other = chance.choices("abcdefgh", k=3_000), chance.choices("abcdefgh", k=3_000)
    found = align(one, other, DiffLimits(alignment_steps_base=0, alignment_steps_per_line=0))
    assert not found.exact
    assert found.equal > 1_000
    assert all(one[i : i + size] == other[j : j + size] for i, j, size in found.blocks)
    assert all(a[0] + a[2] <= b[0] and a[1] + a[2] <= b[1] for a, b in pairwise(found.blocks))


def test_a_hundred_thousand_different_lines_are_aligned_within_the_steps() -> None:
    """Where everything changed, time stays linear: the step limit is reached and told, not exceeded."""
    one = [f"a{n % 977}\n" for n in range(50_000)]
    other = [f"a{(n * 7) % 983}\n" for n in range(50_000)]
    assert not align(one, other, LIMITS).exact


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nx\nc\n"),
        ("a\nb", "a\nb\n"),
        ("", "a\n"),
        ("a\n", ""),
        ("".join(f"{n}\n" for n in range(50)), "".join(f"{n}\n" for n in range(50) if n not in (3, 20, 49))),
        ("x\n" * 20, "y\n" + "x\n" * 9 + "y\n" + "x\n" * 11),
    ],
)
def test_the_diff_applied_to_the_old_text_gives_the_new_one(before: str, after: str) -> None:
    """A unified diff is one that `patch` would take."""
    told = diff(tree({"notes.txt": before}), tree({"notes.txt": after})).diff_info
    assert patched(before, told.diff) == after
    body = [line for line in told.diff.split("\n") if not line.startswith(("---", "+++"))]
    assert told.lines_added == sum(line.startswith("+") for line in body)
    assert told.lines_removed == sum(line.startswith("-") for line in body)


def test_a_cut_diff_says_what_is_missing() -> None:
    """The diff stays within its limit and its last line counts the lines and files left out."""
    after = tree({f"{name}.txt": "line\n" * 100 for name in "abc"})
    limits = DiffLimits(unified_diff_chars_max=900)
    text = diff(None, after, limits).diff_info.diff
    assert len(text) <= 900
    assert re.search(r"# diff cut at 900 characters: \d+ more lines in 2 files are not shown\n$", text)


def test_code_comes_first_in_the_diff() -> None:
    """Where the diff is cut, data is cut before code."""
    after = tree({"a.txt": "data\n", "z.py": "x = 1\n"})
    text = diff(None, after).diff_info.diff
    assert text.index("z.py") < text.index("a.txt")


def test_a_path_cannot_forge_a_line_of_the_diff() -> None:
    """Control characters in a path are quoted as git quotes them."""
    text = diff(None, tree({'a\n+++ b/"evil".txt': "x\n"})).diff_info.diff
    assert text.split("\n")[1] == '+++ "b/a\\n+++ b/\\"evil\\".txt"'


def test_a_pure_rename_is_told_as_git_tells_it() -> None:
    """A file that only moved has a header and no hunk."""
    text = diff(tree({"a.txt": "one\ntwo\n"}), tree({"b/a.txt": "one\ntwo\n"})).diff_info.diff
    assert text == "diff --git a/a.txt b/b/a.txt\nrename from a.txt\nrename to b/a.txt\n"
