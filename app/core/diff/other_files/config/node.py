"""A configuration file as a tree of keys, lists and values, built without recursion and within limits."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from app.core.limits import DiffLimits


class Unreadable(Exception):
    """The file is not what its name says, or too much of it; `line` is 1-based, None where nobody told."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


@dataclass(slots=True)
class Node:
    """A value: `items` are those of a mapping or a list, `shown` the text of anything else.

    Equal values have equal `identity` within one comparison; the order of keys is no part of it. `line` is 1-based,
    0 where it is not known; a mapping's items stand on the lines of their keys.
    """

    line: int
    identity: int = -1
    shown: str = ""
    items: "dict[str, Node] | list[Node] | None" = None


class Identities:
    """Numbers for values: the same number for equal ones, on both sides of a comparison."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def of(self, value: Hashable) -> int:
        """The value's number."""
        return self._numbers.setdefault(value, len(self._numbers))


@dataclass(slots=True)
class Builder:
    """Takes a file's pieces in the order of the text and gives its tree.

    `duplicates` are keys that were given twice, with the line of the second; the last one counts.
    """

    limits: DiffLimits
    identities: Identities
    root: Node | None = None
    has_documents: bool = False
    """Whether the root is a list of the file's documents."""
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    _open: list[Node] = field(default_factory=list)
    _keys: list[tuple[str, int]] = field(default_factory=list)
    _count: int = 0

    def open_mapping(self, line: int) -> None:
        """What follows, up to `close`, are keys and their values."""
        self._begin(Node(line, items={}))

    def open_list(self, line: int) -> None:
        """What follows, up to `close`, are items."""
        self._begin(Node(line, items=[]))

    def key(self, name: str, line: int) -> None:
        """The key of the value that comes next."""
        self._keys.append((name, line))

    def value(self, kind: str, shown: str, line: int) -> None:
        """A value that holds no others; `kind` tells `1` from `"1"`."""
        self._add(Node(line, self.identities.of((kind, shown)), shown))

    def close(self) -> None:
        """The end of the mapping or list that was opened last."""
        node = self._open.pop()
        if isinstance(node.items, dict):
            members: Hashable = frozenset((name, item.identity) for name, item in node.items.items())
        else:
            members = tuple(item.identity for item in node.items or ())
        node.identity = self.identities.of((type(node.items).__name__, members))

    def _begin(self, node: Node) -> None:
        if len(self._open) >= self.limits.config_depth_max:
            raise Unreadable(f"nested more than {self.limits.config_depth_max} levels deep", node.line or None)
        self._add(node)
        self._open.append(node)

    def _add(self, node: Node) -> None:
        self._count += 1
        if self._count > self.limits.config_values_max:
            raise Unreadable(f"more than {self.limits.config_values_max} values: data rather than configuration")
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
        if isinstance(holder.items, dict):
            name, line = self._keys.pop()
            node.line = line or node.line
            if name in holder.items:
                self.duplicates.append((name, line))
            holder.items[name] = node
        elif isinstance(holder.items, list):
            holder.items.append(node)
