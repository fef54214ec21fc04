"""The sample homework as submissions: files of `samples/` packed the ways that students hand work in.

Four students of an ML system design course, two assignments, thirteen attempts: most get better, one gets worse,
one does not compile, one asks the reviewer for full marks. Ids and bytes are the same in every run.
"""

import gzip
import io
import shutil
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from schemas.codec import encode
from schemas.submission import ArchiveRef, Language, NamedLog, Submission

SAMPLES: Final = Path(__file__).parents[1] / "samples"

_COURSE: Final = "Проектирование систем машинного обучения"
_HW1: Final = "hw1-feature-store"
_HW2: Final = "hw2-ranking-service"
_LOGS: Final = ("pytest.log", "junit.xml")
_PACKED_AT: Final = (2025, 10, 1, 12, 0, 0)  # one time for all archive members: equal content, equal bytes


class Form(StrEnum):
    """How an attempt's source reaches the worker."""

    ZIP = "zip"
    """`ARCHIVE_PATH/<submission_id>.zip`, the platform's layout: the record itself names no source."""
    TAR_GZ = "tar.gz"
    """`ARCHIVE_PATH/<submission_id>.tar.gz`, likewise."""
    FOLDER = "folder"
    """`ARCHIVE_PATH/<submission_id>/`, likewise."""
    NAMED_ZIP = "zip, named with its digest"
    """A `.zip` elsewhere under the archive root; the record gives its SHA-256 and `file:` with its path there."""
    BASE64 = "zip in the record"
    INLINE = "files in the record"


@dataclass(frozen=True, slots=True)
class SampleAttempt:
    """One attempt of the samples: where its files are and how it travels."""

    student: str
    assignment: str
    number: int
    form: Form
    submitted_at: str
    names_previous: bool = False

    @property
    def folder(self) -> Path:
        """Its files; the logs lie beside the folder under its name."""
        return SAMPLES / self.student / self.assignment / f"attempt-{self.number}"

    def submission_id(self, run: str = "", *, back: int = 0) -> str:
        """Id of this attempt, or of the one `back` attempts earlier. `run` sets one run's ids apart."""
        stem = f"{self.student}.{self.assignment}.{self.number - back}"
        return f"{stem}.{run}" if run else stem


ATTEMPTS: Final = (
    SampleAttempt("anna.petrova", _HW1, 1, Form.ZIP, "2025-10-06T19:12:40+03:00"),
    SampleAttempt("boris.ivanov", _HW1, 1, Form.TAR_GZ, "2025-10-07T11:03:05+03:00"),
    SampleAttempt("viktor.sokolov", _HW1, 1, Form.FOLDER, "2025-10-07T23:58:31+03:00"),
    SampleAttempt("anna.petrova", _HW1, 2, Form.NAMED_ZIP, "2025-10-09T20:40:12+03:00"),
    SampleAttempt("boris.ivanov", _HW1, 2, Form.TAR_GZ, "2025-10-10T03:47:55+03:00"),
    SampleAttempt("viktor.sokolov", _HW1, 2, Form.ZIP, "2025-10-10T23:59:02+03:00"),
    SampleAttempt("anna.petrova", _HW1, 3, Form.INLINE, "2025-10-12T16:21:09+03:00", names_previous=True),
    SampleAttempt("darya.kim", _HW2, 1, Form.FOLDER, "2025-10-13T14:30:00+03:00"),
    SampleAttempt("boris.ivanov", _HW1, 3, Form.FOLDER, "2025-10-13T18:15:44+03:00"),
    SampleAttempt("anna.petrova", _HW2, 1, Form.INLINE, "2025-10-20T21:05:17+03:00"),
    SampleAttempt("darya.kim", _HW2, 2, Form.ZIP, "2025-10-21T09:12:26+03:00"),
    SampleAttempt("darya.kim", _HW2, 3, Form.TAR_GZ, "2025-10-21T10:02:58+03:00"),
    SampleAttempt("anna.petrova", _HW2, 2, Form.BASE64, "2025-10-24T18:04:33+03:00"),
)
"""All attempts in the order in which they are submitted: students take turns, each one's attempts in order."""


def sample_submissions(
    archive_root: Path | None, *, run: str = "", language: Language | None = None
) -> list[Submission]:
    """All samples as submissions, in order of time; archives and folders are laid out under `archive_root`.

    Without a root shared with the worker (None) every source travels in its record. Laying out twice is fine.
    """
    submissions = (_submission(attempt, archive_root, run) for attempt in ATTEMPTS)
    return [submission.model_copy(update={"language": language}) for submission in submissions]


