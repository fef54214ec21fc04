"""Pieces of code in a reviewer's text: between fences, in marks, on lines of their own, and amid a sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from keyword import iskeyword
from typing import Final

from app.core.reviewing.hints.other_code import gives_away, is_statement_of_other_language
from app.core.reviewing.hints.own_code import OwnCode
from app.core.reviewing.hints.python_code import says_how, says_how_in_prose, tree_of

_BETWEEN_MARKS: Final = re.compile(
    r"(?P<fence>`{3,8}|~{3,8})(?P<block>.*?)(?:(?P=fence)|\Z)"
    r"|<(?P<tag>pre|code)\b[^<>]{0,100}>(?P<tagged>.*?)(?:</(?P=tag)>|\Z)"
    r"|``(?P<double>[^\n]{1,500}?)``|`(?P<span>[^`]{1,2000})`",
    re.DOTALL | re.IGNORECASE,
)
_LANGUAGE: Final = re.compile(r"[\w+#.-]{0,20}[ \t]*\r?\n")
_NO_CODE: Final = re.compile(
    r"https?://\S{1,300}|(?<![\w\])])\[[^\[\]\n]{1,120}\]\([^()\s]{0,200}[./#][^()\s]{1,200}\)|\b[OoΘΩ]\([^()\n]{1,40}(?:\([^()\n]{0,20}\)[^()\n]{0,20})?\)|\b(?:log(?:2|10)?|ln|lg|sqrt)\(\w\)"
)
"""Addresses, links and formulas."""

_BULLET: Final = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)])\s+")
_QUOTED_LINE: Final = re.compile(r"^[ \t]*(?:>{1,3}|\d{0,4}\|(?![^\n]*\|)|\d{1,4}[.):+])(?:[ \t]|$)")
"""What a line of code has before it where it is quoted, numbered, or shown beside its number."""
_HIDDEN: Final = "\ue000"
"""Stands for every character of what was looked at: no word and no code."""

_STARTS: Final = re.compile(
    r"(?<![\w.])(?:(?:return|yield|raise|assert|lambda|if|for|while|def|class|from|import"
    r"|with|async|try|except|elif|match)\b"
    r"|[A-Za-z_][\w.]{0,80}(?:\(|\[|[ \t]{0,2}(?:[-+*/%|&^]|\*\*|//|>>|<<|:)?=(?!=)|:[ \t]?[a-z]\w{0,20}[ \t]?=)"
    r"|[A-Za-z_][\w.]{0,80} (?:// [\w(]|\*{1,2} [\d(]|% \d)"
    r"|\((?=\w[\w.]{0,40} ?[-+*/%]{1,2} ?[^()\n]{1,80}\) ?[-+*/%])"
    r"|[\[{])",
    re.ASCII,
)
_SIGNS: Final = re.compile(r"[=(\[{*/%+<>]|\bimport\b|:")
_ENDS: Final = re.compile(r"[\w\])}'\"](?=[\s.,;:!?)»'\"’”]|\*\*(?:[\s.,;:!?)]|$)|</?[a-z]|$)", re.ASCII)
_SENTENCE_OF_SQL: Final = re.compile(
    r"\b(?:SELECT\b(?! (?:and|or|with|и|или|в|на)\b).{1,300}?\bFROM\s+\w|INSERT INTO \w|UPDATE \w+ SET\b|DELETE FROM \w"
    r"|(?:CREATE|ALTER|DROP) (?:UNIQUE )?(?:TABLE|INDEX|VIEW) \w|JOIN \w+ ON\b|WHERE \w+ ?[=<>])"
)
_SHELL_IN_PROSE: Final = re.compile(
    r"\b(?:RUN (?:pip|apt|apt-get|apk|python|npm|uv|poetry|curl|mkdir|chmod|useradd|adduser|groupadd)\b"
    r"|COPY \S*[./]\S* \S|(?:CMD|ENTRYPOINT) \[|FROM [\w./-]+:[\w.-]+|HEALTHCHECK CMD|chmod \+?\w+ \S|export \w+=\S"
    r"|\w+ \| (?:grep|wc|sort|uniq|awk|sed|head|tail|xargs|cut|tr|tee)\b)"
)
_BEFORE_BRACKET: Final = re.compile(r"(\b[A-Za-z_]\w*|[)\]])[ \t]+\(")
_WINDOW_CHARS_MAX: Final = 240
_ENDS_TRIED_MAX: Final = 8
_STARTS_MAX: Final = 200
_LINES_JOINED_MAX: Final = 30
_CYRILLIC: Final = re.compile(r"[Ѐ-ӿ]")
_SETTING_LINE: Final = re.compile(r"\s*(?:- )?[a-z_][\w.-]{0,40}:(?:\s+[\w./\"'\[\]:,{}$-]{1,60}){0,3}\s*")
_QUOTED: Final = re.compile(r"\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|#.*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Code from `start` to before `end` of a text, marks included."""

    start: int
    end: int


