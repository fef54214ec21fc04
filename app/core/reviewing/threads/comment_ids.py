"""A comment's identity: what it is about, never how it is said nor on which line."""

from hashlib import sha256
from typing import Final

from app.core.reviewing.threads.logical_lines import ComparableCode
from schemas.review import CodeComment

_ID_CHARS: Final = 16


def comment_id_of(comment: CodeComment, code: ComparableCode, ordinal: int = 0, since: str = "") -> str:
    """Digest of category, symbol in its file, and the line's code without its layout; of a test's, its id as well.

    It is made once and then carried along, so that later names and places do not matter. `ordinal` counts equal
    statements of one symbol; `since` parts a comment from one of the same identity that was closed long ago.
    """
    subject = (
        comment.category or "",
        comment.path,
        comment.symbol or "",
        comment.test_id or "",
        str(ordinal or ""),
        since,
        *code,
    )
    return sha256("\0".join(subject).encode("utf-8", "replace")).hexdigest()[:_ID_CHARS]
