"""Entries of the tables as they are stored: packed once, and read as every version of ours has written them."""

import zlib
from struct import pack as struct_pack

from app.core.history.entries import pack, stamp_of, unpack
from schemas.codec import encode
from schemas.history import PastSubmission, SubmissionHistory
from schemas.origin import Origin
from tests.builders.records import NOON


def an_entry(attempts: int) -> SubmissionHistory:
    """Attempts that differ in a line each, of sixty thousand characters."""
    sources = {
        f"part_{n}.py": "".join(f"value_{n}_{k} = {n * k * 7919 % 10007}\n" for k in range(300)) for n in range(10)
    }
    past = [
        PastSubmission(
            origin=Origin(topic="submissions", partition=0, offset=number),
            submission_id=f"sub-{number}",
            submitted_at=NOON,
            digest="0" * 64,
            sources=sources | {"part_0.py": f"CHANGED = {number}\n"},
        )
        for number in range(attempts)
    ]
    return SubmissionHistory(stamp=past[-1].origin, submissions=tuple(past))


def test_an_entry_comes_back_with_its_stamp() -> None:
    """What was packed is unpacked, and the stamp is read without unpacking."""
    entry = an_entry(2)
    value = pack(entry, 3, 41)
    assert stamp_of(value) == (3, 41)
    assert unpack(SubmissionHistory, value) == entry


def test_a_deflated_entry_of_an_earlier_version_is_read() -> None:
    """A table that was filled before entries were packed by zstd is as good as before."""
    entry = an_entry(2)
    value = struct_pack(">Iq", 3, 41) + zlib.compress(encode(entry), 6)
    assert unpack(SubmissionHistory, value) == entry


def test_what_attempts_share_is_stored_once() -> None:
    """Three attempts of tens of kilobytes that are alike take little more than one."""
    assert len(encode(an_entry(1))) > 40_000
    assert len(pack(an_entry(3), 0, 1)) < 1.1 * len(pack(an_entry(1), 0, 1))
