"""Our records against the oracle's labels: which record is which label, and how well that makes us look.

Strict: the kind, every code element that the label names, and the parameter's, variable's or decorator's name must
agree; one record is worth one label. Two things are read as RefactoringMiner means them:

- The file's name is part of its classes' names there. A renamed or moved file is a class `…__module__` that was moved,
  and it takes its top-level classes along: our one record of the file stands for all of these. A class renamed in a
  renamed file is `move_and_rename_class` there.
- Of a `…__module__` class it does not say consistently whether it was moved, renamed or both: any of these fits.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.core.diff.matching.files import pair_files
from app.core.submission.sources import SourceTree
from schemas.changes import Change, Place
from tests.benchmarks.labels import KINDS, Label
from tests.benchmarks.oracle import Commit

_FILE_KINDS: Final = frozenset({"rename_file", "move_file", "move_and_rename_file"})
_CLASS_KINDS: Final = frozenset({"rename_class", "move_class", "move_and_rename_class"})
_OF_THE_OLD_SIDE: Final = frozenset({"remove_parameter", "remove_decorator", "inline_variable"})
_WORD: Final = re.compile(r"[\w./-]+")
_SCORED: Final = frozenset(KINDS.values())


@dataclass(frozen=True, slots=True)
class Claim:
    """What one of our records says, in the oracle's terms; `names` are of a parameter, variable or decorator."""

    kind: str
    before: Place | None
    after: Place | None
    names: tuple[str, ...] = ()
    caller: str = ""
    module: bool = False

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies it within a commit: kind, both symbols with their paths, names."""
        names = self.names or ((self.caller,) if self.caller else ())
        return (self.kind, _spot(self.before), _spot(self.after), " -> ".join(names))


@dataclass(slots=True)
class Tally:
    """One commit's claims and labels: the pairs that agree, and what is left on either side."""

    agreed: list[tuple[Claim, Label]] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def compare(commit: Commit, changes: Iterable[Change]) -> Tally:
    """Assign as many of the commit's confirmed labels to claims as can be assigned one to one."""
    claims = list(claims_of(changes, commit))
    labels = [label for label in commit.labels if label.kind and label.confirmed]
    fitting = {i: [j for j, claim in enumerate(claims) if agrees(label, claim)] for i, label in enumerate(labels)}
    taken = _assigned(fitting)
    return Tally(
        agreed=[(claims[j], labels[i]) for j, i in sorted(taken.items())],
        claims=[claim for j, claim in enumerate(claims) if j not in taken],
        labels=[label for i, label in enumerate(labels) if i not in set(taken.values())],
    )


def claims_of(changes: Iterable[Change], commit: Commit) -> Iterator[Claim]:
    """The claims of all records whose kind the oracle labels."""
    changes = [one for change in changes for one in _files_within(change, commit)]
    told = {_spot(place) for c in changes if c.kind in _CLASS_KINDS for place in (c.before, c.after)}
    for change in changes:
        before, after, detail = change.before, change.after, change.detail
        if change.kind in _FILE_KINDS and before and after:
            if not before.path.endswith(".py"):
                continue
            yield Claim("move_class", before, after, module=True)
            for name in sorted(_classes(commit.before, before.path) & _classes(commit.after, after.path)):
                taken = Claim("move_class", _with(before, name), _with(after, name))
                if told.isdisjoint((_spot(taken.before), _spot(taken.after))):
                    yield taken
        elif change.kind in _SCORED:
            kind = change.kind
            if kind == "rename_class" and before and after and before.path != after.path:
                kind = "move_and_rename_class"
            names = tuple(str(detail[role]) for role in ("name", "before", "after") if role in detail)
            caller = str(detail.get("caller", ""))
            yield Claim(kind, before, after, names, caller)


def _files_within(change: Change, commit: Commit) -> Iterator[Change]:
    """A folder's record stands for one of each file that it took along; any other record for itself."""
    if not change.kind.endswith("_folder") or not change.before or not change.after:
        yield change
        return
    start, target = ("" if place.path == "." else f"{place.path}/" for place in (change.before, change.after))
    for pair in pair_files(commit.before, commit.after):
        if pair.before and pair.after and pair.before.path != pair.after.path:
            path = pair.before.path
            if path.startswith(start) and target + path[len(start) :] == pair.after.path:
                yield Change(kind="move_file", before=Place(path=path), after=Place(path=pair.after.path))


def agrees(label: Label, claim: Claim) -> bool:
    """Whether `claim` says what `label` says."""
    if label.elements.get("new_class", "").endswith("__module__"):
        return claim.module and _same_class(label, claim)
    if label.kind != claim.kind or claim.module:
        return False
    return next(check for role, check in _CHECKS if role in label.elements)(label, claim)


def _same_class_decorator(label: Label, claim: Claim) -> bool:
    return _same_code(label, claim) and _is_scope(claim.after, label.elements["new_class"])


def _same_class(label: Label, claim: Claim) -> bool:
    said = label.elements
    return _is_scope(claim.before, said["old_class"]) and _is_scope(claim.after, said["new_class"])


