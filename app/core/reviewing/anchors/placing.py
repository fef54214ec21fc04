"""A comment -> the place that it speaks of: a path of the comparison, and the line that is what the comment quotes.

A model's numbers are not trusted. Its comment keeps a line where what it quotes stands there, is moved where that
stands at one other place alone, and is one on the whole file where nobody can tell.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Self

from app.core.ports import QuotedPlace
from app.core.reviewing.anchors.python_blocks import Block
from app.core.reviewing.anchors.quotable_file import QuotableFile
from app.core.reviewing.anchors.quotes import Quote, count_word_chars, plain, readings_of
from app.core.submission.notebook import restore_notebook
from app.core.submission.sources import FileKind
from app.core.submission.tree import kind_of
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import CheckKind, CodeComment

_ADJUSTMENTS_MAX: Final = 50  # sentences; a model that invents hundreds of places is described by the first ones
_QUOTED_CHARS_MAX: Final = 80
_NAMES_MAX: Final = 8  # pieces of code that a message marks, asked whether they stand on the line
_MARKED: Final = re.compile(r"`([^`\n]{1,200})`")
_FOREIGN_CHARS_MIN: Final = 8  # letters of a line by which a comment on another file is known to be about this one


@dataclass(slots=True)
class Anchors:
    """The files of one comparison with their numbers of lines; None where only the name is known."""

    lines: Mapping[str, int | None]
    texts: Mapping[str, str]
    unseen: Mapping[str, frozenset[int] | None]
    """Lines that the reviewer did not see, by path; None: the whole file."""
    words: Words
    adjustments: list[str] = field(default_factory=list)
    by_name: Mapping[str, list[str]] = field(default_factory=dict)
    cell_starts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Of each notebook whose text is at hand."""
    _files: dict[str, QuotableFile] = field(default_factory=dict)

    @classmethod
    def of(cls, comparison: Comparison, unseen: Mapping[str, frozenset[int] | None], words: Words) -> Self:
        """The places that comments on `comparison` may have; `unseen` lines were not shown to the reviewer."""
        lines: dict[str, int | None] = {file.path: None for file in comparison.files}
        lines |= {source.path: _count_lines(source.text) for source in comparison.sources}
        by_name: dict[str, list[str]] = defaultdict(list)
        for path in lines:
            by_name[_last_part(path)].append(path)
        notebooks = [source for source in comparison.sources if kind_of(source.path) is FileKind.NOTEBOOK]
        cell_starts = {source.path: restore_notebook(source.path, source.text).cell_starts for source in notebooks}
        texts = {source.path: source.text for source in comparison.sources}
        return cls(lines, texts, unseen, words, by_name=by_name, cell_starts=cell_starts)

    def stands(self, place: QuotedPlace) -> bool:
        """Whether the reviewer saw `place`, and what it quotes stands there and says enough to prove it."""
        return self.standing(place) is not None

    def standing(self, place: QuotedPlace) -> QuotedPlace | None:
        """`place` as it is: the comparison's own path, and the line's own text for the quote. None: not there."""
        if place.path is None or place.line is None or not place.quote:
            return None
        quotes, line = tuple(readings_of(place.quote)), place.line
        files = {path: self._file(path) for path in self._candidates(place.path)}
        found = [path for path, file in files.items() if any(file.is_sure_at(quote, line) for quote in quotes)]
        return QuotedPlace(found[0], line, files[found[0]].line(line)) if len(found) == 1 else None

    def keep(self, comment: CodeComment) -> CodeComment | None:
        """A comment that code made from facts: its lines are exact, where its file has so many. None: no such file.

        On a file of which only the name is known a failing test keeps the line that its log tells.
        """
        path = self._path_of(comment)
        if path is None:
            return None
        count = self.lines[path]
        if comment.line is not None and count is None:
            if comment.category == CheckKind.TEST:
                return comment.model_copy(update={"path": path})
            self._note("unseen", path=path, line=comment.line)
        elif comment.line is not None and count is not None and comment.line > count:
            self._note("line", path=path, line=comment.line, lines=count)
        elif comment.line is not None:
            return self._at(comment, path, Block(comment.line, comment.end_line or comment.line))
        return _on_file(comment, path)

    def place(self, comment: CodeComment) -> CodeComment | None:
        """A reader's comment at the place that it speaks of, or None; what was changed is noted in `adjustments`."""
        quotes = _worded(comment.quote)
        path = self._path_of(comment, quotes)
        if path is None:
            return None
        if self.lines[path] is None:
            if comment.line is not None:
                self._note("unseen", path=path, line=comment.line)
            return _on_file(comment, path)
        if not quotes:
            return self._by_message(comment, path)
        file, line = self._file(path), comment.line
        if line is not None and (block := _first_at(file, quotes, line)):
            end_line = max(block.last, comment.end_line or 0)
            return self._at(comment, path, Block(line, end_line))
        for quote in quotes:
            if block := file.elsewhere(quote, line):
                self._note_move(path, line, path, block.first)
                return self._at(comment, path, _as_long_as(comment, block))
        return self._in_another_file(comment, path, quotes)

    def _in_another_file(self, comment: CodeComment, path: str, quotes: tuple[Quote, ...]) -> CodeComment:
        """At the only line of all other files that the comment quotes whole, else on its file."""
        for quote in quotes:
            if quote.is_cut or count_word_chars(quote.text) < _FOREIGN_CHARS_MIN:
                continue
            others = (other for other in self.texts if other != path)
            found = [(other, block) for other in others for block in self._file(other).whole(quote)]
            if len(found) == 1:
                other, block = found[0]
                self._note_move(path, comment.line, other, block.first)
                return self._at(comment, other, _as_long_as(comment, block))
        if comment.line is not None:
            self._note("not_there", path=path, line=comment.line)
        return _on_file(comment, path)

    def _by_message(self, comment: CodeComment, path: str) -> CodeComment:
        """A comment without a quote keeps its line where that alone holds code that the message marks."""
        if comment.line is None:
            return _on_file(comment, path)
        file, count = self._file(path), self.lines[path]
        marked = (plain(match[1]) for match in islice(_MARKED.finditer(comment.message), _NAMES_MAX))
        if any(file.holds_once(part, comment.line) for part in marked):
            return self._at(comment, path, Block(comment.line, comment.end_line or comment.line))
        if count is not None and comment.line > count:
            self._note("line", path=path, line=comment.line, lines=count)
        else:
            self._note("unquoted", path=path, line=comment.line)
        return _on_file(comment, path)

    def _at(self, comment: CodeComment, path: str, block: Block) -> CodeComment:
        """`comment` on a line that exists, its range cut to the file, its quote the line's own text."""
        last = min(block.last, self.lines[path] or block.first)
        return comment.model_copy(
            update={
                "path": path,
                "line": block.first,
                "end_line": last if last > block.first else None,
                "cell": bisect_right(self.cell_starts.get(path, ()), block.first) or None,
                "quote": self._file(path).line(block.first) or None,
            }
        )

    def _path_of(self, comment: CodeComment, quotes: tuple[Quote, ...] = ()) -> str | None:
        """The path that is meant; of several that may be, the only one that has what is quoted."""
        near = self._candidates(comment.path)
        if len(near) > 1:
            near = [path for path in near if any(self._file(path).elsewhere(quote, None) for quote in quotes)]
        if len(near) != 1:
            self._note("dropped", path=_quoted(comment.path))
            return None
        if near[0] not in {comment.path, _plain(comment.path)}:
            self._note("moved", path=_quoted(comment.path), found=near[0])
        return near[0]

    def _candidates(self, path: str) -> list[str]:
        """The path itself, or those whose end it is, or that are its end, letter case aside."""
        bare = _plain(path)
        for candidate in (path, bare):
            if candidate in self.lines:
                return [candidate]
        return [known for known in self.by_name.get(_last_part(bare), ()) if _is_tail(known, bare)]

    def _file(self, path: str) -> QuotableFile:
        """The lines of a file that the reviewer saw; none of one whose text is not at hand."""
        if path not in self._files:
            unseen = self.unseen.get(path, frozenset())
            text = self.texts.get(path, "")
            hidden = frozenset(range(1, text.count("\n") + 2)) if unseen is None else unseen
            self._files[path] = QuotableFile.of(text, hidden)
        return self._files[path]

    def _note_move(self, path: str, line: int | None, found: str, found_line: int) -> None:
        at = path if line is None else f"{path}:{line}"
        self._note("shifted", at=at, found=f"{found}:{found_line}")

    def _note(self, key: str, **data: object) -> None:
        if len(self.adjustments) < _ADJUSTMENTS_MAX:
            self.adjustments.append(self.words.adjustments[key](data))


