"""Two versions of a module -> records of its imports and of what it does when it is loaded."""

import ast
from collections.abc import Iterator, Sequence

from pydantic import JsonValue

from app.core.diff.records.comment_lines import places_of_comments
from app.core.diff.records.location import place_of_lines, place_of_module, place_of_nodes, shorten
from app.core.diff.records.reorders import differing_statements
from app.core.diff.symbols.imports import Import, compare_imports, imports_of, rebound, stars_reordered
from app.core.diff.symbols.symbols import Module
from app.core.diff.symbols.versions import have_same_comments, run_alike
from app.core.limits import DiffLimits
from app.core.python.syntax import IMPORTS, docstrings_agree, equal_but_for
from schemas.changes import Change, ChangeKind, Place

Detail = dict[str, JsonValue]


def module_records(old: Module, new: Module, renamed_names: dict[str, str], limits: DiffLimits) -> Iterator[Change]:
    """Records of all that belongs to no symbol."""
    if old.import_nodes != new.import_nodes:  # else the very same statements, if both files begin with them
        yield from _imports(old, new, limits)
    if not run_alike(old, new):
        yield _modified(old, new, renamed_names, limits)
        return
    if not docstrings_agree(old.docstring, new.docstring):
        yield Change(kind=ChangeKind.DOCSTRING_ONLY, before=_docstring(old), after=_docstring(new))
    if not have_same_comments(old, new):
        before, after = places_of_comments(old, new, limits)
        yield Change(kind=ChangeKind.COMMENT_ONLY, before=before, after=after)


def import_record(kind: ChangeKind, module: Module, item: Import, limits: DiffLimits) -> Change:
    """An import that came or went: `add_import`, `remove_import`."""
    place = place_of_lines(module.file, item.line, item.end_line)
    sides = (None, place) if kind is ChangeKind.ADD_IMPORT else (place, None)
    return Change(kind=kind, before=sides[0], after=sides[1], detail=_named(item, limits))


def _imports(old: Module, new: Module, limits: DiffLimits) -> Iterator[Change]:
    for one, other in compare_imports(old.imports, new.imports):
        if one is not None and other is not None:
            yield _modified_import((old, one), (new, other), limits)
        elif one is not None:
            yield import_record(ChangeKind.REMOVE_IMPORT, old, one, limits)
        elif other is not None:
            yield import_record(ChangeKind.ADD_IMPORT, new, other, limits)
    always, always_now = _always_imported(old), _always_imported(new)
    for one, other in rebound(always, always_now):
        change = _modified_import((old, one), (new, other), limits)
        yield change.model_copy(update={"detail": {**change.detail, "reordered": True}})
    run, other_run = stars_reordered(always, always_now)
    if run and other_run:
        stars: list[JsonValue] = [item.target for item in other_run if item.target.endswith("*")]
        yield Change(
            kind=ChangeKind.REORDER_IMPORTS,
            before=_lines(old, run),
            after=_lines(new, other_run),
            detail={"stars": shorten(stars, limits), "may_rebind": True},
        )


def _always_imported(module: Module) -> list[Import]:
    """What a module imports on every load, in order."""
    return [item for node in module.tree.body if isinstance(node, IMPORTS) for item in imports_of(node)]


def _lines(module: Module, items: list[Import]) -> Place:
    return place_of_lines(module.file, min(item.line for item in items), max(item.end_line for item in items))


def _modified_import(old: tuple[Module, Import], new: tuple[Module, Import], limits: DiffLimits) -> Change:
    before, after = (place_of_lines(module.file, item.line, item.end_line) for module, item in (old, new))
    was: Detail = {"target_before": shorten(old[1].target, limits), "name_before": shorten(old[1].bound, limits)}
    return Change(kind=ChangeKind.MODIFY_IMPORT, before=before, after=after, detail=_named(new[1], limits) | was)


def _named(item: Import, limits: DiffLimits) -> Detail:
    return {"name": shorten(item.bound, limits), "target": shorten(item.target, limits)}


def _modified(old: Module, new: Module, renamed_names: dict[str, str], limits: DiffLimits) -> Change:
    """The module's own statements, from the first that differs to the last, with their text on either side."""
    before, after, reordered = differing_statements(old, new)
    places = place_of_nodes(old, before), place_of_nodes(new, after)
    if reordered:
        return Change(kind=ChangeKind.REORDER_STATEMENTS, before=places[0], after=places[1])
    detail: Detail = {
        "before": shorten(_text(old, before), limits),
        "after": shorten(_text(new, after), limits),
    }
    if equal_but_for(old.own, new.own, renamed_names):
        detail["only"] = "renamed_references"
    return Change(kind=ChangeKind.MODIFY_MODULE, before=places[0], after=places[1], detail=detail)


def _text(module: Module, nodes: Sequence[ast.stmt]) -> str | None:
    """Statements as they stand, one below the other; None where there are none."""
    return "\n".join(module.quote(node) or "" for node in nodes) or None


def _docstring(module: Module) -> Place:
    """The docstring's lines; the whole file where there is none."""
    return place_of_nodes(module, module.tree.body[:1]) if module.docstring is not None else place_of_module(module)
