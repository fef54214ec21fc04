"""The accuracy benchmark itself: labels are read, and compared strictly."""

import csv

import pytest

from app.core.submission.sources import SourceTree
from schemas.changes import Change, Place
from tests.benchmarks.judgements import TABLE, read_judgements
from tests.benchmarks.labels import parse_label
from tests.benchmarks.oracle import Commit
from tests.benchmarks.scoring import Tally, compare
from tests.builders.diff_trees import tree

IN_F = "in method public f(b, rest) from class text.reader.__module__"


def tally(kind: str, description: str, change: Change, validation: str = "TP") -> Tally:
    """One label against one record."""
    label = parse_label({"type": kind, "description": f"{kind} {description}", "validation": validation})
    return compare(Commit("p", "0" * 40, SourceTree({}), SourceTree({}), (label,)), [change])


def change(kind: str, before: str, after: str, /, **detail: str) -> Change:
    """A record; places are `path:symbol`."""
    sides = [
        Place(path=path, symbol=symbol or None) for path, _, symbol in (before.partition(":"), after.partition(":"))
    ]
    return Change(kind=kind, before=sides[0], after=sides[1], detail=detail)


AGREEING = [
    (
        "Rename Parameter",
        f"a to b {IN_F}",
        change("rename_parameter", "src/text/reader.py:f", "src/text/reader.py:f", before="a", after="b"),
    ),
    ("Add Parameter", f"b {IN_F}", change("add_parameter", "text/reader.py:f", "text/reader.py:f", name="b")),
    (
        "Move Method",
        "protected g(x) from class a.A to protected g(x) from class b.__module__",
        change("move_method", "p/a.py:A.g", "p/b.py:g"),
    ),
    (
        "Extract And Move Method",
        "public h() extracted from public f(b) in class a.A & moved to class b.__module__",
        change("extract_and_move_method", "a.py:A.f", "b.py:h", caller="A.f"),
    ),
    (
        "Add Method Annotation",
        '@mark("x", (1, 2)) in method public f() from class a.__module__',
        change("add_decorator", "a.py:f", "a.py:f", name="mark('x', [1, 2])"),
    ),
    ("Move And Rename Class", "a.A moved and renamed to b.B", change("move_and_rename_class", "a.py:A", "b.py:B")),
    (
        "Rename Attribute",
        "x to y in class a.A",
        change("rename_attribute", "a.py:A.x", "a.py:A.y", before="x", after="y"),
    ),
]


@pytest.mark.parametrize(("kind", "description", "record"), AGREEING, ids=[kind for kind, *_ in AGREEING])
def test_a_record_that_says_what_the_label_says_agrees(kind: str, description: str, record: Change) -> None:
    """Kind, code elements and names agree; the front of the package may be missing from the label."""
    assert len(tally(kind, description, record).agreed) == 1


@pytest.mark.parametrize(
    "record",
    [
        change("rename_parameter", "text/reader.py:f", "text/reader.py:f", before="a", after="c"),
        change("rename_parameter", "text/reader.py:g", "text/reader.py:g", before="a", after="b"),
        change("rename_parameter", "text/writer.py:f", "text/writer.py:f", before="a", after="b"),
        change("rename_parameter", "text/reader.py:A.f", "text/reader.py:A.f", before="a", after="b"),
        change("rename_variable", "text/reader.py:f", "text/reader.py:f", before="a", after="b"),
    ],
)
def test_any_difference_is_a_disagreement(record: Change) -> None:
    """Another name, function, file, class or kind: the label is missed and the record has no label."""
    found = tally("Rename Parameter", f"a to b {IN_F}", record)
    assert (len(found.agreed), len(found.labels), len(found.claims)) == (0, 1, 1)


def test_a_label_that_people_rejected_counts_against_the_record() -> None:
    """The oracle's false positives are no labels."""
    record = change("add_parameter", "text/reader.py:f", "text/reader.py:f", name="b")
    found = tally("Add Parameter", f"b {IN_F}", record, "FP")
    assert (len(found.agreed), len(found.labels), len(found.claims)) == (0, 0, 1)


def test_a_renamed_file_takes_its_classes_along() -> None:
    """One record of a file stands for its module and for each of its classes, in recall and in precision."""
    text = "class A:\n    size = 1\n\n\nclass B:\n    size = 2\n"
    labels = tuple(
        parse_label({"type": "Move Class", "description": f"Move Class a.{name} moved to b.{name}", "validation": "TP"})
        for name in ("__module__", "A")
    )
    commit = Commit("p", "0" * 40, tree({"a.py": text}), tree({"b.py": text}), labels)
    found = compare(commit, [change("rename_file", "a.py:", "b.py:")])
    assert (len(found.agreed), len(found.claims)) == (2, 1)


def test_every_judgement_has_a_reason() -> None:
    """The table is whole: known verdicts, no report judged twice, a reason for each."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        reasons = [row["reason"] for row in csv.DictReader(file)]
    assert len(reasons) > 50
    assert all(reasons)
    assert set(read_judgements().values()) <= {"true", "false", "taste"}
