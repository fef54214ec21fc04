"""The kinds of change as facts tell them: those of records, and some that a reader tells apart and a diff does not."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from schemas.changes import ChangeKind


class ToldKind(StrEnum):
    """What stands as `kind` in a fact's data beside the kinds of records."""

    ADD_TEST = "add_test"
    REMOVE_TEST = "remove_test"
    MODIFY_TEST = "modify_test"
    ADD_ROUTE = "add_route"
    REMOVE_ROUTE = "remove_route"
    MODIFY_ROUTE = "modify_route"
    ADD_ANNOTATION = "add_annotation"
    REMOVE_ANNOTATION = "remove_annotation"
    RELOCATED_IMPORT = "relocated_import"
    REBIND_IMPORTS = "rebind_imports"
    MODIFY_TEXT = "modify_text"


UNTITLED: Final = frozenset({ChangeKind.ADD_SECTION, ChangeKind.REMOVE_SECTION, ChangeKind.MODIFY_SECTION})
"""Kinds of records about sections that are told as `MODIFY_TEXT` where there is no heading to name."""

TESTS: Final[Mapping[str, ToldKind]] = {
    ChangeKind.ADD_FUNCTION: ToldKind.ADD_TEST,
    ChangeKind.REMOVE_FUNCTION: ToldKind.REMOVE_TEST,
    ChangeKind.MODIFY_FUNCTION: ToldKind.MODIFY_TEST,
}
ROUTES: Final[Mapping[str, ToldKind]] = {
    ChangeKind.ADD_DECORATOR: ToldKind.ADD_ROUTE,
    ChangeKind.REMOVE_DECORATOR: ToldKind.REMOVE_ROUTE,
    ChangeKind.MODIFY_DECORATOR: ToldKind.MODIFY_ROUTE,
}
"""What a record tells of a function or a decorator -> the same of a test or a route."""
