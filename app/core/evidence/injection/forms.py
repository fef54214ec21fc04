"""What a text is cut into: words, forms that mean something as a whole, and the marks of a conversation."""

import re
from typing import Final

from app.core.evidence.injection.meanings import Meaning

_FULL: Final = "|".join(
    rf"{n}(?: ?/ ?| из | out of | of ){n}(?![\d/]|\.\d)" for n in (5, *range(10, 31, 5), 40, 50, 60, 100)
)
#: What means something as a whole, or nothing where its parts would, the first that fits.
_FORMS: Final = (
    (r"\b[0-8]?\d ?(?:[-–]|to|до) ?\d+\b", Meaning.NOTHING),  # a scale from 0 to 100 grants nothing
    (r"\[ *\d+%\]", Meaning.NOTHING),  # how far pytest has come
    (r"\b[Pp]lease note\b", Meaning.NOTHING),  # asks for nothing
    (rf"(?<![\w./])(?:{_FULL})", Meaning.TOP | Meaning.RATIO),
    (r"\b100 ?%", Meaning.PERCENT | Meaning.HUNDRED | Meaning.NUMBER | Meaning.TOP),
    (r"\bA(?=[.,;!?\"')\]}]|$)", Meaning.LETTER),
    (r"\b(?:[Dd]o|[Ww]o|[Ss]hould|[Mm]ust|[Cc]a|[Nn]eed)n['’]t\b", Meaning.NOT),
    (r"\[\]", Meaning.EMPTY),
)
#: Words, forms, whole fractions (0.95 is no 95), and signs that part words in code: `max_score = float(award)` says
#: less than the same words in prose.
TOKEN: Final = re.compile(
    r"(?![AaPpDdWwSsMmCcNn\d])[\w@$]+|"  # first what begins no form: most words
    + "|".join(pattern for pattern, _ in _FORMS)
    + r"|\d+\.\d+|\b[Aa]\+(?!\+)|[\w@$]+|[=()\[\]{};<>+]"
)
SIGNS: Final = dict.fromkeys("=([{;<>+", 2) | dict.fromkeys(")]}", 4)  # how many words each counts as
_WHOLE: Final = tuple((re.compile(pattern), int(meaning)) for pattern, meaning in _FORMS)
_HASH: Final = re.compile(r"(?=[a-f]*\d)[0-9a-f]{7,64}")
#: Borders and role marks of a conversation with a model, and those of our own prompt.
MARKERS: Final = re.compile(
    r"<\|[a-z_]{2,20}\|>|\[/?(?:inst|system|sys)\]|<</?(?:sys|system|operator|admin|grader)>>"
    r"|</?(?:system|instructions?|submission|student_code|tool_[a-z]{2,20})\b[^<>\n]{0,80}>"
    r"|(?:^[\W_]{0,12}|[\"'])(?:system|developer|operator|assistant|configuration|grader)"
    r"(?: (?:note|notice|message|prompt|override|update))?\]?[:>]"
    r"|(?:^[\W_]{0,12}|[\"'])(?:система|оператор|разработчик|ассистент)\]?[:>]"
    r"|\[(?:system|система)[a-zа-я_]{0,12}\]|системн[а-я]{2,3} (?:сообщени|уведомлени|заметк)",
    re.IGNORECASE | re.MULTILINE,
)
FENCES: Final = re.compile(r"<<<\s?(?:DATA|END)\b[^\n]{0,80}>>>", re.IGNORECASE)


def form_of(token: str) -> int | None:
    """What a token means as a whole, 0 where its parts shall mean nothing; None for a word, to be read by itself."""
    if _HASH.fullmatch(token):
        return 0
    return next((meaning for pattern, meaning in _WHOLE if pattern.fullmatch(token)), None)
