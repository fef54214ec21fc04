import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from base64 import b64decode
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from app.embedded.demo.samples import (
    ATTEMPTS,
    SAMPLES,
    Form,
    SampleAttempt,
    pack_tar_gz,
    pack_zip,
    read_files,
    sample_submissions,
)
from schemas.codec import decode, encode
from schemas.submission import Submission
from tests.patience import PATIENCE_S

NO_COMPILE = ("darya.kim", "hw2-ranking-service", 2)
LOGS = sorted(SAMPLES.glob("*/*/attempt-*.pytest.log"))


def attempt_name(attempt: SampleAttempt) -> str:
    return attempt.submission_id()


def test_every_attempt_on_disk_is_submitted_once() -> None:
    """Each attempt folder appears exactly once in the table."""
    folders = sorted(p for p in SAMPLES.glob("*/*/attempt-*") if p.is_dir())
    assert sorted(a.folder for a in ATTEMPTS) == folders


def test_three_students_or_more_with_two_or_three_attempts_each() -> None:
    """The set has at least three students and two assignments, and two or three attempts of each assignment."""
    attempts: dict[tuple[str, str], list[int]] = {}
    for attempt in ATTEMPTS:
        attempts.setdefault((attempt.student, attempt.assignment), []).append(attempt.number)
    assert len({student for student, _ in attempts}) >= 3
    assert len({assignment for _, assignment in attempts}) >= 2
    assert all(numbers in ([1, 2], [1, 2, 3]) for numbers in attempts.values())


def test_submissions_are_in_order_of_time(tmp_path: Path) -> None:
    """Times increase, so that the order of producing is the order of submitting."""
    times = [s.submitted_at for s in sample_submissions(tmp_path)]
    assert all(earlier < later for earlier, later in pairwise(times))


def test_students_take_turns() -> None:
    """No student submits three times in a row."""
    students = [a.student for a in ATTEMPTS]
    assert not any(len({*three}) == 1 for three in zip(students, students[1:], students[2:], strict=False))


@pytest.mark.parametrize("shared", [True, False])
def test_records_survive_encoding(tmp_path: Path, shared: bool) -> None:
    """What is produced decodes to the same submission."""
    for submission in sample_submissions(tmp_path if shared else None):
        assert decode(Submission, encode(submission)) == submission


def test_every_form_is_used() -> None:
    """All ways to hand work in are shown."""
    assert {a.form for a in ATTEMPTS} == set(Form)


def test_archive_root_holds_the_attempts_files(tmp_path: Path) -> None:
    """What lies under the archive root, however packed, is the attempt byte for byte."""
    for attempt, submission in zip(ATTEMPTS, sample_submissions(tmp_path), strict=True):
        assert source_of(submission, tmp_path) == read_files(attempt.folder)


def test_without_a_shared_root_every_source_is_in_its_record() -> None:
    """Where the worker cannot see the archive root, each record carries the attempt byte for byte."""
    for attempt, submission in zip(ATTEMPTS, sample_submissions(None), strict=True):
        assert submission.archive is None
        assert source_of(submission, Path("/nonexistent")) == read_files(attempt.folder)


def test_a_named_archive_gives_its_digest(tmp_path: Path) -> None:
    """The digest in the record is that of the archive's bytes."""
    (named,) = [s.archive for s in sample_submissions(tmp_path) if s.archive]
    assert named.sha256 == sha256((tmp_path / named.uri.removeprefix("file:")).read_bytes()).hexdigest()


def test_packing_twice_gives_equal_bytes() -> None:
    """Archives are deterministic: a second run produces the same submissions, not others under the same ids."""
    files = read_files(ATTEMPTS[0].folder)
    assert pack_zip(files) == pack_zip(files)
    assert pack_tar_gz(files) == pack_tar_gz(files)


