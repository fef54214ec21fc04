"""YAML -> a tree, from the parser's events alone.

No objects are made of a student's tags, and an alias stays the name that it is: nothing is expanded, so that a file
whose aliases multiply costs no more than its text.
"""

from typing import Any, Final

import yaml

from app.core.diff.other_files.config.node import Builder, Unreadable

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Final = yaml.resolver.Resolver()


def read_yaml(text: str, builder: Builder) -> None:
    """Build a list of the file's documents, most often one. Raises `Unreadable`."""
    builder.has_documents = True
    builder.open_list(1)
    try:
        _build(text, builder)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else None
        raise Unreadable(exc.problem or "no YAML", line) from exc
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise Unreadable(f"no YAML: {type(exc).__name__}") from exc
    builder.close()


def _build(text: str, builder: Builder) -> None:
    expects_key: list[bool | None] = []  # for each open collection: whether a key comes next, None in a list
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            builder.close()
            expects_key.pop()
        elif not isinstance(event, yaml.NodeEvent):
            continue
        elif expects_key and expects_key[-1]:
            if not isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)):
                raise Unreadable("a key that is a list or a mapping", line)
            builder.key(_text(event), line)
            expects_key[-1] = False
            continue
        elif isinstance(event, yaml.MappingStartEvent):
            builder.open_mapping(line)
            _value_begins(expects_key)
            expects_key.append(True)
            continue
        elif isinstance(event, yaml.SequenceStartEvent):
            builder.open_list(line)
            _value_begins(expects_key)
            expects_key.append(None)
            continue
        else:
            builder.value(_kind(event), _text(event), line)
        _value_begins(expects_key)


def _value_begins(expects_key: list[bool | None]) -> None:
    """In a mapping, a key comes after this value."""
    if expects_key and expects_key[-1] is False:
        expects_key[-1] = True


def _text(event: Any) -> str:
    return f"*{event.anchor}" if isinstance(event, yaml.AliasEvent) else str(event.value)


def _kind(event: Any) -> str:
    """The tag that YAML gives a scalar: `1` is a number, `"1"` is not."""
    if isinstance(event, yaml.AliasEvent):
        return "alias"
    return str(event.tag or _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit))
