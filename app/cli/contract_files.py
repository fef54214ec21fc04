"""The files that neighbours may rely on: each record's JSON Schema, and the AsyncAPI document of the topics."""

import json
from pathlib import Path
from typing import Any, Final

import orjson

from app.adapters.kafka.topic_plans import topic_plans
from app.config import Settings
from app.core.contracts.asyncapi import Installation, asyncapi_document
from app.core.contracts.compatibility import broken_promises
from app.core.contracts.json_schemas import CONTRACTS
from schemas.errors import StartRefused

_ASYNCAPI: Final = "asyncapi.json"


def contract_files(settings: Settings) -> dict[str, str]:
    """Each file's name and text; the same for the same settings."""
    topics = topic_plans(settings)[:5]
    installation = Installation(
        servers=settings.bootstrap_servers,
        is_encrypted=settings.kafka_security_protocol.endswith("SSL"),
        topics=topics,
        events=settings.event_attributes(),
    )
    documents: dict[str, Any] = {contract.file_name: contract.json_schema() for contract in CONTRACTS}
    documents[_ASYNCAPI] = asyncapi_document(installation)
    return {name: json.dumps(document, ensure_ascii=False, indent=2) + "\n" for name, document in documents.items()}


def write_contracts(folder: Path, settings: Settings) -> dict[str, Any]:
    """Write the files; raises `StartRefused`, having written none, where one breaks the promise of the one there."""
    files = contract_files(settings)
    broken = _broken(folder)
    if broken:
        raise StartRefused(
            "what is published in " + str(folder) + " would be broken:\n" + "\n".join(f"  {line}" for line in broken),
            "keep the field as it was and add another one; or raise SCHEMA_VERSION in schemas/base.py: the published "
            "files stay beside the new ones",
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = [name for name, text in files.items() if _text(folder / name) != text]
    for name in written:
        (folder / name).write_text(files[name], encoding="utf-8")
    return {"folder": str(folder), "files": sorted(files), "different": written, "broken": []}


def check_contracts(folder: Path, settings: Settings) -> dict[str, Any]:
    """What differs between the files there and those that would be written, and what of it breaks somebody."""
    files = contract_files(settings)
    different = [name for name, text in files.items() if _text(folder / name) != text]
    return {"folder": str(folder), "files": sorted(files), "different": different, "broken": _broken(folder)}


def _broken(folder: Path) -> list[str]:
    found = []
    for contract in CONTRACTS:
        text = _text(folder / contract.file_name)
        if text is None:
            continue
        try:
            published = orjson.loads(text)
        except orjson.JSONDecodeError as exc:
            raise StartRefused(f"{folder / contract.file_name} is no JSON: {exc}", "mend it, or remove it") from exc
        broken = broken_promises(published, contract.json_schema(), is_taken=contract.is_taken)
        found += [f"{contract.name}: {line}" for line in broken]
    return found


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        raise StartRefused(f"{path} cannot be read: {exc}", "name another folder, or remove the file") from exc
