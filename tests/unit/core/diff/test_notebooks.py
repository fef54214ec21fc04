"""Notebooks: their Markdown is text and no comment, and the marks of their cells are neither."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import words_in
from app.core.evidence.facts.change import change_facts
from app.core.limits import DiffLimits, SourceLimits
from app.core.reviewing.offline.summary import summarize
from app.core.submission.notebook import prose_lines, read_notebook, restore_notebook
from app.core.submission.tree import tree_from_texts
from app.core.words import Words
from schemas.changes import Change
from schemas.comparison import Evidence
from tests.builders.diff_trees import diff, told
from tests.builders.records import a_comparison

LOAD = "import pandas as pd\ndf = pd.read_csv('a.csv')  # all of it"
Cell = tuple[str, str]


def code(source: str) -> Cell:
    return "code", source


def text(source: str) -> Cell:
    return "markdown", source


def notebook(*cells: Cell) -> str:
    made = [{"cell_type": kind, "metadata": {}, "source": source} for kind, source in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


def compared(before: list[Cell], after: list[Cell], limits: DiffLimits | None = None) -> list[Change]:
    """The changes between two notebooks."""
    one, other = (tree_from_texts({"n.ipynb": notebook(*cells)}, SourceLimits()) for cells in (before, after))
    return list(diff(one, other, limits).changes)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ([code(LOAD), code("x = 1"), code("print(x)")], [code(LOAD), code("x = 1\nprint(x)")], {"format_only"}),
        ([code(LOAD), code("")], [code(LOAD)], {"format_only"}),
        ([code(LOAD), code("print(1)")], [code(LOAD)], {"modify_module"}),
        ([code(LOAD)], [code(LOAD.replace("all", "most"))], {"comment_only"}),
        ([code(LOAD), text("Old")], [code(LOAD.replace("all", "most")), text("New")],
         {"modify_comment", "modify_section"}),
        ([code(LOAD), text("Old  words")], [code(LOAD), text("Old words")], {"format_only"}),
        ([code(LOAD), text("Old")], [code(LOAD), text("New")], {"modify_section"}),
        ([code(LOAD)], [code(LOAD), text("New")], {"add_section"}),
        ([code("print(1)"), code("print(2)"), text("A")], [code("print(2)"), code("print(1)"), text("B")],
         {"reorder_statements", "modify_section"}),
    ],
)  # fmt: skip
def test_only_comments_in_code_are_comments(before: list[Cell], after: list[Cell], kinds: set[str]) -> None:
    """Cells that were merged or went changed no comment; Markdown is told as a Markdown file's."""
    assert {change.kind for change in compared(before, after)} == kinds


def test_a_function_that_left_a_cell_changed_no_comment() -> None:
    """Nor did the cell's mark, which went with it."""
    found = compared([code(LOAD), code("def f(x):\n    return x + 1"), code("f(1)")], [code(LOAD), code("f(1)")])
    assert [told(change) for change in found] == [("remove_function", "f", None)]


def test_sections_of_a_notebook_have_its_lines_and_no_code() -> None:
    """A section's lines are those of its Markdown, however much code stands below its heading."""
    before = [text("# Data\nRead."), code(LOAD), text("## Result\nTen rows.")]
    after = [
        text("# Data\nRead."),
        code(f"{LOAD}\nprint(df)\nprint(1)"),
        text("## Result\nTwelve rows."),
        text("More."),
    ]
    change = next(change for change in compared(before, after) if change.kind == "modify_section")
    assert told(change) == ("modify_section", "Data > Result", "Data > Result")
    assert change.detail == {"lines_added": 2, "lines_removed": 1}
    assert change.after is not None
    assert (change.after.line, change.after.end_line, change.after.cell) == (11, 14, None)
    (gone,) = [change for change in compared(after, after[:2]) if change.kind == "remove_section"]
    assert gone.detail == {"lines": 3, "sections": 1}


def test_markdown_that_is_too_large_is_told_as_changed() -> None:
    """Its sections are not looked for."""
    (change,) = compared([code(LOAD), text("Old")], [code(LOAD), text("New")], DiffLimits(markdown_chars_max=10))
    assert (told(change), change.detail) == (("modify_section", None, None), {})


@pytest.mark.parametrize(
    ("words", "said"),
    [(words_in("ru"), "изменён текст в `n.ipynb`"), (words_in("en"), "text changed in `n.ipynb`")],
    ids=["ru", "en"],
)
def test_text_without_a_heading_is_told_by_its_file(words: Words, said: str) -> None:
    """A conclusion that was written anew is a change of text in the notebook."""
    found = tuple(compared([code(LOAD), text("Old")], [code(LOAD), text("New")]))
    comparison = a_comparison(changes=found, evidence=Evidence(facts=tuple(change_facts(found))))
    assert said in summarize(comparison, words, ())


@given(
    st.lists(
        st.sampled_from([code("x = 1\n# c"), text("--- cell 1 ---\n# A"), text("--- text ---"), code("# --- text ---")])
    )
)
def test_no_text_of_a_student_looks_like_a_mark(cells: list[Cell]) -> None:
    """A stored notebook has the cells that it was read with, and what is Markdown in it is all that is."""
    made = read_notebook("n.ipynb", notebook(*cells), SourceLimits())
    assert made is not None
    assert restore_notebook("n.ipynb", made.file.text).cell_starts == made.file.cell_starts
    assert len([line for line in prose_lines(made.file.text).values() if line]) == sum(
        source.count("\n") + 1 for kind, source in cells if kind == "markdown"
    )
