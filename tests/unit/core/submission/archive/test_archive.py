"""Archives are read within limits, and every hostile one is refused by reason, quickly and in little memory."""

import gzip
import lzma
import sys
import tarfile
import time
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.core.limits import SourceLimits
from app.core.submission.archive import read_archive
from schemas.errors import Reason, Rejected
from tests.builders import archives as made
from tests.builders import zst_archives as zst
from tests.builders.hostile_archives import FILES, HOSTILE

LIMITS = SourceLimits()
TRIES = 3  # a machine that is busy with other things makes the same work look dearer
WORK_S_MAX = 1.0 if sys.gettrace() is None else 3.0  # where coverage counts lines, it takes its share


def unpacked(data: bytes, limits: SourceLimits = LIMITS) -> dict[str, bytes]:
    """Path -> bytes of what is read."""
    return {member.path: member.data for member in read_archive(data, limits).members}


HONEST: dict[str, bytes] = {
    "zip, deflate": made.zip_of(FILES),
    "zip, stored": made.zip_of(FILES, zipfile.ZIP_STORED),
    "zip, bzip2": made.zip_of(FILES, zipfile.ZIP_BZIP2),
    "zip, LZMA": made.zip_of(FILES, zipfile.ZIP_LZMA),
    "zip64": made.zip64_of(FILES),
    "tar, pax": made.tar_of(FILES),
    "tar, gnu": made.tar_of(FILES, form=tarfile.GNU_FORMAT),
    "tar, ustar": made.tar_of(FILES, form=tarfile.USTAR_FORMAT),
    "tar.gz": made.tar_of(FILES, "w:gz"),
    "tar.bz2": made.tar_of(FILES, "w:bz2"),
    "tar.xz": made.tar_of(FILES, "w:xz"),
    "tar.zst": zst.archive_of(FILES),
    "tar.zst, as pzstd writes it": zst.as_pzstd_writes(FILES, 700),
    "tar.zst, zeros behind": zst.archive_of(FILES) + bytes(512),
    "tar.zst, window of 64 MiB": zst.archive_of(FILES) + zst.asking_for_memory(26),
    "tar.gz, two streams": gzip.compress(made.tar_of(FILES)[:700]) + gzip.compress(made.tar_of(FILES)[700:]),
    "tar.gz, zeros behind": made.tar_of(FILES, "w:gz") + bytes(512),
}


@pytest.mark.parametrize("data", HONEST.values(), ids=HONEST)
def test_known_formats_are_read_by_content(data: bytes) -> None:
    """Each format gives all files, byte for byte."""
    assert unpacked(data) == {path: made.raw(content) for path, content in FILES.items()}


