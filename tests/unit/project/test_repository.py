"""The operators' files: each says what the code does, and the same as the others."""

import re
import tomllib
from typing import Any

import pytest
import yaml
from dotenv import dotenv_values

from app.adapters.mongo.document import to_document
from app.config import load_settings, variables
from app.embedded.broker.apache_kafka import KAFKA_VERSION
from schemas.changes import DiffInfo
from schemas.errors import Reason
from schemas.review import Review, ReviewResult
from tests import ROOT
from tests.builders.records import NOON, a_review
from tests.parts.docker import MONGO_IMAGE

UV = re.compile(r"\b(?:uv==|UV_VERSION :?= ?)([0-9][0-9.]*)")


def compose() -> dict[str, Any]:
    """The compose file."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


class TestEnvExample:
    """`.env.example`."""

    def test_names_every_setting(self) -> None:
        """It names exactly the settings that exist, in their order."""
        assert list(dotenv_values(ROOT / ".env.example")) == list(variables())

    def test_explains_every_setting(self) -> None:
        """Each variable stands below its description."""
        text = (ROOT / ".env.example").read_text()
        for name, field in variables().items():
            assert f"\n# {field.description}\n{name}=" in text

    def test_holds_the_defaults(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Used as it is, it gives the defaults."""
        for name in variables():
            monkeypatch.delenv(name, raising=False)
        assert load_settings(ROOT / ".env.example") == load_settings(None)


LOCKS = {"requirements.lock": 50, "requirements-model.lock": 2, "requirements-bench.lock": 40}
"""Each lock, and how many packages it has at least."""


class TestLock:
    """`requirements.lock`, and beside it what tests on a real model and the benchmark's peers need."""

    @pytest.mark.parametrize("name", LOCKS)
    def test_holds_no_address(self, name: str) -> None:
        """It holds names, versions and hashes, and no address of any index."""
        lock = (ROOT / name).read_text()
        assert not re.search(r"://|--(extra-)?index-url|--find-links|\bfile:", lock)

    @pytest.mark.parametrize(("name", "packages_min"), LOCKS.items())
    def test_every_package_is_pinned_and_hashed(self, name: str, packages_min: int) -> None:
        """Each package has one version and at least one SHA-256."""
        blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
        packages = [block for block in blocks if not block.startswith("#")]
        assert len(packages) >= packages_min
        for block in packages:
            assert re.match(r"[a-z0-9][a-z0-9._-]*==\S+", block), block[:80]
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:80]

    def test_covers_every_requirement(self) -> None:
        """Each package that pyproject.toml asks for is in it, but the fuzzer, which `make fuzz` installs."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        extras = {name: extra for name, extra in project["optional-dependencies"].items() if name != "fuzz"}
        wanted = [*project["dependencies"], *(requirement for extra in extras.values() for requirement in extra)]
        names = {re.split(r"[=<>!\[; ]", requirement)[0].lower() for requirement in wanted}
        locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
        assert names <= locked

    def test_model_is_the_one_that_is_asked_for(self) -> None:
        """Tests on a real model lock no more than they name: what these packages ask for would be compiled."""
        groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
        lock = (ROOT / "requirements-model.lock").read_text()
        assert set(re.findall(r"^([a-z0-9._-]+==\S+)", lock, re.MULTILINE)) == set(groups["model"])

    def test_peers_are_those_that_are_asked_for(self) -> None:
        """The benchmark's lock has each package that its group names."""
        wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["bench"]
        names = {re.split(r"[=<>!\[; ]", requirement)[0].lower() for requirement in wanted}
        locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements-bench.lock").read_text(), re.MULTILINE))
        assert names <= locked


