"""JSON as models write it -> its value, where there is only one that it can mean.

Every slip that is mended is noted by its kind. Nothing is ever filled in: a string, a name or a number that breaks
off has no value, and two values under one name are none.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

DEPTH_MAX: Final = 32
"""Levels of one answer: a review has four."""
_CLOSERS_MAX: Final = 2
"""Closing brackets that may be absent at the very end; where more are, the answer was cut."""
_CANDIDATES_MAX: Final = 2_000
"""Places where an object may start in an answer with prose, or thoughts about code, around it."""
WORK_CHARS_MAX: Final = 200_000
"""Characters that may be read of what turns out to be no object, in all texts of one answer: as many as the longest
has, a third of a second."""

_SPACE: Final = re.compile(r"(?:\s|\ufeff)+")
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.{0,500}?\*/", re.DOTALL)  # bounded: many may have no end
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,300})(?:\.\d{1,300})?(?:[eE][+-]?\d{1,4})?(?![\w.])", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_WORDS: Final = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_NOT_JSON: Final = frozenset({"None", "True", "False"})
_QUOTES: Final = {'"': '"', "'": "'", "\u201c": "\u201d"}
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")
_STOPS: Final = {quote: re.compile(rf"[^{re.escape(quote)}\\\x00-\x1f]*") for quote in _QUOTES.values()}


@dataclass(frozen=True, slots=True)
class FoundObject:
    """An object within a text, from `start` to before `end`, and the kinds of slips in it, in order."""

    document: dict[str, Any]
    start: int
    end: int
    slips: tuple[str, ...] = ()


@dataclass(slots=True)
class Work:
    """Characters that may still be read in vain."""

    chars_left: int = WORK_CHARS_MAX


class BrokenJson(ValueError):
    """What is wrong, and the index in the text at which it was seen."""

    def __init__(self, problem: str, index: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.index = index


def find_objects(text: str, work: Work) -> tuple[list[FoundObject], BrokenJson | None]:
    """The outermost objects of `text`, slips mended, and of those that cannot be mended the one that went furthest.

    It ends where no `work` is left; the last object that is begun may take more.
    """
    found: list[FoundObject] = []
    worst: BrokenJson | None = None
    position = 0
    for _ in range(_CANDIDATES_MAX):
        position = text.find("{", position)
        if position < 0 or work.chars_left <= 0:
            break
        reader = _Reader(text, position)
        try:
            document = reader.read()
        except BrokenJson as problem:
            work.chars_left -= reader.index - position
            if worst is None or problem.index > worst.index:
                worst = problem
            position += 1
            continue
        found.append(FoundObject(document, position, reader.index, tuple(reader.slips)))
        position = reader.index
    return found, worst


def place(text: str, index: int) -> tuple[int, int]:
    """Line and column of `index`, both from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