@pytest.mark.parametrize(("build", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_archive_is_refused_by_reason(build: Callable[[], bytes], reason: Reason) -> None:
    """Each hostile archive is refused under its reason, in under a second of work."""
    data = build()
    used_s: list[float] = []
    while len(used_s) < TRIES and min(used_s, default=WORK_S_MAX) >= WORK_S_MAX:
        started = time.process_time()
        with pytest.raises(Rejected) as caught:
            read_archive(data, LIMITS)
        used_s.append(time.process_time() - started)
        assert caught.value.reason is reason, caught.value
    assert min(used_s) < WORK_S_MAX


@pytest.mark.parametrize("build", [build for build, _ in HOSTILE.values()], ids=HOSTILE)
def test_hostile_archive_takes_little_memory(build: Callable[[], bytes]) -> None:
    """Refusing a hostile archive allocates less than 100 MB beside the archive itself."""
    data = build()
    tracemalloc.start()
    try:
        with pytest.raises(Rejected):
            read_archive(data, LIMITS)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 100_000_000


def test_refusals_quote_no_names() -> None:
    """A refusal's detail does not repeat what the archive holds, for it ends in logs."""
    with pytest.raises(Rejected) as caught:
        read_archive(made.zip_of_entries([(made.zip_entry("../private.py"), "private")]), LIMITS)
    assert "private" not in str(caught.value)


def test_archive_beyond_its_size_is_refused_unread() -> None:
    """An archive of more bytes than allowed is refused whatever it holds."""
    with pytest.raises(Rejected) as caught:
        read_archive(b"?" * 101, replace(LIMITS, archive_bytes_max=100))
    assert caught.value.reason is Reason.ARCHIVE_LIMIT


def test_sources_beyond_what_is_read_are_refused() -> None:
    """More bytes that look like source than are ever read refuse the submission as too large."""
    with pytest.raises(Rejected) as caught:
        read_archive(made.zip_of({"a.py": "#" * 60, "b.py": "#" * 60}), replace(LIMITS, read_bytes_max=100))
    assert caught.value.reason is Reason.SUBMISSION_TOO_LARGE


def test_what_is_not_source_is_counted_and_not_unpacked() -> None:
    """Caches, version control, environments, data and large files are counted by reason; none counts as read."""
    data = made.zip_of(
        FILES
        | {
            "__pycache__/main.cpython-311.pyc": b"\x00",
            ".git/HEAD": "ref",
            ".git/config": "x",
            "node_modules/a/index.js": "x",
            "data/train.csv": bytes(9 * made.MIB),
            "notes.txt": "n" * (LIMITS.file_bytes_max + 1),
            ".env": "KEY=private",
        }
    )
    read = read_archive(data, LIMITS)
    assert sorted(member.path for member in read.members) == sorted(FILES)
    assert read.left_out.counts == {
        "cache": 1,
        "version_control": 2,
        "dependencies": 1,
        "data": 1,
        "too_large": 1,
        "secret": 1,
    }


def test_zip_and_tar_count_the_same() -> None:
    """The same files are left out under the same reasons whatever packed them."""
    files = FILES | {"venv/lib/a.py": "x", "model.pkl": b"x", "x/" * 40 + "deep.py": "x", "a\nb.py": "x"}
    assert read_archive(made.zip_of(files), LIMITS) == read_archive(made.tar_of(files, "w:gz"), LIMITS)


@pytest.mark.parametrize(
    "data",
    [
        made.zip_with_link("link.py", "main.py"),
        made.zip_with_link("a/link.py", "../main.py"),
        made.tar_with("link.py", tarfile.SYMTYPE, "main.py"),
        made.tar_with("a/b/link.py", tarfile.SYMTYPE, "../../main.py"),
        made.tar_with("a/link.py", tarfile.LNKTYPE, "main.py"),
    ],
)
def test_link_within_the_tree_is_left_out(data: bytes) -> None:
    """A link that stays within the tree is counted, and what it points at is read once."""
    read = read_archive(data, LIMITS)
    assert [member.path for member in read.members] == ["main.py"]
    assert read.left_out.counts == {"link": 1}


def test_links_of_an_environment_are_no_attack() -> None:
    """A virtual environment's link to the system's Python refuses nothing: it is part of what is left out."""
    read = read_archive(made.tar_with(".venv/bin/python", tarfile.SYMTYPE, "/usr/bin/python3"), LIMITS)
    assert read.left_out.counts == {"virtual_environment": 1}


def test_names_that_collide_outside_of_the_sources_are_no_attack() -> None:
    """Branches that differ by case alone are no reason to refuse the sources beside them."""
    assert list(unpacked(made.zip_of({"a.py": "", ".git/refs/Fix": "", ".git/refs/fix": ""}))) == ["a.py"]


def test_archive_within_an_archive_is_opened() -> None:
    """An archive in the archive is read under its own name."""
    data = made.zip_of({"README.md": "r", "hw/task.tar.gz": made.tar_of(FILES, "w:gz")})
    assert sorted(unpacked(data)) == [
        "README.md",
        "hw/task.tar.gz/empty.py",
        "hw/task.tar.gz/main.py",
        "hw/task.tar.gz/src/app.py",
    ]


def test_fixture_in_a_wrapped_archive_is_opened() -> None:
    """A test's fixture in the student's archive in the platform's is read, under the names of all."""
    student = made.zip_of({"main.py": "x", "tests/fixture.tar.zst": zst.archive_of({"case.txt": "y"})})
    assert sorted(unpacked(made.zip_of({"hw.zip": student}))) == [
        "hw.zip/main.py",
        "hw.zip/tests/fixture.tar.zst/case.txt",
    ]


@pytest.mark.parametrize("inner", [b"no zip at all", made.zip_encrypted(), made.zip_of(FILES)[:-30]])
def test_unreadable_archive_within_an_archive_is_left_out(inner: bytes) -> None:
    """A damaged archive among the sources (a test's fixture, say) is counted and noted, and the rest is read."""
    read = read_archive(made.zip_of({"main.py": "x", "broken.zip": inner}), LIMITS)
    assert [member.path for member in read.members] == ["main.py"]
    assert read.left_out.counts == {"unreadable_archive": 1}
    assert len(read.notes) == 1


def test_half_an_archive_is_not_kept() -> None:
    """Of an archive within that turns out damaged nothing is kept, for the rest would look deleted."""
    inner = made.tar_of({"a.py": "x = 1\n", "b.py": "y = 2\n"})[:1500]
    assert list(unpacked(made.zip_of({"main.py": "x", "inner.tar": inner}))) == ["main.py"]


def test_of_half_an_archive_no_archive_is_opened() -> None:
    """What lay in a damaged archive is not opened either, and what lay beside it is."""
    inner = made.tar_of({"deep.zip": made.zip_of({"a.py": "x"}), "b.py": "y" * 2000})[:2500]
    data = made.zip_of({"first.zip": made.zip_of({"c.py": "z"}), "inner.tar": inner, "last.zip": made.zip_of(FILES)})
    assert sorted(unpacked(data)) == ["first.zip/c.py", *(f"last.zip/{path}" for path in sorted(FILES))]


def test_large_archive_within_an_archive_is_data() -> None:
    """An archive within that is larger than allowed is left out like any large file."""
    data = made.zip_of({"main.py": "x", "data.zip": bytes(200)})
    assert read_archive(data, replace(LIMITS, nested_bytes_max=100)).left_out.counts == {"too_large": 1}


def tar_named(name: str, encoding: str) -> bytes:
    """A tar file of one empty file whose name is in `encoding`, and not marked as such."""
    raw = name.encode(encoding).decode("utf-8", "surrogateescape")
    return made.tar_of({raw: ""}, form=tarfile.GNU_FORMAT)


NAMES = {
    "marked UTF-8": (made.zip_of({"Привет.py": ""}), "Привет.py"),
    "UTF-8 without a mark": (made.zip_named("Привет.py".encode(), ""), "Привет.py"),
    "cp866": (made.zip_named("Привет.py".encode("cp866"), ""), "Привет.py"),
    "cp866, two letters": (made.zip_named("ДЗ.py".encode("cp866"), ""), "ДЗ.py"),
    "cp1251": (made.zip_named("Задание 1/решение.py".encode("cp1251"), ""), "Задание 1/решение.py"),
    "cp1251, two letters": (made.zip_named("ДЗ.py".encode("cp1251"), ""), "ДЗ.py"),
    "koi8-r": (made.zip_named("Задание 1/решение.py".encode("koi8-r"), ""), "Задание 1/решение.py"),
    "cp437, a word": (made.zip_named("résumé_größe.py".encode("cp437"), ""), "résumé_größe.py"),
    "cp437": (made.zip_named("naïve.py".encode("cp437"), ""), "naïve.py"),
    "decomposed": (made.zip_of({unicodedata.normalize("NFD", "Йод.py"): ""}), "Йод.py"),
    "backslashes": (made.zip_of_entries([(made.zip_entry("src\\a.py"), "")]), "src/a.py"),
    "dots and doubled slashes": (made.zip_of_entries([(made.zip_entry("./src//a.py"), "")]), "src/a.py"),
    "tar, UTF-8": (made.tar_of({"Привет.py": ""}), "Привет.py"),
    "tar, long": (made.tar_of({"д" * 120 + ".py": ""}), "д" * 120 + ".py"),
    "tar, long, gnu": (made.tar_of({"д" * 120 + ".py": ""}, form=tarfile.GNU_FORMAT), "д" * 120 + ".py"),
    "tar, cp1251": (tar_named("Задание 1/решение.py", "cp1251"), "Задание 1/решение.py"),
    "tar, cp866": (tar_named("Задание 1/решение.py", "cp866"), "Задание 1/решение.py"),
    "tar, koi8-r": (tar_named("Задание 1/решение.py", "koi8-r"), "Задание 1/решение.py"),
    "tar, cp1251, long": (tar_named("задание/" * 14 + "решение.py", "cp1251"), "задание/" * 14 + "решение.py"),
    "tar, no UTF-8": (made.tar_of({"\udccf.py": ""}, form=tarfile.GNU_FORMAT), "%CF.py"),
}


@pytest.mark.parametrize(("data", "name"), NAMES.values(), ids=NAMES)
def test_names_come_out_as_people_wrote_them(data: bytes, name: str) -> None:
    """A name is read in the encoding of whoever packed it, and is one name in every attempt."""
    assert list(unpacked(data)) == [name]


@pytest.mark.parametrize(
    "name", ["РЕШЕНИЕ.py", "ОТЧЁТ.md", "КУРСОВАЯ.ipynb", "ДЗ1/РЕШЕНИЕ.py", "ИТОГИ.txt", "Зачёт.py"]
)
@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "koi8-r"])
def test_names_in_capitals_are_read_as_those_in_small_letters(name: str, encoding: str) -> None:
    """Capitals of one Russian encoding are small letters of another: what they spell decides."""
    assert list(unpacked(made.zip_of_raw_names([name.encode(encoding)]))) == [name]


