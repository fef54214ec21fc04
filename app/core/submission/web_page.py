"""Whether bytes are a web page: made for people by a login form or a gateway, in the place of what was asked for."""

import re
from typing import Final

BEGINNING_BYTES: Final = 1024
"""A page says what it is in its first line; a comment or two may stand before it."""

_PAGE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_web_page(data: bytes) -> bool:
    """Told by how `data` begins, not by a content type: many frameworks call a plain `ok` text/html."""
    return _PAGE.match(data[:BEGINNING_BYTES]) is not None
