"""A source tree is the student's own text, cleaned, with whatever was left out counted."""

import time
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.core.limits import SourceLimits
from app.core.sizes import HEADER_BYTES
from app.core.submission import ignored
from app.core.submission.archive import Member, Unpacked
from app.core.submission.omissions import Omissions
from app.core.submission.sources import FileKind, SourceTree
from app.core.submission.tree import (
    build_tree,
    kind_of,
    restore_tree,
    tree_from_archive,
    tree_from_file,
    tree_from_texts,
)
from schemas.errors import Reason, Rejected
from tests.builders import archives as made

LIMITS = SourceLimits()
RUSSIAN = "# Считаем сумму всех чётных чисел списка и возвращаем результат\nитог = 1\n"


def tree_of(files: Mapping[str, made.Content], limits: SourceLimits = LIMITS) -> SourceTree:
    """The tree of files as an archive would give them."""
    return build_tree(
        Unpacked(Omissions(limits), [Member(path, made.raw(data)) for path, data in files.items()]), limits
    )


def refusal(files: Mapping[str, made.Content], limits: SourceLimits = LIMITS) -> Rejected:
    """Why files are refused."""
    with pytest.raises(Rejected) as caught:
        tree_of(files, limits)
    return caught.value


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.py", FileKind.PYTHON),
        ("a.pyi", FileKind.PYTHON),
        ("A.PY", FileKind.PYTHON),
        ("n.ipynb", FileKind.NOTEBOOK),
        ("a/c.yaml", FileKind.CONFIG),
        ("pyproject.toml", FileKind.CONFIG),
        ("tox.ini", FileKind.CONFIG),
        ("a.json", FileKind.CONFIG),
        (".env.example", FileKind.CONFIG),
        ("README.md", FileKind.MARKDOWN),
        ("q.sql", FileKind.SQL),
        ("run.sh", FileKind.SHELL),
        ("Dockerfile", FileKind.DOCKERFILE),
        ("docker/Dockerfile.dev", FileKind.DOCKERFILE),
        ("dev.dockerfile", FileKind.DOCKERFILE),
        ("Makefile", FileKind.TEXT),
        ("requirements.txt", FileKind.TEXT),
        ("main.js", FileKind.TEXT),
        ("py", FileKind.TEXT),
    ],
)
def test_kind_is_told_by_name(path: str, kind: FileKind) -> None:
    """A file's kind follows from its name alone."""
    assert kind_of(path) is kind


def test_one_wrapping_folder_is_stripped() -> None:
    """The folder that a packer puts around everything is no part of the paths."""
    assert list(tree_of({"hw1/main.py": "a", "hw1/src/b.py": "b"}).files) == ["main.py", "src/b.py"]


@pytest.mark.parametrize(
    "files",
    [
        {"hw/hw/cart.py": "a", "hw/hw/README.md": "b"},
        {"a/b/c/cart.py": "a", "a/b/c/README.md": "b"},
        {"hw/hw/cart.py": "a", "hw/hw/README.md": "b", "__MACOSX/hw/._cart.py": "x", "hw/.DS_Store": "x"},
        {"hw.zip/hw/hw/cart.py": "a", "hw.zip/hw/hw/README.md": "b"},
        {"Иванов И./ДЗ 1/cart.py": "a", "Иванов И./ДЗ 1/README.md": "b"},
    ],
)
def test_every_wrapping_folder_is_stripped(files: Mapping[str, made.Content]) -> None:
    """Folders around everything, however many and whatever their names, are no part of the paths."""
    assert list(tree_of(files).files) == ["README.md", "cart.py"]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("hw1/src/main.py", "src/main.py"),
        ("src/main.py", "src/main.py"),
        ("hw1/hw1/tests/test_a.py", "tests/test_a.py"),
    ],
)
def test_a_folder_that_says_what_is_in_it_is_no_wrapping(path: str, kept: str) -> None:
    """A conventional folder is the student's own, also where nothing lies beside it this time."""
    assert list(tree_of({path: "a"}).files) == [kept]


def test_folder_beside_a_file_is_not_stripped() -> None:
    """A folder that does not hold everything stays."""
    assert list(tree_of({"src/main.py": "a", "README.md": "b"}).files) == ["README.md", "src/main.py"]


