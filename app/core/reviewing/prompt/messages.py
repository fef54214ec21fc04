"""A question -> messages for a model within a token budget.

The order is what a provider's prompt cache needs: first what is the same for all submissions, then what belongs to the
assignment, then the submission. Everything that stems from a student stands between fences with a marker that the
student cannot know: it is derived from a digest over the very data that is shown, so that the same data gives the same
request. What does not fit is left out, least important first: log excerpts, then unchanged parts of files, then the
rest of changed functions, then tables, then hunks, then failing tests, then facts. The prompt says what is missing, and
so do the notes.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Final

import orjson

from app.core.hunks import read_patches
from app.core.limits import PromptLimits
from app.core.masking.persons import Anonymizer
from app.core.ports import Question
from app.core.reviewing.prompt import sections
from app.core.reviewing.prompt.answer_schema import answer_schema
from app.core.reviewing.prompt.left_out import ShownFile, notes_on, unseen_lines
from app.core.reviewing.prompt.numbered_files import ListedLine, list_file, longest_prefix, render, whole_blocks
from app.core.reviewing.prompt.template import Template, fill
from app.core.reviewing.prompt.wording import Mask
from schemas.comparison import Comparison

CountTokens = Callable[[str], int]

_ANSWER_SCHEMA: Final = orjson.dumps(answer_schema()).decode()
_MARKER_CHARS: Final = 8
_LINES_WORTH: Final = 8  # a file cut to fewer lines tells nothing
_NOT_SHOWN_TOKENS: Final = 600  # kept for the list of what was left out
_SEAM_TOKENS: Final = 2  # joining two texts may cost that much more than both apart
_SPANS_MAX: Final = 200  # changed functions and classes of one file that are told apart


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages as (role, content), what of the changed sources they show, and what they leave out.

    `unseen` are the lines of changed files that are not shown, by path, None for a whole file. `real_paths` are the
    paths that look otherwise in the messages, because they hold a name or what is no character of a name.
    `tokens` are those of the messages; the answer's schema, which stands beside them or in them, takes some more.
    """

    messages: tuple[tuple[str, str], ...]
    shown_files: int
    shown_chars: int
    notes: tuple[str, ...]
    tokens: int
    unseen: Mapping[str, frozenset[int] | None] = field(default_factory=dict)
    real_paths: Mapping[str, str] = field(default_factory=dict)


class NoRoom(ValueError):
    """Not even the instructions and the rubric fit into the limit: a mistake of the configuration, told with it."""


def build(question: Question, template: Template, limits: PromptLimits, count_tokens: CountTokens) -> Prompt:
    """The messages that ask for an opinion on `question`: `limits.prompt_tokens_max` tokens at most, schema included.

    `NoRoom` where not even the instructions and the rubric fit.
    """
    system = fill(template.system)
    mask = Anonymizer(question.comparison.student_id).mask
    about = template.about_assignment(question.rubric)
    draft = _Draft(question.comparison, template, about, mask, _counting_once(count_tokens))
    limit = limits.prompt_tokens_max - _tokens_of_ours(count_tokens, _ANSWER_SCHEMA)
    frame = draft.user_message("", ())
    draft.spend(_tokens_of_ours(count_tokens, system) + _tokens_of_ours(count_tokens, frame) + _NOT_SHOWN_TOKENS)
    head, *facts = sections.facts(question, mask)
    draft.add(template.headings.facts, head)
    if draft.spent > limit:
        raise NoRoom(
            f"a prompt needs {draft.spent + limits.prompt_tokens_max - limit} tokens at least,"
            f" the limit is {limits.prompt_tokens_max}"
        )
    draft.fill(question, facts, limits, limit)
    return draft.finish(system, _tokens_of_ours(count_tokens, system), limit)


def _counting_once(count_tokens: CountTokens) -> CountTokens:
    """`count_tokens` that remembers: a text is weighed, then added, then weighed with what came to it."""
    return lru_cache(maxsize=None)(count_tokens)


@lru_cache(maxsize=256)  # of prompt files, rubrics and the schema alone, which are the same for all submissions
def _tokens_of_ours(count_tokens: CountTokens, text: str) -> int:
    return count_tokens(text)


@dataclass(frozen=True, slots=True)
class _Section:
    heading: str
    text: str
    path: str | None = None


