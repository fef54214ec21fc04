"""One homework as real packers pack it: the same tree every time, and the same files left out."""

from pathlib import Path
from typing import Any

import nbformat
import pytest

from app.adapters.sources.path_reader import read_path
from app.core.limits import SourceLimits
from app.core.submission.sources import FileKind, SourceTree
from app.core.submission.tree import tree_from_file, tree_from_texts
from schemas.errors import Reason, Rejected
from tests.unit.core.submission.archive.packed import PACKED, SAMPLES
from tests.unit.core.submission.archive.packed.generate import BESIDE, SOURCES

LIMITS = SourceLimits()
REFUSED = {
    "7zip.7z": Reason.ARCHIVE_FORMAT,
    "7zip_aes.zip": Reason.ARCHIVE_ENCRYPTED,
    "7zip_encrypted.zip": Reason.ARCHIVE_ENCRYPTED,
}
READ = [name for name in SAMPLES if name not in REFUSED]
KINDS = {
    ".gitignore": FileKind.TEXT,
    "Dockerfile": FileKind.DOCKERFILE,
    "README.md": FileKind.MARKDOWN,
    "config.yaml": FileKind.CONFIG,
    "notebooks/eda.ipynb": FileKind.NOTEBOOK,
    "pyproject.toml": FileKind.CONFIG,
    "run.sh": FileKind.SHELL,
    "sql/report.sql": FileKind.SQL,
    "src/__init__.py": FileKind.PYTHON,
    "src/store.py": FileKind.PYTHON,
    "tests/test_store.py": FileKind.PYTHON,
    "Отчёт о работе.md": FileKind.MARKDOWN,
}
OMITTED = {"cache": 3, "data": 1, "gitignored": 1, "model": 1, "version_control": 1, "virtual_environment": 2}


def tree_of(name: str) -> SourceTree:
    """The tree of one sample."""
    return tree_from_file(name, (PACKED / name).read_bytes(), LIMITS)


@pytest.mark.parametrize("name", READ)
def test_every_packers_archive_is_the_homework(name: str) -> None:
    """Whatever packed it, the sources are there under their own names and kinds, the wrapping folder stripped."""
    tree = tree_of(name)
    assert {path: file.kind for path, file in tree.files.items()} == KINDS
    assert tree.texts() == tree_from_texts(SOURCES, LIMITS).texts()


@pytest.mark.parametrize("name", [name for name in READ if not name.startswith("git_archive")])
def test_every_packers_archive_leaves_out_the_same(name: str) -> None:
    """What is not the student's is counted by the same reasons, and named."""
    tree = tree_of(name)
    assert tree.omitted == OMITTED
    named = {path for paths in tree.omitted_files.values() for path in paths}
    assert named == set(BESIDE)


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_real_archives_that_are_not_read_are_refused(name: str, reason: Reason) -> None:
    """Encrypted archives and other formats are refused by reason."""
    with pytest.raises(Rejected) as caught:
        tree_of(name)
    assert caught.value.reason is reason


def test_the_unpacked_folder_is_the_homework(tmp_path: Path) -> None:
    """The folder that was packed gives the tree that its archives give."""
    for path, text in (SOURCES | BESIDE).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    tree = read_path(tmp_path, LIMITS)
    assert (tree.texts(), tree.omitted) == (tree_of("gnu.tar.gz").texts(), OMITTED)


def test_the_notebook_in_it_is_a_valid_one() -> None:
    """The sample's notebook satisfies nbformat's schema, and its cell is Python with the magic kept from the parse."""
    read: Any = nbformat.reads  # untyped
    nbformat.validate(read(SOURCES["notebooks/eda.ipynb"], as_version=4))
    assert tree_of("infozip.zip").files["notebooks/eda.ipynb"].text == (
        "# --- notebook ---\n# --- text ---\n# # Разведка\n# --- cell 1 ---\n# %matplotlib inline\nx = 1\nx\n"
    )
