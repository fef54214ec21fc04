"""A comparison -> messages for a model within a token budget.

Everything that stems from a student stands between fences with a marker that the student cannot know: it is
derived from a digest over the data itself. What does not fit is left out, least important first: log excerpts,
then unchanged parts of files, then tables, then hunks, then failing tests, then facts. The prompt says what is
missing, and so do the notes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import orjson

from app.core.hunks import read_patches
from app.core.limits import PromptLimits
from app.core.ports import Question
from app.core.reviewing.prompt import sections
from app.core.reviewing.prompt.numbered_files import ListedLine, Listing, list_file, longest_prefix, missing, render
from app.core.reviewing.prompt.template import Template, fill
from schemas.comparison import Comparison
from schemas.review import Review

CountTokens = Callable[[str], int]

_MARKER_CHARS: Final = 16
_NAMED_MAX: Final = 5  # files named in one note
_NOTED_CHARS_MAX: Final = 80
_LINES_WORTH: Final = 8  # a file cut to fewer lines tells nothing
_NOT_SHOWN_TOKENS: Final = 600  # kept for the list of what was left out
_SEAM_TOKENS: Final = 2  # joining two texts may cost that much more than both apart


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages as (role, content), what of the changed sources they show, and what they leave out."""

    messages: tuple[tuple[str, str], ...]
    shown_files: int
    shown_chars: int
    notes: tuple[str, ...]
    tokens: int


def build(question: Question, template: Template, limits: PromptLimits, count_tokens: CountTokens) -> Prompt:
    """The messages that ask for an opinion on `question`, `limits.prompt_tokens_max` tokens at most.

    ValueError where not even the template and the bounds fit: such a limit is a mistake of the configuration.
    """
    comparison, previous = question.comparison, question.previous
    marker = _marker(comparison, previous)
    schema = orjson.dumps(template.answer_schema()).decode()
    system = fill(template.system, marker=marker, schema=schema)
    draft = _Draft(comparison, template, marker, count_tokens)
    draft.spend(count_tokens(system) + _NOT_SHOWN_TOKENS)
    draft.add(template.headings.task, sections.task(comparison))
    draft.add(template.headings.bounds, sections.bounds(comparison))
    if draft.spent > limits.prompt_tokens_max:
        raise ValueError(f"a prompt needs {draft.spent} tokens at least, the limit is {limits.prompt_tokens_max}")
    draft.fill(previous, limits)
    return draft.finish(system, limits.prompt_tokens_max)