class TestCompose:
    """`docker-compose.yml`."""

    @pytest.mark.parametrize("service", ["worker", "web", "demo"])
    def test_passes_every_setting(self, service: str) -> None:
        """Worker, web and demo get every setting and no other variable."""
        assert list(compose()["services"][service]["environment"]) == list(variables())

    def test_passed_settings_are_the_hosts(self) -> None:
        """A setting that is passed on is the host's variable of the same name, and empty where that is unset."""
        for name, value in compose()["x-settings"].items():
            assert "$" not in value or value == f"${{{name}:-}}"

    def test_starts_with_the_environment_it_passes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With nothing set on the host, what it passes are settings that start."""
        for name, value in compose()["x-settings"].items():
            monkeypatch.setenv(name, "" if "$" in value else value)
        settings = load_settings(None)
        assert settings.bootstrap_servers == ("kafka:19092",)
        assert settings.lane_buffer == 256

    def test_listens_on_this_machine_only(self) -> None:
        """Every published port is on loopback."""
        ports = [port for service in compose()["services"].values() for port in service.get("ports", [])]
        addresses = [port["host_ip"] if isinstance(port, dict) else port.partition(":")[0] for port in ports]
        assert set(addresses) == {"127.0.0.1"}

    def test_worker_scales(self) -> None:
        """The worker has no fixed name, no fixed port on the host and no named volume to share."""
        worker = compose()["services"]["worker"]
        assert "container_name" not in worker
        assert all("published" not in port for port in worker["ports"])
        assert all(volume.endswith(":ro") for volume in worker["volumes"])
        assert "VOLUME /data\n" in (ROOT / "Dockerfile").read_text()

    def test_uses_what_the_tests_use(self) -> None:
        """Kafka and MongoDB are the versions that the tests run on."""
        services = compose()["services"]
        assert services["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"
        assert services["mongo"]["image"] == MONGO_IMAGE

    def test_holds_no_secret(self) -> None:
        """Secrets come from the host's environment."""
        settings = compose()["x-settings"]
        secrets = [name for name in settings if re.search("PASSWORD|SECRET|KEY$", name)]
        assert {"OPENAI_API_KEY", "WEBHOOK_SECRET", "EXTERNAL_API_KEY"} <= set(secrets)
        for name in secrets:
            assert settings[name] in {"", f"${{{name}:-}}"}


class TestImage:
    """`Dockerfile` and `.dockerignore`."""

    def test_runs_as_nobody_special(self) -> None:
        """The last user is a number that is not root's."""
        users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        assert re.fullmatch(r"[1-9][0-9]+:[1-9][0-9]+", users[-1])

    def test_is_built_from_what_is_named(self) -> None:
        """Everything is left out of the build but what is named, so that no `.env` gets in."""
        rules = (ROOT / ".dockerignore").read_text().splitlines()
        assert "*" in rules
        named = [rule.removeprefix("!") for rule in rules if rule.startswith("!")]
        assert "app" in [name.strip("/") for name in named]
        assert [name for name in named if name.startswith(".")] == []

    def test_installs_with_one_uv(self) -> None:
        """Image and Makefile pin the same uv."""
        image, makefile = (UV.findall((ROOT / name).read_text()) for name in ("Dockerfile", "Makefile"))
        assert len(image) == len(makefile) == 1
        assert image == makefile


class TestDocs:
    """Pages of `docs/` that follow the code."""

    def test_explains_every_reason(self) -> None:
        """Its table of reasons has exactly the codes that dead letters may have, each once."""
        page = (ROOT / "docs" / "dead-letters.md").read_text()
        table = re.search(r"^\| reason \|.*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)
        assert table is not None
        codes = [code for row in table[1].splitlines() for code in re.findall(r"`([a-z0-9_]+)`", row.split("|")[1])]
        assert sorted(codes) == sorted(Reason)

    def test_names_every_field_of_a_review(self) -> None:
        """Its section for consumers names each field of the record, and each that MongoDB's document has besides."""
        section = (ROOT / "docs" / "records.md").read_text().partition("## Consume reviews")[2].partition("\n## ")[0]
        named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", section))))
        of_mongodb = {*to_document(a_review(), NOON)} - {"_id"}
        assert {*Review.model_fields, *DiffInfo.model_fields, *ReviewResult.model_fields, *of_mongodb} - named == set()


class TestMakefile:
    """`Makefile`."""

    def test_targets_are_explained(self) -> None:
        """Every target has a line in its help."""
        text = (ROOT / "Makefile").read_text()
        phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
        assert phony is not None
        explained = set(re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE))
        assert explained == set(phony[1].split())

    def test_what_runs_alone_is_where_it_is_looked_for(self) -> None:
        """The folders that the last part of `make test` collects hold every test that is marked so."""
        folders = re.search(r"^TIMED := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert folders is not None
        looked_in = tuple(f"{folder}/" for folder in folders[1].split())
        marked = [
            str(path.relative_to(ROOT))
            for path in (ROOT / "tests").rglob("*.py")
            if re.search(r"\bmark\.alone\b", path.read_text("utf-8"))
        ]
        assert len(marked) >= 2
        assert [path for path in marked if not path.startswith(looked_in)] == []


def test_the_image_and_the_runs_stand_at_the_ends_of_what_is_supported() -> None:
    """The image runs the newest supported Python, for its grammar; the oldest and the newest are tested."""
    supported = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert supported is not None
    oldest, newest = f"3.{supported[1]}", f"3.{int(supported[2]) - 1}"
    images = re.findall(r"^FROM python:(\d+\.\d+)\.", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert set(images) == {newest}
    runs = (ROOT / ".ci" / "other-pythons").read_text()
    assert f"OLDEST={oldest}\nNEWEST={newest}\n" in runs
