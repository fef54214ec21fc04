"""How packages of Node come to the tests: at one version, by their hash, and told plainly where they cannot."""

import base64
import json
import shutil
import tarfile
from hashlib import sha512
from pathlib import Path

import pytest

from schemas.errors import StartRefused
from tests import ROOT
from tests.parts.node_packages import KAFKAJS, NodePackage, NodePackages, package_folder


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that packs one file, whatever it is asked for, and notes that it was asked; returns the archive."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "index.js").write_text("module.exports = 1;\n")
    archive = tmp_path / "archive.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / "package", "package")
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n{shutil.which("cp")} "{archive}" one-1.0.0.tgz\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv("REVIEWSTREAM_CACHE", str(tmp_path / "cache"))
    return archive


def hash_of(archive: Path) -> str:
    return base64.b64encode(sha512(archive.read_bytes()).digest()).decode()


def test_a_package_is_fetched_once(npm: Path) -> None:
    """At its exact version, without its scripts; afterwards nobody is asked."""
    package = NodePackage("@scope/one", "1.0.0", hash_of(npm))
    folders = {package_folder(package) for _ in range(2)}
    (folder,) = folders
    assert folder.parts[-3:] == ("node_modules", "@scope", "one")
    assert (folder / "index.js").is_file()
    assert (npm.parent / "asked").read_text() == "pack @scope/one@1.0.0 --silent --ignore-scripts\n"


def test_a_package_of_another_hash_is_not_unpacked(npm: Path) -> None:
    """Whatever came in its place is named by its hash and stays out of the cache."""
    with pytest.raises(StartRefused, match="has the SHA-512"):
        package_folder(NodePackage("one", "1.0.0", hash_of(npm.parent / "package" / "index.js")))
    assert [path for path in (npm.parent / "cache").rglob("*") if path.is_file()] == []


def test_a_missing_npm_is_named_with_its_cure(npm: Path) -> None:
    """Nobody has to guess what a test would have needed."""
    (npm.parent / "bin" / "npm").unlink()
    with pytest.raises(StartRefused, match="there is no npm") as refused:
        package_folder(NodePackage("one", "1.0.0", hash_of(npm)))
    assert "apt-get install nodejs npm" in refused.value.cure


def test_the_docs_name_the_version_that_is_tested() -> None:
    """Whoever follows the page, or an example's first lines, gets the client that the tests run."""
    pages = [ROOT / "docs" / "topics.md", *(ROOT / "docs" / "examples").glob("*s.mjs")]
    assert len(pages) == 3
    for page in pages:
        assert f"npm install kafkajs@{KAFKAJS.version}" in page.read_text("utf-8"), page.name


def test_the_client_stands_alone(node_packages: NodePackages) -> None:
    """It needs no other package, so nothing has to be resolved."""
    manifest = json.loads((node_packages.folder(KAFKAJS) / "package.json").read_text("utf-8"))
    assert (manifest["version"], manifest.get("dependencies", {})) == (KAFKAJS.version, {})
