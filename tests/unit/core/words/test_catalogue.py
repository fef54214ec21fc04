"""The catalogues of words: whole in every language, and every template can be said."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, UndefinedError, meta

from app.catalogue import load_catalogue, words_in
from app.core.comparing.note_words import NOTE_FORMS
from app.core.diff.records.kinds import DETAILS, LOCAL_REFACTORINGS, REFACTORINGS, WORDS_ONLY
from app.core.evidence.bounds import TESTS_WEAKENED
from app.core.reviewing.offline import advice, comments, summary
from app.core.submission import ignored
from app.core.submission.unreadable import DESCRIPTIONS
from app.core.watching.flow import STAGES
from app.core.watching.troubles import TroubleKind
from app.core.words import Data, Words, read_words
from app.core.words.catalogue import environment_of
from app.presentation.words import card_words
from schemas.changes import ComplexityDelta, UnusedReason
from schemas.comparison import Flag
from schemas.errors import Reason
from schemas.review import Severity
from schemas.submission import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
EVERY_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
Document = dict[str, dict[str, Any]]

SPOKEN_BY_OTHERS: Final = {"en": {"rules", "notes", "cures"}}
"""Sections that a language leaves empty: the linter's rules, notes and cures are made in English."""

OPTIONAL: Final = frozenset(
    {
        *("at", "line", "log", "cause", "name", "taken", "skipped", "total_before"),
        *("passed_before", "failed_before", "rank_before", "rank_after"),
    }
)
"""Figures that a fact may lack; sentences and advice ask for them with a default; other templates are given all."""

NUMBERS = st.sampled_from([0, 1, 2, 5, 11, 21, 112])
TEXTS = st.sampled_from(["f", "tests/a.py", "{{ 7 * 7 }}", "{% x %}", "a`b", "<b>&amp;", "x: a → b"])
LISTS = st.lists(TEXTS, min_size=1, max_size=5)
FIGURES: Final[dict[str, st.SearchStrategy[Any]]] = {
    **dict.fromkeys(["fixed", "obsolete", "open"], NUMBERS),
    **dict.fromkeys(
        ["files", "lines_added", "lines_removed", "count", "total", "passed", "failed", "errors", "rest", "more"],
        NUMBERS,
    ),
    **dict.fromkeys(
        ["skipped", "total_before", "passed_before", "failed_before", "log_line", "limit", "given", "held"], NUMBERS
    ),
    **dict.fromkeys(["ran", "planned", "measured", "up", "down", "overall", "quality", "index"], NUMBERS),
    **dict.fromkeys(["cyclomatic", "cell", "line", "exit_code"], NUMBERS),
    **dict.fromkeys(["counted", "certain", "written", "gone", "run_failed"], st.booleans()),
    **dict.fromkeys(["better", "worse", "hard", "long", "titles", "told"], LISTS | st.just([])),
    **dict.fromkeys(["before", "after", "percent"], st.sampled_from([0, 2.5, 33.333])),
    **dict.fromkeys(["names", "items", "rules"], LISTS),
    "reason": st.sampled_from([*UnusedReason]),
    **dict.fromkeys(["path", "symbol", "name", "taken", "log", "at", "what", "advice", "message", "also"], TEXTS),
    **dict.fromkeys(
        ["explanation", "needs", "rank", "rank_before", "rank_after", "encodings", "error", "found", "kinds"], TEXTS
    ),
    **dict.fromkeys(["workers", "pid", "lag", "refused", "of_reason", "reviewed", "seconds"], NUMBERS),
    **dict.fromkeys(["detail", "host", "model", "stage", "spent", "budget", "currency", "replay"], TEXTS),
    "partitions": LISTS,
    "rule": st.sampled_from(["F821", "F401", "unknown"]),
    "cause": st.sampled_from(["binary", "unknown", "usage_error", "skipped", "empty_log", ""]),
    "sign": st.sampled_from(["killed", "out_of_memory", "interrupted", "truncated"]),
}
"""What facts put into templates, by name, but for `lines`: a number, and in the sentence `at` several of them."""


@cache
def document_of(language: Language) -> Document:
    text = (files("app") / "words" / f"{language}.yaml").read_text("utf-8")
    document: Document = yaml.safe_load(text)
    return document


