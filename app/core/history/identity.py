"""Deterministic ids: the same submission and generation always give the same review id."""

from uuid import UUID, uuid5

REVIEW_NAMESPACE = UUID("6f1d3c1e-6f0f-5f3a-9f1b-0d8a2c7b4e11")
"""Namespace of review ids. Never change it: ids already delivered were drawn from it."""


def review_id(student_id: str, assignment_id: str, submission_id: str, generation: int) -> UUID:
    """uuid5 of the four parts, each length-prefixed so that no two different quadruples share a name."""
    parts = (student_id, assignment_id, submission_id, str(generation))
    return uuid5(REVIEW_NAMESPACE, "".join(f"{len(part.encode())}:{part}" for part in parts))


def table_key(student_id: str, assignment_id: str) -> bytes:
    """Key of a student's assignment in a changelog table, length-prefixed like the review's name."""
    return f"{len(student_id.encode())}:{student_id}{len(assignment_id.encode())}:{assignment_id}".encode()