@dataclass(slots=True)
class _Reader:
    """One pass over an object that starts at `index`; bounded in depth, so that hostile text ends no process."""

    text: str
    index: int
    slips: dict[str, None] = field(default_factory=dict)
    depth: int = 0
    closers: int = 0

    def read(self) -> dict[str, Any]:
        value: dict[str, Any] = self._object()
        return value

    def _slip(self, kind: str) -> None:
        self.slips[kind] = None

    def _broken(self, problem: str) -> NoReturn:
        raise BrokenJson(problem, min(self.index, len(self.text)))

    def _skip(self) -> None:
        while True:
            if space := _SPACE.match(self.text, self.index):
                self.index = space.end()
            elif comment := _COMMENT.match(self.text, self.index):
                self._slip("comments")
                self.index = comment.end()
            else:
                return

    def _peek(self) -> str:
        self._skip()
        return self.text[self.index : self.index + 1]

    def _enter(self) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            self._broken(f"more than {DEPTH_MAX} levels")
        self.index += 1

    def _ends(self, closer: str) -> bool:
        """Whether the object or list ends here. At the text's end a few closers may be absent."""
        found = self._peek()
        if found == closer:
            self.index += 1
        elif found == "":
            self.closers += 1
            if self.closers > _CLOSERS_MAX:
                self._broken("the JSON object is cut off")
            self._slip("last bracket")
        else:
            return False
        self.depth -= 1
        return True

    def _object(self) -> dict[str, Any]:
        self._enter()
        pairs: dict[str, Any] = {}
        while not self._ends("}"):
            name = self._name()
            if self._peek() != ":":
                self._broken("the JSON object is cut off" if self._at_end() else "a colon is expected after the name")
            self.index += 1
            value = self._value()
            if name in pairs and pairs[name] != value:
                self._broken("the same name stands twice, with different values")
            pairs[name] = value
            self._comma("}")
        return pairs

    def _list(self) -> list[Any]:
        self._enter()
        items: list[Any] = []
        while not self._ends("]"):
            items.append(self._value())
            self._comma("]")
        return items

    def _comma(self, closer: str) -> None:
        """What stands after a member: a comma, the end, or on a new line the next member whose comma is absent."""
        before = self.index
        found = self._peek()
        if found == ",":
            self.index += 1
            if self._peek() in {closer, ""}:
                self._slip("trailing comma")
        elif found not in {closer, ""}:
            if "\n" not in self.text[before : self.index] or found not in {*_QUOTES, "{"}:
                self._broken("a comma or a closing bracket is expected")
            self._slip("absent comma")

    def _name(self) -> str:
        if self._peek() in _QUOTES:
            return self._string()
        name = _NAME.match(self.text, self.index)
        if name is None:
            self._broken("a name in double quotes is expected")
        self._slip("name without quotes")
        self.index = name.end()
        return name[0]

    def _value(self) -> Any:
        found = self._peek()
        if found == "{":
            return self._object()
        if found == "[":
            return self._list()
        if found in _QUOTES:
            return self._string()
        if number := _NUMBER.match(self.text, self.index):
            return self._number(number)
        word = _NAME.match(self.text, self.index)
        if word is not None and word[0] in _WORDS:
            if word[0] in _NOT_JSON:
                self._slip("Python's None, True or False")
            self.index = word.end()
            return _WORDS[word[0]]
        return self._broken("the JSON object is cut off" if self._at_end() else "a value is expected")

    def _number(self, number: re.Match[str]) -> Any:
        if number.end() == len(self.text):
            self._broken("the JSON object is cut off")  # more digits may have been meant
        self.index = number.end()
        return json.loads(number[0])

    def _string(self) -> str:
        opening = self.text[self.index]
        closing = _QUOTES[opening]
        if opening != '"':
            self._slip("other quotes")
        begun = self.index
        self.index += 1
        parts: list[str] = []
        while True:
            plain = _STOPS[closing].match(self.text, self.index)
            if plain is not None:
                parts.append(plain[0])
                self.index = plain.end()
            if self._at_end():
                problem = "a string has no end: the JSON object is cut off, or a quote within it is not escaped"
                raise BrokenJson(problem, begun)
            stop = self.text[self.index]
            if stop == closing:
                self.index += 1
                return "".join(parts)
            self.index += 1
            if stop == "\\":
                parts.append(self._escape(closing))
            else:
                self._slip("raw line break or control character")
                parts.append(stop)

    def _escape(self, closing: str) -> str:
        letter = self.text[self.index : self.index + 1]
        self.index += 1
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        if letter == closing:
            return letter
        digits = _HEX.match(self.text, self.index) if letter == "u" else None
        if digits is None:
            self._slip("wrong escape")
            return "\\" + letter
        self.index = digits.end()
        return self._unit(int(digits[0], 16))

    def _unit(self, unit: int) -> str:
        """One UTF-16 unit, joined with the next one where both are a pair."""
        low = _HEX.match(self.text, self.index + 2) if self.text.startswith("\\u", self.index) else None
        if 0xD800 <= unit < 0xDC00 and low is not None and 0xDC00 <= int(low[0], 16) < 0xE000:
            self.index = low.end()
            return chr(0x10000 + ((unit - 0xD800) << 10) + int(low[0], 16) - 0xDC00)
        return chr(unit)

    def _at_end(self) -> bool:
        return self.index >= len(self.text)