def find_pieces(text: str, own: OwnCode) -> list[Piece]:
    """The code in `text` that says how to write something and is not the student's own, in order."""
    found, rest = _between_marks(text, own)
    on_lines, rest = _on_lines(rest, own)
    return sorted([*found, *on_lines, *_amid_words(rest, own)], key=lambda piece: piece.start)


def _between_marks(text: str, own: OwnCode) -> tuple[list[Piece], str]:
    """Marked code that gives something away, and the text with everything marked hidden, addresses too."""
    found: list[Piece] = []
    rest = _NO_CODE.sub(lambda match: _HIDDEN * len(match[0]), text)
    for match in _BETWEEN_MARKS.finditer(text):
        block = match["block"] if match["block"] is not None else match["tagged"]
        marked = block if block is not None else (match["double"] or match["span"] or "")
        if match["block"] is not None and (language := _LANGUAGE.match(marked)):
            marked = marked[language.end() :]
        if gives_away(marked) and not _is_own(marked, own):
            found.append(Piece(match.start(), match.end()))
        rest = rest[: match.start()] + _HIDDEN * len(match[0]) + rest[match.end() :]
    return found, rest


def _is_own(code: str, own: OwnCode) -> bool:
    """Whether the student has that code, as it is or as lines of a diff."""
    if own.has(code):
        return True
    lines = [line for line in code.split("\n") if line.strip()]
    return any(line[:1] in "+-" for line in lines) and all(own.has(line.lstrip("+-")) for line in lines)


def _on_lines(text: str, own: OwnCode) -> tuple[list[Piece], str]:
    """Runs of lines that are code, and the text with every such run hidden, the student's own too."""
    lines = text.split("\n")
    bare = [_QUOTED_LINE.sub("", line, count=1) for line in lines]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found: list[Piece] = []
    number = 0
    while number < len(lines):
        count = _lines_of_code(lines, number)
        quoted = _lines_of_code(bare, number)
        if not (count or quoted):
            number += 1
            continue
        is_own = quoted >= count and _is_own("\n".join(bare[number : number + quoted]), own)
        count = max(count, quoted)
        bullet = _BULLET.match(lines[number])
        start = starts[number] + (bullet.end() if bullet else 0)
        end = starts[number + count] - 1
        if not (is_own or _is_own(text[start:end], own)):
            found.append(Piece(start, end))
        text = text[:start] + "".join(c if c == "\n" else _HIDDEN for c in text[start:end]) + text[end:]
        number += count
    return found, text


def _lines_of_code(lines: list[str], first: int) -> int:
    """How many lines from `first` on are one piece of code; 0 where that line is none."""
    count = _opening(lines, first)
    while count and first + count < len(lines):
        following = first + count
        blank = not lines[following].strip()
        if blank and following + 1 < len(lines) and _opening(lines, following + 1):
            count += 1
        elif not blank and (more := _opening(lines, following)):
            count += more
        elif not blank and _goes_on(lines[following]):
            count += 1
        else:
            break
    return count


def _opening(lines: list[str], first: int) -> int:
    """The lines of code that begin at `first`: one, or several that are one statement only together."""
    line = _BULLET.sub("", lines[first], count=1)
    if _HIDDEN in line or not line.strip() or _CYRILLIC.search(_QUOTED.sub("", line)):
        return 0
    if _is_code_line(line):
        return 1
    count = _lines_in_brackets([line, *lines[first + 1 : first + _LINES_JOINED_MAX]])
    if count > 1 and says_how("\n".join([line, *lines[first + 1 : first + count]])):
        return count
    settings = 0
    while first + settings < len(lines) and _SETTING_LINE.fullmatch(lines[first + settings]):
        settings += 1
    is_nested = any(lines[first + n].startswith(" ") for n in range(1, settings))
    return settings if settings > 1 and is_nested else 0


