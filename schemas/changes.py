"""What changed between two source trees, and what that did to complexity."""

from enum import StrEnum
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


class ChangeKind(StrEnum):
    """What a change is, in the literature's words. Public: the values stand in records, in the API and in the docs."""

    # Files and folders.
    ADD_FILE = "add_file"
    REMOVE_FILE = "remove_file"
    MODIFY_FILE = "modify_file"
    RENAME_FILE = "rename_file"
    MOVE_FILE = "move_file"
    MOVE_AND_RENAME_FILE = "move_and_rename_file"
    RENAME_FOLDER = "rename_folder"
    MOVE_FOLDER = "move_folder"
    MOVE_AND_RENAME_FOLDER = "move_and_rename_folder"
    UNREAD_FILE = "unread_file"
    READABLE_FILE = "readable_file"
    # Form alone; `…_only` where a file has no other record.
    FORMAT_ONLY = "format_only"
    COMMENT_ONLY = "comment_only"
    DOCSTRING_ONLY = "docstring_only"
    MODIFY_LAYOUT = "modify_layout"
    MODIFY_COMMENT = "modify_comment"
    MODIFY_DOCSTRING = "modify_docstring"
    # What a module does when it is loaded.
    MODIFY_MODULE = "modify_module"
    REORDER_STATEMENTS = "reorder_statements"
    REORDER_IMPORTS = "reorder_imports"
    ADD_IMPORT = "add_import"
    REMOVE_IMPORT = "remove_import"
    MODIFY_IMPORT = "modify_import"
    # Functions, methods among them, and classes.
    ADD_FUNCTION = "add_function"
    REMOVE_FUNCTION = "remove_function"
    MODIFY_FUNCTION = "modify_function"
    ADD_CLASS = "add_class"
    REMOVE_CLASS = "remove_class"
    MODIFY_CLASS = "modify_class"
    RENAME_METHOD = "rename_method"
    MOVE_METHOD = "move_method"
    MOVE_AND_RENAME_METHOD = "move_and_rename_method"
    RENAME_CLASS = "rename_class"
    MOVE_CLASS = "move_class"
    MOVE_AND_RENAME_CLASS = "move_and_rename_class"
    EXTRACT_METHOD = "extract_method"
    EXTRACT_AND_MOVE_METHOD = "extract_and_move_method"
    INLINE_METHOD = "inline_method"
    PULL_UP_METHOD = "pull_up_method"
    PUSH_DOWN_METHOD = "push_down_method"
    # Decorators.
    ADD_DECORATOR = "add_decorator"
    REMOVE_DECORATOR = "remove_decorator"
    MODIFY_DECORATOR = "modify_decorator"
    REORDER_DECORATORS = "reorder_decorators"
    # Parameters and types.
    ADD_PARAMETER = "add_parameter"
    REMOVE_PARAMETER = "remove_parameter"
    RENAME_PARAMETER = "rename_parameter"
    REORDER_PARAMETER = "reorder_parameter"
    CHANGE_DEFAULT = "change_default"
    CHANGE_ANNOTATION = "change_annotation"
    CHANGE_RETURN_ANNOTATION = "change_return_annotation"
    CHANGE_PARAMETER_MANNER = "change_parameter_manner"
    PARAMETERIZE_VARIABLE = "parameterize_variable"
    LOCALIZE_PARAMETER = "localize_parameter"
    # Variables.
    RENAME_VARIABLE = "rename_variable"
    EXTRACT_VARIABLE = "extract_variable"
    INLINE_VARIABLE = "inline_variable"
    RENAME_ATTRIBUTE = "rename_attribute"
    ADD_CONSTANT = "add_constant"
    REMOVE_CONSTANT = "remove_constant"
    MODIFY_CONSTANT = "modify_constant"
    # Configuration and Markdown.
    ADD_KEY = "add_key"
    REMOVE_KEY = "remove_key"
    MODIFY_KEY = "modify_key"
    DUPLICATE_KEY = "duplicate_key"
    ADD_SECTION = "add_section"
    REMOVE_SECTION = "remove_section"
    RENAME_SECTION = "rename_section"
    MOVE_SECTION = "move_section"
    MODIFY_SECTION = "modify_section"
    # Of more records than are kept: how many are not.
    CHANGES_OMITTED = "changes_omitted"


