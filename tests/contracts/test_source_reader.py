"""What every `SourceReader` does, run on the fake and on the real one with a folder on disk and a host on loopback."""

import base64
import errno
import io
import os
import tarfile
import zipfile
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from aiohttp import web

from app.adapters.sources.download import FetchSettings
from app.adapters.sources.submission_sources import SubmissionSources
from app.core.limits import SourceLimits
from app.core.ports import SourceReader
from app.embedded.machine.loopback import LoopbackServer
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from schemas.submission import Submission
from tests.builders.records import a_submission
from tests.fakes.sources import ROOT, FakeSources

TEXTS = {"main.py": "print('привет')\n", "pkg/a.py": "A = 1\n"}
LIMITS = SourceLimits(archive_bytes_max=100_000)


def a_zip() -> bytes:
    """`TEXTS`, zipped."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in TEXTS.items():
            archive.writestr(path, text)
    return packed.getvalue()


def a_tar_gz() -> bytes:
    """`TEXTS` as a tar.gz."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path, text in TEXTS.items():
            info = tarfile.TarInfo(path)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def submitted(**source: Any) -> Submission:
    """A submission with this source, or with none named."""
    return a_submission(**({"files": None} | source))


def referring(uri: str, digest: str | None = None) -> Submission:
    """A submission whose archive lies elsewhere."""
    return submitted(archive={"uri": uri, "sha256": digest})


async def refusal(reader: SourceReader, submission: Submission) -> Reason:
    """Why `submission` is refused."""
    with pytest.raises(Rejected) as caught:
        await reader.read(submission)
    assert "привет" not in caught.value.detail
    return caught.value.reason


class World(Protocol):
    """Where sources lie, and how to make them go away."""

    root: str

    def put_file(self, name: str, data: bytes) -> None: ...

    def empty_root(self) -> None: ...
    def put_folder(self, name: str, texts: dict[str, str]) -> None: ...
    def host(self, name: str, data: bytes) -> str: ...
    def take_root_away(self) -> None: ...


