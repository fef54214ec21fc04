"""One language's words as a value, made from the YAML text of its catalogue.

Sentences are Jinja2 templates. What is put into them is data, never a template: a student's text is not read as one.
A variable that is not given is an error, not a gap in a sentence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from jinja2 import DictLoader, Environment, StrictUndefined

from app.core.words.filters import PLURALS, capitalized, code, figure, listed, lowered
from schemas.submission import Language

Data = Mapping[str, Any]
"""A fact's figures and names, as phrases take them."""

Phrase = Callable[[Data], str]

PARTS: Final = "parts"
"""The section of what templates of other sections include."""
TEMPLATES: Final = (
    "sentences",
    "comments",
    "advice",
    "bounds",
    "grading",
    "adjustments",
    "mendings",
    "causes",
    "notes",
    "troubles",
    "desk_reasons",
)
"""The sections of templates that are asked for by name."""
PLAIN: Final = (
    *("slips", "rules", "omissions", "card", "metrics", "severities", "flags"),
    *("stages", "cures", "page", "student_page", "desk_page", "dashboard_page"),
)
"""The sections of plain text."""
_OTHER_CAUSE: Final = "other"

# PyYAML's parser in C reads a catalogue ten times as fast; a wheel without it exists.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one language.

    `sentences`, `comments` and `advice` are the offline reviewer's. `bounds` say why a score is held, `grading` why
    code decided an item of the rubric, `adjustments` what was changed in a draft, `mendings` and `slips` what was in a
    model's answer, `causes` why a file was not read. `notes` are empty in English, in which coverage notes are made,
    `rules`, for the linter explains its rules in English itself, and `cures`, which the code has. `kinds` name changes
    in the singular and the plural, `card_kinds` as a card tells them, in order. `troubles` are an operator's.
    `page` is what stands on every page, `page_problems` what is said of an error: `cause` and `cure` for each code;
    `student_page` belongs to a review's, `dashboard_page` to the operator's, `desk_page` to the teacher's desk, and
    `desk_reasons` say why a review wants a look there.
    """

    language: Language
    sentences: Mapping[str, Phrase]
    comments: Mapping[str, Phrase]
    advice: Mapping[str, Phrase]
    bounds: Mapping[str, Phrase]
    grading: Mapping[str, Phrase]
    adjustments: Mapping[str, Phrase]
    mendings: Mapping[str, Phrase]
    causes: Mapping[str, Phrase]
    notes: Mapping[str, Phrase]
    troubles: Mapping[str, Phrase]
    kinds: Mapping[str, tuple[str, str]]
    card_kinds: Mapping[str, str]
    slips: Mapping[str, str]
    rules: Mapping[str, str]
    omissions: Mapping[str, str]
    card: Mapping[str, str]
    metrics: Mapping[str, str]
    severities: Mapping[str, str]
    flags: Mapping[str, str]
    stages: Mapping[str, str]
    cures: Mapping[str, str]
    page: Mapping[str, str]
    student_page: Mapping[str, str]
    page_problems: Mapping[str, Mapping[str, str]]
    dashboard_page: Mapping[str, str]
    desk_page: Mapping[str, str]
    desk_reasons: Mapping[str, Phrase]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Words of every language, and the one that is spoken where a submission names none."""

    words_in: Callable[[Language], Words]
    default: Language

    def of(self, language: Language | None) -> Words:
        """The words of `language`, or of the default one."""
        return self.words_in(language or self.default)


@dataclass(frozen=True, slots=True)
class _Template:
    """A phrase that is compiled when it is first said: a review says few of them."""

    environment: Environment = field(repr=False)
    name: str

    def __call__(self, data: Data) -> str:
        return self.environment.get_template(self.name).render(data)


def read_words(language: Language, text: str) -> Words:
    """The words in a catalogue's `text`. Raises an error that names the section where one is missing or unknown."""
    document: dict[str, dict[str, Any]] = yaml.load(text, Loader=_LOADER)  # noqa: S506 -- a safe loader, in C
    if unknown := document.keys() ^ {PARTS, "kinds", "page_problems", *TEMPLATES, *PLAIN}:
        raise ValueError(f"the catalogue {language} lacks these sections or should not have them: {sorted(unknown)}")
    environment = environment_of(language, document)
    kinds = document["kinds"]

    def phrases(section: str) -> dict[str, Phrase]:
        return {name: _Template(environment, f"{section}/{name}") for name in document[section]}

    return Words(
        language=language,
        sentences=phrases("sentences"),
        comments=phrases("comments"),
        advice=phrases("advice"),
        bounds=phrases("bounds"),
        grading=phrases("grading"),
        adjustments=phrases("adjustments"),
        mendings=phrases("mendings"),
        causes=phrases("causes"),
        notes=phrases("notes"),
        troubles=phrases("troubles"),
        desk_reasons=phrases("desk_reasons"),
        kinds={kind: (words["one"], words["many"]) for kind, words in kinds.items() if "one" in words},
        card_kinds={kind: words["card"] for kind, words in kinds.items() if "card" in words},
        page_problems=document["page_problems"],
        **{section: document[section] for section in PLAIN},
    )


def environment_of(language: Language, document: Mapping[str, Mapping[str, Any]]) -> Environment:
    """The templates of a catalogue under `section/name`, parts under their names alone.

    Filters know the language: its plurals, its decimal point, its words for rules and causes.
    """
    sources = dict(document[PARTS])
    sources |= {f"{section}/{name}": text for section in TEMPLATES for name, text in document[section].items()}
    environment = Environment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- plain text, escaped where it is shown
        auto_reload=False,
        cache_size=len(sources),
    )
    plural, point, rules = PLURALS[language], document["card"]["point"], document["rules"]

    def unread(cause: object) -> str:
        known = str(cause) if str(cause) in document["causes"] else _OTHER_CAUSE
        return environment.get_template(f"causes/{known}").render(cause=cause)

    environment.globals.clear()
    environment.filters |= {
        "code": code,
        "listed": listed,
        "capitalized": capitalized,
        "lowered": lowered,
        "plural": plural,
        "counted": lambda count, *forms: f"{count} {plural(count, *forms)}",
        "figure": lambda value: figure(value, point),
        "explained": lambda rule: rules.get(rule, rule),
        "unread": unread,
    }
    return environment