@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "koi8-r"])
def test_one_archives_names_are_in_one_encoding(encoding: str) -> None:
    """A name too short to tell is read like its neighbours, so that a folder is one folder."""
    names = ["ЯЮ/a.py", "ЯЮ/длинное имя файла.py", "ФЭ.py", "readme.md"]
    packed = made.zip_of_raw_names([name.encode(encoding) for name in names])
    assert sorted(unpacked(packed)) == sorted(names)


@pytest.mark.parametrize(
    "packed", [made.zip_of({}), made.tar_of({}), made.tar_of({}, "w:gz")], ids=["zip", "tar", "tar.gz"]
)
def test_empty_archive_is_empty(packed: bytes) -> None:
    """An archive without entries is no error of reading."""
    assert unpacked(packed) == {}


def test_folder_entries_are_no_files() -> None:
    """Entries for folders, the root's among them, are neither read nor counted as left out."""
    entries = [(made.tar_entry(".", tarfile.DIRTYPE), b""), (made.tar_entry("./a", tarfile.DIRTYPE), b"")]
    read = read_archive(made.tar_of_entries([*entries, (made.tar_entry("./a/b.py"), "x")]), LIMITS)
    assert ([member.path for member in read.members], dict(read.left_out.counts)) == (["a/b.py"], {})
    zipped = made.zip_of_entries(
        [(made.zip_entry("./"), ""), (made.zip_entry("a/"), ""), (made.zip_entry("a/b.py"), "x")]
    )
    assert read_archive(zipped, LIMITS).members == read.members


def test_sparse_tar_entry_is_data() -> None:
    """A sparse file, which claims any size it likes, is left out as data and what follows is read."""
    info = made.tar_entry("disk.img", tarfile.GNUTYPE_SPARSE)
    data = made.tar_of_entries([(info, b"x" * 600), (made.tar_entry("main.py"), "x")], form=tarfile.GNU_FORMAT)
    read = read_archive(data, LIMITS)
    assert ([member.path for member in read.members], dict(read.left_out.counts)) == (["main.py"], {"data": 1})


def test_lzma_dictionary_of_the_strongest_packer_is_allowed() -> None:
    """An archive packed with `xz -9` is read: its dictionary is within the limit."""
    assert unpacked(lzma.compress(made.tar_of(FILES), preset=9)).keys() == FILES.keys()
