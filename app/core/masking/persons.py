"""Who a submission is from, kept out of what a model is shown: the student's id, e-mail addresses, names of authors.

A student's id often is a name. It is looked for with any separators and in either order, so that `anna.petrova` is
found in `Anna Petrova` as well. Lines stay where they are, for comments are anchored by them. Every pattern is bounded,
so that hostile text costs no more than its length.
"""

import builtins
import keyword
import re
from typing import Final

from app.core.masking.addresses import EMAIL_MASK, mask_addresses
from app.core.masking.students_text import mask

_STUDENT: Final = "«student»"
_NAME: Final = "«name»"
PERSON_MASKS: Final = (_STUDENT, EMAIL_MASK, _NAME)
"""What stands in the place of what is masked here."""

_ID_CHARS_MIN: Final = 4
"""A shorter id stands in half of all code by chance, and tells nobody who it is."""
_NUMBER_CHARS_MIN: Final = 6
"""Of an id in digits alone: shorter ones are numbers in code."""
_ID_PARTS_MAX: Final = 6
_PART_CHARS_MIN: Final = 3
"""Letters of one part of an id that may be a name; `s.1` is none."""
_SEPARATOR: Final = r"(?:[^\w\n]|_){0,3}?"
"""Between the parts of an id; a line end is none, for lines stay where they are."""
_ORDINARY: Final = frozenset({
    *keyword.kwlist, *keyword.softkwlist, *dir(builtins),
    "main", "self", "test", "tests", "student", "students", "user", "users", "data", "code", "model", "homework",
    "desk",
})  # fmt: skip

_WORD: Final = r"\w(?:['’-]?[\w.]){0,40}"
_CAPITAL: Final = r"[^\W\d_a-zа-яё](?:['’-]?[\w.]){0,40}"
_AUTHOR: Final = re.compile(
    r"((?<![^\W_])(?:signed-off-by|co-authored-by|reviewed-by|acked-by|tested-by|committer|authors?|maintainer"
    r"|student|full name|group members?|автор|авторы|выполнила?|выполнил\(а\)|студент|студентка|студент\(ка\)|фио)"
    r"(?:__|[ \t]{1,3}[^\W\d_]{1,20})?[\"']?[ \t]{0,8}[:=][ \t]{0,8}"
    r"(?:\[?[ \t]{0,8}\{[ \t]{0,8}[\"']?name[\"']?[ \t]{0,8}[:=][ \t]{0,8})?\[?[\"']?)"
    rf"((?:{_WORD}|<[^<>\n]{{1,80}}>)(?:[ \t]{{1,4}}(?:{_WORD}|<[^<>\n]{{1,80}}>)){{0,4}})",
    re.IGNORECASE,
)
_AUTHOR_SIGNS: Final = (
    *("-by", "committer", "author", "maintainer", "student", "full name", "group member"),
    *("автор", "выполнил", "студент", "фио"),
)
"""What each author's label holds, folded: a text without all of these is not searched for one."""
_UNMARKED: Final = re.compile(
    r"((?<![^\W_])(?i:(?:authors?|student) [—–-]|(?<=@)author|(?:авторы?|выполнила?|студент|студентка)"
    r"(?:[ \t]{1,4}[—–-])?)[ \t]{1,4})"
    rf"({_CAPITAL}(?:[ \t]{{1,4}}{_CAPITAL}){{1,2}})(?![\w(])"
)
"""A name right behind the word for whose it is, as in `Студент Петров Иван`."""
_UNMARKED_SIGNS: Final = (
    *("автор", "выполнил", "студент", "@author"),
    *(f"{label} {dash}" for label in ("author", "authors", "student") for dash in "—–-"),
)
_ON_A_LINE: Final = re.compile(
    r"^([ \t]{0,40}(?i:(?:\#|//|--)[ \t#*-]{0,8}name|(?:\#|//|--|>)?[ \t#*-]{0,8}(?:имя|фамилия|имя и фамилия))"
    rf"(?:\*{{0,3}}| ):[ \t*]{{1,8}})({_CAPITAL}(?:[ \t]{{1,4}}{_CAPITAL}){{0,2}})(?=[ \t]{{0,8}}(?:[,;(]|$))",
    re.MULTILINE,
)
"""Words that name much else in code: they tell a person at the beginning of a comment's or a text's line."""
_ON_A_LINE_SIGNS: Final = ("name:", "name*", "name :", "имя", "фамилия")
_CYRILLIC: Final = re.compile("[а-яё]", re.IGNORECASE)
_HOME: Final = re.compile(r"((?:/home/|/Users/|\b[A-Za-z]:\\{1,2}Users\\{1,2}))([\w.@+-]{1,64})")
_SHARED_HOMES: Final = frozenset({"app", "jovyan", "runner", "root", "shared", "public", "user", "ubuntu", "vscode"})


