"""INI, `.cfg`, `.properties` and `.env` -> a tree of sections and keys, by the rules of Python's `configparser`."""

import re
from typing import Final

from app.core.diff.other_files.config.node import Builder, Unreadable

_SECTION: Final = re.compile(r"\[([^\]\n]+)\]")
_OPTION: Final = re.compile(r"(?:export\s+)?([^\s=:\[#;][^=:]*?)\s*(?:[=:]\s*(.*))?\Z")
_COMMENTS: Final = ("#", ";", "!")


def read_ini(text: str, builder: Builder) -> None:
    """Build sections of keys; keys before any section stand at the top. Raises `Unreadable`."""
    sections: dict[str, dict[str, tuple[int, list[str]]]] = {"": {}}
    lines_of: dict[str, int] = {"": 1}
    section = ""
    value: list[str] | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith(_COMMENTS):
            continue
        if raw[0].isspace() and value is not None:
            value.append(line)
        elif header := _SECTION.match(line):
            section, value = header[1], None
            sections.setdefault(section, {})
            lines_of.setdefault(section, number)
        elif option := _OPTION.match(line):
            if option[2] is None and not _bare_keys(sections):
                raise Unreadable("neither a section nor a key with a value", number)
            value = [option[2] or ""]
            if option[1] in sections[section]:
                builder.duplicates.append((option[1], number))
            sections[section][option[1]] = (number, value)
        else:
            raise Unreadable("neither a section nor a key with a value", number)
    _build(sections, lines_of, builder)


def _bare_keys(sections: dict[str, dict[str, tuple[int, list[str]]]]) -> bool:
    """Whether keys may stand without a value: in files with sections, as `configparser` may be told."""
    return len(sections) > 1


def _build(sections: dict[str, dict[str, tuple[int, list[str]]]], lines_of: dict[str, int], builder: Builder) -> None:
    builder.open_mapping(1)
    for section, options in sections.items():
        if section:
            builder.key(section, lines_of[section])
            builder.open_mapping(lines_of[section])
        for name, (line, value) in options.items():
            builder.key(name, line)
            builder.value("text", "\n".join(value).strip(), line)
        if section:
            builder.close()
    builder.close()
