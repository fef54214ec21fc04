"""What was handed in and what changed: size, form alone, refactorings, files that do not parse."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from app.core.diff.kinds import REFACTORINGS, WORDS_ONLY
from app.core.facts.names import names_of
from app.core.signs import is_test_path
from schemas.changes import Change, DiffInfo, FileChange
from schemas.comparison import Baseline, Fact

_LIKELY: Final = 0.5  # confidence from which a detected change is told as a fact
_FORM: Final = frozenset({"format_only"})
_BESIDE_CODE: Final = ("_key", "_section")
"""Kinds that are told after those of code, however many settings or headings were touched."""
_QUOTED_CHARS_MAX: Final = 40  # of a type, a decorator or a target
_ROUTE: Final = re.compile(
    r"(?:\w+\.)+(?:get|post|put|delete|patch|head|options|route|api_route|websocket)\(\s*[rf]?[\"']"
)
"""A decorator that makes a function answer at an address, as FastAPI's, Flask's and aiohttp's do."""
_SYNTAX_ERROR: Final = re.compile(r"line (\d{1,7})\b")
"""How a parser's complaint starts; a file that was too large or took too long carries another reason."""


def baseline_facts(
    baseline: Baseline,
    diff_info: DiffInfo,
    files: tuple[FileChange, ...],
    *,
    previous_id: str | None,
    compared: bool,
) -> Iterator[Fact]:
    if baseline is Baseline.UNAVAILABLE:
        yield Fact(code="baseline_unavailable")
    elif not compared:
        yield Fact(code="first_submission", data={"files": len(files), "lines": diff_info.lines_added})
    elif diff_info.total_files_changed == 0 and diff_info.lines_changed == 0:
        yield Fact(code="no_change", weight=-0.6)
    else:
        yield Fact(
            code="size",
            data={
                "files": diff_info.total_files_changed,
                "lines_added": diff_info.lines_added,
                "lines_removed": diff_info.lines_removed,
                "change_ratio": diff_info.change_ratio,
            },
        )
    if baseline is Baseline.UNKNOWN_NAMED:
        yield Fact(code="named_predecessor_unknown", data={"taken": previous_id})


def form_facts(changes: tuple[Change, ...]) -> Iterator[Fact]:
    """Changes of form alone: every changed file has its record, so what the records do not tell is not there."""
    kinds = {change.kind for change in changes}
    if kinds and kinds <= _FORM:
        yield Fact(code="only_formatting", weight=-0.3)
    elif kinds and kinds <= WORDS_ONLY:
        yield Fact(code="only_comments", weight=-0.2)


def syntax_facts(files: tuple[FileChange, ...]) -> Iterator[Fact]:
    """Files that do not parse, and files that were not parsed for other reasons, which are no fault of theirs."""
    present = [file for file in files if file.status != "removed"]
    python = sum(1 for file in present if file.path.endswith((".py", ".ipynb")))
    for file in present:
        if not file.syntax_error:
            continue
        match = _SYNTAX_ERROR.match(file.syntax_error)
        if match is None:
            yield Fact(code="not_parsed", path=file.path)
            continue
        line = int(match.group(1)) or None
        yield Fact(code="syntax_error", weight=-1.0, path=file.path, line=line, data={"files_python": python})


def change_facts(changes: tuple[Change, ...]) -> Iterator[Fact]:
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.confidence >= _LIKELY:
            groups[_kind(change)].append(change)
    for kind, group in sorted(groups.items(), key=lambda item: (item[0].endswith(_BESIDE_CODE), -len(item[1]))):
        refactoring = kind in REFACTORINGS
        place = group[0].after or group[0].before
        names = list(dict.fromkeys(name for change in group if (name := _subject(change))))
        yield Fact(
            code="refactoring" if refactoring else "change",
            weight=0.3 if refactoring else 0.0,
            path=place.path if place else None,
            line=place.line if place and place is group[0].after else None,
            data={"kind": kind, "count": len(names), "names": names_of(names)},
        )


def _subject(change: Change) -> str | None:
    """What a change is about: a symbol, an import's name, or a file; of a changed type, route or name both of them."""
    detail = change.detail
    name = detail.get("name")
    place = change.after or change.before
    symbol = (place.symbol or place.path) if place else ""
    if change.kind == "modify_import":
        symbol, sides = str(name), (detail.get("target_before"), detail.get("target"))
    elif change.kind == "rename_attribute":
        symbol, sides = symbol.rpartition(".")[0] or symbol, (detail.get("before"), detail.get("after"))
    elif change.kind in {"modify_decorator", "change_annotation", "change_return_annotation"}:
        within = isinstance(name, str) and change.kind == "change_annotation" and symbol.rpartition(".")[2] != name
        symbol, sides = f"{symbol}({name})" if within else symbol, (detail.get("before"), detail.get("after"))
    elif change.kind in {"add_decorator", "remove_decorator"}:
        return _flat(f"{symbol}: {_quoted(name)}")
    else:
        named = name if change.kind.endswith("_import") and isinstance(name, str) else symbol
        return _flat(named) or None
    if sides[0] is None or sides[1] is None:
        return _flat(symbol)
    return _flat(f"{symbol}: {_quoted(sides[0])} → {_quoted(sides[1])}")


def _quoted(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _QUOTED_CHARS_MAX else text[: _QUOTED_CHARS_MAX - 1] + "…"


def _flat(name: str) -> str:
    return name.replace(", ", " ")  # a heading's comma is none between names


def _kind(change: Change) -> str:
    """The change's kind; tests are told apart from functions, routes from decorators, new types from changed ones."""
    place = change.after or change.before
    name = (place.symbol or "").rpartition(".")[2] if place else ""
    if place and change.kind.endswith("_function") and name.startswith("test") and is_test_path(place.path):
        return change.kind.removesuffix("function") + "test"
    if change.kind.endswith("_decorator") and any(
        _ROUTE.match(str(change.detail.get(side))) for side in ("name", "before", "after")
    ):
        return change.kind.removesuffix("decorator") + "route"
    if change.kind.endswith("_annotation"):
        sides = change.detail.get("before"), change.detail.get("after")
        return "add_annotation" if sides[0] is None else "remove_annotation" if sides[1] is None else change.kind
    if change.kind == "modify_import" and not _comes_from_elsewhere(change):
        return "relocated_import"
    if change.kind == "reorder_imports" and "may_rebind" in change.detail:
        return "rebind_imports"
    return change.kind


def _comes_from_elsewhere(change: Change) -> bool:
    """Whether a name means something else, and not the same by another path, as after a file moved."""
    was, now = (str(change.detail.get(side, "")).strip(".") for side in ("target_before", "target"))
    same_end = f".{was}".endswith(f".{now}") or f".{now}".endswith(f".{was}")
    return "reordered" in change.detail or (was.partition(".")[0] != now.partition(".")[0] and not same_end)
