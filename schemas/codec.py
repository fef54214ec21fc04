"""Bytes to models and back: orjson at the door, pydantic behind it."""

import contextlib
import re
from typing import Final, TypeVar

import orjson
from pydantic import ValidationError

from schemas.base import SCHEMA_VERSION, Schema
from schemas.errors import Reason, Rejected
from schemas.framing import name_framing

T = TypeVar("T", bound=Schema)

# Possessive: a string of megabytes is read once, without steps to go back to.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"(\s*+:)?+', re.DOTALL)
"""A string, and the colon behind it where it is a name."""
_STRING_OR_BRACE: Final = re.compile(rb"[{}]|" + _STRING.pattern, re.DOTALL)
_NAME_CHARS_MAX: Final = 100  # of a name that a refusal shows: it may be a student's path

_ERRORS_SHOWN = 5  # a refusal names the first few wrong fields; the rest would only repeat it


def encode(record: Schema) -> bytes:
    """`record` as compact UTF-8 JSON with sorted keys: equal records give equal bytes."""
    return orjson.dumps(record.document(), option=orjson.OPT_SORT_KEYS)


def decode(schema: type[T], value: bytes, *, is_ours: bool = False) -> T:
    """Read one record of `schema`. `is_ours`: nobody else can have written it, so no name is looked for twice.

    Raises `Rejected`: `not_utf8`, `not_json`, `unsupported_version` or `invalid_field`, which a name
    that stands twice in one object is, too. Messages name fields and what is wrong with them and never quote values,
    which may hold a student's text. What a producer wrapped the JSON in, a schema registry's magic byte above all, is
    named with its cure.
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
    if not is_ours:
        _refuse_repeated_names(value, document)
    return read_record(schema, document)


def read_record(schema: type[T], document: object) -> T:
    """A record of `schema` from JSON that was parsed. Raises `Rejected` as `decode` does."""
    if not isinstance(document, dict):
        raise Rejected(Reason.INVALID_FIELD, f"expected an object, got {_json_type(document)}")
    version = document.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise Rejected(Reason.UNSUPPORTED_VERSION, f"schema_version must be {SCHEMA_VERSION}")
    try:
        return schema.model_validate(document)
    except ValidationError as exc:
        raise Rejected(Reason.INVALID_FIELD, describe(exc)) from exc


def _refuse_repeated_names(value: bytes, document: object) -> None:
    """Refuse what different readers read differently: of a name that stands twice most keep the last, some the first.

    Counted first, for nearly no record has one: the names in the text against those that were kept. And before that,
    what is written again as it came has lost none: so it is with all that we wrote.
    """
    with contextlib.suppress(orjson.JSONEncodeError):  # what is nested deeper than it writes can still be read
        if orjson.dumps(document) == value:
            return
    found: list[bytes] = _STRING.findall(value)
    if len(found) - found.count(b"") == _count_names(document):
        return
    raise Rejected(
        Reason.INVALID_FIELD,
        f"{_repeated_name(value)} stands twice in one object, and readers disagree about which one counts: give each "
        "name once",
    )


def _count_names(document: object) -> int:
    """Names in all objects, walked without recursion."""
    count = 0
    todo = [document]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            count += len(node)
            todo += [child for child in node.values() if isinstance(child, dict | list)]
        elif isinstance(node, list):
            todo += [child for child in node if isinstance(child, dict | list)]
    return count


def _repeated_name(value: bytes) -> str:
    """The first name that comes again, quoted; `value` is JSON that has one."""
    objects: list[set[str]] = []
    for token in _STRING_OR_BRACE.finditer(value):
        text = token[0]
        if text == b"{":
            objects.append(set())
        elif text == b"}":
            objects.pop()
        elif token[1]:
            name = orjson.loads(text[: text.rindex(b":")])
            if name in objects[-1]:
                return repr(name[:_NAME_CHARS_MAX])
            objects[-1].add(name)
    raise AssertionError("the names were counted wrongly")


def describe(error: ValidationError) -> str:
    """The wrong fields of a validation error in one line, without their values."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{'.'.join(map(str, e['loc'])) or 'record'}: {e['msg']}" for e in errors[:_ERRORS_SHOWN]]
    more = len(errors) - _ERRORS_SHOWN
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _json_type(value: object) -> str:
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
