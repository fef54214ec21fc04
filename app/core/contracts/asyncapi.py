"""The topics of an installation as an AsyncAPI 3 document, from its plans and the models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from app.core.contracts.example_records import COMPARISON, DEAD_LETTER, DECISION, REVIEW, SUBMISSION
from app.core.contracts.json_schemas import CONTRACTS, Contract, as_texts
from app.core.events.event_attributes import EventAttributes
from schemas.base import SCHEMA_VERSION
from schemas.cloud_event import CloudEventHeaders
from schemas.codec import encode
from schemas.dead_letter import Header
from schemas.replay import PROMOTED, REPEAT, ReplayOrder
from schemas.review import ReplayNote

ASYNCAPI_VERSION: Final = "3.0.0"
_BINDING_VERSION: Final = "0.5.0"
_SCHEMA_FORMAT: Final = "application/schema+json;version=draft-2020-12"
_LISTED_CONFIGS: Final = ("cleanup.policy", "retention.ms", "max.message.bytes")

Document = dict[str, Any]


class PlannedTopic(Protocol):
    """A topic as it is created."""

    @property
    def name(self) -> str: ...

    @property
    def partitions(self) -> int: ...

    @property
    def replication_factor(self) -> int: ...

    def configs(self) -> dict[str, str]:
        """Its configuration under Kafka's names."""
        ...


@dataclass(frozen=True, slots=True)
class Installation:
    """What of an installation the document tells.

    `topics` are those of submissions, comparisons, reviews, dead letters and decisions.
    """

    servers: Sequence[str]
    is_encrypted: bool
    topics: Sequence[PlannedTopic]
    events: EventAttributes


@dataclass(frozen=True, slots=True)
class _Message:
    """One kind of record. `headers` are those that one may have, with their values' meaning in `headers_say`."""

    channel: str
    name: str
    summary: str
    headers_say: str
    headers: tuple[Header, ...]
    actions: tuple[str, ...]


_ORDER: Final = ReplayOrder(
    note=ReplayNote(
        replay_id="mended-bug", reason="a mended bug", is_appeal=True, is_shadow=True, supersedes=UUID(int=5)
    ),
    is_fresh=True,
)

_MESSAGES: Final = (
    _Message(
        "submissions", "submission", "A homework submission, from the course platform.",
        "None are asked for; whatever a producer adds stays with the event.", (), ("receive",),
    ),
    _Message(
        "comparisons", "comparison", "A submission beside its predecessor, from comparator to reviewer.",
        "Of a replay, or of a submission that is read again.", ((REPEAT, b"1"), *_ORDER.headers()), ("send", "receive"),
    ),
    _Message(
        "reviews", "review", "A review of a submission's progress.",
        "Of a shadow review that comes once more, to be delivered: the replay's id.", ((PROMOTED, b"mended-bug"),),
        ("send", "receive"),
    ),
    _Message(
        "deadLetters", "deadLetter", "A refused record: its key, value and headers as they were, then why.", "", (),
        ("send",),
    ),
    _Message(
        "decisions", "decision", "What a teacher decided about a review, from the desk to the editor.",
        "None are asked for.", (), ("send", "receive"),
    ),
)  # fmt: skip
_TITLES: Final = {"submissions": "Submissions", "comparisons": "Comparisons", "reviews": "Reviews",
                  "deadLetters": "Dead letters", "decisions": "Decisions"}  # fmt: skip


def asyncapi_document(installation: Installation) -> Document:
    """The AsyncAPI document; equal installations give equal documents. Its schemas lie beside it in their files."""
    protocol = "kafka-secure" if installation.is_encrypted else "kafka"
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "reviewstream",
            "version": str(SCHEMA_VERSION),
            "description": "Reviews of the progress between a student's homework submissions, over Kafka. Keys are "
            "student ids in UTF-8; a record lies in the partition that Kafka's default partitioner (murmur2) gives its "
            "key. Delivery is at least once.",
        },
        "defaultContentType": "application/json",
        "servers": {
            f"kafka{number}": {"host": host, "protocol": protocol}
            for number, host in enumerate(installation.servers, start=1)
        },
        "channels": {
            message.channel: _channel(message, topic)
            for message, topic in zip(_MESSAGES, installation.topics, strict=True)
        },
        "operations": {
            f"{action}{_capital(message.name)}": {
                "action": action,
                "channel": {"$ref": f"#/channels/{message.channel}"},
                "messages": [{"$ref": f"#/channels/{message.channel}/messages/{message.name}"}],
            }
            for message in _MESSAGES
            for action in message.actions
        },
        "components": {
            "messages": {message.name: _message(message, installation.events) for message in _MESSAGES},
            "messageTraits": {"cloudEvents": _cloud_events()},
        },
    }


def _channel(message: _Message, topic: PlannedTopic) -> Document:
    configs = topic.configs()
    return {
        "address": topic.name,
        "title": _TITLES[message.channel],
        "messages": {message.name: {"$ref": f"#/components/messages/{message.name}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": topic.replication_factor,
                "topicConfiguration": {
                    name: [configs[name]] if name == "cleanup.policy" else int(configs[name])
                    for name in _LISTED_CONFIGS
                    if name in configs
                },
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }


def _message(message: _Message, events: EventAttributes) -> Document:
    is_letter = message.name == "deadLetter"
    document: Document = {
        "name": message.name,
        "summary": message.summary,
        "contentType": "application/octet-stream" if is_letter else "application/json",
        "headers": _of_file(_contract("dead-letter-headers")) if is_letter else _headers(message),
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "The student's id in UTF-8."},
                "bindingVersion": _BINDING_VERSION,
            }
        },
        "examples": [_example(message.name, events)],
    }
    if not is_letter:
        document["payload"] = _of_file(_contract(message.name))
    if events.is_on and message.name not in {"submission", "decision"}:
        document["traits"] = [{"$ref": "#/components/messageTraits/cloudEvents"}]
    return document


def _headers(message: _Message) -> Document:
    properties = {name: {"type": "string"} for name, _ in message.headers}
    return {"type": "object", "description": message.headers_say, "properties": properties}


def _cloud_events() -> Document:
    schema = CloudEventHeaders.model_json_schema()
    return {
        "summary": "CloudEvents attributes, where CLOUDEVENTS=true: binary mode of the Kafka protocol binding.",
        "headers": {word: schema[word] for word in ("type", "description", "properties")},
    }


def _example(name: str, events: EventAttributes) -> Document:
    headers: Mapping[str, str]
    match name:
        case "submission":
            return {"name": "second attempt", "payload": SUBMISSION.model_dump(mode="json", exclude_defaults=True)}
        case "comparison":
            value = encode(COMPARISON)
            headers = as_texts(tuple(events.of_comparison(value)))
        case "review":
            value = encode(REVIEW)
            headers = as_texts(tuple(events.of_review(value)))
        case "decision":
            return {"name": "an edit", "payload": orjson.loads(encode(DECISION))}
        case _:
            headers = as_texts((*DEAD_LETTER.record_headers(), *events.of_dead_letter(DEAD_LETTER)))
            return {"name": "no JSON", "headers": dict(headers), "payload": (DEAD_LETTER.value or b"").decode()}
    return {"name": "second attempt", **({"headers": dict(headers)} if headers else {}), "payload": orjson.loads(value)}


def _contract(name: str) -> Contract:
    return next(contract for contract in CONTRACTS if contract.name == name)


def _of_file(contract: Contract) -> Document:
    return {"schemaFormat": _SCHEMA_FORMAT, "schema": {"$ref": f"./{contract.file_name}"}}


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