def test_what_is_left_out_does_not_hold_up_the_stripping() -> None:
    """Files that are not read anyway, such as macOS's beside the folder, do not make it two."""
    assert list(tree_of({"hw/main.py": "a", "__MACOSX/hw/._main.py": "b"}).files) == ["main.py"]


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        ({"hw2/a.py": "a", ".gitignore": "*.pyc"}, [".gitignore", "a.py"]),
        ({"m/hw/a.py": "a", "m/.gitignore": "x", ".gitattributes": "y"}, [".gitattributes", ".gitignore", "a.py"]),
        ({"hw/a.py": "a", "hw/.gitignore": "x", ".gitignore": "y"}, [".gitignore", "hw/.gitignore", "hw/a.py"]),
        ({"hw/a.py": "a", ".gitignore": "x", "README.md": "y"}, [".gitignore", "README.md", "hw/a.py"]),
        ({"src/a.py": "a", ".gitignore": "x"}, [".gitignore", "src/a.py"]),
        ({".gitignore": "x"}, [".gitignore"]),
    ],
)  # fmt: skip
def test_files_for_tools_do_not_hold_up_the_stripping(files: Mapping[str, made.Content], kept: list[str]) -> None:
    """A `.gitignore` beside the folder of all the work keeps no folder in the paths, unless it would be another's."""
    assert list(tree_of(files).files) == kept


def test_archive_within_an_archive_is_a_wrapping_too() -> None:
    """An archive that holds nothing but an archive gives the paths of the inner one, its folder stripped."""
    data = made.zip_of({"student/hw1.zip": made.zip_of({"hw1/main.py": "a", "hw1/b.py": "b"})})
    assert list(tree_from_archive(data, LIMITS).files) == ["b.py", "main.py"]


def test_inline_files_keep_their_paths() -> None:
    """Whoever names each file means its path: nothing is stripped."""
    assert list(tree_from_texts({"hw/main.py": "a"}, LIMITS).files) == ["hw/main.py"]


def test_environment_under_any_name_is_left_out() -> None:
    """A folder with `pyvenv.cfg` is a virtual environment, whatever it is called."""
    tree = tree_of({"main.py": "a", "myenv/pyvenv.cfg": "home", "myenv/bin/activate": "x", "myenv2/a.py": "b"})
    assert (list(tree.files), tree.omitted) == (["main.py", "myenv2/a.py"], {"virtual_environment": 2})


def test_gitignore_is_honoured() -> None:
    """What the student's own rules leave out is left out, in folders and with exceptions as in git."""
    tree = tree_of(
        {
            ".gitignore": "*.txt\n!keep.txt\n/build/\n# a comment\n[z-a]\n",
            "a.txt": "1",
            "keep.txt": "2",
            "build/x.py": "3",
            "sub/build/y.py": "4",
            "sub/.gitignore": "!a.txt\nlocal.py\n",
            "sub/a.txt": "5",
            "sub/local.py": "6",
            "local.py": "7",
        }
    )
    assert list(tree.files) == [".gitignore", "keep.txt", "local.py", "sub/.gitignore", "sub/a.txt", "sub/build/y.py"]
    assert tree.omitted == {"gitignored": 3}


def test_gitignore_within_the_wrapping_folder_counts() -> None:
    """The rules lie where the student put them, wrapped or not."""
    tree = tree_of({"hw/.gitignore": "/secret.py\n", "hw/secret.py": "a", "hw/main.py": "b"})
    assert list(tree.files) == [".gitignore", "main.py"]


def test_gitignore_that_hides_everything_is_not_honoured() -> None:
    """Rules that leave nothing to read are passed over, and the review says so."""
    tree = tree_of({".gitignore": "*\n", "main.py": "a"})
    assert list(tree.files) == [".gitignore", "main.py"]
    assert "gitignore" in tree.notes[0]


@pytest.mark.parametrize(
    "rules",
    ["*a*a*a*a*a*a*a*a*b\n", "*a*a*b\n" * 1000, "**/a/**/a/**/b\n" * 1000, "a*" * 120 + "b\n", "[[a]]\n[a--b]\n[!!\n"],
    ids=["stars", "many", "folders", "long", "brackets"],
)
def test_gitignore_cannot_hold_up_the_reading(rules: str) -> None:
    """Rules made to match for hours are passed over."""
    started = time.process_time()
    tree = tree_of({".gitignore": rules, "a" * 400 + ".py": "1", "/".join("a" * 30) + "/c.py": "2"})
    assert time.process_time() - started < 2
    assert len(tree.files) == 3


