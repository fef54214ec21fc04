"""Archives built in memory, honest and hostile, each by a small function."""

import bz2
import copy
import gzip
import io
import lzma
import stat
import struct
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping

Content = bytes | str
MIB = 1024 * 1024


def raw(content: Content) -> bytes:
    """Text as UTF-8."""
    return content.encode() if isinstance(content, str) else content


def zip_of(files: Mapping[str, Content], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file as Python's own packer writes it."""
    return zip_of_entries(((zipfile.ZipInfo(name), content) for name, content in files.items()), method)


def zip_of_entries(entries: Iterable[tuple[zipfile.ZipInfo, Content]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of entries that may repeat names and say anything about themselves."""
    made = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of duplicate names, which are meant
        with zipfile.ZipFile(made, "w", method) as archive:
            for info, content in entries:
                info.compress_type = method
                archive.writestr(info, raw(content))
    return made.getvalue()


def zip_entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    """An entry called exactly `name`, with the Unix `mode`."""
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    return info


def zip_named(raw_name: bytes, content: Content) -> bytes:
    """A zip file of one entry whose name is these bytes, not marked as UTF-8."""
    placeholder = b"n" * len(raw_name)
    return zip_of({placeholder.decode(): content}, zipfile.ZIP_STORED).replace(placeholder, raw_name)


def zip_with_link(name: str, target: str) -> bytes:
    """A zip file with a symbolic link."""
    return zip_of_entries([(zip_entry("main.py"), "x = 1\n"), (zip_entry(name, stat.S_IFLNK | 0o777), target)])


def zip_with_type(mode: int) -> bytes:
    """A zip file with an entry of a special Unix file type."""
    return zip_of_entries([(zip_entry("special", mode), b"")])


def zip64_of(files: Mapping[str, Content]) -> bytes:
    """A zip file whose local headers carry 64-bit sizes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(raw(content))
    return made.getvalue()


def zip_of_unknown_method() -> bytes:
    """A zip file whose headers say that its file is packed by method 97, WavPack."""
    data = bytearray(zip_of({"main.py": "x = 1\n"}))
    struct.pack_into("<H", data, 8, 97)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, 97)
    return bytes(data)


def zip_overlapping() -> bytes:
    """Two entries over the same bytes, as in a bomb without nesting."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", b"x = 1\n" * 1000)
        twin = copy.copy(archive.filelist[0])
        twin.filename = twin.orig_filename = "b.py"
        archive.filelist.append(twin)
    return made.getvalue()


def zip_encrypted(flags: int = 1, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file whose entry is marked as encrypted in both of its headers; APPNOTE.TXT 4.4.4 tells the flags."""
    data = bytearray(zip_of({"main.py": "x = 1\n"}))
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    struct.pack_into("<HH", data, local + 6, flags, method)
    struct.pack_into("<HH", data, central + 8, flags, method)
    return bytes(data)


def zip_of_raw_names(names: Iterable[bytes]) -> bytes:
    """A zip file of empty entries whose names are these bytes, not marked as UTF-8."""
    named = {f"{number:04}".ljust(len(name), "n"): name for number, name in enumerate(names)}
    data = zip_of(dict.fromkeys(named, b""), zipfile.ZIP_STORED)
    for placeholder, name in named.items():
        data = data.replace(placeholder.encode(), name)
    return data


def zip_quoting() -> bytes:
    """Two entries, the first of which stores the header and all of the second: the shape of a bomb in one layer."""
    data = bytearray(zip_of({"b.py": "x = 1\n" * 1000}))
    second = bytes(data[: data.index(b"PK\x01\x02")])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.py", second)
        quoted = copy.copy(zipfile.ZipFile(io.BytesIO(bytes(data))).filelist[0])
        quoted.header_offset = 30 + len("a.py")
        archive.filelist.append(quoted)
    return made.getvalue()


def zip64_claiming(size_bytes: int) -> bytes:
    """A zip file whose directory claims that its one file unpacks to so many bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.py", "x = 1\n")
        archive.filelist[0].file_size = size_bytes
    return made.getvalue()


def zip64_end(entries: int, directory_bytes: int) -> bytes:
    """The records at a zip64 file's end, which claim a directory of any size."""
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, entries, entries, directory_bytes, 4)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 4, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return b"PK\x03\x04" + end64 + locator + end


def zip_fan(levels: int, width: int, content: bytes) -> bytes:
    """Zip files in zip files, `width` of them in each, every innermost one holding `content`."""
    data = zip_of({"zeros.txt": content})
    for _ in range(levels):
        data = zip_of({f"{number}.zip": data for number in range(width)})
    return data


def zip_understating(content: bytes, declared_bytes: int, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file that declares fewer bytes than its entry unpacks to."""
    data = bytearray(zip_of({"main.py": content}, method))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, declared_bytes)
    struct.pack_into("<I", data, data.index(b"PK\x03\x04") + 22, declared_bytes)
    return bytes(data)


def zip_with_damaged_byte() -> bytes:
    """A stored entry of which one byte is another one than when it was packed."""
    return zip_of({"main.py": "x = 1234\n"}, zipfile.ZIP_STORED).replace(b"1234", b"1235")


def zip_of_directory_entries(number: int) -> bytes:
    """A central directory of `number` minimal entries without any file, 46 bytes each."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 0, 20, 0, *[0] * 5, *[0] * 2, *[0] * 5, *[0] * 2)
    directory = entry * number
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, number & 0xFFFF, number & 0xFFFF, len(directory), 4, 0)
    return b"PK\x03\x04" + directory + end


def many_bombs(number: int) -> bytes:
    """Bombs each of which is within the limits, side by side in one archive, as many as `number`."""
    bomb = gzip_of_zeros(15 * MIB)
    return zip_of({f"{n}.tar.gz": bomb for n in range(number)}, zipfile.ZIP_DEFLATED)


def nested_zip(levels: int, content: bytes = b"x = 1\n") -> bytes:
    """A file within as many zip files more than one."""
    data = zip_of({"main.py": content})
    for level in range(levels):
        data = zip_of({f"level{level}.zip": data})
    return data


def tar_of(files: Mapping[str, Content], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar file as Python's own packer writes it; `mode` as in tarfile (`w:gz`, …)."""
    return tar_of_entries(((tar_entry(name), content) for name, content in files.items()), mode, form)


def tar_of_entries(
    entries: Iterable[tuple[tarfile.TarInfo, Content]], mode: str = "w", form: int = tarfile.PAX_FORMAT
) -> bytes:
    """A tar file of entries that may say anything about themselves."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for info, content in entries:
            info.size = len(raw(content))
            archive.addfile(info, io.BytesIO(raw(content)))
    return made.getvalue()


def tar_entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """An entry of the type `kind`, a link to `target`."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def tar_with(name: str, kind: bytes, target: str = "") -> bytes:
    """A tar file with one source file and one entry without content."""
    return tar_of_entries([(tar_entry("main.py"), "x = 1\n"), (tar_entry(name, kind, target), b"")])


def tar_block(name: str, kind: bytes, size_bytes: int) -> bytes:
    """One header block, whatever it claims to be followed by."""
    info = tar_entry(name, kind)
    info.size = size_bytes
    return info.tobuf(tarfile.GNU_FORMAT)


def tar_end() -> bytes:
    """The mark at a tar file's end."""
    return bytes(1024)


def tar_with_damaged_header() -> bytes:
    """A tar file whose second header's checksum is wrong."""
    data = bytearray(tar_of({"a.py": "x = 1\n", "b.py": "y = 2\n"}))
    data[1024] ^= 0xFF
    return bytes(data)


def tar_of_quadratic_keys(header_bytes: int) -> bytes:
    """A pax header of overlapping records, each of which would be kept as a key as long as the rest."""
    records = b"2 " * (header_bytes // 2 - 1) + b"x="
    padded = records.ljust(-(-len(records) // 512) * 512, b"\x00")
    return tar_block("pax", tarfile.XHDTYPE, len(records)) + padded + tar_entry("main.py").tobuf() + tar_end()


def tar_of_many_headers(number: int) -> bytes:
    """As many long-name headers before one entry."""
    long = tar_block("long", tarfile.GNUTYPE_LONGNAME, 8) + b"main.py".ljust(512, b"\x00")
    return long * number + tar_entry("main.py").tobuf() + tar_end()


def gzip_of_zeros(size_bytes: int) -> bytes:
    """A tar file of zeros, gzipped: a thousand times smaller."""
    return gzip.compress(tar_of({"zeros.txt": bytes(size_bytes)}), 9)


def bzip2_of_zeros(size_bytes: int) -> bytes:
    """The same with bzip2: a million times smaller."""
    return bz2.compress(tar_of({"zeros.txt": bytes(size_bytes)}))


def xz_of_zeros(size_bytes: int) -> bytes:
    """The same with xz."""
    return lzma.compress(tar_of({"zeros.txt": bytes(size_bytes)}), preset=0)


def xz_asking_for_memory() -> bytes:
    """An xz stream whose header asks for a dictionary of 1.5 GiB."""
    data = bytearray(lzma.compress(tar_of({"main.py": "x = 1\n"}), preset=0))
    header = data[12 : 12 + (data[12] + 1) * 4]
    assert header[2:4] == b"\x21\x01", "the filter is LZMA2, its property one byte"
    header[4] = 37  # 3 * 2^29 bytes, by the xz file format, section 5.3.1
    header[-4:] = struct.pack("<I", zlib.crc32(bytes(header[:-4])))
    data[12 : 12 + len(header)] = header
    return bytes(data)


def many_streams(number: int) -> bytes:
    """Empty bzip2 streams one after the other, 14 bytes each."""
    return bz2.compress(b"") * number