def read_files(folder: Path) -> dict[str, bytes]:
    """POSIX path -> bytes of an attempt, sorted; without what Python leaves behind when it compiles a package."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}


def pack_zip(files: Mapping[str, bytes]) -> bytes:
    """`files` as a zip archive; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            member = zipfile.ZipInfo(path, date_time=_PACKED_AT)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, data)
    return buffer.getvalue()


def pack_tar_gz(files: Mapping[str, bytes]) -> bytes:
    """`files` as a gzipped tar archive; equal files give equal bytes."""
    buffer = io.BytesIO()
    seconds = datetime.fromisoformat(ATTEMPTS[0].submitted_at).timestamp()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mtime = len(data), seconds
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


async def produce(
    bootstrap_servers: str,
    topic: str,
    submissions: Sequence[Submission],
    *,
    connection: Mapping[str, Any] | None = None,
    on_sent: Callable[[Submission], None] = lambda _: None,
) -> None:
    """Produce `submissions` in order as a platform does: key = student id, murmur2 partitioner, acks from all.

    Returns once every record is acknowledged. `connection` holds aiokafka's security settings. Raises aiokafka's
    `KafkaError`.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks="all",
        client_id="reviewstream-samples",
        **(connection or {}),
    )
    await producer.start()
    try:
        for submission in submissions:
            await producer.send_and_wait(topic, value=encode(submission), key=submission.student_id.encode())
            on_sent(submission)
    finally:
        await producer.stop()


def _submission(attempt: SampleAttempt, archive_root: Path | None, run: str) -> Submission:
    files = read_files(attempt.folder)
    submission_id = attempt.submission_id(run)
    if archive_root is None:
        source = _in_the_record(attempt.form, files)
    else:
        source = _under_the_root(attempt.form, files, archive_root, submission_id)
    return Submission.model_validate(
        {
            "submission_id": submission_id,
            "student_id": attempt.student,
            "assignment_id": attempt.assignment,
            "submitted_at": attempt.submitted_at,
            "test_logs": _logs(attempt.folder),
            "previous_submission_id": attempt.submission_id(run, back=1) if attempt.names_previous else None,
            "metadata": {"course": _COURSE, "attempt": attempt.number, "form": attempt.form.value},
            **source,
        }
    )


def _in_the_record(form: Form, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The source within the record, archives as base64, so that only Kafka lies between producer and worker."""
    match form:
        case Form.ZIP | Form.NAMED_ZIP | Form.BASE64:
            return {"archive_base64": b64encode(pack_zip(files)).decode("ascii")}
        case Form.TAR_GZ:
            return {"archive_base64": b64encode(pack_tar_gz(files)).decode("ascii")}
        case Form.FOLDER | Form.INLINE:
            return {"files": {path: data.decode("utf-8") for path, data in files.items()}}


def _under_the_root(form: Form, files: Mapping[str, bytes], root: Path, submission_id: str) -> dict[str, Any]:
    """The source as the form says; what lies outside the record is written under the archive root."""
    match form:
        case Form.ZIP:
            _write(root / f"{submission_id}.zip", pack_zip(files))
        case Form.TAR_GZ:
            _write(root / f"{submission_id}.tar.gz", pack_tar_gz(files))
        case Form.FOLDER:
            shutil.rmtree(root / submission_id, ignore_errors=True)
            for path, data in files.items():
                _write(root / submission_id / path, data)
        case Form.NAMED_ZIP:
            archive = pack_zip(files)
            path = f"named/{submission_id}.zip"
            _write(root / path, archive)
            return {"archive": ArchiveRef(uri=f"file:{path}", sha256=sha256(archive).hexdigest())}
        case Form.BASE64 | Form.INLINE:
            return _in_the_record(form, files)
    return {}


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _logs(folder: Path) -> str | tuple[NamedLog, ...] | None:
    """The logs beside the attempt: none, one as a text, several with their names."""
    found = [NamedLog(name=name, text=path.read_text("utf-8")) for name in _LOGS if (path := _beside(folder, name))]
    match found:
        case []:
            return None
        case [only]:
            return only.text
        case _:
            return tuple(found)


def _beside(folder: Path, name: str) -> Path | None:
    path = folder.with_name(f"{folder.name}.{name}")
    return path if path.is_file() else None
