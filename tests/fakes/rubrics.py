"""Rubrics that a test gives."""

from collections.abc import Mapping

from app.core.rubric import Rubric


class FakeRubrics:
    """Implements `Rubrics`. `asked` holds the assignments that were asked for."""

    def __init__(self, default: Rubric, by_assignment: Mapping[str, Rubric] | None = None) -> None:
        self.default = default
        self.by_assignment = {name: rubric.called(name) for name, rubric in (by_assignment or {}).items()}
        self.asked: list[str] = []

    def of(self, assignment_id: str) -> Rubric:
        """The one that was given for the assignment, or the default one."""
        if not assignment_id:
            raise AssertionError("an assignment has an id")
        self.asked.append(assignment_id)
        return self.by_assignment.get(assignment_id, self.default)