ENCODINGS = {
    "UTF-8": RUSSIAN.encode(),
    "UTF-8 with its mark": RUSSIAN.encode("utf-8-sig"),
    "UTF-16": RUSSIAN.encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + RUSSIAN.encode("utf-16-be"),
    "UTF-32": RUSSIAN.encode("utf-32"),
    "cp1251, detected": RUSSIAN.encode("cp1251"),
    "koi8-r, detected": RUSSIAN.encode("koi8-r"),
    "Windows line ends": RUSSIAN.replace("\n", "\r\n").encode(),
    "old Mac line ends": RUSSIAN.replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("data", ENCODINGS.values(), ids=ENCODINGS)
def test_text_is_decoded_with_line_feeds(data: bytes) -> None:
    """The same text comes out whichever encoding and line ends it was saved with."""
    assert tree_of({"a.py": data}).files["a.py"].text == RUSSIAN


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "iso8859-5"])
def test_coding_cookie_is_believed(encoding: str) -> None:
    """A Python file's own declaration decides, on its first or second line."""
    text = f"#!/usr/bin/python\n# -*- coding: {encoding} -*-\nx = 'п'\n"
    assert tree_of({"a.py": text.encode(encoding)}).files["a.py"].text == text


@pytest.mark.parametrize("codec", ["punycode", "zlib_codec", "rot13", "unicode_escape", "idna", "no_such", "utf-7"])
def test_odd_coding_cookie_is_not_followed(codec: str) -> None:
    """A declaration of what no editor writes is passed over: some codecs take hours, some are no text at all."""
    text = f"# coding: {codec}\nx = '\\x41'\n"
    assert tree_of({"a.py": text}).files["a.py"].text == text


def test_guessed_encoding_is_said() -> None:
    """A reader learns that an encoding was guessed."""
    assert tree_of({"a.txt": RUSSIAN.encode("cp1251")}).notes == ("files that are no UTF-8 and were read as cp1251: 1",)


SHORT = [
    *("пока", "скидка", "Привет, мир!", "да", "ДЗ", "Ошибка: файл не найден", "Лабораторная работа № 1"),
    *("РЕШЕНИЕ", "ОТЧЁТ", "КУРСОВАЯ", "ДОМАШНЕЕ ЗАДАНИЕ № 1", "ВНИМАНИЕ: не менять", "Ёж", "Ёмкость", "Отчёт", "учёба"),
]


@pytest.mark.parametrize("words", SHORT)
@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866"])
def test_one_russian_word_tells_its_encoding(words: str, encoding: str) -> None:
    """A short file without a declaration is read in the encoding that its only Russian words are in."""
    words = words if encoding == "cp1251" else words.replace("№", "No.")
    text = f'def f():\n    return "{words}"\n'
    tree = tree_of({"m.py": text.encode(encoding)})
    assert tree.texts() == {"m.py": text}
    assert tree.notes == (f"files that are no UTF-8 and were read as {encoding.replace('-', '_')}: 1",)


@pytest.mark.parametrize("text", ["für größere Mengen\n", "déjà vu, là-bas\n", "señor, mañana, información\n"])
def test_accents_are_no_russian(text: str) -> None:
    """Latin words with single letters beyond ASCII are read as Latin ones."""
    read = tree_of({"a.txt": text.encode("cp1252")}).files["a.txt"].text
    assert not any("CYRILLIC" in unicodedata.name(char, "") for char in read)


def test_only_so_many_encodings_are_guessed() -> None:
    """Beyond a number of files in odd encodings the rest is left out and counted, for guessing takes time."""
    files: dict[str, made.Content] = {f"{n}.txt": RUSSIAN.encode("cp1251") for n in range(5)}
    tree = tree_of(files, replace(LIMITS, detect_files_max=3))
    assert (len(tree.files), tree.omitted) == (3, {"encoding": 2})


def test_binary_file_is_left_out_whatever_its_name() -> None:
    """Bytes with a NUL are no text."""
    tree = tree_of({"main.py": "a", "data.txt": b"\x7fELF\x00\x01", "odd": b"\xff\xfe\x00"})
    assert (list(tree.files), tree.omitted) == (["main.py"], {"binary": 2})


def test_inline_text_with_nul_is_binary() -> None:
    """A NUL in inline text leaves the file out, as in an archive."""
    tree = tree_from_texts({"main.py": "a", "b.txt": "a\x00b"}, LIMITS)
    assert (list(tree.files), tree.omitted) == (["main.py"], {"binary": 1})


def test_lone_surrogates_are_replaced_and_noted() -> None:
    """Text that cannot be written in UTF-8 is repaired, and a reader learns of it."""
    tree = tree_from_texts({"a.py": "x = '\ud800'\n"}, LIMITS)
    assert tree.files["a.py"].text == "x = '\ufffd'\n"
    assert tree.notes == ("files with broken Unicode (lone surrogates), replaced by U+FFFD: 1",)


