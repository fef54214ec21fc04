"""Packages of Node that tests use: fetched once by npm, each at one version, and taken only by its hash.

Nothing is resolved, and no script is run: the client needs no other package, and of the rest only data is read.
"""

import base64
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path
from typing import Final, NoReturn

from app.embedded.broker.apache_kafka import cache_dir
from schemas.errors import StartRefused

_FETCH_S: Final = 120.0
_CURE: Final = "install Node.js with npm: on Debian or Ubuntu apt-get install nodejs npm"


@dataclass(frozen=True, slots=True)
class NodePackage:
    """A package at one version. `sha512_base64` is of its archive, as npm tells it."""

    name: str
    version: str
    sha512_base64: str


KAFKAJS: Final = NodePackage(
    "kafkajs",
    "2.2.4",
    "j/YeapB1vfPT2iOIUn/vxdyKEuhuY2PxMBvf5JWux6iSaukAccrMtXEY/Lb7OvavDhOWME589bpLrEdnVHjfjA==",
)
"""A client of Kafka in JavaScript (MIT), which neighbours use; the examples in the docs do."""

ASYNCAPI_SPECS: Final = NodePackage(
    "@asyncapi/specs",
    "6.11.1",
    "A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6DSuKraQ==",
)
"""The official JSON Schemas of AsyncAPI documents (Apache-2.0)."""

AXE_CORE: Final = NodePackage(
    "axe-core",
    "4.14.1",
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
)
"""Finds what keeps people with disabilities out of a page (MPL-2.0)."""


class NodePackages:
    """What tests take of Node. `do_without` says what happens where something is missing."""

    def __init__(self, do_without: Callable[[StartRefused], NoReturn]) -> None:
        self._do_without = do_without

    def node(self) -> str:
        """The program."""
        try:
            return _program("node")
        except StartRefused as refusal:
            self._do_without(refusal)

    def folder(self, package: NodePackage) -> Path:
        """Where a package is unpacked: `…/node_modules/NAME`."""
        try:
            return package_folder(package)
        except StartRefused as refusal:
            self._do_without(refusal)


def package_folder(package: NodePackage) -> Path:
    """Where the package is unpacked, fetched if it is not there: `…/node_modules/NAME`.

    Raises `StartRefused` where there is no npm, it cannot fetch the package, or what it fetched is something else.
    """
    folder = cache_dir() / f"node-{package.name.replace('/', '-')}-{package.version}" / "node_modules" / package.name
    if folder.is_dir():
        return folder
    npm = _program("npm")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="node-", suffix=".partial", dir=folder.parent) as partial:
        archive = _fetch(npm, package, Path(partial))
        digest = base64.b64encode(sha512(archive.read_bytes()).digest()).decode()
        if digest != package.sha512_base64:
            raise StartRefused(
                f"{package.name} {package.version} has the SHA-512 {digest}, not {package.sha512_base64}",
                "see whether the registry that npm asks is the right one",
            )
        with tarfile.open(archive) as packed:
            packed.extractall(partial, filter="data")
        try:
            (Path(partial) / "package").rename(folder)
        except OSError:
            if not folder.is_dir():  # another process of this run was quicker
                raise
    return folder


def _fetch(npm: str, package: NodePackage, folder: Path) -> Path:
    command = [npm, "pack", f"{package.name}@{package.version}", "--silent", "--ignore-scripts"]
    try:
        ended = subprocess.run(
            command, cwd=folder, env={**os.environ, "npm_config_update_notifier": "false"},
            capture_output=True, text=True, timeout=_FETCH_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as exc:
        raise StartRefused(f"npm fetched {package.name} for {_FETCH_S:.0f} s in vain", "look at the network") from exc
    archives = [*folder.glob("*.tgz")]
    if ended.returncode != 0 or len(archives) != 1:
        raise StartRefused(f"npm cannot fetch {package.name}: {ended.stderr.strip()[-500:]}", "look at the network")
    return archives[0]


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise StartRefused(f"there is no {name}", _CURE)
    return found