@dataclass(slots=True)
class _Draft:
    """A prompt as it fills up, the important first, so that the least important can be taken out again."""

    comparison: Comparison
    template: Template
    assignment: str
    mask: Mask
    count_tokens: CountTokens
    spent: int = 0
    blocks: dict[str, list[str]] = field(default_factory=dict)
    files: list[ShownFile] = field(default_factory=list)
    taken: list[str | ShownFile] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)

    def spend(self, tokens: int) -> None:
        self.spent += tokens + _SEAM_TOKENS

    def add(self, heading: str, text: str) -> None:
        """Add a block without asking whether it fits."""
        if heading not in self.blocks:
            self.spend(self._fence_tokens(heading))
        self.spend(self.count_tokens(text))
        self.blocks.setdefault(heading, []).append(text)

    def offer(self, heading: str, text: str, limit: int) -> None:
        """Add a block if it fits, else count it as lost."""
        if not text:
            return
        cost = self.count_tokens(text) + self._fence_tokens(heading) + 2 * _SEAM_TOKENS
        if self.spent + cost > limit:
            self.lost[heading] = self.lost.get(heading, 0) + 1
            return
        self.add(heading, text)
        self.taken.append(heading)

    def fill(self, question: Question, facts: Sequence[str], limits: PromptLimits, limit: int) -> None:
        """Offer everything, the important first."""
        comparison, headings, mask = self.comparison, self.template.headings, self.mask
        for thread in sections.open_threads(question, mask):
            self.offer(headings.threads, thread, limit)
        for fact in facts:
            self.offer(headings.facts, fact, limit)
        for block in sections.failures(comparison, mask):
            self.offer(headings.failing_tests, block, limit)
        self.files = self._list_files(limits.line_chars_max)
        order = sorted(self.files, key=self._importance)
        for file in order:
            self._show(file, file.listing.hunks, limit)
        self.offer(headings.settled, sections.settled_threads(question, mask), limit)
        self.offer(headings.changes, sections.moves(comparison, mask), limit)
        self.offer(headings.findings, sections.findings(comparison, mask), limit)
        for file in order:
            self._show_symbols(file, limit)
        for file in order:
            if len(file.lines) >= len(file.listing.hunks):
                self._show(file, file.listing.lines, limit)
        if not all(file.is_whole for file in self.files):
            self.offer(headings.changes, sections.other_changes(comparison, mask), limit)
        self._offer_log(min(limit, self.spent + limits.log_tokens_max))

    def _list_files(self, line_chars_max: int) -> list[ShownFile]:
        patches = {patch.path_after: patch for patch in read_patches(self.comparison.diff_info.diff)}
        spans: dict[str, set[tuple[int, int]]] = defaultdict(set)
        places = [change.after for change in self.comparison.changes if change.after is not None]
        for place in places:
            if place.symbol and place.line and place.end_line and len(spans[place.path]) < _SPANS_MAX:
                spans[place.path].add((place.line, place.end_line))
        return [
            ShownFile(list_file(source, patches.get(source.path), spans[source.path], line_chars_max, self.mask))
            for source in self.comparison.sources
        ]

    def _importance(self, file: ShownFile) -> tuple[bool, int]:
        """Files that tests, findings or syntax errors point at come first, then the small ones: more of them fit."""
        named = {fact.path for fact in self.comparison.evidence.facts if fact.weight < 0}
        report = self.comparison.tests.current
        named |= {case.path for case in report.cases if case.message} if report else set()
        return file.listing.path not in named, len(file.listing.hunks) or len(file.listing.lines)

    def _show_symbols(self, file: ShownFile, limit: int) -> None:
        """Show changed functions and classes whole, as many of the first ones as fit."""
        if len(file.lines) < len(file.listing.hunks):
            return
        room, count = limit - self.spent, len(file.listing.symbols)

        def extra(symbols: int) -> int:
            return self._extra(file, file.listing.with_symbols(symbols))

        fitting = count if extra(count) <= room else bisect_right(range(1, count), room, key=extra)
        self._show(file, file.listing.with_symbols(fitting), limit)

    def _show(self, file: ShownFile, lines: tuple[ListedLine, ...], limit: int) -> None:
        """Show `lines` of a file in place of what is shown of it, or as many of the first ones as fit."""
        if len(lines) <= len(file.lines):
            return
        extra = self._extra(file, lines)
        if self.spent + extra > limit:
            if file.lines:  # hunks stay as they are: half of a whole file tells less than its changes
                return
            # Line by line costs a little more than all at once: what fits this way fits.
            room = limit - self.spent - self._extra(file, ())
            keep = longest_prefix((self.count_tokens(line.text) + _SEAM_TOKENS for line in lines), room)
            if keep < _LINES_WORTH:
                return
            lines = lines[: whole_blocks(lines, keep, _LINES_WORTH)]
            extra = self._extra(file, lines)
        self.spent += extra
        file.earlier.append(file.lines)
        file.lines = lines
        self.taken.append(file)

    def _extra(self, file: ShownFile, lines: Sequence[ListedLine]) -> int:
        """What it costs more to show `lines` of a file than what is shown of it now."""
        if file.lines:
            return self.count_tokens(render(lines)) - self.count_tokens(render(file.lines))
        fence = self._fence_tokens(self._heading(file), self.shown_path(file.listing.path))
        return self.count_tokens(render(lines)) + fence + 2 * _SEAM_TOKENS

    def _offer_log(self, limit: int) -> None:
        """The log's end matters most: lines are taken from there."""
        lines = sections.log_excerpt(self.comparison, self.mask).split("\n")
        keep = longest_prefix((self.count_tokens(line) + _SEAM_TOKENS for line in reversed(lines)), limit - self.spent)
        heading = self.template.headings.log
        if keep < len(lines):
            self.lost[heading] = 1
        self.offer(heading, "\n".join(lines[len(lines) - keep :]) if keep else "", limit)

    def finish(self, system: str, system_tokens: int, limit: int) -> Prompt:
        """Put everything together; where the parts' costs did not add up, take out what was added last."""
        while True:
            notes = notes_on(self.files, self.lost, self.template, self.shown_path)
            parts = self._sections(notes)
            user = self.user_message(_marker(parts), parts)
            tokens = system_tokens + self.count_tokens(user)
            if tokens <= limit or not self.taken:
                break
            last = self.taken.pop()
            if isinstance(last, ShownFile):
                last.lines = last.earlier.pop()
            else:
                self.blocks[last].pop()
                self.lost[last] = self.lost.get(last, 0) + 1
        shown = [file for file in self.files if file.is_seen]
        return Prompt(
            messages=(("system", system), ("user", user)),
            shown_files=len(shown),
            shown_chars=sum(line.chars for file in shown for line in file.lines),
            notes=notes,
            tokens=tokens,
            unseen=unseen_lines(self.files),
            real_paths=self._real_paths(),
        )

    def user_message(self, marker: str, parts: Sequence[_Section]) -> str:
        fenced = [self.template.in_section(marker, part.heading, part.text, part.path) for part in parts]
        return self.template.user_message(self.assignment, marker or "0" * _MARKER_CHARS, fenced)

    def _sections(self, notes: Sequence[str]) -> list[_Section]:
        parts = [_Section(heading, "\n".join(blocks)) for heading, blocks in self.blocks.items() if blocks]
        parts += [
            _Section(self._heading(file), render(file.lines), self.shown_path(file.listing.path))
            for file in self.files
            if file.lines
        ]
        if notes:
            parts.append(_Section(self.template.headings.not_shown, fill(self.template.not_shown.list, notes=notes)))
        return parts

    def _heading(self, file: ShownFile) -> str:
        return self.template.headings.new_file if file.listing.is_new else self.template.headings.file

    def shown_path(self, path: str) -> str:
        """A path as the messages show it."""
        return "".join(c if c.isprintable() and c not in '"<>' else "\ufffd" for c in self.mask(path))

    def _fence_tokens(self, heading: str, path: str | None = None) -> int:
        return self.count_tokens(self.template.in_section("0" * _MARKER_CHARS, heading, "", path))

    def _real_paths(self) -> dict[str, str]:
        """Of files whose shown path is another one; None of them where two look the same."""
        real: dict[str, list[str]] = defaultdict(list)
        for path in (file.path for file in self.comparison.files):
            real[self.shown_path(path)].append(path)
        return {shown: paths[0] for shown, paths in real.items() if len(paths) == 1 and paths[0] != shown}


def _marker(parts: Sequence[_Section]) -> str:
    """A marker that no part of the data contains, the same for the same data."""
    data = repr(parts)
    marker = sha256(data.encode("utf-8", "replace")).hexdigest()[:_MARKER_CHARS]
    while marker in data:
        marker = sha256(f"{marker}{len(data)}".encode()).hexdigest()[:_MARKER_CHARS]
    return marker
