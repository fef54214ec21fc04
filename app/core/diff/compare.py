"""Two source trees -> everything that changed between them."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.core.diff.folders import moved_folders
from app.core.diff.lines.alignment import align, count_lines, split_lines
from app.core.diff.lines.unified import FileDiff, unified_diff
from app.core.diff.matching.files import FilePair, pair_files
from app.core.diff.matching.pairing import match_symbols
from app.core.diff.other_files.outline import CONFIDENCE_MAX
from app.core.diff.other_files.unread import UnreadDiff, compare_unread
from app.core.diff.other_files.without_tree import NOTHING, Parts, compare_parts
from app.core.diff.records.kinds import alone_or_among_others, has_new_imports, has_refactoring, in_order, kept_within
from app.core.diff.records.records import Records
from app.core.diff.records.whole_files import file_record, nothing_semantic
from app.core.diff.symbols.symbols import Module, Source
from app.core.limits import DiffLimits
from app.core.python.repairs import Repairs
from app.core.python.syntax import SyntaxProblem, Tokens
from app.core.python.syntax_trees import SyntaxTrees
from app.core.submission.sources import SourceFile, SourceTree
from schemas.changes import Change, ChangeKind, DiffInfo, FileChange

Parsed = Module | SyntaxProblem | None
ParsedPair = tuple[Parsed, Parsed]


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """The figures, each file's fate, and the changes as records, in the order of paths and lines."""

    diff_info: DiffInfo
    files: tuple[FileChange, ...]
    changes: tuple[Change, ...]


def compare_trees(
    before: SourceTree | None, after: SourceTree, limits: DiffLimits, trees: SyntaxTrees | None = None
) -> TreeDiff:
    """Compare `before` (None: a first submission, all of it is new) with `after`.

    Python files are compared by their symbols, over all files at once; configuration by its keys, Markdown by its
    sections; what cannot be read, and every other kind, by line. Equal input gives equal output. `trees` keeps what
    was parsed for whoever wants it next.
    """
    trees = trees or SyntaxTrees(limits)
    pairs = pair_files(before, after)
    changed = _changed(pairs)
    reading = _Reading(trees, Repairs(limits), {})
    code = [pair for pair in changed if _has_symbols(pair)]
    trees.parse_all((_text(pair.before), _text(pair.after)) for pair in code)
    parsed = {pair.path: (_parse(pair.before, reading), _parse(pair.after, reading)) for pair in code}
    files = _align_files(changed, limits, {path: _problem(*both) for path, both in parsed.items()}, parsed)
    usable = [_usable(*both) for both in parsed.values()]
    records = Records(match_symbols(usable), limits)
    changes = records.all()
    for old, new in usable:
        if new is None and old is not None:
            changes.extend(records.single_sided(old, ChangeKind.REMOVE_IMPORT))
        elif old is None and new is not None:
            changes.extend(records.single_sided(new, ChangeKind.ADD_IMPORT))
    changes = _no_surer_than_files(_doubted(changes, parsed), changed)
    broken = {path for path, both in parsed.items() if any(isinstance(side, SyntaxProblem) for side in both)}
    parts = {pair.path: compare_parts(pair, broken=pair.path in broken, limits=limits) for pair in changed}
    told = _with_files(changed, files, _Known(pairs, parsed, parts, limits), changes)
    found = _assemble(pairs, files, told, compare_unread(before, after), limits)
    _release([side for both in parsed.values() for side in both if isinstance(side, Module)])
    return found


def _release(modules: list[Module]) -> None:
    """Let go of modules and symbols, which hold each other.

    Otherwise they, and their syntax trees, stay until Python's cycle collector has looked through all of them.
    """
    for module in modules:
        for symbol in module.symbols:
            symbol.children.clear()
        vars(module).clear()


def compare_trees_by_line(before: SourceTree | None, after: SourceTree, limits: DiffLimits, reason: str) -> TreeDiff:
    """The comparison of last resort: by line alone, in time that grows with the text and nothing else.

    `reason` stands in each changed Python file's `syntax_error`, for its symbols were not looked at.
    """
    bounded = replace(limits, alignment_steps_base=0, alignment_steps_per_line=0)
    pairs = pair_files(before, after)
    changed = _changed(pairs)
    files = _align_files(
        changed, bounded, {pair.path: SyntaxProblem(reason) for pair in changed if _has_symbols(pair)}, {}
    )
    told = _with_files(changed, files, _Known(pairs, {}, {}, limits), [])
    return _assemble(pairs, files, told, compare_unread(before, after), limits)