def test_inline_text_is_not_decoded_by_its_cookie() -> None:
    """Inline text is text already: a declaration within it changes nothing."""
    text = "# coding: cp1251\nx = 'п'\n"
    assert tree_from_texts({"a.py": text}, LIMITS).files["a.py"].text == text


@pytest.mark.parametrize("path", ["../a.py", "/a.py", "C:/a.py", "a/../../b.py", "a\x00.py", "\ud800.py", "", "."])
def test_unsafe_inline_path_is_refused(path: str) -> None:
    """Inline paths are as suspicious as an archive's."""
    with pytest.raises(Rejected) as caught:
        tree_from_texts({path: "x"}, LIMITS)
    assert caught.value.reason is Reason.ARCHIVE_UNSAFE


def test_inline_paths_that_collide_are_refused() -> None:
    """Two inline paths that are one file on some system are refused."""
    with pytest.raises(Rejected) as caught:
        tree_from_texts({"a/b.py": "1", "a//B.py": "2"}, LIMITS)
    assert caught.value.reason is Reason.ARCHIVE_UNSAFE


def test_too_many_inline_files_are_refused() -> None:
    """Inline files are counted like an archive's entries."""
    with pytest.raises(Rejected) as caught:
        tree_from_texts({"a.py": "1", "b.py": "2"}, replace(LIMITS, members_max=1))
    assert caught.value.reason is Reason.ARCHIVE_LIMIT


def test_long_and_deep_paths_are_left_out() -> None:
    """Paths that no person makes are counted, not read."""
    tree = tree_of({"main.py": "a", "d/" * 33 + "a.py": "b", "x" * 513: "c"})
    assert (list(tree.files), tree.omitted) == (["main.py"], {"long_path": 2})


def test_names_that_cannot_be_shown_are_left_out() -> None:
    """Names with control or direction characters would lie to whoever reads them."""
    tree = tree_of({"main.py": "a", "Icon\r": "b", "a\u202eyp.py": "c"})
    assert (list(tree.files), tree.omitted) == (["main.py"], {"unprintable_name": 2})


def test_what_is_left_out_is_named() -> None:
    """The first few files of each reason are named as they lie in the student's folder, and the rest is counted."""
    data = {f"hw/data/{number}.csv": "1" for number in range(9)}
    archive = made.zip_of(data | {"hw/main.py": "x", "hw/broken.ipynb": "{", "hw/a.zip": "PK\x03\x04"})
    tree = tree_from_archive(archive, LIMITS)
    assert tree.omitted == {"data": 9, "unreadable_archive": 1, "unreadable_notebook": 1}
    assert tree.omitted_files == {
        "data": ("data/0.csv", "data/1.csv", "data/2.csv"),
        "unreadable_archive": ("a.zip",),
        "unreadable_notebook": ("broken.ipynb",),
    }


def test_names_of_what_is_left_out_are_fit_to_be_shown() -> None:
    """A name that is long, or would act on a terminal, is named by what is harmless of it."""
    tree = tree_of({"main.py": "a", "Icon\r\x1b[2J": "b", "x" * 600: "c"})
    assert tree.omitted_files == {"long_path": ("x" * 119 + "…",), "unprintable_name": ("Icon??[2J",)}


def test_secrets_are_left_out() -> None:
    """Keys that a student forgot are shown to nobody; a template of them is."""
    tree = tree_of({"main.py": "a", ".env": "K=1", "server.pem": "b", ".env.example": "K="})
    assert (list(tree.files), tree.omitted) == ([".env.example", "main.py"], {"secret": 2})


def test_text_beyond_the_limit_is_refused_with_figures() -> None:
    """A submission with too much text is refused, saying how much there is and how much may be."""
    error = refusal({"a.py": "x" * 60, "b.py": "y" * 50}, replace(LIMITS, text_chars_max=100))
    assert error.reason is Reason.SUBMISSION_TOO_LARGE
    assert "110" in error.detail
    assert "100" in error.detail


def test_text_at_the_limit_is_taken() -> None:
    """The limit itself is allowed."""
    assert tree_of({"a.py": "x" * 100}, replace(LIMITS, text_chars_max=100)).chars == 100


def test_nothing_left_is_refused_saying_what_was_left_out() -> None:
    """Where nothing of the student's remains the refusal counts what there was."""
    error = refusal({"data.csv": "1", "model.pkl": "2", "b.csv": "3"})
    assert error.reason is Reason.NO_SOURCES
    assert error.detail.endswith("left out: data 2 (data.csv, b.csv), model 1 (model.pkl)")


