"""A corpus of hostile archives, built here, each with the reason it is refused for.

A test reads each one; `python -m tests.benchmarks.hostile_archives` says what each one costs in a process of its own.
"""

import gzip
import stat
import tarfile
import unicodedata
from collections.abc import Callable
from typing import Final

from backports import zstd

from schemas.errors import Reason
from tests.builders import archives as made
from tests.builders import zst_archives as zst

FILES: Final[dict[str, made.Content]] = {"main.py": "x = 1\n", "src/app.py": "y = 2\n", "empty.py": ""}

HOSTILE: Final[dict[str, tuple[Callable[[], bytes], Reason]]] = {
    "zip bomb": (lambda: made.zip_of({"a.txt": bytes(64 * made.MIB)}), Reason.ARCHIVE_LIMIT),
    "tar.gz bomb": (lambda: made.gzip_of_zeros(64 * made.MIB), Reason.ARCHIVE_LIMIT),
    "tar.bz2 bomb": (lambda: made.bzip2_of_zeros(64 * made.MIB), Reason.ARCHIVE_LIMIT),
    "tar.xz bomb": (lambda: made.xz_of_zeros(64 * made.MIB), Reason.ARCHIVE_LIMIT),
    "tar.zst bomb": (lambda: zst.of_zeros(64 * made.MIB), Reason.ARCHIVE_LIMIT),
    "gzip bomb that is no tar": (lambda: gzip.compress(bytes(64 * made.MIB)), Reason.ARCHIVE_LIMIT),
    "zip bomb within a zip": (lambda: made.nested_zip(1, bytes(64 * made.MIB)), Reason.ARCHIVE_LIMIT),
    "zip bomb three deep": (lambda: made.nested_zip(2, bytes(64 * made.MIB)), Reason.ARCHIVE_LIMIT),
    "42.zip": (lambda: made.zip_fan(levels=5, width=16, content=bytes(4 * made.MIB)), Reason.ARCHIVE_LIMIT),
    "42.zip, two deep": (lambda: made.zip_fan(levels=2, width=16, content=bytes(4 * made.MIB)), Reason.ARCHIVE_LIMIT),
    "zips four deep": (lambda: made.nested_zip(3), Reason.ARCHIVE_LIMIT),
    "zips a thousand deep": (lambda: made.nested_zip(1_000), Reason.ARCHIVE_LIMIT),
    "bombs side by side": (lambda: made.many_bombs(100), Reason.ARCHIVE_LIMIT),
    "zip that understates its size": (lambda: made.zip_understating(bytes(64 * made.MIB), 10), Reason.ARCHIVE_CORRUPT),
    "overlapping entries": (made.zip_overlapping, Reason.ARCHIVE_UNSAFE),
    "entries that quote each other": (made.zip_quoting, Reason.ARCHIVE_UNSAFE),
    "zip64 entry of an exbibyte": (lambda: made.zip64_claiming(1 << 60), Reason.ARCHIVE_LIMIT),
    "zip64 of a billion entries": (lambda: made.zip64_end(1 << 30, 1 << 40), Reason.ARCHIVE_CORRUPT),
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
    "tar drive path": (lambda: made.tar_with("C:\\a.py", tarfile.REGTYPE), Reason.ARCHIVE_UNSAFE),
    "tar network path": (lambda: made.tar_with("\\\\host\\a.py", tarfile.REGTYPE), Reason.ARCHIVE_UNSAFE),
    "tar path out in a pax header": (
        lambda: made.tar_of({"../" + "д" * 120 + ".py": "x"}),
        Reason.ARCHIVE_UNSAFE,
    ),
    "tar path out of the tree": (lambda: made.tar_with("../a.py", tarfile.REGTYPE), Reason.ARCHIVE_UNSAFE),
    "tar absolute path": (lambda: made.tar_with("/a.py", tarfile.REGTYPE), Reason.ARCHIVE_UNSAFE),
    "tar folder above": (lambda: made.tar_with("..", tarfile.DIRTYPE), Reason.ARCHIVE_UNSAFE),
    "zip link out": (lambda: made.zip_with_link("a/link", "../../x"), Reason.ARCHIVE_UNSAFE),
    "zip absolute link": (lambda: made.zip_with_link("link", "/etc/passwd"), Reason.ARCHIVE_UNSAFE),
    "tar symlink out": (lambda: made.tar_with("a/l", tarfile.SYMTYPE, "../../x"), Reason.ARCHIVE_UNSAFE),
    "tar symlink out and back": (lambda: made.tar_with("l", tarfile.SYMTYPE, "../x/main.py"), Reason.ARCHIVE_UNSAFE),
    "tar absolute symlink": (lambda: made.tar_with("l", tarfile.SYMTYPE, "/etc/passwd"), Reason.ARCHIVE_UNSAFE),
    "tar hard link out": (lambda: made.tar_with("a/l", tarfile.LNKTYPE, "../x"), Reason.ARCHIVE_UNSAFE),
    "tar absolute hard link": (lambda: made.tar_with("l", tarfile.LNKTYPE, "/etc/passwd"), Reason.ARCHIVE_UNSAFE),
    "tar hard link to a drive": (lambda: made.tar_with("l", tarfile.LNKTYPE, "C:\\x"), Reason.ARCHIVE_UNSAFE),
    "tar character device": (lambda: made.tar_with("d", tarfile.CHRTYPE), Reason.ARCHIVE_UNSAFE),
    "tar block device": (lambda: made.tar_with("d", tarfile.BLKTYPE), Reason.ARCHIVE_UNSAFE),
    "tar pipe": (lambda: made.tar_with("p", tarfile.FIFOTYPE), Reason.ARCHIVE_UNSAFE),
    "zip pipe": (lambda: made.zip_with_type(stat.S_IFIFO), Reason.ARCHIVE_UNSAFE),
    "zip character device": (lambda: made.zip_with_type(stat.S_IFCHR), Reason.ARCHIVE_UNSAFE),
    "zip block device": (lambda: made.zip_with_type(stat.S_IFBLK), Reason.ARCHIVE_UNSAFE),
    "zip socket": (lambda: made.zip_with_type(stat.S_IFSOCK), Reason.ARCHIVE_UNSAFE),
    "encrypted zip": (made.zip_encrypted, Reason.ARCHIVE_ENCRYPTED),
    "zip encrypted by AES": (lambda: made.zip_encrypted(method=99), Reason.ARCHIVE_ENCRYPTED),
    "zip with strong encryption": (lambda: made.zip_encrypted(flags=0x41), Reason.ARCHIVE_ENCRYPTED),
    "zip with an encrypted directory": (lambda: made.zip_encrypted(flags=0x2001), Reason.ARCHIVE_ENCRYPTED),
    "name twice": (
        lambda: made.zip_of_entries([(made.zip_entry("a.py"), "1"), (made.zip_entry("./a.py"), "2")]),
        Reason.ARCHIVE_UNSAFE,
    ),
    "tar name twice": (
        lambda: made.tar_of_entries([(made.tar_entry("a.py"), "1"), (made.tar_entry("a.py"), "2")]),
        Reason.ARCHIVE_UNSAFE,
    ),
    "names equal but for case": (lambda: made.zip_of({"Main.py": "1", "main.py": "2"}), Reason.ARCHIVE_UNSAFE),
    "tar names equal but for case": (lambda: made.tar_of({"Main.py": "1", "main.py": "2"}), Reason.ARCHIVE_UNSAFE),
    "tar names equal but for Unicode form": (
        lambda: made.tar_of({"й.py": "1", unicodedata.normalize("NFD", "й.py"): "2"}),
        Reason.ARCHIVE_UNSAFE,
    ),
    "names equal in cp437 and UTF-8": (
        lambda: made.zip_of_raw_names(("naïve.py".encode("cp437"), "naïve.py".encode())),
        Reason.ARCHIVE_UNSAFE,
    ),
    "names equal but for the Kelvin sign": (lambda: made.zip_of({"K.py": "1", "k.py": "2"}), Reason.ARCHIVE_UNSAFE),
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
    "tar.zst cut off": (lambda: zst.archive_of(FILES)[:-12], Reason.ARCHIVE_CORRUPT),
    "tar.zst without its checksum": (lambda: zst.archive_of(FILES)[:-4], Reason.ARCHIVE_CORRUPT),
    "tar.zst with another checksum": (zst.with_damaged_byte, Reason.ARCHIVE_CORRUPT),
    "tar.zst of zeros after its mark": (lambda: b"\x28\xb5\x2f\xfd" + bytes(100), Reason.ARCHIVE_CORRUPT),
    "zst that asks for 128 MiB": (lambda: zst.asking_for_memory(27), Reason.ARCHIVE_CORRUPT),
    "zst that asks for 2 TiB": (lambda: zst.asking_for_memory(41), Reason.ARCHIVE_CORRUPT),
    "zst frame to skip 4 GiB": (lambda: b"\x50\x2a\x4d\x18" + b"\xff" * 4 + bytes(100), Reason.ARCHIVE_CORRUPT),
    "100,000 empty zst frames": (lambda: zstd.compress(b"") * 100_000, Reason.ARCHIVE_LIMIT),
    "100,000 zst frames to skip": (lambda: (b"\x50\x2a\x4d\x18" + bytes(4)) * 100_000, Reason.ARCHIVE_LIMIT),
    "20,000 zst windows of 64 MiB": (lambda: zst.asking_for_memory(26, b"") * 20_000, Reason.ARCHIVE_LIMIT),
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
