"""A comment's identity: what it is about, never how it is said nor on which line."""

from hashlib import sha256
from typing import Final

from schemas.review import CodeComment

_ID_CHARS: Final = 16


def comment_id_of(comment: CodeComment) -> str:
    """Digest of category, symbol (else path) and the line's code without its layout."""
    subject = (comment.category or "", comment.symbol or comment.path, "".join((comment.quote or "").split()))
    return sha256("\0".join(subject).encode("utf-8", "replace")).hexdigest()[:_ID_CHARS]