class SourceReaderContract:
    """The facts; each subclass gives the fixtures `reader` and `world`."""

    async def test_inline_files_are_the_tree(self, reader: SourceReader, world: World) -> None:
        """Inline files come back by path, whether or not the archive root can be read."""
        world.take_root_away()
        assert (await reader.read(submitted(files=TEXTS))).texts() == TEXTS

    @pytest.mark.parametrize("packed", [a_zip(), a_tar_gz()], ids=["zip", "tar.gz"])
    @pytest.mark.parametrize("line_chars", [0, 76])
    async def test_base64_is_unpacked(self, reader: SourceReader, packed: bytes, line_chars: int) -> None:
        """An archive in the record is read, its base64 in one line or in many."""
        text = base64.encodebytes(packed) if line_chars else base64.b64encode(packed)
        assert (await reader.read(submitted(archive_base64=text.decode()))).texts() == TEXTS

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("это не base64", Reason.ARCHIVE_CORRUPT),
            ("AAA", Reason.ARCHIVE_CORRUPT),
            ("", Reason.ARCHIVE_CORRUPT),
            (base64.b64encode(b"just text, and no archive at all").decode(), Reason.ARCHIVE_FORMAT),
            (base64.b64encode(a_zip()[:-30]).decode(), Reason.ARCHIVE_CORRUPT),
        ],
    )
    async def test_base64_of_no_archive_is_refused(self, reader: SourceReader, text: str, reason: Reason) -> None:
        """Text that is no base64, or no archive once decoded, is refused by what is wrong with it."""
        assert await refusal(reader, submitted(archive_base64=text)) is reason

    @pytest.mark.parametrize(("suffix", "packed"), [(".zip", a_zip()), (".tar.gz", a_tar_gz())])
    async def test_layout_finds_archives_by_id(
        self, reader: SourceReader, world: World, suffix: str, packed: bytes
    ) -> None:
        """Without a named source, `<submission_id>.zip` or `.tar.gz` under the root is read."""
        world.put_file(f"sub-1{suffix}", packed)
        assert (await reader.read(submitted())).texts() == TEXTS

    async def test_layout_finds_folders_by_id(self, reader: SourceReader, world: World) -> None:
        """Without a named source, the folder `<submission_id>` under the root is read."""
        world.put_folder("sub-1", TEXTS)
        assert (await reader.read(submitted())).texts() == TEXTS

    @pytest.mark.parametrize("form", ["named/work.zip", "file:named/work.zip", "file:named/%77ork.zip", "{root}"])
    async def test_uris_below_the_root_are_read(self, reader: SourceReader, world: World, form: str) -> None:
        """A uri names a path below the root: relative, with `file:`, percent-encoded, or absolute."""
        world.put_file("named/work.zip", a_zip())
        uri = form.format(root=f"file://{world.root}/named/work.zip")
        assert (await reader.read(referring(uri))).texts() == TEXTS

    @pytest.mark.parametrize(
        "form",
        ["FILE:named/work.zip", "File:named/%77ork.zip", " file:named/work.zip\n", "FILE://LocalHost/named/work.zip"],
    )
    async def test_file_uris_are_read_in_every_spelling(self, reader: SourceReader, world: World, form: str) -> None:
        """A scheme and a host may have capitals, and blanks around a uri are no part of it."""
        world.put_file("named/work.zip", a_zip())
        assert (await reader.read(referring(form))).texts() == TEXTS

    async def test_blanks_of_a_plain_path_are_its_own(self, reader: SourceReader, world: World) -> None:
        """A plain path is no uri: a name that begins with a blank is that name."""
        world.put_file(" work.zip", a_zip())
        assert (await reader.read(referring(" work.zip"))).texts() == TEXTS
        assert await refusal(reader, referring("work.zip")) is Reason.ARCHIVE_MISSING

    @pytest.mark.parametrize(
        "form", ["{upper}://{rest}", "{title}://{rest}", " {lower}://{rest}", "{lower}://{rest}\n"]
    )
    async def test_hosts_are_asked_in_every_spelling(self, reader: SourceReader, world: World, form: str) -> None:
        """`HTTPS://` is a download as `https://` is, whether or not the archive root can be read."""
        world.take_root_away()
        scheme, _, rest = world.host("work.tar.gz", a_tar_gz()).partition("://")
        uri = form.format(upper=scheme.upper(), title=scheme.title(), lower=scheme, rest=rest)
        assert (await reader.read(referring(uri))).texts() == TEXTS

    async def test_single_file_is_a_tree_of_one(self, reader: SourceReader, world: World) -> None:
        """A uri may name a source file that is no archive."""
        world.put_file("named/work.py", b"A = 1\n")
        assert (await reader.read(referring("file:named/work.py"))).texts() == {"work.py": "A = 1\n"}

    async def test_what_is_not_there_is_missing(self, reader: SourceReader, world: World) -> None:
        """Neither the layout nor a uri holding anything is `archive_missing`, where others' archives are."""
        world.put_file("sub-0.zip", a_zip())
        assert await refusal(reader, submitted()) is Reason.ARCHIVE_MISSING
        assert await refusal(reader, referring("file:named/none.zip")) is Reason.ARCHIVE_MISSING

    @pytest.mark.parametrize(
        "uri",
        [
            "../other/work.zip",
            "file:../other/work.zip",
            "file:named/../../other/work.zip",
            "file:%2e%2e/other/work.zip",
            "file:.",
            "file:",
            "file:named/..",
        ],
    )
    async def test_uris_never_leave_the_root(self, reader: SourceReader, uri: str) -> None:
        """A path that leads out of the root, or to the root itself, is forbidden, whether or not anything is there."""
        assert await refusal(reader, referring(uri)) is Reason.ARCHIVE_FORBIDDEN

    @pytest.mark.parametrize("uri", ["file:///etc/passwd", "/etc/passwd", "file://localhost/etc/passwd"])
    async def test_absolute_paths_stay_below_the_root(self, reader: SourceReader, world: World, uri: str) -> None:
        """An absolute path elsewhere on the machine is looked up below the root, where nothing lies."""
        world.put_file("sub-0.zip", a_zip())
        assert await refusal(reader, referring(uri)) is Reason.ARCHIVE_MISSING

    @pytest.mark.parametrize(
        "uri",
        [
            "file://elsewhere/a.zip",
            "//elsewhere/a.zip",
            "ftp://host/a.zip",
            "s3://bucket/a.zip",
            "data:application/zip;base64,AAAA",
            "FTP://host/a.zip",
            "ht\ntp://host/a.zip",
            "file:na\tmed/work.zip",
        ],
    )
    async def test_other_schemes_are_forbidden(self, reader: SourceReader, uri: str) -> None:
        """Only file: and http(s) are followed."""
        assert await refusal(reader, referring(uri)) is Reason.ARCHIVE_FORBIDDEN

    async def test_right_digest_is_accepted(self, reader: SourceReader, world: World) -> None:
        """Bytes of the given SHA-256, in either case, are read, from the root and from a host."""
        world.put_file("work.zip", a_zip())
        digest = sha256(a_zip()).hexdigest()
        for uri in ("file:work.zip", world.host("work.zip", a_zip())):
            for given in (digest, digest.upper()):
                assert (await reader.read(referring(uri, given))).texts() == TEXTS

    async def test_wrong_digest_is_refused(self, reader: SourceReader, world: World) -> None:
        """Other bytes than the given SHA-256's, and folders, which have none, are `archive_digest`."""
        world.put_file("work.zip", a_zip())
        world.put_folder("work", TEXTS)
        for uri in ("file:work.zip", "file:work", world.host("work.zip", a_zip())):
            assert await refusal(reader, referring(uri, "0" * 64)) is Reason.ARCHIVE_DIGEST

    async def test_root_that_is_away_is_an_outage(self, reader: SourceReader, world: World) -> None:
        """While the archive root cannot be read nothing is called missing: the event waits."""
        world.take_root_away()
        for submission in (submitted(), referring("file:work.zip")):
            with pytest.raises(Unavailable) as caught:
                await reader.read(submission)
            assert caught.value.dependency is Dependency.ARCHIVE_ROOT

    async def test_empty_root_is_an_outage(self, reader: SourceReader, world: World) -> None:
        """A root without anything in it is a disk that is not mounted: nothing is called missing."""
        world.empty_root()
        for submission in (submitted(), referring("file:work.zip")):
            with pytest.raises(Unavailable) as caught:
                await reader.read(submission)
            assert caught.value.dependency is Dependency.ARCHIVE_ROOT

    async def test_hosted_archives_are_downloaded(self, reader: SourceReader, world: World) -> None:
        """An http uri is fetched, whether or not the archive root can be read; an absent one is missing."""
        world.take_root_away()
        uri = world.host("work.tar.gz", a_tar_gz())
        assert (await reader.read(referring(uri))).texts() == TEXTS
        assert await refusal(reader, referring(uri + ".none")) is Reason.ARCHIVE_MISSING

    async def test_sources_without_text_are_refused(self, reader: SourceReader, world: World) -> None:
        """A submission of nothing but caches and binaries holds no sources, and the refusal counts them."""
        with pytest.raises(Rejected) as caught:
            await reader.read(submitted(files={"__pycache__/a.pyc": "x", "b.png": "x", "c.png": "x"}))
        assert caught.value.reason is Reason.NO_SOURCES
        assert "image 2" in caught.value.detail


