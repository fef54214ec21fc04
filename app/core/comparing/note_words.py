"""Coverage notes in the review's language: they are made where files are read, before anybody knows the language."""

import re
from typing import Final

from app.core.submission.unread_causes import UNREAD_CAUSES
from app.core.submission.unreadable import DESCRIPTIONS
from schemas.submission import Language

_ERROR: Final = r"an error|[A-Za-z_][\w.]{0,60}"
_CELL: Final = re.compile(rf"cell (\d+) ended in ({_ERROR})")
_MORE_CELLS: Final = re.compile(r" and (\d+) more in errors$")

_RUSSIAN: Final = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (
            r"the named previous submission is not known; compared with the latest known one, if any",
            "указанная прошлая сдача неизвестна; для сравнения взята последняя известная, если она есть",
        ),
        (
            r"the previous submission is older than the kept history; nothing was compared",
            "прошлая сдача старше хранимой истории; сравнения не было",
        ),
        (r"files that are no UTF-8 and were read as (.+): (\d+)", r"файлов не в UTF-8, прочитанных как \1: \2"),
        (
            r"files with broken Unicode \(lone surrogates\), replaced by U\+FFFD: (\d+)",
            r"файлов с повреждённым Юникодом, где знаки заменены на U+FFFD: \1",
        ),
        (
            r"\.gitignore is not honoured: matching its wildcards would take too long",
            ".gitignore не учтён: проверка его шаблонов заняла бы слишком много времени",
        ),
        (
            r"\.gitignore is not honoured: it leaves out everything that was handed in",
            ".gitignore не учтён: он исключает всё, что сдано",
        ),
        (
            r"\.gitignore is honoured in part: it has more than (\d+) lines",
            r".gitignore учтён частично: в нём строк больше, чем \1",
        ),
        (r"an archive within the submission is not read: (.+)", r"вложенный архив не прочитан: \1"),
        *(
            (
                rf"(.+) is no notebook that can be read: {re.escape(described)}{line}",
                rf"\1: блокнот не читается, {UNREAD_CAUSES['ru'][cause]}{told}",
            )
            for cause, described in DESCRIPTIONS.items()
            for line, told in (("", ""), (r" at line (\d+)", r" (строка \2)"))
        ),
        (
            r"(.+) is not in Python: its code is kept as comments",
            r"\1: блокнот не на Python, его код сохранён как текст",
        ),
        (r"and (\d+) more notes", r"и ещё пометок: \1"),
    )
)


def note_in(note: str, language: Language) -> str:
    """`note` in `language`; one that nobody has words for stays as it is."""
    if language == "en":
        return note
    for pattern, words in _RUSSIAN:
        match = pattern.fullmatch(note)
        if match:
            return match.expand(words)
    if _CELL.search(note):
        return _cells(note)
    return note


def _cells(note: str) -> str:
    told = _CELL.sub(lambda match: f"ячейка {match[1]} завершилась ошибкой{_named(match[2])}", note)
    return _MORE_CELLS.sub(r" и ещё ячеек с ошибкой: \1", told)


def _named(name: str) -> str:
    return "" if name == "an error" else f" {name}"
