"""`Rubrics`: by assignment, else the default one; over the fake and over files."""

from pathlib import Path

import pytest

from app.adapters.rubrics.rubric_files import load_rubrics
from app.core.ports import Rubrics
from tests.builders.graded import OWN, own_rubric
from tests.builders.questions import the_default_rubric
from tests.fakes.rubrics import FakeRubrics


class RubricsContract:
    """What every implementation does that has a rubric of its own for `hw-1` alone."""

    @pytest.fixture
    def rubrics(self) -> Rubrics:
        raise NotImplementedError

    def test_assignment_with_a_rubric_is_judged_by_it(self, rubrics: Rubrics) -> None:
        """Under the assignment's name."""
        assert rubrics.of("hw-1").items == own_rubric().items
        assert rubrics.of("hw-1").version == own_rubric().version

    @pytest.mark.parametrize("assignment", ["hw-2", "HW-1", "hw-1.yaml", "default"])
    def test_every_other_assignment_is_judged_by_the_default_one(self, rubrics: Rubrics, assignment: str) -> None:
        """Ids are taken as they are."""
        assert rubrics.of(assignment).version == the_default_rubric().version

    def test_the_answer_is_always_the_same(self, rubrics: Rubrics) -> None:
        """A review can be made again."""
        assert rubrics.of("hw-1") == rubrics.of("hw-1")


class TestFake(RubricsContract):
    """The fake."""

    @pytest.fixture
    def rubrics(self) -> Rubrics:
        return FakeRubrics(the_default_rubric(), {"hw-1": own_rubric()})


class TestFiles(RubricsContract):
    """Files in a folder."""

    @pytest.fixture
    def rubrics(self, tmp_path: Path) -> Rubrics:
        (tmp_path / "hw-1.yaml").write_text(OWN, "utf-8")
        return load_rubrics(tmp_path)