def _same_extraction(label: Label, claim: Claim) -> bool:
    said = label.elements
    callee, caller = claim.after, claim.before
    if label.kind == "inline_method":
        callee, caller = caller, callee
    home = said.get("new_owner", said["owner"])
    callers = [caller]
    if caller is not None and callee is not None and "new_owner" not in said:  # one class, of either side's file
        callers.append(Place(path=callee.path, symbol=caller.symbol))
    return _is(callee, home, said.get("old") or said["new"]) and any(
        _is(place, said["owner"], said["source"]) for place in callers
    )


def _same_move(label: Label, claim: Claim) -> bool:
    said = label.elements
    return _is(claim.before, said["old_owner"], said["old"]) and _is(claim.after, said["new_owner"], said["new"])


def _same_rename(label: Label, claim: Claim) -> bool:
    """A renamed method's label names its class once, as it is called on one of the sides."""
    said = label.elements
    names = _is_named(claim.before, said["old"]) and _is_named(claim.after, said["new"])
    return names and (_is(claim.before, said["owner"], said["old"]) or _is(claim.after, said["owner"], said["new"]))


def _same_decorator(label: Label, claim: Claim) -> bool:
    said = label.elements
    return _is(_told_side(label, claim), said["owner"], said["method"]) and _same_code(label, claim)


def _same_order(label: Label, claim: Claim) -> bool:
    return _is(claim.after, label.elements["owner"], label.elements["method"])


def _same_name(label: Label, claim: Claim) -> bool:
    """A parameter, a variable or an attribute: what it is called, and whose it is."""
    said = label.elements
    if tuple(said[role] for role in ("name", "old_name", "new_name") if role in said) != claim.names:
        return False
    if "method" in said:
        return _is(_told_side(label, claim), said["owner"], said["method"])
    scopes = (_scope(claim.before, claim.names[0]), _scope(claim.after, claim.names[-1]))
    return any(_is_scope(scope, said["owner"]) for scope in scopes)


_CHECKS: Final[tuple[tuple[str, Callable[[Label, Claim], bool]], ...]] = (
    ("old_class", _same_class),
    ("new_class", _same_class_decorator),
    ("source", _same_extraction),
    ("old_owner", _same_move),
    ("new", _same_rename),
    ("decorator", _same_decorator),
    ("new_order", _same_order),
    ("owner", _same_name),
)
"""How a label is compared, by the first of these roles that it has."""


def _told_side(label: Label, claim: Claim) -> Place | None:
    return claim.before if label.kind in _OF_THE_OLD_SIDE else claim.after


def _is_named(place: Place | None, name: str) -> bool:
    return place is not None and place.symbol is not None and place.symbol.rsplit(".", 1)[-1] == name


def _is(place: Place | None, owner: str, name: str) -> bool:
    """Whether `place` is the function `name` of the class `owner`."""
    if place is None or place.symbol is None:
        return False
    *container, own = place.symbol.split(".")
    return own == name and (_suffix(place, container, owner) or _suffix(place, ["__module__", *container], owner))


def _scope(place: Place | None, name: str) -> Place | None:
    """Where an attribute is: in the class that `place` is, or in what contains the variable that `place` is."""
    if place is None or place.symbol is None or place.symbol.rsplit(".", 1)[-1] != name:
        return place
    return Place(path=place.path, symbol=place.symbol.rpartition(".")[0] or None)


def _is_scope(place: Place | None, owner: str) -> bool:
    """Whether `place` is the class, or the module, `owner`."""
    return place is not None and _suffix(place, place.symbol.split(".") if place.symbol else [], owner)


def _suffix(place: Place, container: list[str], owner: str) -> bool:
    """Whether `owner` is the end of the container's full name, its module's name at least included."""
    inner = container or ["__module__"]
    full = [*place.path.removesuffix(".py").split("/"), *inner]
    parts = owner.split(".")
    return len(parts) > len(inner) and full[-len(parts) :] == parts


def _same_code(label: Label, claim: Claim) -> bool:
    """Whether two decorators are the same; the oracle prints tuples for lists, lists for sets, no empty brackets."""
    words = _WORD.findall(label.elements["decorator"].lower())
    return any(_WORD.findall(name.lower()) == words for name in claim.names)


def _classes(tree: SourceTree, path: str) -> set[str]:
    try:
        body = ast.parse(tree.files[path].text).body
    except SyntaxError:
        return set()
    return {node.name for node in body if isinstance(node, ast.ClassDef)}


def _with(place: Place, symbol: str) -> Place:
    return Place(path=place.path, symbol=symbol)


def _spot(place: Place | None) -> str:
    return "" if place is None else f"{place.path}:{place.symbol or ''}"


def _assigned(fitting: Mapping[int, list[int]]) -> dict[int, int]:
    """Claim -> label, as many as possible, by augmenting paths; labels that fit few claims come first."""
    taken: dict[int, int] = {}
    for start in sorted(fitting, key=lambda i: (len(fitting[i]), i)):
        came_from: dict[int, int] = {}
        frontier = [start]
        free = None
        while frontier and free is None:
            label = frontier.pop()
            for claim in fitting[label]:
                if claim in came_from:
                    continue
                came_from[claim] = label
                if claim not in taken:
                    free = claim
                    break
                frontier.append(taken[claim])
        while free is not None:
            label = came_from[free]
            previous = next((claim for claim, owner in taken.items() if owner == label), None)
            taken[free] = label
            free = previous if label != start else None
    return taken
