"""YAML files that people write: read whole, bounded, and what is wrong in them named with its line."""

import pytest
from pydantic import BaseModel, ConfigDict

from app.core.yaml_document import read_document


class Part(BaseModel):
    """A part of the document below."""

    model_config = ConfigDict(extra="forbid")
    name: str
    size: int = 1


class Document(BaseModel):
    """What these tests read."""

    model_config = ConfigDict(extra="forbid")
    title: str
    parts: tuple[Part, ...] = ()


GOOD = "title: One\nparts:\n  - name: a\n    size: 2\n  - {name: b}\n"


def test_document_is_read() -> None:
    """Mappings, lists and values become the model."""
    assert read_document(GOOD, Document, "file") == Document(
        title="One", parts=(Part(name="a", size=2), Part(name="b"))
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("title: One\nparts:\n  - name: a\n    size: many\n", 4, "parts.0.size: Input should be a valid integer"),
        ("title: One\nparts:\n  - size: 2\n", 3, "parts.0.name: Field required"),
        ("title: One\nparts:\n  - name: a\n    color: red\n", 4, "parts.0.color: there is no such field"),
        ("title: One\ntitle: Two\n", 2, "title stands there twice"),
        ("parts:\n  - {name: a, name: b}\n", 2, "parts.0.name stands there twice"),
        ("title: @\n", 1, "cannot start any token"),
        ("title: One\nparts: [\n", 3, "expected the node content"),
        ("title: One\nparts: &all\n  - name: a\n", 2, "anchors (&) and aliases (*) are not taken"),
        ("title: *one\n", 1, "anchors (&) and aliases (*) are not taken"),
        ("title: One\nparts: " + "[" * 13 + "]" * 13, 2, "nested deeper than 12 levels"),
        ("title: One\nparts: \x07\n", 2, "a character that YAML does not take"),
        ("title: One\nparts: 2026-13-45\n", 2, "month must be in 1..12"),
        ("title: One\nparts: " + "9" * 5000 + "\n", 2, "Exceeds the limit"),
        ("title: !!python/object:os.system x\n", 1, "could not determine a constructor"),
        ("title: One\n---\ntitle: Two\n", 2, "but found another document"),
        ("- title\n", 1, "it is no mapping of fields to values"),
        ("", 1, "it is no mapping of fields to values"),
    ],
)
def test_fault_is_named_with_its_line(text: str, line: int, words: str) -> None:
    """Of a wrong value its own line, of a missing one the line of what should hold it."""
    with pytest.raises(ValueError, match="file, line") as caught:
        read_document(text, Document, "file")
    assert f"file, line {line}: " in str(caught.value)
    assert words in str(caught.value)


def test_faults_are_told_from_the_top() -> None:
    """All of them in the file's order, so that one round of mending is enough."""
    with pytest.raises(ValueError, match=r"line 1: .*; file, line 2: ") as caught:
        read_document("title: 5\nparts: none\n", Document, "file")
    assert str(caught.value).count("file, line") == 2


def test_a_bomb_of_brackets_costs_no_more_than_its_length() -> None:
    """A deep text is refused by its events, before anything recurses over it."""
    with pytest.raises(ValueError, match="nested deeper"):
        read_document("title: " + "[" * 100_000, Document, "file")
