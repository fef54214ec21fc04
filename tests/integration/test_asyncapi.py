"""The AsyncAPI document against the official schema of such documents."""

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from app.cli.contract_files import contract_files
from app.config import load_settings
from tests.docs.contracts import CONTRACTS_FOLDER
from tests.parts.node_packages import ASYNCAPI_SPECS, NodePackages


@pytest.fixture(scope="module")
def official(node_packages: NodePackages) -> Draft7Validator:
    """AsyncAPI's own schema, version 3.0.0."""
    path = node_packages.folder(ASYNCAPI_SPECS) / "schemas" / "3.0.0.json"
    return Draft7Validator(json.loads(path.read_text("utf-8")))


def document_of(**settings: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(contract_files(load_settings(None, **settings))["asyncapi.json"])
    return document


def test_the_published_document_is_valid(official: Draft7Validator) -> None:
    """The copy in the docs."""
    document = json.loads((CONTRACTS_FOLDER / "asyncapi.json").read_text("utf-8"))
    assert [error.message for error in official.iter_errors(document)] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"cloudevents": True},
        {"kafka_bootstrap_servers": "k1:9093,[::1]:9093", "kafka_security_protocol": "SSL"},
        {"kafka_replication_factor": 3, "reviews_retention_days": -1, "topic_partitions": 1},
    ],
    ids=["CloudEvents", "several brokers with TLS", "a cluster"],
)
def test_the_document_of_any_installation_is_valid(official: Draft7Validator, settings: dict[str, Any]) -> None:
    """Whatever is set."""
    assert [error.message for error in official.iter_errors(document_of(**settings))] == []


def test_the_official_schema_refuses_what_is_no_such_document(official: Draft7Validator) -> None:
    """So that the checks above can fail: a channel without its address, an operation that does neither."""
    document = document_of()
    document["operations"]["sendReview"]["action"] = "publish"
    document["channels"]["reviews"]["bindings"]["kafka"]["partitions"] = "six"
    assert {tuple(error.absolute_path)[:2] for error in official.iter_errors(document)} == {
        ("operations", "sendReview"),
        ("channels", "reviews"),
    }


def test_examples_are_as_the_schemas_beside_them_say() -> None:
    """Each message's payload, and a dead letter's headers, by the schema that its reference leads to."""
    document = document_of(cloudevents=True)
    checked = []
    for name, message in document["components"]["messages"].items():
        for part in (part for part in ("payload", "headers") if "schema" in message.get(part, {})):
            path = CONTRACTS_FOLDER / message[part]["schema"]["$ref"]
            validator = Draft202012Validator(json.loads(path.read_text("utf-8")))
            for example in message["examples"]:
                assert [error.message for error in validator.iter_errors(example[part])] == []
            checked.append((name, part))
    messages = [(name, "payload") for name in ("submission", "comparison", "review")]
    assert checked == [*messages, ("deadLetter", "headers"), ("decision", "payload")]


def test_references_lead_somewhere() -> None:
    """Each `#/…` names a part of the document, each `./…` a file beside it."""
    document = document_of(cloudevents=True)
    references = [part.split('"')[0] for part in json.dumps(document).split('"$ref": "')[1:]]
    assert len(references) > 10
    for reference in references:
        if reference.startswith("./"):
            assert (CONTRACTS_FOLDER / reference).is_file()
            continue
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
