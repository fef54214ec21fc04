"""The text of a node as it stands in its file."""

import ast
from collections.abc import Sequence


def quote(node: ast.expr | ast.stmt | None, file_lines: Sequence[str]) -> str | None:
    """The text of `node` in a file of these lines; columns of a syntax tree count UTF-8 bytes."""
    if node is None or node.end_lineno is None or node.end_col_offset is None:
        return None
    lines = [line.encode("utf-8", "replace") for line in file_lines[node.lineno - 1 : node.end_lineno]]
    if not lines:
        return None
    lines[-1] = lines[-1][: node.end_col_offset]
    lines[0] = lines[0][node.col_offset :]
    return b"".join(lines).decode("utf-8", "replace")