def _changed(pairs: Iterable[FilePair]) -> list[FilePair]:
    return [pair for pair in pairs if pair.status != "unchanged"]


def _has_symbols(pair: FilePair) -> bool:
    """Whether the pair is Python that changed; equal text has no changes to look for."""
    if pair.before is not None and pair.after is not None and pair.before.text == pair.after.text:
        return False
    return pair.is_code


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all files of one comparison are read with: `tokens` of what was read, by its source."""

    trees: SyntaxTrees
    repairs: Repairs
    tokens: dict[Source, Tokens]


def _text(file: SourceFile | None) -> str | None:
    return file.text if file else None


def _parse(file: SourceFile | None, reading: _Reading) -> Parsed:
    """The file's symbols, if need be of its text as it can be mended."""
    if file is None:
        return None
    tree = reading.trees.read(file.text)
    if isinstance(tree, ast.Module):
        return Module(file, tree, reading.tokens)
    mended = reading.repairs.repair(file.text, tree) if tree.line is not None else None
    return Module(replace(file, text=mended[0]), mended[1], reading.tokens, tree) if mended else tree


def _doubted(changes: list[Change], parsed: Mapping[str, ParsedPair]) -> list[Change]:
    """`changes`, those of mended files with less confidence."""
    mended = {side.file.path for both in parsed.values() for side in both if isinstance(side, Module) and side.problem}
    if not mended:
        return changes
    return [
        change.model_copy(update={"confidence": min(change.confidence, CONFIDENCE_MAX)})
        if any(place and place.path in mended for place in (change.before, change.after))
        else change
        for change in changes
    ]


def _no_surer_than_files(changes: list[Change], pairs: Iterable[FilePair]) -> list[Change]:
    """`changes`; what became of something in a file is no surer than what became of the file."""
    doubtful = {
        (pair.before.path, pair.after.path): pair.similarity
        for pair in pairs
        if pair.before and pair.after and pair.similarity < 1
    }
    if not doubtful:
        return changes
    found = []
    for change in changes:
        ways = (change.before.path, change.after.path) if change.before and change.after else ("", "")
        most = doubtful.get(ways, 1.0)
        found.append(change if change.confidence <= most else change.model_copy(update={"confidence": most}))
    return found


def _usable(old: Parsed, new: Parsed) -> tuple[Module | None, Module | None]:
    """Both sides if both can be compared by symbol; a file of which one side cannot is compared by its headers."""
    if isinstance(old, SyntaxProblem) or isinstance(new, SyntaxProblem):
        return None, None
    return old, new


def _problem(old: Parsed, new: Parsed) -> SyntaxProblem | None:
    """Why a file does not parse now; for a removed file, why it did not."""
    return _problem_of(old if new is None else new)


def _problem_of(side: Parsed) -> SyntaxProblem | None:
    return side.problem if isinstance(side, Module) else side


def _error(problem: SyntaxProblem | None) -> str | None:
    """A problem as records tell it; a newer grammar is none."""
    return str(problem) if problem is not None and not problem.needs else None


def _align_files(
    pairs: list[FilePair],
    limits: DiffLimits,
    problems: Mapping[str, SyntaxProblem | None],
    parsed: Mapping[str, ParsedPair],
) -> dict[str, FileDiff]:
    """The changed files' lines, aligned, by path."""
    files: dict[str, FileDiff] = {}
    for pair in pairs:
        sides = parsed.get(pair.path, (None, None))
        old, new = _lines(pair.before, sides[0]), _lines(pair.after, sides[1])
        alignment = align(old, new, limits)
        problem = problems.get(pair.path)
        change = FileChange(
            path=pair.path,
            previous_path=pair.before.path if pair.before and pair.status == "renamed" else None,
            status=pair.status,
            lines_added=alignment.added,
            lines_removed=alignment.removed,
            syntax_error=_error(problem),
            syntax_error_before=_error(_problem_of(sides[0])) if pair.after is not None else None,
            needs_python=problem.needs if problem else None,
        )
        files[pair.path] = FileDiff(change, old, new, alignment)
    return files


