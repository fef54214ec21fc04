"""Two versions of a configuration file -> which keys came, went and changed."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from posixpath import basename
from typing import Final

from pydantic import JsonValue

from app.core.diff.lines.alignment import align
from app.core.diff.other_files.config.ini_reader import read_ini
from app.core.diff.other_files.config.json_reader import read_json
from app.core.diff.other_files.config.node import Builder, Identities, Node, Unreadable
from app.core.diff.other_files.config.secrets import MASKED, is_secret, without_secrets
from app.core.diff.other_files.config.toml_reader import read_toml
from app.core.diff.other_files.config.yaml_reader import read_yaml
from app.core.diff.records.location import place_of_lines, shorten_text
from app.core.limits import DiffLimits
from app.core.submission.sources import SourceFile
from schemas.changes import Change, ChangeKind, Place

Reader = Callable[[str, Builder], None]
Detail = dict[str, JsonValue]

_READERS: Final[dict[str, Reader]] = {
    "yaml": read_yaml,
    "yml": read_yaml,
    "json": read_json,
    "toml": read_toml,
    "pipfile": read_toml,
}
_HOLDS_MORE: Final = "…"
_DOCUMENTS: Final = "documents"
_PLAIN_KEY: Final = re.compile(r"[\w$*/@-]+")
_COMMENT: Final = re.compile(r"(?:^|\s)[#;].*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A value before and after under its path on either side; `hidden` where the path tells of a secret."""

    before: Node | None
    after: Node | None
    path_before: str
    path_after: str
    hidden: bool = False


def compare_config(before: SourceFile, after: SourceFile, limits: DiffLimits) -> list[Change]:
    """What changed between two texts of one file, the outermost keys only where whole parts came or went.

    Never empty for texts that differ. Raises `Unreadable` where one of them is not what its name says.
    """
    identities = Identities()
    new, old = (_read(file, identities, limits) for file in (after, before))  # the new side's error tells more
    known = {name for name, _ in old.duplicates}
    changes = [
        Change(kind=ChangeKind.DUPLICATE_KEY, before=Place(path=before.path), after=_place(after, name, line, limits))
        for name, line in new.duplicates
        if name not in known
    ]
    changes += [_record(pair, before, after, limits) for pair in _differences(_whole(old, new), limits)]
    if not changes:
        return [_nothing(before, after)]
    if len(changes) <= limits.config_changes_max:
        return changes
    rest: Detail = {"keys_changed": len(changes), "keys_told": limits.config_changes_max}
    whole = Change(
        kind=ChangeKind.MODIFY_FILE, before=Place(path=before.path), after=Place(path=after.path), detail=rest
    )
    return [*changes[: limits.config_changes_max], whole]


def _read(file: SourceFile, identities: Identities, limits: DiffLimits) -> Builder:
    """The tree of one side."""
    if len(file.text) > limits.config_chars_max:
        raise Unreadable(f"{len(file.text)} characters, {limits.config_chars_max} at most")
    builder = Builder(limits, identities)
    _READERS.get(basename(file.path).lower().rpartition(".")[2], read_ini)(file.text, builder)
    return builder


def _whole(old: Builder, new: Builder) -> _Pair:
    """Both files; where either holds several documents, these have numbers."""
    if old.has_documents and new.has_documents:
        documents = [side.root.items for side in (old, new) if side.root and isinstance(side.root.items, list)]
        if max(map(len, documents)) <= 1:
            before, after = (items[0] if items else Node(1, items={}) for items in documents)
            return _Pair(before, after, "", "")
    return _Pair(old.root, new.root, _DOCUMENTS, _DOCUMENTS) if old.has_documents else _Pair(old.root, new.root, "", "")


