"""The words that stand on every page, from the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.catalogue import words_in
from schemas.submission import Language

LANGUAGE_NAMES: Mapping[Language, str] = {"en": "English", "ru": "Русский"}
"""Each language by its own name, so that whoever reads only that one finds it."""


@dataclass(frozen=True, slots=True)
class PageWords:
    """All phrases of one language. `problems` say of each code of an error its `cause` and its `cure`."""

    skip: str
    language: str
    contents: str
    close: str
    sign_in: str
    sign_out: str
    signed_in_as: str
    allows: str
    token: str
    token_hint: str
    wrong_token: str
    sign_in_again: str
    sign_in_lasts: str
    what_to_do: str
    api_title: str
    api_contract: str
    api_token: str
    api_takes: str
    api_answers: str
    api_place: str
    api_name: str
    api_type: str
    api_required: str
    api_what: str
    api_body: str
    api_yes: str
    api_no: str
    api_shapes: str
    problems: Mapping[str, Mapping[str, str]]


@cache
def page_words(language: Language) -> PageWords:
    """The words of every page in `language`."""
    words = words_in(language)
    return PageWords(**words.page, problems=words.page_problems)