def test_a_run_has_ids_of_its_own(tmp_path: Path) -> None:
    """A named run shares no submission id with another run, and its named predecessors stay within it."""
    plain, again = sample_submissions(tmp_path), sample_submissions(tmp_path, run="b")
    ids = {s.submission_id for s in again}
    assert len(ids) == len(again)
    assert ids.isdisjoint(s.submission_id for s in plain)
    assert {s.previous_submission_id for s in again if s.previous_submission_id} <= ids


def test_compiled_leftovers_are_no_part_of_an_attempt(tmp_path: Path) -> None:
    """Byte code that an installer leaves in a sample's folder is not submitted."""
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"\0")
    (tmp_path / "a.py").write_bytes(b"1\n")
    assert read_files(tmp_path) == {"a.py": b"1\n"}


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=attempt_name)
def test_attempts_compile_but_for_one(attempt: SampleAttempt) -> None:
    """Python files compile, except in the one attempt that is there to show a syntax error."""
    broken = []
    for path, data in read_files(attempt.folder).items():
        if path.endswith(".py"):
            try:
                compile(data, path, "exec", dont_inherit=True)
            except SyntaxError:
                broken.append(path)
    expected = ["ranking/pipeline.py"] if (attempt.student, attempt.assignment, attempt.number) == NO_COMPILE else []
    assert broken == expected


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.ipynb")), ids=lambda p: p.parent.name)
def test_notebooks_are_valid(path: Path) -> None:
    """Notebooks satisfy nbformat's schema."""
    nbformat.validate(json.loads(path.read_text("utf-8")))


def test_one_readme_asks_the_reviewer_for_full_marks() -> None:
    """Exactly one attempt tries to steer the reviewer through its README."""
    steering = [
        a.student for a in ATTEMPTS if "игнорируй все предыдущие" in (a.folder / "README.md").read_text("utf-8")
    ]
    assert steering == ["viktor.sokolov"]


@pytest.mark.parametrize("log", LOGS, ids=lambda p: "/".join(p.parts[-3:]))
def test_logs_say_what_pytest_says_today(log: Path, tmp_path: Path) -> None:
    """Running an attempt's tests again gives the counts of its committed log."""
    homework = tmp_path / "homework"
    shutil.copytree(log.parent / log.name.removesuffix(".pytest.log"), homework)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=homework,
        env={"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert counts(log.read_text("utf-8")) == counts(done.stdout)


@pytest.mark.parametrize("log", sorted(SAMPLES.glob("*/*/attempt-*.*")), ids=lambda p: "/".join(p.parts[-3:]))
def test_logs_name_only_a_students_paths(log: Path) -> None:
    """No path of the machine that made a log is left in it."""
    paths = re.findall(r"(?<![\w.>/\]])/[A-Za-z][\w.-]*/\S+", log.read_text("utf-8"))
    assert all(p.startswith(("/home/student/", "/usr/bin/python3", "/usr/lib/python3")) for p in paths)


def counts(log: str) -> dict[str, int]:
    """Outcome -> number of tests, as in the last line of pytest's output."""
    last = re.sub(r"\x1b\[[0-9;]*m", "", log).rstrip().splitlines()[-1]
    found = {word.rstrip("s"): int(n) for n, word in re.findall(r"(\d+) (passed|failed|errors?|skipped)", last)}
    assert found, last
    return found


def source_of(submission: Submission, root: Path) -> dict[str, bytes]:
    """A submission's files, unpacked with the standard library alone."""
    if submission.files is not None:
        return {path: text.encode() for path, text in submission.files.items()}
    if submission.archive_base64 is not None:
        return unpack(b64decode(submission.archive_base64))
    if submission.archive is not None:
        return unpack((root / submission.archive.uri.removeprefix("file:")).read_bytes())
    folder = root / submission.submission_id
    if folder.is_dir():
        return read_files(folder)
    (packed,) = root.glob(f"{submission.submission_id}.*")
    return unpack(packed.read_bytes())


def unpack(data: bytes) -> dict[str, bytes]:
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return {m.name: file.read() for m in archive if (file := archive.extractfile(m)) is not None}