def variables_of(document: Document, language: Language) -> dict[str, set[str]]:
    """Template -> the names of what it takes, those of the parts that it includes among them."""
    environment = environment_of(language, document)
    loader = environment.loader
    assert loader is not None

    def taken(name: str) -> set[str]:
        tree = environment.parse(loader.get_source(environment, name)[0])
        found = set(meta.find_undeclared_variables(tree))
        return found.union(*(taken(part) for part in meta.find_referenced_templates(tree) if part))

    return {name: taken(name) for name in environment.list_templates()}


def differences(one: Document, other: Document, skipped: set[str]) -> Iterator[str]:
    """Each key that only one of two catalogues has, and each template that takes something else in the other."""
    for section in sorted(one.keys() ^ other.keys()):
        yield f"section {section}"
    for section in sorted((one.keys() & other.keys()) - skipped):
        mine, theirs = one[section], other[section]
        yield from (f"{section}/{key}" for key in sorted(mine.keys() ^ theirs.keys()))
        for key in sorted(mine.keys() & theirs.keys()):
            parts = (set(text[key]) if isinstance(text[key], dict) else set() for text in (mine, theirs))
            yield from (f"{section}/{key}/{part}" for part in sorted(set.symmetric_difference(*parts)))
    mine_taken, theirs_taken = variables_of(one, "ru"), variables_of(other, "en")
    for name in sorted(mine_taken.keys() & theirs_taken.keys()):
        yield from (f"{name} takes {variable}" for variable in sorted(mine_taken[name] ^ theirs_taken[name]))


def without_words(document: Document, section: str, key: str) -> Document:
    return document | {section: {name: text for name, text in document[section].items() if name != key}}


def test_all_languages_have_the_same_keys() -> None:
    """No word, no kind's form and no figure in a sentence is missing in one language."""
    assert list(differences(document_of("ru"), document_of("en"), SPOKEN_BY_OTHERS["en"])) == []


def test_what_is_missing_is_named() -> None:
    """A key that one language lacks, and a figure that its template leaves out, are told by name."""
    russian, english = document_of("ru"), document_of("en")
    skipped = SPOKEN_BY_OTHERS["en"]
    assert list(differences(without_words(russian, "flags", "tests_removed"), english, skipped)) == [
        "flags/tests_removed"
    ]
    kinds = russian["kinds"] | {"add_file": {"card": "добавлен файл"}}
    assert list(differences(russian | {"kinds": kinds}, english, skipped)) == [
        "kinds/add_file/many",
        "kinds/add_file/one",
    ]
    bounds = russian["bounds"] | {"no_change": "ничего не изменилось"}
    assert list(differences(russian | {"bounds": bounds}, english, skipped)) == ["bounds/no_change takes limit"]


@EVERY_LANGUAGE
def test_only_what_others_say_is_empty(language: Language) -> None:
    """Every section has words but those that the language leaves to others, and no word is blank."""
    document = document_of(language)
    assert {section for section, words in document.items() if not words} == SPOKEN_BY_OTHERS.get(language, set())
    for section, words in document.items():
        for key, text in words.items():
            texts = text.values() if isinstance(text, dict) else [text]
            assert all(isinstance(one, str) and one.strip() for one in texts), f"{section}/{key}"


@EVERY_LANGUAGE
@settings(max_examples=20)
@given(figures=st.fixed_dictionaries(FIGURES), lines=NUMBERS, lacking=st.sets(st.sampled_from(sorted(OPTIONAL))))
def test_every_template_can_be_said(language: Language, figures: Data, lines: int, lacking: set[str]) -> None:
    """With every figure that it takes, and without those that a fact may lack, no template fails."""
    environment, taken = templates_of(language)
    for name, variables in taken.items():
        missing = lacking if name.startswith(("sentences/", "advice/")) else set()
        numbers = [lines, 2] if name == "sentences/at" else lines
        given_now = {figure: figures[figure] for figure in variables - missing - {"lines"}}
        if "/" in name:  # parts are said within others
            assert environment.get_template(name).render(given_now | {"lines": numbers})


@cache
def templates_of(language: Language) -> tuple[Environment, dict[str, set[str]]]:
    """A language's templates, with what each of them takes."""
    document = document_of(language)
    return environment_of(language, document), variables_of(document, language)


@EVERY_LANGUAGE
def test_a_figure_that_is_not_given_is_an_error(language: Language) -> None:
    """A sentence never has a gap where a figure should stand."""
    with pytest.raises(UndefinedError, match="limit"):
        words_in(language).bounds["no_change"]({})


