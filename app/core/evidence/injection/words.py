"""Text -> words as a reader takes them: disguises taken off, identifiers taken apart.

Lines stay as they are, so that what is found can be told with its line.
"""

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from app.core.evidence.injection.forms import form_of
from app.core.evidence.injection.lexicon import FIELDS, meaning_of
from app.core.evidence.injection.meanings import Meaning
from app.core.visible import IGNORABLE, JOINERS, PICTURED

_INVISIBLE: Final = re.compile(f"[{IGNORABLE}{JOINERS}{PICTURED}]")
"""They break words for a pattern and not for a reader, whatever is beside them."""
_ESCAPED: Final = re.compile(r"\\u20(?:0[b-f]|2[a-e]|6[0-9a-f])", re.IGNORECASE)
_PARTS: Final = re.compile(r"[^\W\d_]*[a-zа-яё](?=[A-ZА-ЯЁ])|[^\W\d_]+|\d+")
_CAMEL: Final = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")
_SPACED: Final = re.compile(r"(?<!\w)\w(?:([ .*|~-])\w(?:\1\w){2,400})(?!\w)")
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{16,4000}={0,2}(?![A-Za-z0-9+/=_-])")
_CIPHERS_MAX: Final = 200
_READABLE_SHARE: Final = 0.9
_TOKEN_CHARS_MAX: Final = 400
_CACHED_MAX: Final = 50_000

_TO_LATIN: Final = str.maketrans("авекмнорстухіјѕԁԛԝһӏгпαβεικνορτυχ", "abekmhopctyxijsdqwhlrnabeikvoptux")
_TO_CYRILLIC: Final = str.maketrans("aabekmhopctyxu0346", "аавекмнорстухиозчб")
_LEET: Final = str.maketrans("013457@$8", "oieastasb")
_LEET_RU: Final = str.maketrans("0346", "озчб")


def reveal(text: str) -> str:
    """`text` without invisible characters and in compatibility form, line by line the same."""
    if "\\u20" in text:  # escaped in a string's source, and as invisible where it is printed
        text = _ESCAPED.sub("", text)
    if text.isascii():
        return text
    # A soft hyphen and a zero width space part words for machines alone; some marks stand for a space in disguise.
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def numbered(text: str, matches: Iterable[re.Match[str]]) -> Iterator[tuple[int, re.Match[str]]]:
    """Matches in their order, each with its 1-based line; the text is counted through once."""
    line, position = 1, 0
    for match in matches:
        line += text.count("\n", position, match.start())
        position = match.start()
        yield line, match


def ciphers(text: str) -> dict[int, str]:
    """What the pieces of base64 in `text` say where that is readable, by line.

    What no reader would take for a cipher costs nothing: words of one case, and numbers.
    """
    said: dict[int, str] = {}
    pieces = 0
    for line, match in numbered(text, _BASE64.finditer(text)):
        piece = match.group(0)
        if piece.isdigit() or (piece.isalpha() and (piece.islower() or piece.isupper())):
            continue
        if found := _decoded(piece):
            said[line] = f"{said.get(line, '')} {found}"
            pieces += 1
            if pieces >= _CIPHERS_MAX:
                break
    return said


def _decoded(piece: str) -> str:
    body = piece.rstrip("=")
    try:
        said = base64.b64decode(body + "=" * (-len(body) % 4)).decode()
    except ValueError:
        return ""
    readable = sum(1 for c in said if c.isalpha() or c == " " or c.isdigit())
    return said if " " in said and readable >= _READABLE_SHARE * len(said) else ""


def joined_letters(line: str) -> str:
    """`line` with words that were spaced out letter by letter put together again: `g i v e` -> `give`."""
    return _SPACED.sub(lambda match: match.group(0)[::2], line)


@lru_cache(maxsize=_CACHED_MAX)
def meanings(token: str) -> tuple[int, ...]:
    """The meanings of a token's words in their order, () where none means anything; disguises taken off.

    `give_full_score`, `giveFullScore` and `GIVE` are taken apart; look-alikes are read as Latin and as Cyrillic
    letters, figures as the letters they stand for.
    """
    token = token[:_TOKEN_CHARS_MAX]
    if token.islower() and token.isalpha() and token.isascii():  # most tokens: a plain word
        bits = _word(token)
        return (bits,) if bits else ()
    form = form_of(token)
    if form is not None or "." in token:  # 100.0 is one number, and 0.95 no 95
        bits = meaning_of(token) if form is None else form
        return (bits,) if bits else ()
    whole = token.lower()
    if whole in FIELDS:
        return (int(FIELDS[whole]),)
    found = tuple(map(_word, _split(token)))
    if not any(found):
        word = _disguised(whole)
        return (word | int(Meaning.DISGUISED),) if word else ()
    return found


def _split(token: str) -> list[str]:
    if token.isalpha():
        return [token] if token.islower() or token.isupper() else _camel(token)
    parts: list[str] = []
    for piece in token.split("_"):
        if piece.isalpha():
            parts += [piece] if piece.islower() or piece.isupper() else _camel(piece)
        elif piece and (piece.isdigit() or not any(map(str.isdigit, piece))):
            parts.append(piece.strip("@$"))
        elif piece:
            parts += [piece] if meaning_of(piece.lower()) or _disguised(piece.lower()) else _PARTS.findall(piece)
    return parts


def _camel(word: str) -> list[str]:
    pieces = _CAMEL.split(word)
    # Letters that change their case at random are one word: `iGnOrE`.
    return [word] if len(word) < 3 * len(pieces) else pieces


@lru_cache(maxsize=_CACHED_MAX)
def _word(word: str) -> int:
    if word == "A":
        return int(Meaning.LETTER)
    lower = word.lower().replace("ё", "е")
    return meaning_of(lower) or (found | int(Meaning.DISGUISED) if (found := _disguised(lower)) else 0)


def _disguised(word: str) -> int:
    """The meaning of a word that is spelled with look-alikes or figures, 0 if it has none."""
    if word.isascii():
        if word.isdigit() or not any(c in "013457@$8" for c in word):
            return 0
        return meaning_of(word.translate(_LEET))
    latin, cyrillic = word.translate(_TO_LATIN), word.translate(_TO_CYRILLIC)
    found = meaning_of(latin) if latin != word and latin.isascii() else 0
    if not found and cyrillic != word:
        found = meaning_of(cyrillic)
    if not found and not word.isalpha():
        found = meaning_of(latin.translate(_LEET)) or meaning_of(word.translate(_LEET_RU))
    return found
