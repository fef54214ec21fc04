"""Kinds, codes and flags: members here, texts in JSON, and what another version wrote stays what it is."""

import pickle

import orjson
import pytest

from app.core.diff.records.kinds import has_refactoring, in_order
from app.core.evidence.facts.change import change_facts
from app.presentation.changes import change_lines
from app.presentation.words import card_words
from schemas.changes import Change, ChangeKind, Place
from schemas.codec import decode, encode
from schemas.comparison import Comparison, Evidence, Fact, FactCode, Flag
from tests.builders.records import a_comparison

PLACE = Place(path="a.py", symbol="f", line=1)


def with_words(kind: str, code: str, flag: str) -> bytes:
    """A comparison as it stands in a topic, with one change, one fact and one flag."""
    document = orjson.loads(encode(a_comparison()))
    document["changes"] = [{"kind": kind, "after": {"path": "a.py", "symbol": "f", "line": 1}}]
    document["evidence"]["facts"] = [{"code": code}]
    document["evidence"]["flags"] = [flag]
    return orjson.dumps(document)


def test_known_words_become_members() -> None:
    """What stands in a record as text is read as the member of that value."""
    read = decode(Comparison, with_words("extract_method", "tests_failing", "tests_removed"))
    assert read.changes[0].kind is ChangeKind.EXTRACT_METHOD
    assert read.evidence.facts[0].code is FactCode.TESTS_FAILING
    assert read.evidence.flags == (Flag.TESTS_REMOVED,)
    assert type(read.evidence.flags[0]) is Flag


@pytest.mark.parametrize("words", [("extract_method", "size", "tests_removed"), ("extract_module", "mood", "haste")])
def test_words_are_written_as_they_were_read(words: tuple[str, str, str]) -> None:
    """Known or not, each word stands in the written record as it stood in the read one."""
    written = orjson.loads(encode(decode(Comparison, with_words(*words))))
    evidence = written["evidence"]
    assert (written["changes"][0]["kind"], evidence["facts"][0]["code"], evidence["flags"][0]) == words


def test_a_word_of_another_version_refuses_no_record() -> None:
    """Of an unknown kind a comparison is read, ordered, weighed and shown; the kind by its own name."""
    change = decode(Comparison, with_words("extract_module", "mood", "haste")).changes[0]
    assert change.kind == "extract_module"
    assert in_order([change]) == [change]
    assert not has_refactoring([change])
    assert [fact.data["kind"] for fact in change_facts((change,))] == ["extract_module"]
    assert [line.phrase for line in change_lines([change], card_words("en"))] == ["extract module"]


def test_members_survive_the_way_between_processes() -> None:
    """A change that an analysis process made holds the same member in the worker."""
    change = Change(kind=ChangeKind.RENAME_METHOD, before=PLACE, after=PLACE)
    assert pickle.loads(pickle.dumps(change)).kind is ChangeKind.RENAME_METHOD


@pytest.mark.parametrize("flag", Flag)
def test_every_flag_is_the_code_of_a_fact(flag: Flag) -> None:
    """Whoever sees a flag finds the facts of the same code, with their places."""
    assert flag.value in {code.value for code in FactCode}


def test_a_member_is_written_like_its_text() -> None:
    """A record that was made with members has the bytes of one that was made with texts."""
    members = Evidence(facts=(Fact(code=FactCode.SIZE),), flags=(Flag.TESTS_REMOVED,))
    assert encode(members) == encode(Evidence.model_validate({"facts": [{"code": "size"}], "flags": ["tests_removed"]}))