@EVERY_LANGUAGE
def test_what_a_student_wrote_is_no_template(language: Language) -> None:
    """Jinja's braces in a student's names come out as they went in, and a backquote does not end the mark."""
    said = words_in(language).sentences["syntax_mended"]({"path": "{{ 7 * 7 }}`{% x %}"})
    assert "`{{ 7 * 7 }}'{% x %}`" in said


@EVERY_LANGUAGE
def test_every_kind_has_words(language: Language) -> None:
    """Each kind of change that the comparison knows has a card's phrase, and what reviews tell has a sentence's."""
    words = words_in(language)
    shapes = REFACTORINGS | LOCAL_REFACTORINGS | WORDS_ONLY
    definitions = {f"{verb}_{noun}" for verb in ("add", "remove", "modify") for noun in ("function", "class", "test")}
    assert {*shapes, *definitions} - words.card_kinds.keys() == set()
    assert {*REFACTORINGS, *definitions, *DETAILS, *summary._FOR_OTHERS} - words.kinds.keys() == set()


@EVERY_LANGUAGE
def test_every_fact_has_its_sentence(language: Language) -> None:
    """Each fact that the summary, a comment or a piece of advice is made of has its words."""
    words = words_in(language)
    told = {*summary._OPENINGS, *summary._TEST_STATES, *summary._BROKEN_TESTS, *summary.SIGNS, *TESTS_WEAKENED}
    assert told - words.sentences.keys() == set()
    assert comments._SIGN_SEVERITY.keys() - words.comments.keys() == set()
    for module, section in ((summary, "sentences"), (comments, "comments"), (advice, "advice")):
        asked = re.findall(rf'phrases\.{section}\["(\w+)"\]', (files("app") / _path(module.__name__)).read_text())
        assert asked
        assert set(asked) - getattr(words, section).keys() == set()


def _path(module: str) -> str:
    return module.removeprefix("app.").replace(".", "/") + ".py"


@EVERY_LANGUAGE
def test_every_name_on_a_card_has_words(language: Language) -> None:
    """Each metric, each severity and each flag is told in words."""
    words = card_words(language)
    assert words.metrics.keys() == set(get_args(ComplexityDelta.model_fields["metric"].annotation))
    assert words.severities.keys() == set(get_args(Severity))
    assert words.flags.keys() == set(Flag)


@EVERY_LANGUAGE
def test_every_omission_has_words(language: Language) -> None:
    """Each reason to leave a file out, and each cause for which one was not read, is told in words."""
    words = words_in(language)
    by_path = {*ignored.FOLDERS.values(), *ignored._FILES.values(), *ignored._SUFFIXES.values()}
    assert by_path - words.omissions.keys() == set()
    assert DESCRIPTIONS.keys() - words.causes.keys() == set()
    assert words.causes["other"]({"cause": "new"}).count("new") == 1


@EVERY_LANGUAGE
def test_every_trouble_has_words(language: Language) -> None:
    """Each kind has its name, its cause and its cure, and nothing else has."""
    wanted = {f"{kind}{part}" for kind in TroubleKind for part in ("", "_cause", "_cure")}
    assert words_in(language).troubles.keys() == wanted
    assert words_in(language).stages.keys() == {*STAGES, "editor"}


def test_every_refusal_has_a_russian_cure() -> None:
    """As each has one in English, in the code."""
    assert words_in("ru").cures.keys() == {reason.value for reason in Reason}


def test_every_note_has_words() -> None:
    """Each form of a coverage note, and of the cells that it lists, has its translation."""
    assert words_in("ru").notes.keys() == {*NOTE_FORMS, "failed_cell", "more_failed_cells"}


def test_a_catalogue_with_an_odd_section_is_refused() -> None:
    """A misspelt section is told by name instead of being read as none."""
    text = (files("app") / "words" / "en.yaml").read_text("utf-8").replace("\nflags:", "\nflag:")
    with pytest.raises(ValueError, match=r"\['flag', 'flags'\]"):
        read_words("en", text)


def test_the_default_language_speaks_where_none_is_named() -> None:
    """A submission's own language goes before the setting's."""
    catalogue = load_catalogue("ru")
    assert [catalogue.of(language).language for language in ("en", "ru", None)] == ["en", "ru", "ru"]


def test_numbers_are_written_as_the_language_does() -> None:
    """A Russian figure has a decimal comma, an English one a point."""
    said: dict[Language, Words] = {language: words_in(language) for language in LANGUAGES}
    assert "12,5%" in said["ru"].advice["test_coverage"]({"percent": 12.5})
    assert "12.5%" in said["en"].advice["test_coverage"]({"percent": 12.5})
