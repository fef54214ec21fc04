"""What was handed in and what changed: size, form alone, refactorings, files that do not parse."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from app.core.facts.names import names_of
from app.core.hunks import Patch
from schemas.changes import Change, DiffInfo, FileChange
from schemas.comparison import Baseline, Fact

_LIKELY: Final = 0.5  # confidence from which a detected change is told as a fact
_REFACTORING: Final = re.compile(
    r"(?:extract|inline|rename|move|pull_up|push_down|split|merge|introduce|encapsulate|replace|reorder|decompose)_"
    r"|(?:move|rename)$"
)


def baseline_facts(
    baseline: Baseline, diff_info: DiffInfo, files: tuple[FileChange, ...], *, compared: bool
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
        yield Fact(code="named_predecessor_unknown")


def form_facts(diff_info: DiffInfo, files: tuple[FileChange, ...], patches: tuple[Patch, ...]) -> Iterator[Fact]:
    """Changes of form alone. Told only where the diff is whole, for what was cut off might be more."""
    whole = (
        sum(len(patch.added) for patch in patches) == diff_info.lines_added
        and sum(len(patch.removed) for patch in patches) == diff_info.lines_removed
    )
    same_files = all(file.status in {"modified", "unchanged"} for file in files)
    if not (whole and same_files and patches):
        return
    if all(_code(p.added, keep_comments=True) == _code(p.removed, keep_comments=True) for p in patches):
        yield Fact(code="only_formatting", weight=-0.3)
    elif all(p.path.endswith(".py") and _code(p.added) == _code(p.removed) for p in patches):
        yield Fact(code="only_comments", weight=-0.2)


def _code(lines: Sequence[str], *, keep_comments: bool = False) -> list[str]:
    """Lines without blank ones, trailing space and space around signs; those with strings are left as they are."""
    kept = []
    for line in lines:
        stripped = line.strip()
        if not stripped or (stripped.startswith("#") and not keep_comments):
            continue
        indent = line[: len(line) - len(line.lstrip())]
        plain = stripped if set(stripped) & set("\"'#") else re.sub(r"\s*([^\w\s])\s*", r"\1", stripped)
        kept.append(indent + plain)
    return kept


def syntax_facts(files: tuple[FileChange, ...]) -> Iterator[Fact]:
    python = sum(1 for f in files if f.status != "removed" and f.path.endswith((".py", ".ipynb")))
    for file in files:
        if file.syntax_error:
            line = re.search(r"\bline (\d{1,7})\b", file.syntax_error)
            number = int(line.group(1)) if line else None
            yield Fact(
                code="syntax_error", weight=-1.0, path=file.path, line=number or None, data={"files_python": python}
            )


def change_facts(changes: tuple[Change, ...]) -> Iterator[Fact]:
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.confidence >= _LIKELY:
            groups[change.kind].append(change)
    for kind, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        refactoring = _REFACTORING.match(kind) is not None
        place = group[0].after or group[0].before
        names = [p.symbol for c in group if (p := c.after or c.before) and p.symbol]
        yield Fact(
            code="refactoring" if refactoring else "change",
            weight=0.3 if refactoring else 0.0,
            path=place.path if place else None,
            line=place.line if place and place is group[0].after else None,
            data={"kind": kind, "count": len(group), "names": names_of(names)},
        )
