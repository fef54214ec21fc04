"""A label of the oracle -> our kind of change and the code elements that it names.

RefactoringMiner names a module-level function's class `package.module.__module__`, a method's `package.module.Class`,
and cuts the front of the package where it takes a folder for the source root.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

METHODS: Final = {
    "Rename Method": "rename_method",
    "Move Method": "move_method",
    "Move And Rename Method": "move_and_rename_method",
    "Pull Up Method": "pull_up_method",
    "Push Down Method": "push_down_method",
    "Extract Method": "extract_method",
    "Extract And Move Method": "extract_and_move_method",
    "Inline Method": "inline_method",
    "Add Method Annotation": "add_decorator",
    "Remove Method Annotation": "remove_decorator",
}
CLASSES: Final = {
    "Rename Class": "rename_class",
    "Move Class": "move_class",
    "Move And Rename Class": "move_and_rename_class",
    "Add Class Annotation": "add_decorator",
    "Remove Class Annotation": "remove_decorator",
}
PARAMETERS: Final = {
    "Add Parameter": "add_parameter",
    "Remove Parameter": "remove_parameter",
    "Rename Parameter": "rename_parameter",
    "Reorder Parameter": "reorder_parameter",
    "Parameterize Variable": "parameterize_variable",
    "Localize Parameter": "localize_parameter",
}
VARIABLES: Final = {
    "Rename Variable": "rename_variable",
    "Extract Variable": "extract_variable",
    "Inline Variable": "inline_variable",
    "Rename Attribute": "rename_attribute",
}
KINDS: Final = {**METHODS, **CLASSES, **PARAMETERS, **VARIABLES}

_IN = r" in (?:method (?P<method>.+)|(?:module|attribute|class) \S+) from class (?P<owner>\S+)"
_TO = r" & moved to class (?P<new_owner>\S+)"
_SHAPES: Final = (
    r"Rename Method (?P<old>.+?) (?:renamed )?to (?P<new>.+) in class (?P<owner>\S+)",
    r"[\w ]+ Method (?P<old>.+) from class (?P<old_owner>\S+) to (?P<new>.+) from class (?P<new_owner>\S+)",
    r"Extract Method (?P<new>.+) extracted from (?P<source>.+?) in class (?P<owner>\S+)",
    r"Extract And Move Method (?P<new>.+) extracted from (?P<source>.+?) in class (?P<owner>\S+)" + _TO,
    r"Inline Method (?P<old>.+) inlined to (?P<source>.+) in class (?P<owner>\S+)",
    r"[\w ]+ Class (?P<old_class>\S+) (?:renamed|moved|moved and renamed) to (?P<new_class>\S+)",
    r"(?:Add|Remove) Method Annotation @(?P<decorator>.+)" + _IN,
    r"(?:Add|Remove) Class Annotation @(?P<decorator>.+) in class (?P<new_class>\S+)",
    r"Reorder Parameter \[(?P<old_order>.*?)\] to \[(?P<new_order>.*?)\]" + _IN,
    r"(?:Add|Remove|Extract|Inline) (?:Parameter|Variable) (?P<name>.+?)" + _IN,
    r"(?:Rename|Parameterize|Localize) (?:Parameter|Variable) (?P<old_name>.+?) to (?P<new_name>.+?)" + _IN,
    r"Rename Attribute (?P<old_name>.+?) to (?P<new_name>.+?) in class (?P<owner>\S+)",
)
_PATTERNS: Final = tuple(re.compile(shape) for shape in _SHAPES)


@dataclass(frozen=True, slots=True)
class Label:
    """One label: `kind` in our words, None for a type that we have no kind for; `elements` by their role."""

    type: str
    kind: str | None
    description: str
    confirmed: bool
    elements: Mapping[str, str]


def parse_label(item: Mapping[str, str]) -> Label:
    """A label of the oracle; `confirmed` where the people who checked it agreed (`TP`, `CTP`)."""
    kind = KINDS.get(item["type"])
    return Label(
        type=item["type"],
        kind=kind,
        description=item["description"],
        confirmed=item["validation"] in {"TP", "CTP"},
        elements=_elements(item["description"]) if kind else {},
    )


def _elements(description: str) -> dict[str, str]:
    for pattern in _PATTERNS:
        match = pattern.fullmatch(description)
        if match:
            return {role: _bare(role, text) for role, text in match.groupdict().items() if text is not None}
    raise ValueError(f"a label in no known form: {description}")


def _bare(role: str, text: str) -> str:
    """A method without visibility and parameters, a variable without its type; the rest as it stands."""
    if role in {"old", "new", "source", "method"}:
        return text.split("(", 1)[0].rsplit(" ", 1)[-1]
    return text.split(" : ", 1)[0] if role in {"name", "old_name", "new_name"} else text