def test_only_files_that_are_too_large_are_a_submission_that_is() -> None:
    """The refusal names them and how large a file may be."""
    error = refusal({"main.py": "x" * 101, "a.csv": "1"}, replace(LIMITS, file_bytes_max=100))
    assert error.reason is Reason.SUBMISSION_TOO_LARGE
    assert "(100 bytes, a notebook" in error.detail
    assert "too_large 1 (main.py)" in error.detail


def test_the_longest_refusal_fits_a_dead_letters_headers() -> None:
    """However many files are left out for whatever reason, and however long their names in UTF-8."""
    ends = [*(f"{folder}/x" for folder in ignored.FOLDERS), *(f"a{suffix}" for suffix in ignored._SUFFIXES), "a.py"]
    names = {f"{number}{'😀' * 150}/{end}": "x" * 9 for end in ends for number in range(3)}
    error = refusal(names | {"😀" * 600: "x"}, replace(LIMITS, file_bytes_max=1))
    assert error.detail.count("😀") > 40 * 100
    assert 2 * len(error.detail.encode()) < HEADER_BYTES


def test_nothing_at_all_is_refused() -> None:
    """An empty submission has no sources."""
    assert refusal({}).reason is Reason.NO_SOURCES


def test_single_source_file_is_a_tree() -> None:
    """A single file is a submission under its own name."""
    tree = tree_from_file("solution.py", b"x = 1\r\n", LIMITS)
    assert tree.texts() == {"solution.py": "x = 1\n"}


def test_single_archive_is_told_by_content() -> None:
    """An archive under any name is read as one."""
    assert list(tree_from_file("upload", made.zip_of({"main.py": "x"}), LIMITS).files) == ["main.py"]


def test_file_named_as_an_archive_must_be_one() -> None:
    """A web page saved as `.zip` is refused for its format, not taken for a source file."""
    with pytest.raises(Rejected) as caught:
        tree_from_file("hw.zip", b"<!doctype html>" * 100, LIMITS)
    assert caught.value.reason is Reason.ARCHIVE_FORMAT


def test_single_file_that_is_data_is_refused() -> None:
    """A single table is no source."""
    with pytest.raises(Rejected) as caught:
        tree_from_file("data.csv", b"1,2\n", LIMITS)
    assert caught.value.reason is Reason.NO_SOURCES


def test_unreadable_notebook_is_left_out_and_named() -> None:
    """A notebook that is no JSON is counted and named, and the rest is read."""
    tree = tree_of({"main.py": "a", "n.ipynb": "<<<<<<< HEAD\n{}"})
    assert (list(tree.files), tree.omitted) == (["main.py"], {"unreadable_notebook": 1})
    assert tree.notes == ("n.ipynb is no notebook that can be read: merge conflict markers at line 1",)


def test_notes_are_bounded() -> None:
    """However much there is to say, a reader gets so many sentences, the last of which says that there are more."""
    tree = tree_of({"main.py": "a"} | {f"{n}.ipynb": "no" for n in range(60)}, replace(LIMITS, notes_max=10))
    assert len(tree.notes) == 10
    assert tree.notes[-1] == "and 51 more notes"


NOTEBOOK = (
    '{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "x = 1\\n"},'
    ' {"cell_type": "markdown", "source": "why"}, {"cell_type": "code", "source": "# --- cell 7 ---\\n!ls"}]}'
)


def test_stored_texts_restore_an_equal_tree() -> None:
    """What the history keeps of a tree gives the same files, kinds, cells and digest."""
    tree = tree_of({"main.py": "x\r\n", "n.ipynb": NOTEBOOK, ".gitignore": "*.txt\n", "a.txt": "1", "b/c.sql": "s"})
    restored = restore_tree(tree.texts())
    assert restored.files == tree.files
    assert restored.digest() == tree.digest()


def test_stored_texts_read_as_inline_files_give_an_equal_digest() -> None:
    """Texts of a tree sent again as inline files are the same submission."""
    tree = tree_of({"hw/main.py": "x\r\n", "hw/n.ipynb": NOTEBOOK, "hw/.gitignore": "*\n"})
    assert tree_from_texts(tree.texts(), LIMITS).files == tree.files


def test_digest_does_not_depend_on_the_way_in() -> None:
    """The same files as zip, tar and inline text have one digest."""
    files: dict[str, made.Content] = {"main.py": "x = 'я'\n", "src/b.py": "y"}
    digests = {
        tree_from_archive(made.zip_of(files), LIMITS).digest(),
        tree_from_archive(made.tar_of(files, "w:gz"), LIMITS).digest(),
        tree_from_texts({path: str(text) for path, text in files.items()}, LIMITS).digest(),
    }
    assert len(digests) == 1
