"""What stands before, around or instead of the JSON of a record that a producer wrapped: named, and how to unwrap it.

A schema registry's serializers put a magic byte and a schema's id before the value; others compress or re-encode it.
Such a record is refused: what the id stands for lies in a registry that nobody here asks.
"""

from typing import Final

from schemas.errors import Reason

_PLAIN: Final = "produce the value as plain JSON in UTF-8"
_SERIALIZER: Final = f"{_PLAIN}: with StringSerializer or ByteArraySerializer in place of the registry's"

_PACKED: Final = f"{_PLAIN}; the producer's own compression.type packs whole batches"

_CONFLUENT: Final = 1 + 4
"""Magic byte 0x00 and a schema id of four bytes, big-endian."""
_CONFLUENT_GUID: Final = 1 + 16
"""Magic byte 0x01 and a schema's GUID."""
_APICURIO: Final = 1 + 8
"""The same magic byte and a global id of eight bytes."""
_GLUE: Final = 2 + 16
"""Version 0x03, compression 0x00 or 0x05, and a schema version's UUID."""


_ENCODED: Final = {
    b"\xff\xfe": f"the value is UTF-16: {_PLAIN}",
    b"\xfe\xff": f"the value is UTF-16: {_PLAIN}",
    b"\x1f\x8b": f"the value itself is gzip: {_PACKED}",
    b"\x28\xb5\x2f\xfd": f"the value itself is zstd: {_PACKED}",
    b"\xac\xed\x00\x05": f"the value is a serialized Java object: {_PLAIN}",
}
"""First bytes of values that are no UTF-8."""


def name_framing(value: bytes) -> tuple[Reason, str] | None:
    """What `value` is wrapped in, with the cure, and the code to refuse it under; None where it begins as JSON may."""
    for magic, told in _ENCODED.items():
        if value.startswith(magic):
            return Reason.NOT_UTF8, told
    told_registry = _name_registry(value)
    if told_registry is not None:
        return Reason.NOT_JSON, f"{told_registry}: {_SERIALIZER}"
    if value.startswith(b"\xef\xbb\xbf"):
        return Reason.NOT_JSON, f"the value begins with a byte order mark: {_PLAIN}, without one"
    return None


def _name_registry(value: bytes) -> str | None:
    first = value[:1]
    if first == b"\x00" and len(value) > _APICURIO and value[1:5] == bytes(4) != value[5:9] and value[9:10] == b"{":
        number = int.from_bytes(value[1:_APICURIO])
        return f"the value begins with a schema registry's magic byte (0x00) and the global id {number}"
    if first == b"\x00" and len(value) > _CONFLUENT:
        number = int.from_bytes(value[1:_CONFLUENT])
        return f"the value begins with a schema registry's magic byte (0x00) and the schema id {number}"
    if first == b"\x01" and len(value) > _CONFLUENT_GUID:
        return "the value begins with a schema registry's magic byte (0x01) and a schema's GUID"
    if first == b"\x03" and value[1:2] in {b"\x00", b"\x05"} and len(value) > _GLUE:
        return "the value begins with the AWS Glue schema registry's header (0x03)"
    return None
