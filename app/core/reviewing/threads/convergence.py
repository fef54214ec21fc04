"""Which comments are said: none that was said before, nothing small on code that stayed as it was, the grave first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.evidence.facts.gravity import is_certain_error
from app.core.limits import ThreadLimits
from app.core.ports import Question
from app.core.python.syntax import bag, similarity
from app.core.reviewing.threads.both_versions import BothVersions, SymbolAt
from app.core.reviewing.threads.comment_ids import comment_id_of
from app.core.reviewing.threads.following import is_a_readers, is_rule
from app.core.reviewing.threads.logical_lines import ComparableCode, LogicalLine, code_of, with_new_names
from app.core.reviewing.threads.settling import kept_open
from app.core.reviewing.threads.tracking import quote_at
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import CheckKind, CodeComment, ProblemKind, Thread, ThreadState

_WORST_FIRST: Final = ("critical", "major", "minor", "info", "praise")
_GRAVE: Final = frozenset({"critical", "major"})
_ALIKE_MIN: Final = 0.6  # share of tokens in common from which one line is what became of another
_LIMITS: Final = ThreadLimits()


@dataclass(frozen=True, slots=True)
class Converged:
    """What is said now, all threads with the new ones, and what was left out, a sentence each."""

    comments: tuple[CodeComment, ...]
    threads: tuple[Thread, ...]
    adjustments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A comment with its symbol and quote, and what is known of its line.

    `code` is the statement there, `ordinal` its number among equal ones of its symbol. `is_old` tells that the
    statement was there before, `is_among_old` that it stood between the same two, `is_untouched` that the whole symbol
    says what it said. A header is about its whole symbol, and so never among old ones.
    """

    comment: CodeComment
    code: ComparableCode
    ordinal: int
    is_old: bool
    is_among_old: bool
    is_untouched: bool


def converge(comments: Sequence[CodeComment], threads: Sequence[Thread], question: Question, words: Words) -> Converged:
    """The comments that are new, ranked, `rubric.comments_max` at most; each opens a thread.

    One that speaks of an open thread is that thread, whatever its words. On code that stayed as it was since the last
    review nothing below `major` is new. Open threads take no place of the new comments: they are listed, not said.
    """
    versions = BothVersions.of(question.comparison)
    submission = question.comparison.submission_id
    placed = [_place(comment, versions) for comment in comments]
    threads = [_doubted(thread, placed, submission) for thread in threads]
    current = [thread for thread in threads if thread.is_open or _is_just_answered(thread, submission)]
    fresh = [one for one in placed if not any(_is_same(one, thread) for thread in current)]
    told = [one for one in fresh if question.previous is None or _may_be_new(one)]
    new = _identified(told, threads, question)
    supported = _evidence_lines(question.comparison)
    ranked = sorted(
        new, key=lambda comment: (_WORST_FIRST.index(comment.severity), not _is_supported(comment, supported))
    )
    said = tuple(ranked[: question.rubric.comments_max])
    left_out: tuple[tuple[str, int, dict[str, int]], ...] = (
        ("said_before", len(placed) - len(fresh), {}),
        ("untouched", len(fresh) - len(told), {}),
        ("comments", len(new) - len(said), {"limit": question.rubric.comments_max}),
    )
    adjustments = tuple(words.adjustments[key]({"count": gone, **data}) for key, gone, data in left_out if gone > 0)
    opened = [_opened(comment, question.comparison) for comment in said if comment.severity != "praise"]
    return Converged(said, _in_order([*threads, *opened], submission), adjustments)


def _place(comment: CodeComment, versions: BothVersions) -> _Placed:
    """`comment` with symbol and quote, as far as its text is at hand."""
    comment = comment.model_copy(update={"category": comment.category or ProblemKind.OTHER})
    code = versions.now(comment.path)
    if code is None or comment.line is None:
        is_same = comment.line is None and versions.is_same_text(comment.path)
        return _Placed(comment, code_of(comment.quote or ""), 0, is_same, is_same, is_same)
    statement = code.at(comment.line)
    symbol = code.symbol_at(comment.line)
    comment = comment.model_copy(update={"symbol": symbol, "quote": quote_at(code.lines, comment.line)})
    if statement is None:
        return _Placed(comment, (), 0, is_old=False, is_among_old=False, is_untouched=False)
    equal = [one for one in code.within(symbol) if one.code == statement.code]
    ordinal = equal.index(statement) if statement in equal else 0
    return _Placed(comment, statement.code, ordinal, *_is_old(comment.path, symbol, statement, versions))


def _is_old(path: str, symbol: str | None, statement: LogicalLine, versions: BothVersions) -> tuple[bool, bool, bool]:
    """Whether a statement stood in its symbol before, whether between the same two, and whether all of it stayed."""
    now = SymbolAt(path, symbol)
    before = versions.symbol_before(now)
    old = versions.before(before.path) if before is not None else None
    if before is None or old is None or not old.has(before.name):
        return False, False, False
    names = versions.names_in(before)
    were = [with_new_names(one.code, names) for one in old.within(before.name) if not one.is_comment]
    is_old = statement.code in were
    if symbol is None:  # what a file does outside of all symbols is no unit: there a statement is
        return is_old, is_old, is_old
    is_header = statement.opens is not None
    is_among_old = is_old and not is_header and _is_among(statement, symbol, were, path, versions)
    return is_old, is_among_old, bool(versions.is_unchanged(before, now, whole=is_header))


def _is_among(
    statement: LogicalLine, symbol: str, were: list[ComparableCode], path: str, versions: BothVersions
) -> bool:
    """Whether a statement stands between the same two statements as it stood, or at the same end."""
    code = versions.now(path)
    there = [one for one in code.within(symbol) if not one.is_comment] if code is not None else []
    if statement not in there:
        return False
    at = there.index(statement)
    around = ((), *(one.code for one in there), ())[at : at + 3]
    padded = [(), *were, ()]
    return any((*padded[n : n + 3],) == around for n in range(len(were)))


