"""A folder on disk is read under the rules and limits of an archive, and never left."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.adapters.sources.path_reader import read_folder, read_own_path, read_path
from app.core.limits import SourceLimits
from schemas.errors import Reason, Rejected
from tests.builders import archives as made

LIMITS = SourceLimits()
FILES: dict[str, made.Content] = {"main.py": "x = 1\n", "src/app.py": "y = 2\n"}


def write_files(folder: Path, files: Mapping[str, made.Content]) -> None:
    """Files on disk."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(made.raw(content))


def refusal(folder: Path, limits: SourceLimits = LIMITS) -> Rejected:
    """Why a folder is refused."""
    with pytest.raises(Rejected) as caught:
        read_folder(folder, limits)
    return caught.value


def test_folder_counts_what_an_archive_would(tmp_path: Path) -> None:
    """A folder's caches, data and links are left out under the reasons that an archive's are."""
    write_files(tmp_path / "sub-1", FILES | {".git/HEAD": "x", "a.csv": "1", "venv/a.py": "x"})
    (tmp_path / "sub-1" / "link.py").symlink_to("main.py")
    (tmp_path / "sub-1" / "venv" / "python").symlink_to("/usr/bin/python3")
    tree = read_folder(tmp_path / "sub-1", LIMITS)
    assert tree.texts() == FILES
    assert tree.omitted == {"data": 1, "link": 1, "version_control": 1, "virtual_environment": 2}


def test_link_out_of_a_folder_is_refused(tmp_path: Path) -> None:
    """A submission's folder cannot show what lies beside it."""
    write_files(tmp_path, {"sub-1/main.py": "x", "sub-2/main.py": "private"})
    (tmp_path / "sub-1" / "other.py").symlink_to("../sub-2/main.py")
    assert refusal(tmp_path / "sub-1").reason is Reason.ARCHIVE_UNSAFE


def test_linked_folder_is_not_entered(tmp_path: Path) -> None:
    """A link to a folder within the submission is left out, so that no loop is walked."""
    write_files(tmp_path, {"sub-1/a/main.py": "x"})
    (tmp_path / "sub-1" / "a" / "again").symlink_to("..")
    tree = read_folder(tmp_path / "sub-1", LIMITS)
    assert (list(tree.files), tree.omitted) == (["main.py"], {"link": 1})


def test_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    """A pipe, whose reading would wait for ever, is refused."""
    write_files(tmp_path, {"sub-1/main.py": "x"})
    os.mkfifo(tmp_path / "sub-1" / "pipe")
    assert refusal(tmp_path / "sub-1").reason is Reason.ARCHIVE_UNSAFE


def test_folder_of_too_many_files_is_refused(tmp_path: Path) -> None:
    """A folder is bounded like an archive."""
    write_files(tmp_path, {f"sub-1/{n}.py": "x" for n in range(11)})
    assert refusal(tmp_path / "sub-1", SourceLimits(members_max=10)).reason is Reason.ARCHIVE_LIMIT


def test_archive_within_a_folder_is_opened(tmp_path: Path) -> None:
    """An archive that a student left in the folder is read like one within an archive."""
    write_files(tmp_path, {"sub-1/README.md": "r", "sub-1/hw.zip": made.zip_of(FILES)})
    assert list(read_folder(tmp_path / "sub-1", LIMITS).files) == ["README.md", "hw.zip/main.py", "hw.zip/src/app.py"]


def test_command_line_reads_any_path(tmp_path: Path) -> None:
    """A folder, an archive, a file and a link to one are read from the command line."""
    write_files(tmp_path, {"folder/main.py": "x", "a.zip": made.zip_of({"main.py": "x"}), "main.py": "x"})
    (tmp_path / "link.py").symlink_to("main.py")
    for name in ("folder", "a.zip", "main.py"):
        assert read_path(tmp_path / name, LIMITS).texts() == {"main.py": "x"}
    assert read_path(tmp_path / "link.py", LIMITS).texts() == {"link.py": "x"}


@pytest.mark.parametrize("name", ["missing.zip", "main.py/below", "x" * 300])
def test_command_line_says_what_is_missing(tmp_path: Path, name: str) -> None:
    """A path that does not exist is refused as missing."""
    write_files(tmp_path, {"main.py": "x"})
    with pytest.raises(Rejected) as caught:
        read_path(tmp_path / name, LIMITS)
    assert caught.value.reason is Reason.ARCHIVE_MISSING


def test_of_ones_own_folder_is_left_out_what_a_submission_is_refused_for(tmp_path: Path) -> None:
    """Links that leave it, pipes and names of other systems are counted and never followed; archives stay shut."""
    write_files(tmp_path, {"own/main.py": "x", "own/C:evil.py": "x", "own/bomb.zip": made.zip_of(FILES), "b/c.py": "p"})
    (tmp_path / "own" / "other.py").symlink_to("../b/c.py")
    os.mkfifo(tmp_path / "own" / "pipe")
    tree = read_own_path(tmp_path / "own", SourceLimits(members_max=1, uncompressed_bytes_max=1, text_chars_max=1))
    assert (list(tree.files), tree.omitted) == (["main.py"], {"archive": 1, "unsafe": 3})
    assert tree.omitted_files["unsafe"] == ("C:evil.py", "other.py", "pipe")


def test_an_archive_on_ones_own_disk_may_still_be_a_bomb(tmp_path: Path) -> None:
    """Only its text may be longer than a submission's: bounds on what unpacks, and on where it goes, stand."""
    write_files(tmp_path, {"a.zip": made.zip_of(FILES)})
    assert read_own_path(tmp_path / "a.zip", SourceLimits(text_chars_max=1)).texts() == FILES
    with pytest.raises(Rejected) as caught:
        read_own_path(tmp_path / "a.zip", SourceLimits(uncompressed_bytes_max=10))
    assert caught.value.reason is Reason.ARCHIVE_LIMIT