def _lines_in_brackets(lines: list[str]) -> int:
    """The lines up to where the brackets are closed that the first one opens at its end; 0 where they are not."""
    if not lines[0].rstrip().endswith(("(", "[", "{")):
        return 0
    depth = 0
    for count, line in enumerate(lines, start=1):
        text = _QUOTED.sub("", line)
        depth += sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))
        if depth <= 0:
            return count
    return 0


def _is_code_line(line: str) -> bool:
    text = line.strip()
    if text.startswith(("$ ", "#!")) and len(text) > 2:
        return True
    return (_starts_statement(text) and is_statement_of_other_language(text)) or says_how(text)


def _starts_statement(text: str) -> bool:
    """Whether a line begins as statements of SQL, a shell and Docker do, and does not end as a sentence."""
    return bool(re.match(r"[A-Z]{2,}\b|[a-z]+ (?=[-\w./$\"'|])|\w+=|\$", text)) and text[-1] not in ".!?:"


def _goes_on(line: str) -> bool:
    """Whether a line below code belongs to it: a closing bracket, an indented line that parses, a bare keyword."""
    text = line.strip()
    if text in {")", "]", "}", "),", "],", "},", "})", "else:", "try:", "finally:", "pass", "break", "continue", "..."}:
        return True
    if _CYRILLIC.search(_QUOTED.sub("", line)):
        return False
    if text.startswith("#"):
        return True
    is_deep = line[:1] in {" ", "\t"}
    return (is_deep or text.startswith(("return ", "import ", "raise ", "except"))) and tree_of(text) is not None


def _amid_words(text: str, own: OwnCode) -> Iterator[Piece]:
    """Code within sentences: the longest run of words that parses."""
    for pattern in (_SENTENCE_OF_SQL, _SHELL_IN_PROSE):
        for match in pattern.finditer(text):
            window = _window(text, match.start())
            end = match.start() + len(window.rstrip(" .,;:!?»"))
            if end >= match.end() - 1 and not own.has(text[match.start() : end]):
                yield Piece(match.start(), end)
                text = text[: match.start()] + _HIDDEN * (end - match.start()) + text[end:]
    position = 0
    for _ in range(_STARTS_MAX):
        found = _STARTS.search(text, position)
        if found is None:
            return
        position = found.end()
        until = _end_of_code(text, found.start())
        if until is not None:
            position = max(until, position)
            if not own.has(text[found.start() : until]):
                yield Piece(found.start(), until)


def _end_of_code(text: str, start: int) -> int | None:
    """Where the longest code that begins at `start` ends, None where none does."""
    length = _length_of_code(_window(text, start))
    return start + length if length else None


@lru_cache(maxsize=256)  # a model that is caught in a loop says the same over and over
def _length_of_code(window: str) -> int:
    """Characters of the longest code that `window` begins with, 0 where there is none."""
    if not _SIGNS.search(window):
        return 0
    ends = [match.end() for match in _ENDS.finditer(window)]
    for end in ends[-_ENDS_TRIED_MAX:][::-1] + ends[:_ENDS_TRIED_MAX][::-1]:
        code = window[:end]
        if _is_balanced(code) and says_how_in_prose(code) and not _has_aside(code):
            return len(_without_tail(code))
    return 0


def _is_balanced(code: str) -> bool:
    """Whether code may be whole; asked before it is parsed, which takes longer."""
    return all(code.count(opening) == code.count(closing) for opening, closing in ("()", "[]", "{}"))


def _has_aside(code: str) -> bool:
    """Whether words stand before a bracket as prose has it, `statements (7 of 6)`: code has no blank there."""
    return any(not iskeyword(match[1]) for match in _BEFORE_BRACKET.finditer(code))


def _window(text: str, start: int) -> str:
    """What may be code from `start` on: of one line, up to the first letter that no code has outside of strings."""
    line = text[start : start + _WINDOW_CHARS_MAX].split("\n", 1)[0].split(_HIDDEN, 1)[0]
    plain = _QUOTED.sub(lambda match: "'" * len(match[0]), line)
    foreign = _CYRILLIC.search(plain)
    return line[: foreign.start()] if foreign else line


def _without_tail(code: str) -> str:
    """`code` without words of the sentence that parse by chance: ` and done`."""
    shorter = re.sub(r"\s+(?:and|or|is|in|if)(?:\s+not)?\s+[A-Za-z]+$", "", code)
    return shorter if shorter != code and says_how_in_prose(shorter) else code
