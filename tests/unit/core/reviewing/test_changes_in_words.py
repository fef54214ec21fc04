"""What changed for whoever uses the code is told in the review, in both languages, with the old and the new value."""

import pytest

from app.catalogue import words_in
from app.core.diff.records.kinds import WORDS_ONLY
from app.core.evidence.facts.change import change_facts, form_facts
from app.core.hunks import read_patches
from app.core.reviewing.offline.summary import summarize
from app.core.words import Words
from schemas.comparison import Comparison, Evidence
from tests.builders.diff_trees import changes, diff, tree
from tests.builders.records import a_comparison

OTHERS = "".join(f"\n\ndef g{n}(x):\n    return x + {n}\n" for n in range(6))
ROUTE = '@app.get("/health")\ndef health():\n    return True\n'
LOAD = "\n\ndef read(path):\n    return load(path)\n"
BOTH = pytest.mark.parametrize("phrases", [words_in("ru"), words_in("en")], ids=["ru", "en"])


def summary(before: str, after: str, phrases: Words) -> str:
    """The progress summary of what changed between two texts of one file."""
    compared = diff(tree({"main.py": before}), tree({"main.py": after}))
    found = compared.changes
    facts = (*form_facts(found, read_patches(compared.diff_info.diff)), *change_facts(found))
    comparison: Comparison = a_comparison(changes=found, evidence=Evidence(facts=facts))
    return summarize(comparison, phrases, ())


@BOTH
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (ROUTE, ROUTE.replace("/health", "/healthz"), 'health: app.get("/health") → app.get("/healthz")'),
        (ROUTE, ROUTE.replace("get", "post"), 'health: app.get("/health") → app.post("/health")'),
        ("class A:\n    x: float\n", "class A:\n    x: int\n", "A.x: float → int"),
        ("def f(x: int):\n    return x\n", "def f(x: str):\n    return x\n", "f(x): int → str"),
        ("def f() -> int:\n    return 1\n", "def f() -> float:\n    return 1\n", "f: int → float"),
        (
            f"from json import load\nfrom pickle import load\n{LOAD}",
            f"from pickle import load\nfrom json import load\n{LOAD}",
            "load: pickle.load → json.load",
        ),
    ],
)
def test_what_callers_must_know_is_told_however_much_else_changed(
    before: str, after: str, said: str, phrases: Words
) -> None:
    """A route, a type and a name's origin are in the summary beside many other changes."""
    assert said in summary(before, after, phrases).replace("`", "")
    assert said in summary(before, after + OTHERS, phrases).replace("`", "")


@BOTH
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import json\nimport os\n", "import os\nimport json\n"),
        ("from a import *\nfrom b import *\n", "from b import *\nfrom a import *\n"),
        (
            f"from json import load\nfrom pickle import load\n{LOAD}",
            f"from pickle import load\nfrom json import load\n{LOAD}",
        ),
        ("@a\n@b\ndef f():\n    return 1\n", "@b\n@a\ndef f():\n    return 1\n"),
    ],
)
def test_another_order_is_not_called_the_same_code(before: str, after: str, phrases: Words) -> None:
    """Nothing says that the code does what it did where imports or decorators changed places."""
    text = summary(before, after, phrases)
    assert phrases.sentences["only_comments"]({}) not in text
    assert phrases.sentences["only_formatting"]({}) not in text
    assert text


@BOTH
def test_comments_and_docstrings_alone_are_called_so(phrases: Words) -> None:
    """Several records of words alone leave the code as it was."""
    text = "def f():\n    '''Doc.'''\n    # c\n    return 1\n"
    assert phrases.sentences["only_comments"]({}) in summary(
        text, text.replace("Doc", "Docs").replace("# c", "# d"), phrases
    )


@BOTH
@pytest.mark.parametrize(
    ("before", "after"), [("from a.b import c\n", "from b import c\n"), ("import a\n", "import a as b\n")]
)
def test_the_same_thing_by_another_path_is_no_news(before: str, after: str, phrases: Words) -> None:
    """An import that follows a moved file, or gets another name, does not make the name mean something else."""
    assert "→" not in summary(before, after, phrases)


def test_a_record_of_words_alone_never_touches_code() -> None:
    """What counts as words is layout, comments and docstrings, alone or beside others."""
    assert {kind.rpartition("_")[2] for kind in WORDS_ONLY} == {"only", "comment", "docstring", "layout"}


def test_values_within_facts_are_short() -> None:
    """A quoted type or decorator is cut, for facts are no place for code."""
    found = changes(f"class A:\n    x: {'a' * 500}\n", f"class A:\n    x: {'b' * 500}\n")
    (fact,) = change_facts(tuple(found))
    assert len(str(fact.data["names"])) <= 120
