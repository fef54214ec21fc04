"""What of a JSON Schema's change breaks somebody who relies on the published one.

A new field that need not be there breaks nobody. A field that is gone, a type that takes less than before and a field
that must be there now break whoever produces by the old schema, and whoever reads old records by the new one. Of what
we produce, more than before breaks too: a reader by the old schema meets values that it does not know.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Node = Mapping[str, Any]

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_EXACT: Final = ("pattern", "format", "not")
_OF_ANY_TYPE: Final = "any"
_DEPTH_MAX: Final = 40  # no record of ours is a tree; a schema that is says so here


def broken_promises(published: Node, current: Node, *, is_taken: bool) -> list[str]:
    """Each change from `published` to `current` that breaks somebody, as `field: what happened`, in their order.

    `is_taken`: others produce the records and we read them; then whatever is taken besides breaks nobody.
    """
    comparison = _Beside(published, current, is_taken)
    return list(dict.fromkeys(comparison.breaks(published, current, "", 0)))


@dataclass(frozen=True, slots=True)
class _Beside:
    published: Node
    current: Node
    is_taken: bool

    def breaks(self, old: Node, new: Node, path: str, depth: int) -> Iterator[str]:
        if depth > _DEPTH_MAX:
            raise AssertionError(f"{path}: a schema that refers to itself")
        before, after = _by_type(old, self.published), _by_type(new, self.current)
        gone = [name for name in before if not _covers(after, name)]
        come = [name for name in after if not _covers(before, name)]
        if gone:
            yield f"{path or 'record'}: no longer takes {', '.join(gone)}"
        if come and not self.is_taken:
            yield f"{path or 'record'}: may be {', '.join(come)} now"
        for name in (name for name in before if name in after):
            yield from self._bounds(before[name], after[name], path or "record")
        if "object" in before and "object" in after:
            yield from self._objects(before["object"], after["object"], path, depth)
        if "array" in before and "array" in after:
            yield from self._arrays(before["array"], after["array"], path, depth)

    def _objects(self, old: Node, new: Node, path: str, depth: int) -> Iterator[str]:
        fields, fields_now = old.get("properties", {}), new.get("properties", {})
        required, required_now = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in fields.items():
            here = f"{path}.{name}" if path else name
            if name not in fields_now:
                yield f"{here}: is gone"
                continue
            if name in required_now - required:
                yield f"{here}: must be there now"
            if name in required - required_now and not self.is_taken:
                yield f"{here}: may be absent now"
            yield from self.breaks(field, fields_now[name], here, depth + 1)
        for name in sorted(required_now - fields.keys()):
            yield f"{path}.{name}: must be there now".removeprefix(".")
        any_name = f"{path}.*".removeprefix(".")
        yield from self._within(old, new, "additionalProperties", any_name, depth)
        names, names_now = ({"type": "string", **node.get("propertyNames", {})} for node in (old, new))
        yield from self.breaks(names, names_now, f"{any_name} (name)", depth + 1)

    def _arrays(self, old: Node, new: Node, path: str, depth: int) -> Iterator[str]:
        places, places_now = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(places) != len(places_now):
            yield f"{path}: has {len(places_now)} places instead of {len(places)}"
        for number, (place, place_now) in enumerate(zip(places, places_now, strict=False)):
            yield from self.breaks(place, place_now, f"{path}[{number}]", depth + 1)
        yield from self._within(old, new, "items", f"{path}[]", depth)

    def _within(self, old: Node, new: Node, word: str, path: str, depth: int) -> Iterator[str]:
        inner, inner_now = old.get(word, {}), new.get(word, {})
        if inner == inner_now and isinstance(inner, bool):
            return
        if isinstance(inner, bool) or isinstance(inner_now, bool):
            yield f"{path}: {word} is {inner_now} instead of {inner}"
            return
        yield from self.breaks(inner, inner_now, path, depth + 1)

    def _bounds(self, old: Node, new: Node, path: str) -> Iterator[str]:
        for word, sign in (*((word, 1) for word in _LOWER), *((word, -1) for word in _UPPER)):
            bound, bound_now = old.get(word), new.get(word)
            if bound == bound_now:
                continue
            is_narrower = bound is None or (bound_now is not None and sign * bound_now > sign * bound)
            if is_narrower or not self.is_taken:
                yield f"{path}: {word} is {bound_now} instead of {bound}"
        for word in _EXACT:
            is_let_go = old.get(word) is not None and new.get(word) is None
            if old.get(word) != new.get(word) and not (is_let_go and self.is_taken):
                yield f"{path}: {word} is {new.get(word)!r} instead of {old.get(word)!r}"
        yield from self._values(old.get("enum"), new.get("enum"), path)

    def _values(self, old: list[Any] | None, new: list[Any] | None, path: str) -> Iterator[str]:
        """`None`: any value. An enumeration beside which any text is taken is none, and was taken for none before."""
        if old is None and new is not None:
            yield f"{path}: takes {_told(new)} alone now"
        elif old is not None and new is None:
            if not self.is_taken:
                yield f"{path}: may be anything now, not {_told(old)} alone"
        elif old is not None and new is not None:
            gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
            if gone:
                yield f"{path}: no longer takes {_told(gone)}"
            if come and not self.is_taken:
                yield f"{path}: may be {_told(come)} now"


def _by_type(node: Node, root: Node) -> dict[str, Node]:
    """The alternatives of a schema by JSON type. Of two texts the freer one counts."""
    found: dict[str, Node] = {}
    for one in _alternatives(node, root):
        name = _type_of(one)
        free = found.get(name)
        if free is None or ("enum" in free and "enum" not in one):
            found[name] = {"enum": [one["const"]], **one} if "const" in one else one
    return found


def _alternatives(node: Node, root: Node) -> Iterator[Node]:
    """A schema's alternatives, references followed, keywords beside a reference kept."""
    todo = [node]
    while todo:
        one = todo.pop(0)
        if "$ref" in one:
            beside = {word: value for word, value in one.items() if word != "$ref"}
            todo.insert(0, {**_referred(str(one["$ref"]), root), **beside})
        elif "anyOf" in one:
            todo = [*one["anyOf"], *todo]
        else:
            yield one


def _referred(reference: str, root: Node) -> Node:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    target: Node = found
    return target


def _type_of(node: Node) -> str:
    if "type" in node:
        return str(node["type"])
    values = node.get("enum", [node["const"]] if "const" in node else [])
    if values and all(isinstance(value, str) for value in values):
        return "string"
    return "integer" if values and all(isinstance(value, int) for value in values) else _OF_ANY_TYPE


def _covers(types: Mapping[str, Node], name: str) -> bool:
    return name in types or _OF_ANY_TYPE in types or (name == "integer" and "number" in types)


def _told(values: list[Any]) -> str:
    return ", ".join(map(str, values))