def _differences(root: _Pair, limits: DiffLimits) -> Iterator[_Pair]:
    """Pairs that differ, in the order of the text: those of values, and those with one side only."""
    stack = [root]
    while stack:
        pair = stack.pop()
        old, new = pair.before, pair.after
        if old is None or new is None:
            yield pair
        elif old.identity == new.identity:
            continue
        elif isinstance(old.items, dict) and isinstance(new.items, dict):
            stack.extend(reversed(list(_keys(pair, old.items, new.items))))
        elif isinstance(old.items, list) and isinstance(new.items, list):
            stack.extend(reversed(list(_items(pair, old.items, new.items, limits))))
        else:
            yield pair


def _keys(pair: _Pair, old: dict[str, Node], new: dict[str, Node]) -> Iterator[_Pair]:
    for name in (*old, *(name for name in new if name not in old)):
        one, other = old.get(name), new.get(name)
        named = any(_names_secret(items) for items in (old, new)) and name == "value"
        values = [node.shown if node.items is None else _HOLDS_MORE for node in (one, other) if node]
        hidden = pair.hidden or named or any(is_secret(name, value) for value in values)
        yield _Pair(one, other, _joined(pair.path_before, name), _joined(pair.path_after, name), hidden)


def _names_secret(items: dict[str, Node]) -> bool:
    """Whether a mapping is of the form `name: DB_PASSWORD, value: …`."""
    return "name" in items and is_secret(items["name"].shown)


def _items(pair: _Pair, old: list[Node], new: list[Node], limits: DiffLimits) -> Iterator[_Pair]:
    """Equal items stay where they are; between them, the first is compared with the first."""
    before, after = ([str(node.identity) for node in side] for side in (old, new))
    i = j = 0
    for at_i, at_j, size in (*align(before, after, limits).blocks, (len(old), len(new), 0)):
        for step in range(max(at_i - i, at_j - j)):
            one = old[i + step] if i + step < at_i else None
            other = new[j + step] if j + step < at_j else None
            paths = _numbered(pair.path_before, i + step), _numbered(pair.path_after, j + step)
            yield _Pair(one, other, *paths, pair.hidden)
        i, j = at_i + size, at_j + size


def _record(pair: _Pair, before: SourceFile, after: SourceFile, limits: DiffLimits) -> Change:
    detail: Detail = {}
    for name, node in (("before", pair.before), ("after", pair.after)):
        if node is not None:
            detail[name] = _shown(node, pair.hidden, limits)
    return Change(
        kind=_kind(pair),
        before=_place(before, pair.path_before, pair.before.line, limits) if pair.before else None,
        after=_place(after, pair.path_after, pair.after.line, limits) if pair.after else None,
        detail=detail,
    )


def _kind(pair: _Pair) -> ChangeKind:
    if pair.before is None:
        return ChangeKind.ADD_KEY
    return ChangeKind.REMOVE_KEY if pair.after is None else ChangeKind.MODIFY_KEY


def _shown(node: Node, hidden: bool, limits: DiffLimits) -> str:
    """A value in short; of a mapping or a list, how much it holds."""
    if isinstance(node.items, dict):
        return f"{{{len(node.items)} {'key' if len(node.items) == 1 else 'keys'}}}"
    if isinstance(node.items, list):
        return f"[{len(node.items)} {'item' if len(node.items) == 1 else 'items'}]"
    return MASKED if hidden and node.shown else shorten_text(" ".join(without_secrets(node.shown).split()), limits)


def _nothing(before: SourceFile, after: SourceFile) -> Change:
    """Comments or layout, the order of keys being layout too."""
    same = _COMMENT.findall(before.text) == _COMMENT.findall(after.text) or before.path.endswith(".json")
    kind = ChangeKind.FORMAT_ONLY if same else ChangeKind.COMMENT_ONLY
    return Change(kind=kind, before=Place(path=before.path), after=Place(path=after.path))


def _place(file: SourceFile, path: str, line: int, limits: DiffLimits) -> Place:
    symbol = shorten_text(path, limits) if path else None
    return place_of_lines(file, line, line, symbol) if line else Place(path=file.path, symbol=symbol)


def _joined(path: str, name: str) -> str:
    part = name if _PLAIN_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    return f"{path}.{part}" if path else part


def _numbered(path: str, number: int) -> str:
    return f"{path}[{number}]"
