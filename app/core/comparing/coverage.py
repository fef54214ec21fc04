"""What was read of a submission, told in the review's language."""

from app.core.comparing.note_words import note_in
from app.core.submission.sources import SourceTree
from app.core.words import Words
from schemas.changes import Coverage


def coverage_of(tree: SourceTree, words: Words, *notes: str) -> Coverage:
    """What was read of a submission, and what was left out and why; `notes` are added to the tree's own."""
    return Coverage(
        files_read=len(tree.files),
        chars_read=tree.chars,
        omitted=dict(tree.omitted),
        omitted_files=dict(tree.omitted_files),
        notes=tuple(note_in(note, words) for note in (*tree.notes, *notes)),
    )
