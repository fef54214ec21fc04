"""What changed between two source trees, and what that did to complexity."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from schemas.base import Schema


class Place(Schema):
    """A place in a source tree: file, symbol (dotted, as `Class.method`) and 1-based lines, both ends included.

    `cell` is the 1-based number of a notebook's code cell; lines then count within the notebook's Python text.
    """

    path: str
    symbol: str | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    end_line: Annotated[int, Field(ge=1)] | None = None
    cell: Annotated[int, Field(ge=1)] | None = None


class Change(Schema):
    """One change. `kind` is snake case in the literature's words (`extract_method`, `rename_parameter`, …)."""

    kind: str
    before: Place | None = None
    after: Place | None = None
    detail: dict[str, JsonValue] = Field(default_factory=dict)
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


FileStatus = Literal["added", "removed", "renamed", "modified", "unchanged", "unread"]


class UnreadFile(Schema):
    """Why a file that is there was not read: a cause in snake case (`merge_markers`, `empty`, …) and its line."""

    cause: str
    line: Annotated[int, Field(ge=1)] | None = None


class FileChange(Schema):
    """One file's fate; `path` is the new path, for a removed file the old one. Counts are lines of text.

    `needs_python` is the version, as `3.14`, whose grammar a file is written in where the analysis ran on an older
    one: its code was not checked, and is no syntax error.
    A file that is `unread` is there and could not be read, for the reason in `unread`. One that is `modified` and has
    such a reason is read now and was not in the previous submission. Of neither were any lines compared.
    """

    path: str
    previous_path: str | None = None
    status: FileStatus
    lines_added: Annotated[int, Field(ge=0)] = 0
    lines_removed: Annotated[int, Field(ge=0)] = 0
    syntax_error: str | None = None
    needs_python: str | None = None
    unread: UnreadFile | None = None


class DiffInfo(Schema):
    """The diff in figures; names as in the platform's payload.

    `diff` is a unified diff, cut at a limit that it names. `lines_changed` is added plus removed lines;
    `change_ratio` is lines added or changed relative to the new size, 0 to 1.
    """

    diff: str
    lines_added: Annotated[int, Field(ge=0)]
    lines_removed: Annotated[int, Field(ge=0)]
    lines_changed: Annotated[int, Field(ge=0)]
    change_ratio: Annotated[float, Field(ge=0, le=1)]
    has_refactor: bool
    has_new_imports: bool
    total_files_changed: Annotated[int, Field(ge=0)]


class FunctionComplexity(Schema):
    """Cyclomatic complexity of one function or method, with radon's rank A (simple) to F."""

    path: str
    symbol: str
    line: Annotated[int, Field(ge=1)]
    end_line: Annotated[int, Field(ge=1)]
    cyclomatic: Annotated[int, Field(ge=0)]
    rank: str


class FileComplexity(Schema):
    """One Python file's figures, all radon's; `maintainability` is the index from 0 to 100, more is better.

    The index is radon's without the bonus for comments: the same code has the same index, whatever is said about it.
    """

    path: str
    functions: tuple[FunctionComplexity, ...] = ()
    maintainability: float | None = None
    halstead_volume: float | None = None
    halstead_difficulty: float | None = None
    loc: int = 0
    sloc: int = 0
    comments: int = 0
    error: str | None = None


class ComplexityDelta(Schema):
    """One symbol's or file's figure before and after; None where that side does not exist."""

    path: str
    symbol: str | None = None
    metric: Literal["cyclomatic", "maintainability", "halstead_volume", "halstead_difficulty", "loc", "sloc"]
    before: float | None = None
    after: float | None = None
    delta: float | None = None
    rank_before: str | None = None
    rank_after: str | None = None


class Complexity(Schema):
    """Complexity of the submission and what the changes did to it.

    `average_cyclomatic` is over all functions of the new tree. `deltas` holds changed symbols and files only,
    the largest change first; `worst` the most complex functions of the new tree.
    `mended` are files that had a syntax error before and parse now.
    `functions_removed` of the `functions_before` are gone without a successor: renamed, moved and inlined ones are not
    counted. `functions_now` is how many there are.
    """

    average_cyclomatic: float | None = None
    average_cyclomatic_before: float | None = None
    average_maintainability: float | None = None
    average_maintainability_before: float | None = None
    mended: tuple[str, ...] = ()
    functions_before: int | None = None
    functions_removed: int | None = None
    functions_now: int | None = None
    deltas: tuple[ComplexityDelta, ...] = ()
    worst: tuple[FunctionComplexity, ...] = ()
    errors: dict[str, str] = Field(default_factory=dict)


class Finding(Schema):
    """One linter finding in the new tree, in the linter's own words and rule code."""

    path: str
    line: Annotated[int, Field(ge=1)]
    rule: str
    message: str


class Coverage(Schema):
    """What was looked at and what was not; whatever is left out is counted by reason.

    `omitted` maps a reason to a number of files, `omitted_files` to the first few of their paths; `notes` says in a
    sentence what a reader should know. `shown_files` and `shown_chars` tell what the model saw of the changed sources.
    """

    files_read: int = 0
    chars_read: int = 0
    omitted: dict[str, int] = Field(default_factory=dict)
    omitted_files: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    shown_files: int | None = None
    shown_chars: int | None = None
    notes: tuple[str, ...] = ()