class Change(Schema):
    """One change.

    A `kind` that another version wrote and this one does not know stays the text that it is: our own topics hold
    records of older versions, and during an upgrade of newer ones. To refuse a whole comparison for one unknown word
    would cost its review; nothing groups such a change, and it is shown by its own name.
    """

    kind: Annotated[ChangeKind | str, Field(union_mode="left_to_right")]
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
    one: its code was not checked, and is no syntax error. `syntax_error_before` is the previous version's.
    A file that is `unread` is there and could not be read, for the reason in `unread`. One that is `modified` and has
    such a reason is read now and was not in the previous submission. Of neither were any lines compared.
    """

    path: str
    previous_path: str | None = None
    status: FileStatus
    lines_added: Annotated[int, Field(ge=0)] = 0
    lines_removed: Annotated[int, Field(ge=0)] = 0
    syntax_error: str | None = None
    syntax_error_before: str | None = None
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
    """Cyclomatic complexity of one function or method, with radon's rank A (simple) to F.

    `effective_cyclomatic` leaves out branches that are never taken, None where there are none. `code_lines` are the
    lines of the statements that have an effect: comments, docstrings and blank lines are none of them.
    """

    path: str
    symbol: str
    line: Annotated[int, Field(ge=1)]
    end_line: Annotated[int, Field(ge=1)]
    cyclomatic: Annotated[int, Field(ge=0)]
    rank: str
    effective_cyclomatic: Annotated[int, Field(ge=0)] | None = None
    code_lines: Annotated[int, Field(ge=0)] | None = None


class FileComplexity(Schema):
    """One Python file's figures, all radon's; `maintainability` is the index from 0 to 100, more is better.

    The index is radon's without the bonus for comments: the same code has the same index, whatever is said about it.
    `statements` counts those that have an effect, and `effective_maintainability` is the index of these alone: scores
    are made from it, so that no padding moves them. None where an older version measured the file.
    """

    path: str
    functions: tuple[FunctionComplexity, ...] = ()
    maintainability: float | None = None
    halstead_volume: float | None = None
    halstead_difficulty: float | None = None
    loc: int = 0
    sloc: int = 0
    comments: int = 0
    statements: Annotated[int, Field(ge=0)] | None = None
    effective_maintainability: float | None = None
    error: str | None = None


class ComplexityDelta(Schema):
    """One symbol's or file's figure before and after; None where that side does not exist.

    `effective_delta` leaves out branches that are never taken, None where there are none.
    """

    path: str
    symbol: str | None = None
    metric: Literal["cyclomatic", "maintainability", "halstead_volume", "halstead_difficulty", "loc", "sloc"]
    before: float | None = None
    after: float | None = None
    delta: float | None = None
    effective_delta: float | None = None
    rank_before: str | None = None
    rank_after: str | None = None


class Complexity(Schema):
    """Complexity of the submission and what the changes did to it.

    `average_cyclomatic` is over all functions of the new tree. `deltas` holds changed symbols and files only,
    the largest change first; `worst` the most complex functions of the new tree.
    `mended` are files that had a syntax error before and parse now.
    `functions_removed` of the `functions_before` are gone without a successor: renamed, moved and inlined ones are not
    counted. `functions_now` is how many there are.
    Scores are made from the last two: `scored_maintainability` is the mean of the files' effective index by statements,
    `scored_statements` are those of the changed files. Of neither is new code that nothing uses a part.
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
    scored_maintainability: float | None = None
    scored_statements: Annotated[int, Field(ge=0)] | None = None


class UnusedReason(StrEnum):
    """Why code is taken to be of no use.

    `UNREACHABLE`: no execution comes there. `UNCALLED`: a private or local function or class that nothing calls.
    `UNREAD`: a private constant that nothing reads. `UNCLAIMED`: a public function, class, method or constant that
    nothing in the submission uses; tests that are not part of it may.
    """

    UNREACHABLE = "unreachable"
    UNCALLED = "uncalled"
    UNREAD = "unread"
    UNCLAIMED = "unclaimed"


class UnusedCode(Schema):
    """Code of the new tree that is of no use, by its first and last line; `symbol` is dotted, empty for a branch.

    `statements` are those within that have an effect of their own.
    """

    path: str
    symbol: str
    line: Annotated[int, Field(ge=1)]
    end_line: Annotated[int, Field(ge=1)]
    reason: UnusedReason
    statements: Annotated[int, Field(ge=0)] = 0

    def holds(self, path: str, line: int) -> bool:
        """Whether a line is one of this code."""
        return path == self.path and self.line <= line <= self.end_line


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
