"""The OpenAPI document as a page shows it: each operation with what it takes and answers, then the shapes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

Document = Mapping[str, Any]

_SHAPE: Final = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class ApiField:
    """Something that is taken or answered: `place` is path, query, header, or empty for a field of a shape."""

    place: str
    name: str
    kind: "ApiType"
    is_required: bool
    about: str


@dataclass(frozen=True, slots=True)
class ApiType:
    """A type in words, and the shape that it names, if it names one."""

    words: str
    shape: str | None = None


@dataclass(frozen=True, slots=True)
class ApiBody:
    """A body: its media type, and what it is."""

    media_type: str
    kind: ApiType


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What an operation answers under a status."""

    status: str
    about: str
    contents: tuple[ApiBody, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a path. `anchor` is its name within the page."""

    method: str
    path: str
    anchor: str
    summary: str
    about: str
    wants_token: bool
    takes: tuple[ApiField, ...]
    bodies: tuple[ApiBody, ...]
    answers: tuple[ApiAnswer, ...]


@dataclass(frozen=True, slots=True)
class ApiShape:
    """A schema: its fields or its values, and an example as JSON, where there is one."""

    name: str
    about: str
    fields: tuple[ApiField, ...]
    values: tuple[str, ...]
    example: str | None


@dataclass(frozen=True, slots=True)
class ApiContract:
    """The document for people. `groups` are operations by their tag, in the document's order."""

    title: str
    version: str
    about: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Operation, ...]], ...]
    shapes: tuple[ApiShape, ...]


def contract_of(document: Document) -> ApiContract:
    """What `document`, an OpenAPI 3.1 one of our own making, says."""
    groups: dict[str, list[Operation]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = next(iter(operation.get("tags", ())), "")
            groups.setdefault(tag, []).append(_operation(method, path, operation))
    info = document["info"]
    shapes = document.get("components", {}).get("schemas", {})
    return ApiContract(
        title=info["title"],
        version=info["version"],
        about=tuple(info.get("description", "").split("\n\n")),
        groups=tuple((tag, tuple(found)) for tag, found in groups.items()),
        shapes=tuple(_shape(name, schema) for name, schema in sorted(shapes.items())),
    )


def _operation(method: str, path: str, operation: Document) -> Operation:
    summary, _, about = operation.get("description", operation.get("summary", "")).partition("\n")
    return Operation(
        method=method.upper(),
        path=path,
        anchor=operation["operationId"],
        summary=summary,
        about=about.strip(),
        wants_token=bool(operation.get("security")),
        takes=tuple(_parameter(parameter) for parameter in operation.get("parameters", ())),
        bodies=tuple(_contents(operation.get("requestBody", {}))),
        answers=tuple(
            ApiAnswer(status, answer["description"], tuple(_contents(answer)))
            for status, answer in sorted(operation["responses"].items())
        ),
    )


def _parameter(parameter: Document) -> ApiField:
    schema = parameter["schema"]
    about = parameter.get("description") or schema.get("description", "")
    return ApiField(parameter["in"], parameter["name"], _kind(schema), parameter.get("required", False), about)


def _contents(holder: Document) -> Iterator[ApiBody]:
    for media_type, content in holder.get("content", {}).items():
        yield ApiBody(media_type, _kind(content.get("schema", {})))


def _shape(name: str, schema: Document) -> ApiShape:
    required = set(schema.get("required", ()))
    fields = (
        ApiField("", key, _kind(field), key in required, field.get("description", ""))
        for key, field in schema.get("properties", {}).items()
    )
    examples = schema.get("examples", ())
    example = orjson.dumps(examples[0], option=orjson.OPT_INDENT_2).decode() if examples else None
    return ApiShape(
        name, schema.get("description", ""), tuple(fields), tuple(map(str, schema.get("enum", ()))), example
    )


def _kind(schema: Document) -> ApiType:
    """A schema's type in a few words; a shape by its name, lists and choices around it."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_SHAPE)
        return ApiType(name, name)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        kinds = [_kind(choice) for choice in choices]
        return ApiType(" | ".join(kind.words for kind in kinds), next((k.shape for k in kinds if k.shape), None))
    words = str(schema.get("type", "any"))
    if words == "array":
        item = _kind(schema.get("items", {}))
        return ApiType(f"[{item.words}]", item.shape)
    if isinstance(schema.get("additionalProperties"), Mapping):
        value = _kind(schema["additionalProperties"])
        return ApiType(f"{{string: {value.words}}}", value.shape)
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        words = " | ".join(map(str, values))
    return ApiType(f"{words} ({schema['format']})" if "format" in schema else words)
