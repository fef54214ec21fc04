"""Records that a producer wrapped: refused, and told by name."""

import gzip
import json

import pytest

from schemas.codec import decode, encode
from schemas.errors import Reason, Rejected
from schemas.submission import Submission
from tests.builders.records import a_submission

PLAIN = encode(a_submission())
REGISTRY = "produce the value as plain JSON in UTF-8: with StringSerializer"


def refusal(value: bytes) -> Rejected:
    with pytest.raises(Rejected) as caught:
        decode(Submission, value)
    return caught.value


@pytest.mark.parametrize("schema_id", [1, 42, 0x80, 0xC3, 65_535, 2_000_000_000])
@pytest.mark.parametrize("payload", [PLAIN, b"\x00\x02\x0aavro", b"{}"], ids=["json", "avro", "empty"])
def test_a_schema_registrys_magic_byte_is_named_with_its_cure(schema_id: int, payload: bytes) -> None:
    """0x00 and four bytes of a schema's id, whatever follows and whether or not the id is UTF-8."""
    refused = refusal(b"\x00" + schema_id.to_bytes(4) + payload)
    assert refused.reason is Reason.NOT_JSON
    assert f"a schema registry's magic byte (0x00) and the schema id {schema_id}: {REGISTRY}" in refused.detail


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (b"\x00" + (7).to_bytes(8), "a schema registry's magic byte (0x00) and the global id 7"),
        (b"\x01" + bytes(16), "a schema registry's magic byte (0x01) and a schema's GUID"),
        (b"\x03\x00" + bytes(16), "the AWS Glue schema registry's header (0x03)"),
        (b"\x03\x05" + bytes(16), "the AWS Glue schema registry's header (0x03)"),
    ],
)
def test_other_registries_are_named_too(header: bytes, named: str) -> None:
    """Apicurio's long ids, GUIDs, and AWS Glue's header."""
    refused = refusal(header + PLAIN)
    assert refused.reason is Reason.NOT_JSON
    assert f"{named}: {REGISTRY}" in refused.detail


@pytest.mark.parametrize(
    ("value", "reason", "named"),
    [
        (b"\xef\xbb\xbf" + PLAIN, Reason.NOT_JSON, "byte order mark"),
        (PLAIN.decode().encode("utf-16"), Reason.NOT_UTF8, "UTF-16"),
        (gzip.compress(PLAIN), Reason.NOT_UTF8, "gzip"),
        (b"\x28\xb5\x2f\xfd\x24\x00", Reason.NOT_UTF8, "zstd"),
        (b"\xac\xed\x00\x05t\x00", Reason.NOT_UTF8, "Java object"),
    ],
)
def test_other_wrappings_are_named(value: bytes, reason: Reason, named: str) -> None:
    """A mark, another encoding, a compressed value, an object: each is told instead of its first odd byte."""
    refused = refusal(value)
    assert refused.reason is reason
    assert named in refused.detail
    assert "produce the value as plain JSON in UTF-8" in refused.detail


def test_plain_json_is_read_whatever_blanks_come_first() -> None:
    """Nothing that JSON allows is taken for a wrapping."""
    for blank in (b"", b" ", b"\n", b"\r\n", b"\t"):
        assert decode(Submission, blank + PLAIN) == decode(Submission, PLAIN)
    assert json.loads(PLAIN)