@dataclass(slots=True)
class _Shown:
    """One file's listing and the lines of it that are shown."""

    listing: Listing
    lines: tuple[ListedLine, ...] = ()
    earlier: tuple[ListedLine, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A prompt as it fills up, the important first, so that the least important can be taken out again."""

    comparison: Comparison
    template: Template
    marker: str
    count_tokens: CountTokens
    spent: int = 0
    blocks: dict[str, list[str]] = field(default_factory=dict)
    files: list[_Shown] = field(default_factory=list)
    taken: list[str | _Shown] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)

    def spend(self, tokens: int) -> None:
        self.spent += tokens + _SEAM_TOKENS

    def add(self, section: str, text: str) -> None:
        """Add a block without asking whether it fits."""
        if section not in self.blocks:
            self.spend(self.count_tokens(self._fence(section, "")))
        self.spend(self.count_tokens(text))
        self.blocks.setdefault(section, []).append(text)

    def offer(self, section: str, text: str, limit: int) -> None:
        """Add a block if it fits, else count it as lost."""
        if not text:
            return
        cost = self.count_tokens(text) + self.count_tokens(self._fence(section, "")) + 2 * _SEAM_TOKENS
        if self.spent + cost > limit:
            self.lost[section] = self.lost.get(section, 0) + 1
            return
        self.add(section, text)
        self.taken.append(section)

    def fill(self, previous: Review | None, limits: PromptLimits) -> None:
        """Offer everything, the important first."""
        limit, headings = limits.prompt_tokens_max, self.template.headings
        for fact in sections.facts(self.comparison):
            self.offer(headings.facts, fact, limit)
        for block in sections.failures(self.comparison):
            self.offer(headings.failing_tests, block, limit)
        patches = {patch.path_after: patch for patch in read_patches(self.comparison.diff_info.diff)}
        self.files = [
            _Shown(list_file(source, patches.get(source.path), limits.line_chars_max))
            for source in self.comparison.sources
        ]
        order = sorted(self.files, key=self._importance)
        for file in order:
            self._show(file, file.listing.hunks, limit)
        for block in sections.previous_review(previous):
            self.offer(headings.previous_review, block, limit)
        for name, table in (
            (headings.changes, sections.changes),
            (headings.complexity, sections.complexity),
            (headings.findings, sections.findings),
        ):
            self.offer(name, table(self.comparison), limit)
        for file in order:
            if len(file.lines) == len(file.listing.hunks):
                self._show(file, file.listing.lines, limit)
        self._offer_log(min(limit, self.spent + limits.log_tokens_max))

    def _importance(self, file: _Shown) -> tuple[bool, int]:
        """Files that tests, findings or syntax errors point at come first, then the small ones: more of them fit."""
        named = {fact.path for fact in self.comparison.evidence.facts if fact.weight < 0}
        report = self.comparison.tests.current
        named |= {case.path for case in report.cases if case.message} if report else set()
        return file.listing.path not in named, len(file.listing.hunks) or len(file.listing.lines)

    def _show(self, file: _Shown, lines: tuple[ListedLine, ...], limit: int) -> None:
        """Show `lines` of a file in place of what is shown of it, or as many of the first ones as fit."""
        if len(lines) <= len(file.lines):
            return
        head = self.count_tokens(self._fence(self.template.headings.file, "", file.listing.path)) + 2 * _SEAM_TOKENS
        paid = head + self._cost(file.lines) if file.lines else 0
        room = limit - self.spent + paid - head
        text_cost = self._cost(lines)
        if text_cost > room:
            if file.lines:  # hunks stay as they are: half of a whole file tells less than its changes
                return
            # Line by line costs a little more than all at once: what fits this way fits.
            keep = longest_prefix((self.count_tokens(line.text) + _SEAM_TOKENS for line in lines), room)
            if keep < _LINES_WORTH:
                return
            lines = lines[:keep]
            text_cost = self._cost(lines)
        self.spent += head + text_cost - paid
        file.earlier, file.lines = file.lines, lines
        self.taken.append(file)

    def _cost(self, lines: Sequence[ListedLine]) -> int:
        return self.count_tokens(render(lines))

    def _offer_log(self, limit: int) -> None:
        """The log's end matters most: lines are taken from there."""
        lines = sections.log_excerpt(self.comparison).split("\n")
        keep = longest_prefix((self.count_tokens(line) + _SEAM_TOKENS for line in reversed(lines)), limit - self.spent)
        heading = self.template.headings.log
        if keep < len(lines):
            self.lost[heading] = 1
        self.offer(heading, "\n".join(lines[len(lines) - keep :]) if keep else "", limit)

    def finish(self, system: str, limit: int) -> Prompt:
        """Put everything together; where the parts' costs did not add up, take out what was added last."""
        while True:
            notes = self._notes()
            user = self._user(notes)
            tokens = self.count_tokens(system) + self.count_tokens(user)
            if tokens <= limit or not self.taken:
                break
            last = self.taken.pop()
            if isinstance(last, _Shown):
                last.lines, last.earlier = last.earlier, ()
            else:
                self.blocks[last].pop()
                self.lost[last] = self.lost.get(last, 0) + 1
        shown = [file for file in self.files if any(line.number for line in file.lines)]
        return Prompt(
            messages=(("system", system), ("user", user)),
            shown_files=len(shown),
            shown_chars=sum(line.chars for file in shown for line in file.lines),
            notes=notes,
            tokens=tokens,
        )

    def _user(self, notes: Sequence[str]) -> str:
        headings, words = self.template.headings, self.template.not_shown
        parts = [self._fence(heading, "\n".join(blocks)) for heading, blocks in self.blocks.items() if blocks]
        parts += [
            self._fence(headings.file, render(file.lines), file.listing.path) for file in self.files if file.lines
        ]
        if notes:
            parts.append(self._fence(headings.not_shown, fill(words.list, notes=notes)))
        return self.template.user_message(parts)

    def _fence(self, heading: str, text: str, path: str | None = None) -> str:
        return self.template.in_section(self.marker, heading, text, None if path is None else _name(path))

    def _notes(self) -> tuple[str, ...]:
        headings, words = self.template.headings, self.template.not_shown
        notes = []
        unseen = [file.listing.path for file in self.files if not file.lines and file.listing.lines]
        if unseen:
            more = fill(words.more, count=len(unseen) - _NAMED_MAX) if len(unseen) > _NAMED_MAX else ""
            notes.append(fill(words.files, names=", ".join(map(_short, unseen[:_NAMED_MAX]))) + more)
        cut = [(file, *missing(file.listing, file.lines)) for file in self.files if file.lines]
        notes += [
            fill(words.part, path=_short(file.listing.path), missing=gone, lines=whole)
            for file, gone, whole in sorted(cut, key=lambda entry: -entry[1])[:_NAMED_MAX]
            if gone
        ]
        if count := self.lost.get(headings.failing_tests):
            notes.append(fill(words.failures, count=count))
        if headings.log in self.lost:
            notes.append(fill(words.log))
        tables = [heading for heading in self.lost if heading not in {headings.failing_tests, headings.log}]
        if tables:
            notes.append(fill(words.tables, names=", ".join(tables)))
        return tuple(notes)


def _marker(comparison: Comparison, previous: Review | None) -> str:
    """A marker that no part of the data contains, the same for the same data."""
    data = repr((comparison, previous))
    marker = sha256(data.encode("utf-8", "replace")).hexdigest()[:_MARKER_CHARS]
    while marker in data:
        marker = sha256(f"{marker}{len(data)}".encode()).hexdigest()[:_MARKER_CHARS]
    return marker


def _name(path: str) -> str:
    return "".join(c if c.isprintable() and c not in '"<>' else "\ufffd" for c in path)


def _short(path: str) -> str:
    """A path for a note: its end, which tells it from its neighbours."""
    name = _name(path)
    return name if len(name) <= _NOTED_CHARS_MAX else f"…{name[-_NOTED_CHARS_MAX:]}"
