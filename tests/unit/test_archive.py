"""Archives are read within limits, and every hostile one is refused by reason, quickly and in little memory."""

import gzip
import lzma
import stat
import tarfile
import time
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from backports import zstd

from app.core.archive import read_archive
from app.core.limits import SourceLimits
from schemas.errors import Reason, Rejected
from tests import archives as made

LIMITS = SourceLimits()
FILES: dict[str, made.Content] = {"main.py": "x = 1\n", "src/app.py": "y = 2\n", "empty.py": ""}


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
    "tar.zst": made.zst_of(FILES),
    "tar.zst, as pzstd writes it": made.zst_as_pzstd_writes(FILES, 700),
    "tar.zst, zeros behind": made.zst_of(FILES) + bytes(512),
    "tar.zst, window of 64 MiB": made.zst_of(FILES) + made.zst_asking_for_memory(26),
    "tar.gz, two streams": gzip.compress(made.tar_of(FILES)[:700]) + gzip.compress(made.tar_of(FILES)[700:]),
    "tar.gz, zeros behind": made.tar_of(FILES, "w:gz") + bytes(512),
}


@pytest.mark.parametrize("data", HONEST.values(), ids=HONEST)
def test_known_formats_are_read_by_content(data: bytes) -> None:
    """Each format gives all files, byte for byte."""
    assert unpacked(data) == {path: made.raw(content) for path, content in FILES.items()}