def _is_same(one: _Placed, thread: Thread) -> bool:
    """Whether a comment speaks of a thread's subject.

    A test's comment is about its test. Any other is about the same code, or has the same category in the same symbol:
    of a linter's rule that is told once for a file, in the same file. A grave comment on other code is another one.
    """
    comment = one.comment
    if CheckKind.TEST in {comment.category, thread.category}:
        return comment.category == thread.category and (comment.test_id or "") == (thread.test_id or "")
    if comment.path != thread.path:
        return False
    same_symbol = comment.symbol == thread.symbol
    if same_symbol and one.code and thread.quote is not None and _says(thread.quote, one):
        return True
    if comment.category != thread.category:
        return False
    is_grave = comment.severity in _GRAVE and comment.line is not None
    if is_rule(thread.category) and not is_certain_error(thread.category or ""):
        return one.is_old or not is_grave
    is_of_the_whole = comment.line is None and thread.line is None
    return not is_grave and same_symbol and (comment.symbol is not None or is_of_the_whole)


def _says(quote: str, one: _Placed) -> bool:
    wanted = code_of(quote)
    return wanted in (one.code, code_of(one.comment.quote or ""))


def _is_just_answered(thread: Thread, submission: str) -> bool:
    """Whether the very reader who comments says that an earlier comment is answered."""
    return thread.decided_by == "model" and thread.closed_submission_id == submission


def _doubted(thread: Thread, placed: Sequence[_Placed], submission: str) -> Thread:
    """A comment whose line was changed is open still where a reader says the same of what became of that line."""
    is_doubtful = thread.decided_by == "code" and thread.state is ThreadState.FIXED
    is_answered = is_doubtful and thread.closed_submission_id == submission
    if not is_a_readers(thread) or not (is_answered or (thread.is_open and thread.decided_by is None)):
        return thread
    code = bag(code_of(thread.quote or ""))
    for one in placed:
        comment = one.comment
        is_same = (comment.category, comment.path, comment.symbol) == (thread.category, thread.path, thread.symbol)
        is_there = not thread.is_open or (comment.line == thread.line and not _says(thread.quote or "", one))
        if is_same and is_there and one.code and similarity(code, bag(one.code)) >= _ALIKE_MIN:
            return kept_open(thread, comment.line, comment.quote)
    return thread


def _may_be_new(one: _Placed) -> bool:
    if one.comment.severity in _GRAVE:
        return True
    return not (one.is_untouched or (one.is_among_old and is_a_readers(one.comment)))


def _identified(told: Sequence[_Placed], threads: Sequence[Thread], question: Question) -> list[CodeComment]:
    """The comments with their ids, one for each subject, the graver one of two."""
    closed = {thread.comment_id: thread for thread in threads if not thread.is_open}
    known = {thread.comment_id for thread in threads}
    found: dict[str, CodeComment] = {}
    for one in sorted(told, key=lambda one: _WORST_FIRST.index(one.comment.severity)):
        comment_id = comment_id_of(one.comment, one.code, one.ordinal)
        if comment_id in closed and closed[comment_id].decided_by == "model" and one.is_untouched:
            continue  # a reader said that this is answered, and nothing was done since
        if comment_id in known:  # the thread of that id was closed, or is about code that went elsewhere
            comment_id = comment_id_of(one.comment, one.code, one.ordinal, question.comparison.submission_id)
        if comment_id not in known:
            found.setdefault(comment_id, one.comment.model_copy(update={"comment_id": comment_id}))
    return list(found.values())


def _evidence_lines(comparison: Comparison) -> frozenset[tuple[str, int]]:
    """Lines that tools point at."""
    return frozenset(_pointed_at(comparison))


def _pointed_at(comparison: Comparison) -> Iterator[tuple[str, int]]:
    evidence, report = comparison.evidence, comparison.tests.current
    yield from ((finding.path, finding.line) for finding in evidence.findings)
    yield from ((fact.path, fact.line) for fact in evidence.facts if fact.path and fact.line)
    yield from ((case.path, case.line) for case in (report.cases if report else ()) if case.path and case.line)


def _is_supported(comment: CodeComment, supported: frozenset[tuple[str, int]]) -> bool:
    lines = range(comment.line or 0, (comment.end_line or comment.line or 0) + 1)
    return comment.line is not None and any((comment.path, line) in supported for line in lines[: _LIMITS.threads_max])


def _opened(comment: CodeComment, comparison: Comparison) -> Thread:
    message = comment.message
    if len(message) > _LIMITS.message_chars_max:
        message = message[: _LIMITS.message_chars_max - 1] + "…"
    return Thread(
        comment_id=comment.comment_id or "",
        state=ThreadState.NEW,
        decided_by="code",
        category=comment.category,
        severity=comment.severity,
        path=comment.path,
        symbol=comment.symbol,
        line=comment.line,
        quote=comment.quote,
        test_id=comment.test_id,
        message=message,
        since_submission_id=comparison.submission_id,
    )


def _in_order(threads: Sequence[Thread], submission: str) -> tuple[Thread, ...]:
    """Open ones first, the grave before the small, then new ones, then closed ones, the latest first; the last go."""

    def place(thread: Thread) -> tuple[int, int]:
        if not thread.is_open:
            return 2 + (thread.closed_submission_id != submission), 0
        return int(thread.state is ThreadState.NEW), _WORST_FIRST.index(thread.severity)

    return tuple(sorted(threads, key=place)[: _LIMITS.threads_max])
