"""Where a comment may stand: on a path of the comparison, on a line that exists."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from app.core.masking.students_text import mask
from app.core.ports import Place
from app.core.submission.notebook import restore_notebook
from app.core.submission.sources import FileKind
from app.core.submission.tree import kind_of
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import CodeComment

_ADJUSTMENTS_MAX: Final = 50  # sentences; a model that invents hundreds of places is described by the first ones
_QUOTED_CHARS_MAX: Final = 80


@dataclass(slots=True)
class Anchors:
    """The files of one comparison with their numbers of lines; None where only the name is known."""

    lines: Mapping[str, int | None]
    texts: Mapping[str, tuple[str, ...]]
    unseen: Mapping[str, frozenset[int] | None]
    """Lines that the reviewer did not see, by path; None: the whole file."""
    words: Words
    adjustments: list[str] = field(default_factory=list)
    by_name: Mapping[str, list[str]] = field(default_factory=dict)
    cell_starts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Of each notebook whose text is at hand."""

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
        texts = {source.path: tuple(source.text.split("\n")) for source in comparison.sources}
        return cls(lines, texts, unseen, words, by_name=by_name, cell_starts=cell_starts)

    def stands(self, place: Place) -> bool:
        """Whether the reviewer saw `place`, and what it quotes stands there, layout aside."""
        if place.path is None or place.line is None or not place.quote:
            return False
        path = self._find(place.path)
        texts = self.texts.get(path, ()) if path is not None else ()
        if path is None or not 1 <= place.line <= len(texts):
            return False
        hidden = self.unseen.get(path, frozenset())
        if hidden is None or place.line in hidden:
            return False
        return "".join(place.quote.split()) == "".join(mask(texts[place.line - 1]).split())

    def place(self, comment: CodeComment) -> CodeComment | None:
        """`comment` at a place that exists, or None; what was changed is noted in `adjustments`."""
        path = self._find(comment.path)
        if path is None:
            self._note("dropped", path=_quoted(comment.path))
            return None
        if path != comment.path and path != _plain(comment.path):
            self._note("moved", path=_quoted(comment.path), found=path)
        line, end_line = self._lines(path, comment)
        cell = None if line is None else bisect_right(self.cell_starts.get(path, ()), line) or None
        return comment.model_copy(update={"path": path, "line": line, "end_line": end_line, "cell": cell})

    def _lines(self, path: str, comment: CodeComment) -> tuple[int | None, int | None]:
        if comment.line is None:
            return None, None
        count = self.lines[path]
        if count is None:
            self._note("unseen", path=path, line=comment.line)
            return None, None
        if comment.line > count:
            self._note("line", path=path, line=comment.line, lines=count)
            return None, None
        if comment.end_line is None or comment.end_line <= comment.line:
            return comment.line, None
        end_line = min(comment.end_line, count)
        return comment.line, end_line if end_line > comment.line else None

    def _find(self, path: str) -> str | None:
        """The path itself, or the only one whose end it is, or that is its end, letter case aside."""
        plain = _plain(path)
        for candidate in (path, plain):
            if candidate in self.lines:
                return candidate
        near = [known for known in self.by_name.get(_last_part(plain), ()) if _is_tail(known, plain)]
        return near[0] if len(near) == 1 else None

    def _note(self, key: str, **data: object) -> None:
        if len(self.adjustments) < _ADJUSTMENTS_MAX:
            self.adjustments.append(self.words.adjustments[key](data))


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
