"""`reviewstream schemas`, and the copies that are published in the docs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.contract_files import check_contracts, contract_files
from app.cli.main import main
from app.config import load_settings
from tests import ROOT
from tests.docs.contracts import CONTRACTS_FOLDER, published_settings

REVIEW = "review.v1.schema.json"


def call(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(main, ["schemas", *map(str, arguments)], env=environment)


def test_the_published_contracts_are_kept_and_current() -> None:
    """No promise in `docs/schemas` is broken, and the files there are what `make docs` writes."""
    found = check_contracts(CONTRACTS_FOLDER, published_settings())
    assert found["broken"] == []
    assert found["different"] == [], "additions are allowed: make docs"


def test_nothing_else_is_published() -> None:
    """Each file is one of these, or the schema of an earlier version."""
    names = {path.name for path in CONTRACTS_FOLDER.iterdir()}
    assert names >= set(contract_files(published_settings()))
    assert all(name == "asyncapi.json" or name.endswith(".schema.json") for name in names)


def test_the_published_settings_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs `make docs` gets the same files, whatever the environment says."""
    monkeypatch.setenv("TOPIC_REVIEWS", "elsewhere")
    assert contract_files(published_settings()) != contract_files(load_settings(None))
    monkeypatch.delenv("TOPIC_REVIEWS")
    assert contract_files(published_settings()) == contract_files(load_settings(ROOT / ".env.example"))


def test_files_are_written_once_and_stay(tmp_path: Path) -> None:
    """The second time nothing has changed, and `--check` says so with exit code 0."""
    folder = tmp_path / "new" / "folder"
    first, second = (call("--out", folder, "--json") for _ in range(2))
    assert sorted(json.loads(first.stdout)["different"]) == sorted(path.name for path in folder.iterdir())
    assert json.loads(second.stdout)["different"] == []
    assert call("--out", folder, "--check").exit_code == 0


def test_the_asyncapi_document_is_of_this_installation(tmp_path: Path) -> None:
    """Topics, partitions, brokers and whether CloudEvents are on, as they are set."""
    call("--out", tmp_path, KAFKA_BOOTSTRAP_SERVERS="k1:1,k2:2", TOPIC_REVIEWS="marks", CLOUDEVENTS="true")
    document = json.loads((tmp_path / "asyncapi.json").read_text())
    assert [server["host"] for server in document["servers"].values()] == ["k1:1", "k2:2"]
    assert document["channels"]["reviews"]["address"] == "marks"
    assert document["components"]["messages"]["review"]["traits"] == [
        {"$ref": "#/components/messageTraits/cloudEvents"}
    ]
    assert "traits" not in document["components"]["messages"]["submission"], "those are the platform's"


def test_an_addition_is_written_and_a_broken_promise_is_not(tmp_path: Path) -> None:
    """What was published and is gone, or must be there, is named with a cure, and no file is touched."""
    call("--out", tmp_path)
    path = tmp_path / REVIEW
    published = json.loads(path.read_text())
    del published["properties"]["replay"]
    path.write_text(json.dumps(published))
    assert call("--out", tmp_path, "--check").exit_code == 1
    assert call("--out", tmp_path).exit_code == 0
    assert "replay" in json.loads(path.read_text())["properties"]

    published = json.loads(path.read_text())
    published["properties"]["mark"] = {"type": "integer"}
    published["required"].remove("model")
    path.write_text(json.dumps(published))
    (tmp_path / "asyncapi.json").unlink()
    checked, written = call("--out", tmp_path, "--check", "--text"), call("--out", tmp_path)
    assert (checked.exit_code, written.exit_code) == (1, 1)
    assert "breaks: review: mark: is gone" in checked.stdout
    assert "review: mark: is gone" in written.stderr
    assert "review: model: must be there now" in written.stderr
    assert "cure: " in written.stderr
    assert not (tmp_path / "asyncapi.json").exists()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """A published schema that is no JSON ends in a sentence."""
    (tmp_path / REVIEW).write_text("{")
    result = call("--out", tmp_path)
    assert result.exit_code == 1
    assert f"{REVIEW} is no JSON" in result.stderr
