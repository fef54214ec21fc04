"""One file's lines, to be found by what is quoted of them."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Final, Self

from app.core.masking.students_text import mask
from app.core.reviewing.anchors.python_blocks import Block, PythonBlocks
from app.core.reviewing.anchors.quotes import Quote, count_word_chars, is_mere_keyword, is_telling, plain

SHOWN_CHARS_MAX: Final = 400
"""Of a line, what a comment quotes."""

_PART_CHARS_MIN: Final = 3  # letters of a part of the line named, where no other line holds it
_LIKELY_PART_CHARS_MIN: Final = 6  # letters of any other part of a line
_LOOKS_MAX: Final = 1000  # places of a part that are looked at: a line of one letter has a million


@dataclass(frozen=True, slots=True)
class QuotableFile:
    """The lines that a reviewer saw, in plain form, the empty ones left out.

    A row is the place of such a line: `numbers` has its 1-based number in the file, `starts` where it begins in
    `text`, in which lines stand between line feeds. `rows` are those of each line's text.
    """

    shown: tuple[str, ...]
    numbers: tuple[int, ...]
    starts: tuple[int, ...]
    text: str
    rows: Mapping[str, Sequence[int]]
    symbols: PythonBlocks

    @classmethod
    def of(cls, source: str, unseen: frozenset[int] = frozenset()) -> Self:
        """The lines of `source` but for those whose numbers are `unseen`."""
        shown = tuple(mask(source).split("\n"))
        numbered = enumerate(plain("\n".join(shown)).split("\n"), start=1)
        told = [(number, line) for number, line in numbered if line and number not in unseen]
        rows: dict[str, list[int]] = defaultdict(list)
        for row, (_, line) in enumerate(told):
            rows[line].append(row)
        # One more than there are rows: where the text ends.
        starts = tuple(accumulate((len(line) + 1 for _, line in told), initial=1))
        text = "".join(["\n", *(f"{line}\n" for _, line in told)])
        return cls(shown, tuple(number for number, _ in told), starts, text, rows, PythonBlocks.of(shown))

    def line(self, number: int) -> str:
        """What stands on a line, fit to be shown; empty where there is no such line."""
        return self.shown[number - 1].strip()[:SHOWN_CHARS_MAX] if 1 <= number <= len(self.shown) else ""

    def at(self, quote: Quote, line: int) -> Block | None:
        """Where `quote` stands on `line`, as whole lines or as a part; of several lines, `line` may be any."""
        row = bisect_left(self.numbers, line)
        if row == len(self.numbers) or self.numbers[row] != line:
            return None
        count = len(quote.lines)
        if not quote.is_cut:
            for first in range(max(0, row - count + 1), row + 1):
                if self.text.startswith(f"{quote.text}\n", self.starts[first]):
                    return self._block(first, count)
            if quote.text == plain(self.line(line)):  # a long line, cut as comments quote it
                return self._block(row, 1)
        return self._block(row, count) if self._is_part_at(quote, row) else None

    def is_sure_at(self, quote: Quote, line: int) -> bool:
        """Whether `quote` stands on `line` and tells enough to prove that it is this one."""
        return self.at(quote, line) is not None and self._proves(quote)

    def elsewhere(self, quote: Quote, line: int | None) -> Block | None:
        """The only place at which `quote` stands; of several, the only one in the function or class around `line`."""
        if whole := self.whole(quote):
            return whole[0] if len(whole) == 1 and self._proves(quote) else self._near(quote, line)
        if count_word_chars(quote.text) < _LIKELY_PART_CHARS_MIN or not is_telling(quote.text):
            return None
        found = list(islice(self._parts(quote, 0, len(self.numbers)), 2))
        return self._block(found[0], len(quote.lines)) if len(found) == 1 else None

    def whole(self, quote: Quote) -> list[Block]:
        """The places at which the lines of `quote` stand, each of them whole; two at most."""
        if quote.is_cut:
            return []
        rows = islice(self._whole_rows(quote, 0, len(self.numbers)), 2)
        return [self._block(row, len(quote.lines)) for row in rows]

    def holds_once(self, part: str, line: int) -> bool:
        """Whether `part`, in plain form, stands on `line` and on no other."""
        if not is_telling(part):
            return False
        found = list(islice(self._parts(Quote((part,)), 0, len(self.numbers)), 2))
        return len(found) == 1 and self.numbers[found[0]] == line

    def _proves(self, quote: Quote) -> bool:
        """Whether the words tell enough, or are a line of which there is but one."""
        if is_telling(quote.text):
            return True
        is_word = count_word_chars(quote.text) > 0 and not is_mere_keyword(quote.text)
        return is_word and not quote.is_cut and len(self.rows.get(quote.text, ())) == 1

    def _block(self, row: int, count: int) -> Block:
        return Block(self.numbers[row], self.numbers[min(row + count, len(self.numbers)) - 1])

    def _whole_rows(self, quote: Quote, first: int, last: int) -> Iterator[int]:
        """Rows from `first` to before `last` at which the lines of `quote` begin, each of them whole."""
        if any(line not in self.rows for line in quote.lines):
            return
        if len(quote.lines) == 1:
            rows = self.rows[quote.text]
            yield from islice(rows, bisect_left(rows, first), bisect_left(rows, last))
            return
        needle, end = f"\n{quote.text}\n", self.starts[last]
        place = self.text.find(needle, self.starts[first] - 1, end)
        while place >= 0:
            yield bisect_left(self.starts, place + 1)
            place = self.text.find(needle, place + 1, end)

    def _parts(self, quote: Quote, first: int, last: int) -> Iterator[int]:
        """Rows in which `quote` stands as a part that begins and ends between words, each row once."""
        found, end = -1, self.starts[last]
        place = self.text.find(quote.text, self.starts[first], end)
        for _ in range(_LOOKS_MAX):
            if place < 0:
                return
            row = bisect_right(self.starts, place) - 1
            if row != found and self._is_part(quote, row, place):
                found = row
                yield row
            place = self.text.find(quote.text, place + 1, end)

    def _is_part(self, quote: Quote, row: int, place: int) -> bool:
        if not quote.is_cut:
            end = place + len(quote.text)
            return not (_is_one_word(self.text[place - 1 : place + 1]) or _is_one_word(self.text[end - 1 : end + 1]))
        position, end = self.starts[row], self.starts[row + 1]
        for piece in quote.pieces:
            found = self.text.find(piece, position, end)
            if found < 0:
                return False
            position = found + len(piece)
        return True

    def _is_part_at(self, quote: Quote, row: int) -> bool:
        """Whether a part of the row, and more where there are more lines, tells enough or stands nowhere else."""
        chars = count_word_chars(quote.text)
        if chars < _PART_CHARS_MIN or not is_telling(quote.text):
            return False
        until = min(row + len(quote.lines), len(self.numbers))
        if next(self._parts(quote, row, until), None) != row:
            return False
        return chars >= _LIKELY_PART_CHARS_MIN or len(list(islice(self._parts(quote, 0, len(self.numbers)), 2))) == 1

    def _near(self, quote: Quote, line: int | None) -> Block | None:
        """The only whole one in the innermost function or class around `line`."""
        around = None if line is None else self.symbols.around(line)
        if around is None or not is_telling(quote.text):
            return None
        first, last = bisect_left(self.numbers, around.first), bisect_right(self.numbers, around.last)
        found = list(islice(self._whole_rows(quote, first, last), 2))
        return self._block(found[0], len(quote.lines)) if len(found) == 1 else None


def _is_one_word(pair: str) -> bool:
    return len(pair) == 2 and all(char.isalnum() or char == "_" for char in pair)
