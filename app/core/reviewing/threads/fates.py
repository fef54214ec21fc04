"""What became of a comment, by the code that it quotes: what a reader found, and no tool measures."""

from dataclasses import dataclass
from typing import Final, Literal

from app.core.reviewing.threads.both_versions import BothVersions
from app.core.reviewing.threads.tracking import StandingCode, Track, find_altered, find_elsewhere, is_back, track
from schemas.review import ProblemKind, Thread, ThreadState


@dataclass(frozen=True, slots=True)
class Fate:
    """A comment's state, who decided it (None: nobody could), and where its code stands now, if it is known."""

    state: ThreadState
    decided_by: Literal["code"] | None = "code"
    at: StandingCode | None = None


STILL_OPEN: Final = Fate(ThreadState.STILL_OPEN)
UNDECIDED: Final = Fate(ThreadState.STILL_OPEN, None)
FIXED: Final = Fate(ThreadState.FIXED)
OBSOLETE: Final = Fate(ThreadState.OBSOLETE)


def fate_of_remark(thread: Thread, versions: BothVersions) -> Fate:
    """The fate of an open comment of a reader's.

    A statement that was changed counts as fixed until a reader shows that it is not. Where something was added to it or
    taken from it alone, or where all that changed does what it did, nobody knows until a reader says so.
    """
    fate = fate_of_code(thread, versions)
    if fate is not FIXED:
        return fate
    altered = find_altered(thread, versions)
    return Fate(UNDECIDED.state, None, altered) if altered is not None or versions.is_surface else FIXED


def fate_of_code(thread: Thread, versions: BothVersions) -> Fate:
    """An open comment's fate by its quoted code.

    Code that stands untouched is still open. Where only code around it changed, a reader has to say whether that
    answers the comment.
    """
    if not versions.is_touched(thread.path):
        return STILL_OPEN
    tracked = track(thread, versions)
    if tracked.stands is not None:
        return open_at(tracked, tracked.stands, versions, is_decided=_is_untouched(thread, tracked))
    if thread.quote is None and tracked.statement is None:
        return _fate_of_place(thread, tracked, versions)
    elsewhere = find_elsewhere(tracked, thread, versions)
    if elsewhere is not None:
        return Fate(ThreadState.MOVED, at=elsewhere)
    return fate_of_gone(thread, tracked, versions)


def fate_of_gone(thread: Thread, tracked: Track, versions: BothVersions) -> Fate:
    """The fate of code that stands nowhere any more: fixed where its symbol lives on, else gone with it."""
    path = versions.path_now(thread.path)
    if tracked.now is None or path is None:
        is_known = path is None or versions.now(path) is not None
        return OBSOLETE if is_known else UNDECIDED
    if versions.now(tracked.now.path) is None:
        return UNDECIDED
    return FIXED


def open_at(tracked: Track, standing: StandingCode, versions: BothVersions, *, is_decided: bool = True) -> Fate:
    """Open, at a place in the new version; `MOVED` where that is in another file, class or function."""
    is_moved = tracked.now is not None and versions.is_elsewhere(tracked.before, tracked.now)
    state = ThreadState.MOVED if is_moved else ThreadState.STILL_OPEN
    return Fate(state, "code" if is_decided else None, standing)


def fate_if_back(thread: Thread, versions: BothVersions) -> Fate | None:
    """What a closed comment becomes whose code is back; None where it is not."""
    standing = is_back(thread, versions) if versions.is_touched(thread.path) else None
    return reopened(thread, standing) if standing is not None else None


def reopened(thread: Thread, standing: StandingCode | None) -> Fate:
    """A closed comment is open again: what was fixed is back; what was deleted was never fixed."""
    is_fixed = thread.state is ThreadState.FIXED
    return Fate(ThreadState.REGRESSED if is_fixed else ThreadState.STILL_OPEN, at=standing)


def _is_untouched(thread: Thread, tracked: Track) -> bool:
    """Whether nothing was done that might answer the comment. Of a name's, a new name might."""
    return tracked.says_the_same is True and not (tracked.is_reworded and thread.category == ProblemKind.NAMING)


def _fate_of_place(thread: Thread, tracked: Track, versions: BothVersions) -> Fate:
    """The fate of a comment on a whole symbol or file."""
    if tracked.now is None:
        return fate_of_gone(thread, tracked, versions)
    is_file = tracked.before.name is None
    says_the_same = versions.is_same_text(tracked.now.path) if is_file else tracked.says_the_same is True
    return open_at(tracked, StandingCode(*tracked.now, None, None), versions, is_decided=says_the_same)