def _worded(quote: str | None) -> tuple[Quote, ...]:
    """The readings of a quote that have a word: brackets alone are no quote."""
    return tuple(reading for reading in readings_of(quote or "") if count_word_chars(reading.text))


def _first_at(file: QuotableFile, quotes: tuple[Quote, ...], line: int) -> Block | None:
    return next((block for quote in quotes if (block := file.at(quote, line))), None)


def _as_long_as(comment: CodeComment, block: Block) -> Block:
    """`block`, with as many lines as the comment spoke of where those are more."""
    more = 0 if comment.line is None or comment.end_line is None else max(0, comment.end_line - comment.line)
    return Block(block.first, max(block.last, block.first + more))


def _on_file(comment: CodeComment, path: str) -> CodeComment:
    """On the whole of a file: what it quotes stands nowhere that anybody could tell."""
    return comment.model_copy(update={"path": path, "line": None, "end_line": None, "cell": None, "quote": None})


def _plain(path: str) -> str:
    """Without what models and diffs put around a path: backslashes, quotes, `./`, `a/`, `b/`, a line number."""
    plain = path.replace("\\", "/").strip(" `'\"").removeprefix("./").lstrip("/")
    head, colon, tail = plain.rpartition(":")
    return head if colon and tail.isdigit() else plain


def _last_part(path: str) -> str:
    return path.rsplit("/", 1)[-1].casefold()


def _is_tail(known: str, given: str) -> bool:
    one, other = f"/{known.casefold()}", f"/{given.casefold()}"
    return one.endswith(other) or other.endswith(one)


def _quoted(path: str) -> str:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in path)
    return f"«{shown[:_QUOTED_CHARS_MAX]}»"


def _count_lines(text: str) -> int:
    """Lines as editors count them: what follows the last line end is a line only if it is not empty."""
    return text.count("\n") + (1 if text and not text.endswith("\n") else 0)
