"""Rubrics: what a file says, which version it has, and what is refused."""

import re
from typing import get_args

import pytest

from app.core.rubric import Rubric, RubricItem, read_rubric, said_in
from schemas.rubric import CountsFor, DecidedBy
from schemas.submission import Language
from tests import ROOT
from tests.builders.graded import OWN, own_rubric
from tests.builders.questions import the_default_rubric


def changed(old: str, new: str) -> Rubric:
    assert old in OWN
    return read_rubric(OWN.replace(old, new, 1), "hw-1")


def test_shipped_rubric_speaks_all_languages() -> None:
    """Every title and description of the default rubric is said in each language."""
    for item in the_default_rubric().items:
        for text in (item.title, item.description):
            assert isinstance(text, dict)
            assert set(text) == set(get_args(Language))


def test_shipped_rubric_leaves_no_overall_point_to_a_reader() -> None:
    """The overall score is wholly code's: nothing that a model says can move it."""
    left = the_default_rubric().left_to_a_reader
    assert left
    assert {item.counts_for for item in left} == {CountsFor.QUALITY}
    assert {item.decided_by for item in the_default_rubric().items} == set(DecidedBy)


def test_version_is_the_name_and_the_content_s() -> None:
    """Layout and comments leave it as it is, another word makes another one, and the name can be read in it."""
    version = own_rubric().version
    assert version.startswith("hw-1/")
    assert read_rubric(f"# A remark.\n{OWN}", "hw-1").version == version
    assert changed("Tests pass.", "All tests pass.").version != version
    assert read_rubric(OWN, "hw-2").version == version.replace("hw-1/", "hw-2/")


def test_a_plain_text_is_said_in_every_language() -> None:
    """So is a text of one language alone, where another one is asked for."""
    assert said_in("Работает", "en") == "Работает"
    assert said_in({"ru": "Работает"}, "en") == "Работает"
    assert said_in({"ru": "Работает", "en": "It works"}, "en") == "It works"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title: Works", "title: ''", "items.0.title: the text is empty"),
        ("title: Works", "title: yes", "items.0.title: True is no text; put it in quotes"),
        ("title: Works", "title: {de: Geht}", "items.0.title: a text, or texts by language (ru, en)"),
        ("title: Works", "title: " + "x" * 101, "items.0.title: 101 characters, 100 at most"),
        ("points: 50", "points: 0", "items.0.points: Input should be greater than 0"),
        ("points: 50", "points: .inf", "items.0.points"),
        ("points: 50", "points: .nan", "items.0.points"),
        ("id: clean", "id: works", "items: these ids stand there twice: works"),
        ("id: clean", "id: Clean", "items.1.id: String should match pattern"),
        ("decided_by: tests", "decided_by: me", "items.0.decided_by: Input should be 'model', 'tests'"),
        ("items:", "hints: all\nitems:", "hints: Input should be 'point', 'explain' or 'solve'"),
        ("items:", "slack: {up: 101}\nitems:", "slack.up: Input should be less than or equal to 100"),
        ("items:", "comments_max: -1\nitems:", "comments_max: Input should be greater than or equal to 0"),
        ("counts_for: both", "counts_for: overall", ""),
    ],
)
def test_wrong_field_is_named(old: str, new: str, words: str) -> None:
    """With the file's line and what stands there; a rubric that leaves one score without any item is none."""
    if not words:
        with pytest.raises(ValueError, match="none counts for quality"):
            read_rubric(OWN.replace("counts_for: both", "counts_for: overall"), "hw-1")
        return
    with pytest.raises(ValueError, match="rubric, line") as caught:
        changed(old, new)
    assert words in str(caught.value)


@pytest.mark.parametrize("count", [0, 51])
def test_number_of_items_is_bounded(count: int) -> None:
    """Neither none nor more than anybody can judge."""
    items = "".join(f"\n  - {{id: i{n}, title: T, points: 1, description: D}}" for n in range(count))
    with pytest.raises(ValueError, match=f"there are {count}; 1 to 50 can be judged"):
        read_rubric(f"items:{items or ' []'}\n", "hw-1")


PAGE = (ROOT / "docs" / "rubrics.md").read_text("utf-8")


def test_example_of_the_page_is_a_rubric() -> None:
    """Whoever copies it has one that starts."""
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    rubric = read_rubric(example, "hw1")
    assert [item.decided_by for item in rubric.items][:2] == [DecidedBy.TESTS, DecidedBy.LINTER]
    assert [item.id for item in rubric.items if item.hidden] == ["own_work"]


def test_page_explains_every_field() -> None:
    """Those of a file, of an item, and who may decide one."""
    named = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert named == {*Rubric.model_fields, *RubricItem.model_fields, *DecidedBy}


def test_a_changed_copy_has_a_version_of_its_own() -> None:
    """The digest is made once for each content, and a copy with other fields does not keep the old one."""
    rubric = own_rubric()
    before = rubric.version
    assert rubric.model_copy(update={"task": "Another one."}).version != before
    assert rubric.model_copy().version == rubric.version == before
