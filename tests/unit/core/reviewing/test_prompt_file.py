"""Prompt files: what is read of them, and how their faults are named."""

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, get_args

import jinja2
import pytest
import yaml

from app.core.reviewing.prompt.prompt_file import read_template
from app.core.reviewing.prompt.template import Template, fill
from schemas.submission import Language
from tests import ROOT
from tests.builders.prompts import the_shipped_template

SHIPPED = (ROOT / "app/prompts/review.en.yaml").read_text("utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def changed(old: str, new: str) -> str:
    assert old in SHIPPED
    return SHIPPED.replace(old, new, 1)


def leaves(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


@pytest.mark.parametrize("language", get_args(Language))
def test_shipped_file_says_everything(language: Language) -> None:
    """Each language has a prompt file of its own, in which no text is empty."""
    template = the_shipped_template(language)
    assert template.language == language
    assert all(text.strip() for _, text in leaves(template.model_dump()))


def test_languages_have_the_same_variables() -> None:
    """Both languages have the same texts, and each text uses the same variables in both."""

    def variables(template: Template) -> dict[str, set[str]]:
        environment = jinja2.Environment(autoescape=False)
        return {
            name: jinja2.meta.find_undeclared_variables(environment.parse(text))
            for name, text in leaves(template.model_dump())
        }

    russian, english = (variables(the_shipped_template(language)) for language in ("ru", "en"))
    assert russian == english
    assert english["system"] == set(), "the instructions are the same for all submissions"


def test_languages_have_the_same_headings_and_instructions() -> None:
    """Both files instruct in English and name the same sections; each says in its own language how to write."""
    russian, english = the_shipped_template("ru"), the_shipped_template("en")
    assert (russian.headings, russian.assignment, russian.hints) == (
        english.headings,
        english.assignment,
        english.hints,
    )
    pairs = zip(russian.system, english.system, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    assert shared > 0.85 * len(english.system)
    assert "Russian (по-русски)" in russian.system[shared:]
    assert "English" in english.system[shared:]
    for template in (russian, english):
        for heading in ("facts", "settled", "threads", "new"):
            assert heading in template.headings.model_dump().values()
            assert f"`{heading}`" in template.system


def test_every_prompt_file_is_read() -> None:
    """The folder holds one file per language and no other, which nobody would read."""
    assert sorted(path.name for path in (ROOT / "app/prompts").iterdir()) == ["review.en.yaml", "review.ru.yaml"]


def test_version_is_the_content_s() -> None:
    """Comments and layout leave the version as it is; another word anywhere makes another one."""
    version = read_template(SHIPPED).version
    assert version.startswith("review.en/")
    assert read_template(f"# A remark.\n{SHIPPED}").version == version
    assert read_template(changed("thoughts: >-", "thoughts: >-\n    Well:")).version != version
    assert read_template(changed("with code; else", "with some code; else")).version != version


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        ("language: en", "language: de", "language: de", "language: Input should be 'ru' or 'en'"),
        ("  facts: facts", "  fats: facts", "  fats: facts", "headings.fats: there is no such field"),
        ("  log: log", "  log: 100", "  log: 100", "headings.log: Input should be a valid string"),
        ("Answer with a", "Answer {{ whom }} with a", "Answer {{ whom", "system: takes no variable 'whom'"),
        ("{{ names }}", "{{ name }}", "  files:", "not_shown.files: takes no variable 'name'"),
        ("{{ count }}", "many", "  failures:", "not_shown.failures: has no place for count"),
        ("{{ text }}", "{{ text }", "{{ text }", "section: is no Jinja2 template"),
        ("user: |-", "system: |-", "system: |-\n  {{ assignment", "system stands there twice"),
        ("user: |-", "user: @", "user: @", "cannot start any token"),
    ],
)
def test_fault_is_named_with_its_line(old: str, new: str, at: str, words: str) -> None:
    """A wrong field, a wrong variable and wrong YAML are named with the line where they stand."""
    text = changed(old, new)
    with pytest.raises(ValueError, match="prompt file, line") as caught:
        read_template(text)
    assert words in str(caught.value)
    assert f"line {line_of(text, at)}:" in str(caught.value)


@pytest.mark.parametrize("text", ["", "- a list", "just words"])
def test_file_of_another_form_is_refused(text: str) -> None:
    """What is no mapping is no prompt file."""
    with pytest.raises(ValueError, match="mapping"):
        read_template(text)


def test_absent_field_is_named() -> None:
    """A prompt file without one of its texts does not load, and the text is named."""
    document = yaml.safe_load(SHIPPED)
    del document["again"]["thoughts"]
    with pytest.raises(ValueError, match=r"again\.thoughts: Field required"):
        read_template(yaml.safe_dump(document))


def test_value_that_is_not_given_is_an_error() -> None:
    """A variable that nobody fills is an error, not an empty place in what the model reads."""
    with pytest.raises(jinja2.UndefinedError, match="error"):
        fill(read_template(SHIPPED).again.invalid)


@pytest.mark.parametrize("code", ["{{ 7*7 }}", "{% raw %}", "{{ marker }}"])
def test_values_are_never_templates(code: str) -> None:
    """What looks like Jinja2 in a value stands there as it is, also where a second template takes up the first."""
    template = read_template(SHIPPED)
    part = template.in_section("m", "file", code, path=code)
    assert part == f"<<<m file {code}\n{code}"
    assert template.user_message(code, "m", [part]) == f"{code}\n\nMARKER m\n{part}\n<<<m end"
    assert code in fill(template.again.invalid, error=code)


def test_values_are_not_escaped() -> None:
    """Code reaches the model as it is: a prompt is plain text, not HTML."""
    template = read_template(SHIPPED)
    assert "if a < b && c: print('x')" in template.in_section("m", "file", "if a < b && c: print('x')")
