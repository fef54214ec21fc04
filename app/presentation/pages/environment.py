"""How pages are made: one set of templates, everything escaped, one frame around all of them.

A page is a template, the frame that all pages share, and the values that it shows. Whatever is a string is shown as
text: hidden characters are made visible, then HTML is escaped. Only `Markup` that our own code made is left as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from app.core.visible import in_field, made_visible
from app.core.words.filters import capitalized
from app.presentation.pages.static_files import static_url
from app.presentation.pages.words import LANGUAGE_NAMES, PageWords, page_words
from schemas.submission import Language


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who looks at a page, and what a form of theirs has to carry."""

    name: str
    form_token: str


@dataclass(frozen=True, slots=True)
class PageFrame:
    """What stands around a page's content.

    `path` and `query` are the page's own address, for links that show it in another language. `signed_in` is None on
    pages that ask for no session. `links` are (address, words) of the pages beside this one, `at` the address of the
    one that is open.
    """

    language: Language
    path: str
    query: Mapping[str, str]
    signed_in: SignedIn | None = None
    links: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> PageWords:
        """What every page says in this language."""
        return page_words(self.language)

    @property
    def languages(self) -> tuple[tuple[Language, str, str], ...]:
        """Each language with its own name, and this page's address in it."""
        return tuple((code, name, self.address(lang=code)) for code, name in LANGUAGE_NAMES.items())

    def address(self, **changes: str | int) -> str:
        """This page's address with other values in its query; an empty one is left out."""
        query = {name: value for name, value in {**self.query, **changes}.items() if value}
        return f"{self.path}?{urlencode(query)}" if query else self.path


def page(template: str, frame: PageFrame, **values: Any) -> str:
    """The HTML of a page: `template` of the folder beside this file, in `frame`, showing `values`."""
    return _environment().get_template(template).render(frame=frame, words=frame.words, **values)


def piece(template: str, **values: Any) -> Markup:
    """The HTML of a part of a page, to stand in it or to be sent by itself."""
    return Markup(_environment().get_template(template).render(**values))  # noqa: S704 -- the templates escape


def prose(text: str) -> Markup:
    """A sentence whose `marked` names are shown as code; all of it is escaped."""
    pieces = made_visible(text).split("`")
    if len(pieces) % 2 == 0:  # the last mark has no other: it is a mark of the text itself
        pieces[-2:] = ["`".join(pieces[-2:])]
    marked = (
        escape(piece) if at % 2 == 0 else Markup("<code>{}</code>").format(piece) for at, piece in enumerate(pieces)
    )
    return Markup("").join(marked)


def field(text: str) -> Markup:
    """What stands in a form's field, to come back as it is where nobody changes it."""
    return escape(in_field(text))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.presentation.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"static_url": static_url}
    environment.filters |= {"prose": prose, "field": field, "sentence": capitalized}
    return environment


def _shown(value: object) -> object:
    """A value as a page may show it, before it is escaped."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else made_visible(value)