HOSTILE: dict[str, tuple[Callable[[], bytes], Reason]] = {
    "zip bomb": (lambda: made.zip_of({"a.txt": bytes(64 * made.MIB)}), Reason.ARCHIVE_LIMIT),
    "tar.gz bomb": (lambda: made.gzip_of_zeros(64 * made.MIB), Reason.ARCHIVE_LIMIT),
    "tar.bz2 bomb": (lambda: made.bzip2_of_zeros(64 * made.MIB), Reason.ARCHIVE_LIMIT),
    "tar.xz bomb": (lambda: made.xz_of_zeros(64 * made.MIB), Reason.ARCHIVE_LIMIT),
    "tar.zst bomb": (lambda: made.zst_of_zeros(64 * made.MIB), Reason.ARCHIVE_LIMIT),
    "gzip bomb that is no tar": (lambda: gzip.compress(bytes(64 * made.MIB)), Reason.ARCHIVE_LIMIT),
    "zip bomb within a zip": (lambda: made.nested_zip(1, bytes(64 * made.MIB)), Reason.ARCHIVE_LIMIT),
    "zip bomb three deep": (lambda: made.nested_zip(2, bytes(64 * made.MIB)), Reason.ARCHIVE_LIMIT),
    "zips four deep": (lambda: made.nested_zip(3), Reason.ARCHIVE_LIMIT),
    "zips a thousand deep": (lambda: made.nested_zip(1_000), Reason.ARCHIVE_LIMIT),
    "bombs side by side": (lambda: made.many_bombs(100), Reason.ARCHIVE_LIMIT),
    "zip that understates its size": (lambda: made.zip_understating(bytes(64 * made.MIB), 10), Reason.ARCHIVE_CORRUPT),
    "overlapping entries": (made.zip_overlapping, Reason.ARCHIVE_UNSAFE),
    "20,001 entries": (lambda: made.zip_of({f"{n}.py": b"" for n in range(20_001)}), Reason.ARCHIVE_LIMIT),
    "directory without files": (lambda: made.zip_of_directory_entries(1_000_000), Reason.ARCHIVE_LIMIT),
    "20,001 tar entries": (lambda: made.tar_of({f"{n}.py": b"" for n in range(20_001)}), Reason.ARCHIVE_LIMIT),
    "path out of the tree": (lambda: made.zip_of_entries([(made.zip_entry("../a.py"), "")]), Reason.ARCHIVE_UNSAFE),
    "path out and back": (lambda: made.zip_of_entries([(made.zip_entry("a/../b.py"), "")]), Reason.ARCHIVE_UNSAFE),
    "the folder above": (lambda: made.zip_of_entries([(made.zip_entry("../"), "")]), Reason.ARCHIVE_UNSAFE),
    "path out, backslashes": (lambda: made.zip_of_entries([(made.zip_entry("..\\a.py"), "")]), Reason.ARCHIVE_UNSAFE),
    "path out, in a cache": (
        lambda: made.zip_of_entries([(made.zip_entry(".git/../../a"), "")]),
        Reason.ARCHIVE_UNSAFE,
    ),
    "absolute path": (lambda: made.zip_of_entries([(made.zip_entry("/etc/passwd"), "")]), Reason.ARCHIVE_UNSAFE),
    "drive path": (lambda: made.zip_of_entries([(made.zip_entry("C:\\a.py"), "")]), Reason.ARCHIVE_UNSAFE),
    "drive-relative path": (lambda: made.zip_of_entries([(made.zip_entry("c:a.py"), "")]), Reason.ARCHIVE_UNSAFE),
    "network path": (lambda: made.zip_of_entries([(made.zip_entry("\\\\host\\a.py"), "")]), Reason.ARCHIVE_UNSAFE),
    "NUL in a name": (lambda: made.zip_named(b"a\x00.py", ""), Reason.ARCHIVE_UNSAFE),
    "tar path out of the tree": (lambda: made.tar_with("../a.py", tarfile.REGTYPE), Reason.ARCHIVE_UNSAFE),
    "tar absolute path": (lambda: made.tar_with("/a.py", tarfile.REGTYPE), Reason.ARCHIVE_UNSAFE),
    "tar folder above": (lambda: made.tar_with("..", tarfile.DIRTYPE), Reason.ARCHIVE_UNSAFE),
    "zip link out": (lambda: made.zip_with_link("a/link", "../../x"), Reason.ARCHIVE_UNSAFE),
    "zip absolute link": (lambda: made.zip_with_link("link", "/etc/passwd"), Reason.ARCHIVE_UNSAFE),
    "tar symlink out": (lambda: made.tar_with("a/l", tarfile.SYMTYPE, "../../x"), Reason.ARCHIVE_UNSAFE),
    "tar symlink out and back": (lambda: made.tar_with("l", tarfile.SYMTYPE, "../x/main.py"), Reason.ARCHIVE_UNSAFE),
    "tar absolute symlink": (lambda: made.tar_with("l", tarfile.SYMTYPE, "/etc/passwd"), Reason.ARCHIVE_UNSAFE),
    "tar hard link out": (lambda: made.tar_with("a/l", tarfile.LNKTYPE, "../x"), Reason.ARCHIVE_UNSAFE),
    "tar character device": (lambda: made.tar_with("d", tarfile.CHRTYPE), Reason.ARCHIVE_UNSAFE),
    "tar block device": (lambda: made.tar_with("d", tarfile.BLKTYPE), Reason.ARCHIVE_UNSAFE),
    "tar pipe": (lambda: made.tar_with("p", tarfile.FIFOTYPE), Reason.ARCHIVE_UNSAFE),
    "zip pipe": (lambda: made.zip_with_type(stat.S_IFIFO), Reason.ARCHIVE_UNSAFE),
    "zip socket": (lambda: made.zip_with_type(stat.S_IFSOCK), Reason.ARCHIVE_UNSAFE),
    "encrypted zip": (made.zip_encrypted, Reason.ARCHIVE_ENCRYPTED),
    "name twice": (
        lambda: made.zip_of_entries([(made.zip_entry("a.py"), "1"), (made.zip_entry("./a.py"), "2")]),
        Reason.ARCHIVE_UNSAFE,
    ),
    "tar name twice": (
        lambda: made.tar_of_entries([(made.tar_entry("a.py"), "1"), (made.tar_entry("a.py"), "2")]),
        Reason.ARCHIVE_UNSAFE,
    ),
    "names equal but for case": (lambda: made.zip_of({"Main.py": "1", "main.py": "2"}), Reason.ARCHIVE_UNSAFE),
    "names equal but for sharp s": (lambda: made.zip_of({"straße.py": "1", "STRASSE.py": "2"}), Reason.ARCHIVE_UNSAFE),
    "names equal but for Unicode form": (
        lambda: made.zip_of({"й.py": "1", unicodedata.normalize("NFD", "й.py"): "2"}),
        Reason.ARCHIVE_UNSAFE,
    ),
    "file that is a folder": (lambda: made.zip_of({"a": "1", "a/b.py": "2"}), Reason.ARCHIVE_UNSAFE),
    "folder that is a file": (lambda: made.zip_of({"a/b.py": "2", "A": "1"}), Reason.ARCHIVE_UNSAFE),
    "zip cut off": (lambda: made.zip_of(FILES)[:-30], Reason.ARCHIVE_CORRUPT),
    "zip of its start only": (lambda: made.zip_of(FILES)[:40], Reason.ARCHIVE_CORRUPT),
    "zip with a damaged byte": (made.zip_with_damaged_byte, Reason.ARCHIVE_CORRUPT),
    "tar cut off in a file": (lambda: made.tar_of(FILES)[:515], Reason.ARCHIVE_CORRUPT),
    "tar cut off between files": (lambda: made.tar_of(FILES)[:1024], Reason.ARCHIVE_CORRUPT),
    "tar with a damaged header": (made.tar_with_damaged_header, Reason.ARCHIVE_CORRUPT),
    "tar.gz cut off": (lambda: made.tar_of(FILES, "w:gz")[:-12], Reason.ARCHIVE_CORRUPT),
    "tar.gz without its checksum": (lambda: made.tar_of(FILES, "w:gz")[:-8], Reason.ARCHIVE_CORRUPT),
    "tar.gz with another checksum": (lambda: made.tar_of(FILES, "w:gz")[:-8] + bytes(8), Reason.ARCHIVE_CORRUPT),
    "tar.bz2 cut off": (lambda: made.tar_of(FILES, "w:bz2")[:-12], Reason.ARCHIVE_CORRUPT),
    "tar.xz cut off": (lambda: made.tar_of(FILES, "w:xz")[:-12], Reason.ARCHIVE_CORRUPT),
    "tar.zst cut off": (lambda: made.zst_of(FILES)[:-12], Reason.ARCHIVE_CORRUPT),
    "tar.zst without its checksum": (lambda: made.zst_of(FILES)[:-4], Reason.ARCHIVE_CORRUPT),
    "tar.zst with another checksum": (made.zst_with_damaged_byte, Reason.ARCHIVE_CORRUPT),
    "tar.zst of zeros after its mark": (lambda: b"\x28\xb5\x2f\xfd" + bytes(100), Reason.ARCHIVE_CORRUPT),
    "zst that asks for 128 MiB": (lambda: made.zst_asking_for_memory(27), Reason.ARCHIVE_CORRUPT),
    "zst that asks for 2 TiB": (lambda: made.zst_asking_for_memory(41), Reason.ARCHIVE_CORRUPT),
    "zst frame to skip 4 GiB": (lambda: b"\x50\x2a\x4d\x18" + b"\xff" * 4 + bytes(100), Reason.ARCHIVE_CORRUPT),
    "100,000 empty zst frames": (lambda: zstd.compress(b"") * 100_000, Reason.ARCHIVE_LIMIT),
    "100,000 zst frames to skip": (lambda: (b"\x50\x2a\x4d\x18" + bytes(4)) * 100_000, Reason.ARCHIVE_LIMIT),
    "20,000 zst windows of 64 MiB": (lambda: made.zst_asking_for_memory(26, b"") * 20_000, Reason.ARCHIVE_LIMIT),
    "xz that asks for 1.5 GiB": (made.xz_asking_for_memory, Reason.ARCHIVE_CORRUPT),
    "100,000 empty streams": (lambda: made.many_streams(100_000), Reason.ARCHIVE_LIMIT),
    "tar header of 8 GiB": (
        lambda: made.tar_block("x", tarfile.GNUTYPE_LONGNAME, 0o77777777777) + made.tar_end(),
        Reason.ARCHIVE_LIMIT,
    ),
    "tar file of 8 GiB": (
        lambda: made.tar_block("main.py", tarfile.REGTYPE, 0o77777777777) + made.tar_end(),
        Reason.ARCHIVE_CORRUPT,
    ),
    "tar file of a negative size": (
        lambda: made.tar_block("main.py", tarfile.REGTYPE, -512) + made.tar_end(),
        Reason.ARCHIVE_CORRUPT,
    ),
    "pax header of quadratic keys": (lambda: made.tar_of_quadratic_keys(512 * 1024), Reason.ARCHIVE_CORRUPT),
    "10,000 headers for one entry": (lambda: made.tar_of_many_headers(10_000), Reason.ARCHIVE_LIMIT),
    "method that is not read": (made.zip_of_unknown_method, Reason.ARCHIVE_FORMAT),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100), Reason.ARCHIVE_FORMAT),
    "rar": (lambda: b"Rar!\x1a\x07\x01\x00" + bytes(100), Reason.ARCHIVE_FORMAT),
    "zst that is no tar": (lambda: zstd.compress(b"x = 1\n"), Reason.ARCHIVE_FORMAT),
    "gzip that is no tar": (lambda: gzip.compress(b"x = 1\n"), Reason.ARCHIVE_FORMAT),
    "a web page": (lambda: b"<!doctype html><title>Log in</title>" * 50, Reason.ARCHIVE_FORMAT),
    "nothing": (lambda: b"", Reason.ARCHIVE_CORRUPT),
}


