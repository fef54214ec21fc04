"""Coverage notes in the review's language: they are made where files are read, before anybody knows the language."""

import re
from typing import Final

from app.core.submission.unreadable import DESCRIPTIONS
from app.core.words import Words

_CAUSES: Final = {described: cause for cause, described in DESCRIPTIONS.items()}
_DESCRIBED: Final = "|".join(map(re.escape, _CAUSES))
_ERROR: Final = r"an error|[A-Za-z_][\w.]{0,60}"
_CELL: Final = re.compile(rf"cell (?P<cell>\d+) ended in (?P<error>{_ERROR})")
_MORE_CELLS: Final = re.compile(r"(?<= )and (?P<count>\d+) more in errors$")

NOTE_FORMS: Final = {
    name: re.compile(form, re.DOTALL)
    for name, form in {
        "unknown_named": (r"the named previous submission is not known; compared with the latest known one, if any"),
        "history_too_short": r"the previous submission is older than the kept history; nothing was compared",
        "other_encodings": r"files that are no UTF-8 and were read as (?P<encodings>.+): (?P<count>\d+)",
        "broken_unicode": (r"files with broken Unicode \(lone surrogates\), replaced by U\+FFFD: (?P<count>\d+)"),
        "gitignore_too_slow": r"\.gitignore is not honoured: matching its wildcards would take too long",
        "gitignore_of_everything": r"\.gitignore is not honoured: it leaves out everything that was handed in",
        "gitignore_too_long": r"\.gitignore is honoured in part: it has more than (?P<count>\d+) lines",
        "inner_archive": r"an archive within the submission is not read: (?P<path>.+)",
        "no_notebook": (
            rf"(?P<path>.+) is no notebook that can be read: (?P<described>{_DESCRIBED})(?: at line (?P<line>\d+))?"
        ),
        "no_source": rf"(?P<path>.+) is not read: (?P<described>{_DESCRIBED})(?: at line (?P<line>\d+))?",
        "other_language": r"(?P<path>.+) is not in Python: its code is kept as comments",
        "more_notes": r"and (?P<count>\d+) more notes",
    }.items()
}
"""Notes as they are made, by the name of their words in the catalogue."""


def note_in(note: str, words: Words) -> str:
    """`note` in `words`; in English it stays as it is, and so does one that nobody has words for."""
    if not words.notes:
        return note
    for name, form in NOTE_FORMS.items():
        match = form.fullmatch(note)
        if match:
            found = match.groupdict()
            return words.notes[name](found | {"cause": _CAUSES.get(found.get("described") or "")})
    return _cells(note, words) if _CELL.search(note) else note


def _cells(note: str, words: Words) -> str:
    failed, more = words.notes["failed_cell"], words.notes["more_failed_cells"]
    told = _CELL.sub(lambda match: failed({"cell": match["cell"], "error": _named(match["error"])}), note)
    return _MORE_CELLS.sub(lambda match: more(match.groupdict()), told)


def _named(error: str) -> str:
    return "" if error == "an error" else error