class Anonymizer:
    """Masks what tells who a student is, and whatever `mask` masks, in all that is shown of one submission."""

    def __init__(self, student_id: str) -> None:
        self._student = _pattern_of(student_id)
        self._parts = [_folded(part) for part in _parts_of(student_id)]

    def mask(self, text: str) -> str:
        """`text` without secrets, e-mail addresses, the student's id and names of authors; its lines stay.

        Each pattern is sought where something is that all it finds must hold: that takes a tenth of the time.
        """
        text = mask(text)
        if "@" in text:
            text = mask_addresses(text)
        folded = _folded(text)
        if self._student is not None and all(part in folded for part in self._parts):
            text = self._student.sub(_STUDENT, text)
        if any(sign in folded for sign in _AUTHOR_SIGNS):
            text = _AUTHOR.sub(_without_author, text)
        if any(sign in folded for sign in _UNMARKED_SIGNS):
            text = _UNMARKED.sub(_without_name, text)
        if any(sign in folded for sign in _ON_A_LINE_SIGNS):
            text = _ON_A_LINE.sub(_without_name, text)
        if "/home/" in text or "Users" in text:
            text = _HOME.sub(lambda home: home[0] if home[2] in _SHARED_HOMES else f"{home[1]}{_NAME}", text)
        return text


def _without_author(found: re.Match[str]) -> str:
    """A name of two words at least, or one that is quoted or behind a Russian label: `student = load()` is code."""
    words = found[2].split()
    names = [word for word in words if word[:1].isupper() or word.startswith("<")]
    is_sure = found[1][-1:] in {'"', "'"} or (len(words) == 1 and _CYRILLIC.match(found[1]) is not None)
    return f"{found[1]}{_NAME}" if len(names) >= 2 or (is_sure and names) else found[0]


def _without_name(found: re.Match[str]) -> str:
    return f"{found[1]}{_NAME}"


def _folded(text: str) -> str:
    """`text` as patterns that ignore case see it: to them, both Turkish letters are an i as well."""
    return text.casefold().replace("\u0131", "i").replace("i\u0307", "i")


def _parts_of(student_id: str) -> list[str]:
    return [part for part in re.split(r"[\W_]+", student_id) if part]


def _pattern_of(student_id: str) -> re.Pattern[str] | None:
    """Finds the id as a word, with any separators, its parts in either order; None where it tells nobody."""
    parts = _parts_of(student_id)
    joined = "".join(parts)
    chars_min = _NUMBER_CHARS_MIN if joined.isdigit() else _ID_CHARS_MIN
    if len(joined) < chars_min or len(parts) > _ID_PARTS_MAX or joined.casefold() in _ORDINARY:
        return None
    orders = [parts]
    if len(parts) > 1 and all(part.isalpha() and len(part) >= _PART_CHARS_MIN for part in parts):
        orders.append(parts[::-1])
    written = "|".join(_SEPARATOR.join(map(re.escape, order)) for order in orders)
    return re.compile(rf"(?<![^\W_])(?:{written})(?![^\W_])", re.IGNORECASE)