def _lines(file: SourceFile | None, parsed: Parsed) -> list[str]:
    """A side's own lines, none where it does not exist; a module has split them, unless its text was mended."""
    if isinstance(parsed, Module) and parsed.problem is None:
        return parsed.lines
    return split_lines(file.text) if file else []


@dataclass(frozen=True, slots=True)
class _Known:
    """All files; and of the changed ones, by path, both sides as they were parsed, and their other parts."""

    pairs: tuple[FilePair, ...]
    parsed: Mapping[str, ParsedPair]
    parts: Mapping[str, Parts]
    limits: DiffLimits


def _with_files(
    pairs: list[FilePair], files: Mapping[str, FileDiff], known: _Known, changes: list[Change]
) -> list[Change]:
    """`changes`, those of other files' `parts`, and a record for each changed file that none of them explains."""
    kinds: dict[str, set[str]] = {}
    for change in changes:
        for place in (change.before, change.after):
            if place is not None:
                kinds.setdefault(place.path, set()).add(change.kind)
    whole, in_folders = moved_folders(known.pairs, files)
    comments_only: set[str] = set()
    for pair in pairs:
        found = set().union(*(kinds.get(side.path, ()) for side in (pair.before, pair.after) if side))
        old, new = _usable(*known.parsed.get(pair.path, (None, None)))
        inner = known.parts.get(pair.path, NOTHING)
        whole.extend(inner.changes)
        reasons = [str(problem) for problem in map(_problem_of, known.parsed.get(pair.path, ())) if problem]
        if old is not None and new is not None and found <= {ChangeKind.COMMENT_ONLY} and not reasons:
            comments_only.add(pair.path)
            in_code = nothing_semantic(old, new, known.limits)
            whole.extend(c for c in in_code if not (inner.changes and c.kind == ChangeKind.FORMAT_ONLY))
            found = {"nothing semantic"}
        found |= {change.kind for change in inner.changes}
        moved_alone = pair.status == "renamed" and pair.path not in in_folders
        if moved_alone or reasons or not (found or pair.path in in_folders):
            by = "repaired code" if old or new else "line"
            record = file_record(pair, files[pair.path], [*reasons, *inner.reasons], by)
            moved_along = pair.path in in_folders
            whole.append(record.model_copy(update={"kind": ChangeKind.MODIFY_FILE}) if moved_along else record)
    kept = [c for c in changes if not (c.kind == ChangeKind.COMMENT_ONLY and c.after and c.after.path in comments_only)]
    return alone_or_among_others(kept + whole)


def _assemble(
    pairs: tuple[FilePair, ...],
    files: dict[str, FileDiff],
    changes: list[Change],
    unread: UnreadDiff,
    limits: DiffLimits,
) -> TreeDiff:
    unchanged = [pair.present for pair in pairs if pair.path not in files]
    changes = [*changes, *unread.changes]
    added = sum(file.change.lines_added for file in files.values())
    removed = sum(file.change.lines_removed for file in files.values())
    lines = sum(file.alignment.after_lines for file in files.values()) + sum(count_lines(f.text) for f in unchanged)
    code = {pair.path for pair in _changed(pairs) if pair.is_code}
    shown = sorted(files.values(), key=lambda file: (file.change.path not in code, file.change.path))
    info = DiffInfo(
        diff=unified_diff(shown, limits.unified_diff_chars_max),
        lines_added=added,
        lines_removed=removed,
        lines_changed=added + removed,
        change_ratio=round(added / lines, 4) if lines else 0.0,
        has_refactor=has_refactoring(changes),
        has_new_imports=has_new_imports(changes),
        total_files_changed=len(files) + len(unread.changes),
    )
    listed = [*unread.files, *(file.change for file in files.values())][: limits.files_max]
    room = limits.files_max - len(listed)
    listed += [FileChange(path=file.path, status="unchanged") for file in unchanged[:room]]
    ordered = tuple(sorted(listed, key=lambda change: (change.path, change.status)))
    return TreeDiff(info, ordered, kept_within(in_order(changes), limits))
