"""Coverage notes in the language of the review."""

import io
import json
import re
import zipfile

import pytest

from app.catalogue import words_in
from app.core.comparing.compose import NOTES
from app.core.comparing.coverage import coverage_of
from app.core.comparing.note_words import note_in
from app.core.limits import SourceLimits
from app.core.submission.sources import FileKind, Unread
from app.core.submission.tree import tree_from_archive, tree_from_texts
from app.core.submission.unreadable import DESCRIPTIONS, unread_note

FAILED = {"output_type": "error", "ename": "ValueError"}


def notebook(cells: list[dict[str, object]], **metadata: object) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def made_notes() -> set[str]:
    """Notes that reading really makes, of each kind."""
    limits = SourceLimits()
    failing: list[dict[str, object]] = [{"cell_type": "code", "source": "x", "outputs": [FAILED]}] * 7
    texts = {
        "main.py": "x = 1\n",
        "failed.ipynb": notebook(
            [*failing, {"cell_type": "code", "source": "y", "outputs": [{"output_type": "error"}]}]
        ),
        "r.ipynb": notebook([{"cell_type": "code", "source": "x <- 1"}], language_info={"name": "R"}),
        "broken.ipynb": "{",
        "page.py": "<!DOCTYPE html>\n",
        "surrogate.py": "x = '\udc80'\n",
    }
    notes = set(tree_from_texts(texts, limits).notes)
    notes |= set(tree_from_texts({".gitignore": "*\n", "main.py": "x = 1\n"}, limits).notes)
    many = {".gitignore": "a\n" * (limits.gitignore_lines_max + 1), "main.py": "x = 1\n"}
    notes |= set(tree_from_texts(many, limits).notes)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "имя = 'Привет, студент, как твои дела сегодня'\n".encode("cp1251") * 20)
        archive.writestr("inner.zip", b"PK\x03\x04broken")
    return notes | set(tree_from_archive(packed.getvalue(), limits).notes) | set(NOTES.values()) | {"and 3 more notes"}


def test_every_note_that_is_made_has_russian_words() -> None:
    """A Russian review has no English note: of each kind that reading makes, all the words but names are Russian."""
    notes = made_notes()
    assert len(notes) >= 9
    for note in notes:
        said = note_in(note, words_in("ru"))
        assert said != note
        assert re.search("[а-яё]{3}", said)
        assert note_in(note, words_in("en")) == note


@pytest.mark.parametrize("kind", [FileKind.PYTHON, FileKind.NOTEBOOK])
@pytest.mark.parametrize("cause", DESCRIPTIONS)
@pytest.mark.parametrize("line", [None, 3])
def test_every_unread_file_of_code_has_russian_words(kind: FileKind, cause: str, line: int | None) -> None:
    """Whatever the cause, the file and the line are named, and no English is left."""
    said = note_in(unread_note("a.b", kind, Unread(cause, line)), words_in("ru"))
    assert said.startswith("a.b: ")
    assert said.endswith("(строка 3)") == (line is not None)
    assert set(re.findall("[A-Za-z]{3,}", said)) <= {"UTF", "LFS", "Git", "JSON"}


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("n.ipynb: cell 3 ended in KeyError, cell 5 ended in an error and 2 more in errors",
         "n.ipynb: ячейка 3 завершилась ошибкой KeyError, ячейка 5 завершилась ошибкой и ещё ячеек с ошибкой: 2"),
        ("a.py is not read: NUL bytes at line 3", "a.py: файл не прочитан, в нём есть нулевые байты (строка 3)"),
        ("a.ipynb is no notebook that can be read: merge conflict markers at line 3",
         "a.ipynb: блокнот не читается, в нём остались метки конфликта слияния (строка 3)"),
    ],
)  # fmt: skip
def test_names_and_numbers_stay(note: str, said: str) -> None:
    """What a note is about stands in its translation."""
    assert note_in(note, words_in("ru")) == said


def test_the_coverage_speaks_the_language() -> None:
    """The record's coverage has its notes in the submission's language."""
    tree = tree_from_texts({"a.ipynb": "{", "main.py": "x = 1\n"}, SourceLimits())
    assert coverage_of(tree, words_in("ru")).notes == ("a.ipynb: блокнот не читается, он обрывается (строка 1)",)
    assert coverage_of(tree, words_in("en")).notes == ("a.ipynb is no notebook that can be read: cut off at line 1",)


def test_a_note_without_words_is_kept() -> None:
    """What nobody foresaw is told in English rather than not at all."""
    assert note_in("something new", words_in("ru")) == "something new"