class TestFakeSources(SourceReaderContract):
    """The contract on the fake."""

    @pytest.fixture
    def reader(self) -> FakeSources:
        return FakeSources(LIMITS)

    @pytest.fixture
    def world(self, reader: FakeSources) -> World:
        class Fake:
            root = ROOT

            def put_file(self, name: str, data: bytes) -> None:
                reader.files[name] = data

            def put_folder(self, name: str, texts: dict[str, str]) -> None:
                reader.folders[name] = texts

            def host(self, name: str, data: bytes) -> str:
                reader.hosted[f"https://host.example/{name}"] = data
                return f"https://host.example/{name}"

            def empty_root(self) -> None:
                reader.files.clear()
                reader.folders.clear()

            def take_root_away(self) -> None:
                reader.away = True

        return Fake()


class TestSubmissionSources(SourceReaderContract):
    """The contract on disk and loopback, and what only they have."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "archives"
        (root / "named").mkdir(parents=True)
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "work.zip").write_bytes(a_zip())
        return root

    @pytest.fixture
    async def reader(self, root: Path) -> AsyncIterator[SubmissionSources]:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield SubmissionSources(root, LIMITS, fetch=FetchSettings(allow_private=True), client=client)

    @pytest.fixture
    async def world(self, root: Path) -> AsyncIterator[World]:
        hosted: dict[str, bytes] = {}

        async def serve(request: web.Request) -> web.Response:
            body = hosted.get(request.path.lstrip("/"))
            return web.Response(status=404) if body is None else web.Response(body=body)

        def make_app() -> web.Application:
            app = web.Application()
            app.router.add_get("/{name:.*}", serve)
            return app

        server = LoopbackServer(make_app)
        await server.start()

        class Real:
            def __init__(self) -> None:
                self.root = str(root)

            def put_file(self, name: str, data: bytes) -> None:
                (root / name).write_bytes(data)

            def put_folder(self, name: str, texts: dict[str, str]) -> None:
                for path, text in texts.items():
                    (root / name / path).parent.mkdir(parents=True, exist_ok=True)
                    (root / name / path).write_text(text, encoding="utf-8")

            def host(self, name: str, data: bytes) -> str:
                hosted[name] = data
                return f"{server.base_url}/{name}"

            def empty_root(self) -> None:
                (root / "named").rmdir()

            def take_root_away(self) -> None:
                root.rename(root.with_name("unmounted"))

        yield Real()
        await server.down()

    @pytest.mark.parametrize("name", ["view", "main.py", "work.zip", "uc"])
    async def test_login_page_is_no_homework(self, reader: SubmissionSources, world: World, name: str) -> None:
        """A host that sends a web page in the archive's place is refused with the cure, whatever the link's name."""
        uri = world.host(name, b"<!DOCTYPE html><html><title>Sign in</title></html>")
        with pytest.raises(Rejected, match=r"web page.*login") as caught:
            await reader.read(referring(uri))
        assert caught.value.reason is Reason.ARCHIVE_FORMAT

    async def test_page_that_is_the_homework_is_read(self, reader: SubmissionSources, world: World) -> None:
        """A link to a file of HTML is a link to that file."""
        uri = world.host("index.html", b"<!DOCTYPE html><p>Mine")
        assert (await reader.read(referring(uri))).texts() == {"index.html": "<!DOCTYPE html><p>Mine"}

    async def test_links_that_leave_the_root_are_forbidden(self, reader: SubmissionSources, root: Path) -> None:
        """A link out of the root is not followed, neither as the archive nor as a folder on the way to it."""
        (root / "sub-1.zip").symlink_to(root.parent / "other" / "work.zip")
        (root / "there").symlink_to(root.parent / "other")
        assert await refusal(reader, submitted()) is Reason.ARCHIVE_FORBIDDEN
        assert await refusal(reader, referring("file:sub-1.zip")) is Reason.ARCHIVE_FORBIDDEN
        assert await refusal(reader, referring("file:there/work.zip")) is Reason.ARCHIVE_FORBIDDEN

    async def test_links_within_the_root_are_followed(self, reader: SubmissionSources, root: Path) -> None:
        """A platform may link one submission's archive to another place below the root."""
        (root / "named" / "work.zip").write_bytes(a_zip())
        (root / "sub-1.zip").symlink_to("named/work.zip")
        assert (await reader.read(submitted())).texts() == TEXTS

    async def test_absolute_uris_may_name_the_root_as_configured(self, root: Path, tmp_path: Path) -> None:
        """Where the configured root is a link, an absolute uri may name the link or the folder behind it."""
        (root / "work.zip").write_bytes(a_zip())
        link = tmp_path / "mounted"
        link.symlink_to(root)
        reader = SubmissionSources(link, LIMITS, fetch=FetchSettings())
        for named in (link, root):
            assert (await reader.read(referring(f"file://{named}/work.zip"))).texts() == TEXTS

    async def test_links_in_a_circle_are_refused(self, reader: SubmissionSources, root: Path) -> None:
        """A link that leads back to itself ends as a refusal."""
        (root / "sub-1.zip").symlink_to("round.zip")
        (root / "round.zip").symlink_to("sub-1.zip")
        assert await refusal(reader, submitted()) is Reason.ARCHIVE_FORBIDDEN
        assert await refusal(reader, referring("file:round.zip/x")) is Reason.ARCHIVE_FORBIDDEN

    async def test_root_that_is_no_folder_is_an_outage(self, root: Path) -> None:
        """A file in the root's place is as bad as no root."""
        occupied = SubmissionSources(root / "work.zip", LIMITS, fetch=FetchSettings())
        (root / "work.zip").write_bytes(a_zip())
        with pytest.raises(Unavailable):
            await occupied.read(submitted())

    async def test_disk_that_fails_midway_is_an_outage(
        self, reader: SubmissionSources, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file that vanishes while its folder is read makes the event wait; nothing is called missing."""
        (root / "sub-1").mkdir()
        (root / "sub-1" / "main.py").write_bytes(b"x")

        def vanished(*_: object) -> bytes:
            raise FileNotFoundError(errno.ENOENT, "gone")

        monkeypatch.setattr("app.adapters.sources.path_reader.read_file_bounded", vanished)
        with pytest.raises(Unavailable) as caught:
            await reader.read(submitted())
        assert caught.value.dependency is Dependency.ARCHIVE_ROOT

    async def test_pipe_in_the_roots_layout_does_not_hang(self, reader: SubmissionSources, root: Path) -> None:
        """A pipe where an archive should be is refused at once instead of waited on."""
        os.mkfifo(root / "sub-1.zip")
        assert await refusal(reader, submitted()) is Reason.ARCHIVE_UNSAFE

    async def test_names_too_long_for_a_disk_are_missing(self, reader: SubmissionSources, root: Path) -> None:
        """A uri of more characters than a file system takes names nothing."""
        (root / "sub-0").mkdir()
        assert await refusal(reader, referring("file:" + "a" * 2000)) is Reason.ARCHIVE_MISSING

    @pytest.mark.parametrize("uri", ["http://[::1", "http://[x]/a.zip", "//[::1/a", "file:a%00b", "http://"])
    async def test_uris_that_are_none_are_forbidden(self, reader: SubmissionSources, uri: str) -> None:
        """A uri that cannot be parsed, or names nothing, is refused like one that must not be followed."""
        assert await refusal(reader, referring(uri)) is Reason.ARCHIVE_FORBIDDEN

    async def test_large_files_are_refused_before_they_are_read_whole(
        self, reader: SubmissionSources, root: Path
    ) -> None:
        """An archive beyond the limit is `archive_limit`, on disk and in the record."""
        with (root / "sub-1.zip").open("wb") as file:
            file.truncate(LIMITS.archive_bytes_max + 1)
        assert await refusal(reader, submitted()) is Reason.ARCHIVE_LIMIT
        text = base64.b64encode(bytes(LIMITS.archive_bytes_max + 3)).decode()
        assert await refusal(reader, submitted(archive_base64=text)) is Reason.ARCHIVE_LIMIT

    async def test_private_hosts_are_forbidden_unless_allowed(self, root: Path, world: World) -> None:
        """The same loopback address that is served when allowed is not even asked when it is not."""
        uri = world.host("work.zip", a_zip())
        async with httpx.AsyncClient(trust_env=False) as client:
            reader = SubmissionSources(root, LIMITS, fetch=FetchSettings(), client=client)
            assert await refusal(reader, referring(uri)) is Reason.ARCHIVE_FORBIDDEN
