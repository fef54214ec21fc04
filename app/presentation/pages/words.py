"""The words of pages, from the catalogue: those of every page, and those of a review's."""

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


@dataclass(frozen=True, slots=True)
class StudentWords:
    """What the page of a review says in one language, beside the words of a card."""

    title: str
    student: str
    assignment: str
    submission: str
    made_at: str
    made_by: str
    score: str
    out_of_hundred: str
    since_before: str
    again: str
    edited_by_a_person: str
    seen_by_a_person: str
    by_a_person: str
    before_a_person: str
    appeal: str
    superseded: str
    show_newer: str
    why: str
    progress: str
    this_attempt: str
    first_said: str
    times_open: str
    cyclomatic: str
    more_symbols: str
    why_it_fails: str
    flaky: str
    added_tests: str
    removed_tests: str
    test_coverage: str
    more_tests: str
    not_seen: str
    nothing_left_out: str
    shown_files: str
    left_out: str
    log_in_doubt: str
    lines_cut: str
    source: str
    source_files: str
    unified: str
    split: str
    view: str
    line_before: str
    line_after: str
    sign: str
    code: str
    before: str
    after: str
    folded: str
    not_here: str
    show_file: str
    cut_here: str
    whole_review: str
    new_file: str
    gone_file: str
    renamed_from: str
    no_lines: str


@cache
def student_words(language: Language) -> StudentWords:
    """The words of a review's page in `language`."""
    return StudentWords(**words_in(language).student_page)