@pytest.mark.parametrize(("build", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_archive_is_refused_by_reason(build: Callable[[], bytes], reason: Reason) -> None:
    """Each hostile archive is refused under its reason, in under a second of work."""
    data = build()
    started = time.process_time()
    with pytest.raises(Rejected) as caught:
        read_archive(data, LIMITS)
    assert caught.value.reason is reason, caught.value
    assert time.process_time() - started < 1


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
    assert read.omitted == {
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
    assert read.omitted == {"link": 1}


def test_links_of_an_environment_are_no_attack() -> None:
    """A virtual environment's link to the system's Python refuses nothing: it is part of what is left out."""
    read = read_archive(made.tar_with(".venv/bin/python", tarfile.SYMTYPE, "/usr/bin/python3"), LIMITS)
    assert read.omitted == {"virtual_environment": 1}


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
    student = made.zip_of({"main.py": "x", "tests/fixture.tar.zst": made.zst_of({"case.txt": "y"})})
    assert sorted(unpacked(made.zip_of({"hw.zip": student}))) == [
        "hw.zip/main.py",
        "hw.zip/tests/fixture.tar.zst/case.txt",
    ]


@pytest.mark.parametrize("inner", [b"no zip at all", made.zip_encrypted(), made.zip_of(FILES)[:-30]])
def test_unreadable_archive_within_an_archive_is_left_out(inner: bytes) -> None:
    """A damaged archive among the sources (a test's fixture, say) is counted and noted, and the rest is read."""
    read = read_archive(made.zip_of({"main.py": "x", "broken.zip": inner}), LIMITS)
    assert [member.path for member in read.members] == ["main.py"]
    assert read.omitted == {"unreadable_archive": 1}
    assert len(read.notes) == 1


def test_half_an_archive_is_not_kept() -> None:
    """Of an archive within that turns out damaged nothing is kept, for the rest would look deleted."""
    inner = made.tar_of({"a.py": "x = 1\n", "b.py": "y = 2\n"})[:1500]
    assert list(unpacked(made.zip_of({"main.py": "x", "inner.tar": inner}))) == ["main.py"]


def test_large_archive_within_an_archive_is_data() -> None:
    """An archive within that is larger than allowed is left out like any large file."""
    data = made.zip_of({"main.py": "x", "data.zip": bytes(200)})
    assert read_archive(data, replace(LIMITS, nested_bytes_max=100)).omitted == {"too_large": 1}


NAMES = {
    "marked UTF-8": (made.zip_of({"Привет.py": ""}), "Привет.py"),
    "UTF-8 without a mark": (made.zip_named("Привет.py".encode(), ""), "Привет.py"),
    "cp866": (made.zip_named("Привет.py".encode("cp866"), ""), "Привет.py"),
    "cp437": (made.zip_named("naïve.py".encode("cp437"), ""), "naïve.py"),
    "decomposed": (made.zip_of({unicodedata.normalize("NFD", "Йод.py"): ""}), "Йод.py"),
    "backslashes": (made.zip_of_entries([(made.zip_entry("src\\a.py"), "")]), "src/a.py"),
    "dots and doubled slashes": (made.zip_of_entries([(made.zip_entry("./src//a.py"), "")]), "src/a.py"),
    "tar, UTF-8": (made.tar_of({"Привет.py": ""}), "Привет.py"),
    "tar, long": (made.tar_of({"д" * 120 + ".py": ""}), "д" * 120 + ".py"),
    "tar, long, gnu": (made.tar_of({"д" * 120 + ".py": ""}, form=tarfile.GNU_FORMAT), "д" * 120 + ".py"),
    "tar, no UTF-8": (made.tar_of({"\udccf.py": ""}, form=tarfile.GNU_FORMAT), "%CF.py"),
}


@pytest.mark.parametrize(("data", "name"), NAMES.values(), ids=NAMES)
def test_names_come_out_as_people_wrote_them(data: bytes, name: str) -> None:
    """A name is read in the encoding of whoever packed it, and is one name in every attempt."""
    assert list(unpacked(data)) == [name]


@pytest.mark.parametrize("packed", [made.zip_of({}), made.tar_of({}), made.tar_of({}, "w:gz")])
def test_empty_archive_is_empty(packed: bytes) -> None:
    """An archive without entries is no error of reading."""
    assert unpacked(packed) == {}


def test_folder_entries_are_no_files() -> None:
    """Entries for folders, the root's among them, are neither read nor counted as left out."""
    entries = [(made.tar_entry(".", tarfile.DIRTYPE), b""), (made.tar_entry("./a", tarfile.DIRTYPE), b"")]
    read = read_archive(made.tar_of_entries([*entries, (made.tar_entry("./a/b.py"), "x")]), LIMITS)
    assert ([member.path for member in read.members], dict(read.omitted)) == (["a/b.py"], {})
    zipped = made.zip_of_entries(
        [(made.zip_entry("./"), ""), (made.zip_entry("a/"), ""), (made.zip_entry("a/b.py"), "x")]
    )
    assert read_archive(zipped, LIMITS).members == read.members


def test_sparse_tar_entry_is_data() -> None:
    """A sparse file, which claims any size it likes, is left out as data and what follows is read."""
    info = made.tar_entry("disk.img", tarfile.GNUTYPE_SPARSE)
    data = made.tar_of_entries([(info, b"x" * 600), (made.tar_entry("main.py"), "x")], form=tarfile.GNU_FORMAT)
    read = read_archive(data, LIMITS)
    assert ([member.path for member in read.members], dict(read.omitted)) == (["main.py"], {"data": 1})


def test_lzma_dictionary_of_the_strongest_packer_is_allowed() -> None:
    """An archive packed with `xz -9` is read: its dictionary is within the limit."""
    assert unpacked(lzma.compress(made.tar_of(FILES), preset=9)).keys() == FILES.keys()
