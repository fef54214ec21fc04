"""The catalogues of words that ship with the package, read when a language is first spoken."""

from functools import cache
from importlib.resources import files

from app.core.words import Catalogue, Words, read_words
from schemas.submission import Language


@cache
def words_in(language: Language) -> Words:
    """The words of `language`."""
    return read_words(language, (files("app") / "words" / f"{language}.yaml").read_text("utf-8"))


def load_catalogue(default: Language) -> Catalogue:
    """All words; those of the `default` language are read now, so that a broken catalogue refuses the start."""
    words_in(default)
    return Catalogue(words_in, default)
