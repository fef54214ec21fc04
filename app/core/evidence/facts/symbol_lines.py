"""Where a symbol stands in a text, found by its words alone: hostile text is searched, never parsed."""

import re


def line_of_symbol(text: str, symbol: str) -> int | None:
    """The 1-based line on which `symbol` (dotted, as `Class.method`) is defined, or None.

    The parts are looked for one after the other, so that of two methods of one name the class's own is found.
    """
    parts = [part for part in symbol.split(".") if part.isidentifier()]
    if not text or not parts:
        return None
    position = 0
    for depth, part in enumerate(parts, start=1):
        found = re.compile(rf"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+{re.escape(part)}\b", re.MULTILINE)
        match = found.search(text, position)
        if match is None:
            return None
        position = match.start() if depth == len(parts) else match.end()
    return text.count("\n", 0, position) + 1
