"""Bytes to models and back: orjson at the door, pydantic behind it."""

from typing import TypeVar

import orjson
from pydantic import ValidationError

from schemas.base import SCHEMA_VERSION, Schema
from schemas.errors import Reason, Rejected
from schemas.framing import name_framing

T = TypeVar("T", bound=Schema)

_ERRORS_SHOWN = 5  # a refusal names the first few wrong fields; the rest would only repeat it


def encode(record: Schema) -> bytes:
    """`record` as compact UTF-8 JSON with sorted keys: equal records give equal bytes."""
    return orjson.dumps(record.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


def decode(schema: type[T], value: bytes) -> T:
    """Read one record of `schema`.

    Raises `Rejected`: `not_utf8`, `not_json`, `unsupported_version` or `invalid_field`. Messages name fields
    and what is wrong with them and never quote values, which may hold a student's text. What a producer wrapped the
    JSON in, a schema registry's magic byte above all, is named with its cure.
    """
    framing = name_framing(value)
    if framing is not None:
        raise Rejected(*framing)
    try:
        value.decode("utf-8", "strict")
    except UnicodeDecodeError as exc:
        raise Rejected(Reason.NOT_UTF8, f"byte {exc.start} is not UTF-8: {exc.reason}") from exc
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError as exc:
        raise Rejected(Reason.NOT_JSON, f"line {exc.lineno} column {exc.colno}: {exc.msg}") from exc
    if not isinstance(document, dict):
        raise Rejected(Reason.INVALID_FIELD, f"expected an object, got {_json_type(document)}")
    version = document.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise Rejected(Reason.UNSUPPORTED_VERSION, f"schema_version must be {SCHEMA_VERSION}")
    try:
        return schema.model_validate(document)
    except ValidationError as exc:
        raise Rejected(Reason.INVALID_FIELD, describe(exc)) from exc


def describe(error: ValidationError) -> str:
    """The wrong fields of a validation error in one line, without their values."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{'.'.join(map(str, e['loc'])) or 'record'}: {e['msg']}" for e in errors[:_ERRORS_SHOWN]]
    more = len(errors) - _ERRORS_SHOWN
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _json_type(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
