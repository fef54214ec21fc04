"""Changed settings and sections, as people and models are told them."""

from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from app.catalogue import words_in
from app.cli.main import main
from app.core.evidence.facts.change import change_facts
from app.core.reviewing.prompt import sections
from app.presentation.changes import change_lines
from app.presentation.words import card_words
from schemas.changes import Change, Place
from schemas.submission import Language
from tests.builders.records import a_comparison

PARTS = (
    *(f"{verb}_key" for verb in ("add", "remove", "modify", "duplicate")),
    *(f"{verb}_section" for verb in ("add", "remove", "rename", "move", "modify")),
)
PLACE = Place(path="conf.yaml", symbol="model.units", line=3, end_line=3)
UNITS = Change(kind="modify_key", before=PLACE, after=PLACE, detail={"before": "32", "after": "64"})


@pytest.mark.parametrize("kind", PARTS)
def test_every_kind_has_its_words(kind: str) -> None:
    """Cards and reviews by rules have a phrase in both languages."""
    for language in get_args(Language):
        assert kind in words_in(language).kinds
        assert kind in card_words(language).kinds


def test_a_card_shows_the_values() -> None:
    """A setting stands with what it was and what it is."""
    (line,) = change_lines([UNITS], card_words("en"))
    assert (line.phrase, line.subjects) == ("setting changed", "model.units: 32 → 64")


def test_the_model_is_shown_the_values() -> None:
    """The prompt's table of changes has them."""
    shown = sections.other_changes(a_comparison(changes=(UNITS,)), str)
    assert shown == "modify_key conf.yaml::model.units: before 32, after 64"


def test_code_is_told_before_settings() -> None:
    """However many settings changed, functions come first; a comma in a heading separates no names."""
    function = Change(kind="add_function", after=Place(path="a.py", symbol="f"))
    heading = Change(kind="add_section", after=Place(path="a.md", symbol="One, two"))
    facts = list(change_facts((UNITS, UNITS.model_copy(update={"after": Place(path="b.yaml")}), heading, function)))
    assert [fact.data["kind"] for fact in facts] == ["add_function", "modify_key", "add_section"]
    assert facts[-1].data["names"] == "One, two"


def test_reviewstream_diff_shows_the_values(tmp_path: Path) -> None:
    """A line of the listing has the key's path, its place and both values."""
    for name, units in (("old", 32), ("new", 64)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "conf.yaml").write_text(f"model:\n  units: {units}\n")
    done = CliRunner().invoke(main, ["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--text"])
    assert "modify_key  conf.yaml:2  model.units  32 → 64" in done.stdout.splitlines()
