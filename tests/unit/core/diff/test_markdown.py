"""Markdown files, compared by their sections."""

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.core.diff.other_files.markdown import sections
from app.core.limits import DiffLimits
from schemas.changes import Change
from tests.builders.diff_trees import changes, diff, told, tree

README = """About this homework and its author.

# Pipeline
It reads features and trains a model.

## Install
Run `make setup`, then wait for a while.

### On Windows
Use another system, or a container.

## Usage
```sh
# not a heading
python train.py
```

Results
-------
Accuracy is 0.91 on the test set.
"""


def compared(before: str, after: str) -> list[Change]:
    """What changed in a README."""
    return changes({"README.md": before}, {"README.md": after})


def test_sections_are_headings_and_what_follows() -> None:
    """Both styles of headings count, lines of code fences do not; the text before the first has no heading."""
    assert [(s.path, s.line, s.end_line) for s in sections(README)] == [
        ((), 1, 2),
        (("Pipeline",), 3, 5),
        (("Pipeline", "Install"), 6, 8),
        (("Pipeline", "Install", "On Windows"), 9, 11),
        (("Pipeline", "Usage"), 12, 17),
        (("Pipeline", "Results"), 18, 20),
    ]


def test_an_edited_section_is_told_under_its_headings() -> None:
    """The record counts its lines and stands on the section's lines."""
    (change,) = compared(README, README.replace("0.91", "0.93"))
    assert told(change) == ("modify_section", "Pipeline > Results", "Pipeline > Results")
    assert change.detail == {"lines_added": 1, "lines_removed": 1}
    assert change.after is not None
    assert (change.after.line, change.after.end_line) == (18, 20)


def test_a_comment_in_a_code_fence_is_no_section() -> None:
    """A line with a hash in a fence changes the section that the fence is in."""
    (change,) = compared(README, README.replace("# not a heading", "# another comment"))
    assert told(change) == ("modify_section", "Pipeline > Usage", "Pipeline > Usage")


def test_a_new_heading_over_the_same_text_is_a_rename() -> None:
    """Sections below a renamed one are where they were."""
    found = compared(README, README.replace("## Install", "## Installation"))
    assert [told(c) for c in found] == [("rename_section", "Pipeline > Install", "Pipeline > Installation")]


def test_a_renamed_and_edited_section_gives_both_records() -> None:
    """Half the lines in common under the same heading are enough."""
    before = "# A\n## B\none line\nanother line\nthe third line\n"
    found = compared(before, "# A\n## C\none line\nanother line\na new line\n")
    assert [told(c) for c in found] == [("modify_section", "A > B", "A > C"), ("rename_section", "A > B", "A > C")]


def test_sections_that_came_or_went_are_told_once() -> None:
    """Those below are counted, not told."""
    text = "# A\nx\n## B\nsome text of this section\n### C\nand some of that one\n"
    (added,), (removed,) = compared("# A\nx\n", text), compared(text, "# A\nx\n")
    assert (told(added), added.detail) == (("add_section", None, "A > B"), {"lines": 2, "sections": 2})
    assert told(removed) == ("remove_section", "A > B", None)


def test_a_section_under_another_heading_moved() -> None:
    """The same text and title elsewhere is a move."""
    before = "# A\n## X\nsome text that stays as it is\n# B\n"
    assert [told(c) for c in compared(before, "# A\n# B\n## X\nsome text that stays as it is\n")] == [
        ("move_section", "A > X", "B > X")
    ]


def test_blank_lines_are_layout() -> None:
    """Another number of blank lines and spaces changes the layout alone."""
    assert [c.kind for c in compared(README, README.replace("\n\n", "\n\n\n"))] == ["format_only"]


def test_equal_headings_are_told_apart() -> None:
    """The second of two equal headings has a number."""
    assert [s.path for s in sections("# A\n# A\n")] == [("A",), ("A (2)",)]


def test_a_large_file_is_compared_by_line() -> None:
    """Its record says why."""
    (change,) = diff(tree({"a.md": "# A\n"}), tree({"a.md": "# A\nlong\n"}), DiffLimits(markdown_chars_max=8)).changes
    assert (change.kind, change.detail["compared_by"]) == ("modify_file", "line")


def test_hostile_markdown_takes_linear_time() -> None:
    """Nested quotes and lists, endless emphasis and thousands of headings end soon."""
    start = time.process_time()
    for text in (">" * 50_000, "- " * 50_000, "*a " * 50_000, "[" * 50_000, "# A\n" * 30_000, "`" * 50_000 + "\n# A"):
        compared("# B\n", text)
    assert time.process_time() - start < 30


@given(st.text(alphabet=st.sampled_from("#=-`> ab\n\t*1."), max_size=60), st.text(max_size=40))
def test_no_text_makes_the_comparison_of_markdown_fail(before: str, after: str) -> None:
    """Every line belongs to at most one section, and texts that differ have records."""
    assert bool(compared(before, after)) == (before != after)
    found = sections(before)
    assert all(one.end_line < other.line for one, other in pairwise(found))
