"""The text of a YAML file -> a model. What is wrong in it is named with its line.

People write these files, and somebody else's may be among them: an alias could make a few lines billions of values, so
there are none, and no file is nested deeper than anybody writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_DEPTH_MAX: Final = 12
_BLOCKS: Final = frozenset({"|", ">"})  # styles of texts that begin on the line below their key
_ERRORS_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class _Located:
    """A document's nodes by the path of their value, and the line of each key."""

    root: yaml.Node
    nodes: Mapping[tuple[str, ...], yaml.Node]


def read_document(text: str, model: type[M], called: str) -> M:
    """`text` as `model`; `called` is the kind of file in messages. ValueError, which names lines, where it is none."""
    try:
        _check_events(text, called)
        located, document = _compose(text, called)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise ValueError(f"{called}, line {line}: {exc.problem}") from exc
    except yaml.reader.ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        raise ValueError(f"{called}, line {line}: a character that YAML does not take") from exc
    try:
        return model.model_validate(document)
    except ValidationError as exc:
        told = sorted(_in_words(error, located) for error in exc.errors())
        raise ValueError("; ".join(f"{called}, line {line}: {words}" for line, words in told[:_ERRORS_MAX])) from exc


def _check_events(text: str, called: str) -> None:
    """Refuse aliases and depth before anything is built: events come one by one, however the text is nested."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ValueError(f"{called}, line {line}: anchors (&) and aliases (*) are not taken; write the text out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH_MAX:
            raise ValueError(f"{called}, line {line}: nested deeper than {_DEPTH_MAX} levels")


def _compose(text: str, called: str) -> tuple[_Located, object]:
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise ValueError(f"{called}, line 1: it is no mapping of fields to values")  # noqa: TRY004 -- the file's
        located = _Located(root, dict(_nodes(root, (), called)))
        return located, _constructed(loader, located, called)
    finally:
        loader.dispose()


def _constructed(loader: yaml.SafeLoader, located: _Located, called: str) -> object:
    for node in located.nodes.values():
        if isinstance(node, yaml.ScalarNode):
            try:
                loader.construct_object(node)
            except ValueError as exc:  # a date or number in form, and none in fact
                raise ValueError(f"{called}, line {node.start_mark.line + 1}: {exc}") from exc
    return loader.construct_document(located.root)


def _nodes(node: yaml.Node, above: tuple[str, ...], called: str) -> Iterator[tuple[tuple[str, ...], yaml.Node]]:
    """All values with their paths; a field that stands there twice is an error."""
    if isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield (*above, str(number)), value
            yield from _nodes(value, (*above, str(number)), called)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            path = (*above, name)
            if name in seen:
                line = key.start_mark.line + 1
                raise ValueError(f"{called}, line {line}: {'.'.join(path)} stands there twice")
            seen.add(name)
            yield path, value
            yield from _nodes(value, path, called)


def _in_words(error: ErrorDetails, located: _Located) -> tuple[int, str]:
    """Line and words of what a model found wrong; where a value is missing, the line of what should hold it."""
    path = tuple(map(str, error["loc"]))
    known = [path[:length] for length in range(len(path), 0, -1) if path[:length] in located.nodes]
    node = located.nodes[known[0]] if known else located.root
    line = node.start_mark.line + 1
    context: dict[str, Any] = error.get("ctx", {})
    if "line" in context:
        line += context["line"] - (0 if isinstance(node, yaml.ScalarNode) and node.style in _BLOCKS else 1)
    is_unknown = error["type"] == "extra_forbidden"
    message = "there is no such field" if is_unknown else error["msg"].removeprefix("Value error, ")
    return line, f"{'.'.join(path)}: {message}" if path else message
