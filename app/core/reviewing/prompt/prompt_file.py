"""The text of a prompt file -> a template. What is wrong in it is named with its line."""

from collections.abc import Mapping
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.core.reviewing.prompt.template import Template

_BLOCKS: Final = frozenset({"|", ">"})  # styles of texts that begin on the line below their key


def read_template(text: str) -> Template:
    """The template in a prompt file's text (YAML). ValueError with a line where it is none."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise ValueError("a prompt file is a mapping of fields to texts")  # noqa: TRY004 -- the file's fault
        values = _fields(root, ())
        document = loader.construct_document(root)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise ValueError(f"prompt file, line {line}: {exc.problem}") from exc
    finally:
        loader.dispose()
    try:
        return Template.model_validate(document)
    except ValidationError as exc:
        raise ValueError("; ".join(_in_words(error, root, values) for error in exc.errors())) from exc


def _fields(mapping: yaml.MappingNode, above: tuple[str, ...]) -> dict[tuple[str, ...], yaml.Node]:
    """The nodes of the values, by their path; a field that stands there twice is an error."""
    found: dict[tuple[str, ...], yaml.Node] = {}
    for key, value in mapping.value:
        path = (*above, str(key.value))
        if path in found:
            raise ValueError(f"prompt file, line {key.start_mark.line + 1}: {'.'.join(path)} stands there twice")
        found[path] = value
        if isinstance(value, yaml.MappingNode):
            found |= _fields(value, path)
    return found


def _in_words(error: ErrorDetails, root: yaml.Node, values: Mapping[tuple[str, ...], yaml.Node]) -> str:
    path = tuple(map(str, error["loc"]))
    node = next((values[path[:length]] for length in range(len(path), 0, -1) if path[:length] in values), root)
    line = node.start_mark.line + 1
    context: dict[str, Any] = error.get("ctx", {})
    if "line" in context:
        line += context["line"] - (0 if isinstance(node, yaml.ScalarNode) and node.style in _BLOCKS else 1)
    return f"prompt file, line {line}: {'.'.join(path)}: {error['msg']}"
