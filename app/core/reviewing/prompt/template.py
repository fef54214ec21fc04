"""All words that a model gets, as one typed document per language: templates, each with the variables that it takes.

A student's text is only ever a variable's value. No template is made of it, so braces in it are plain characters.
"""

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Annotated, Final, Self

import jinja2
from jinja2 import meta, nodes
from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

from app.core.rubric import Rubric, said_in
from schemas.rubric import HintLevel
from schemas.submission import Language

_VERSION_CHARS: Final = 12
_ENVIRONMENT: Final = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 -- plain text for a model; escapes of HTML would change students' code
    keep_trailing_newline=True,
)


def _taking(*variables: str) -> AfterValidator:
    """A check that a text is a template which uses exactly these variables; errors carry a line of the text."""

    def check(source: str) -> str:
        try:
            tree = _ENVIRONMENT.parse(source)
        except jinja2.TemplateSyntaxError as exc:
            raise _wrong(f"is no Jinja2 template: {exc.message}", exc.lineno) from exc
        used = meta.find_undeclared_variables(tree)
        for name in tree.find_all(nodes.Name):
            if name.name in used - set(variables):
                raise _wrong(f"takes no variable {name.name!r}", name.lineno)
        if absent := sorted(set(variables) - used):
            raise _wrong(f"has no place for {', '.join(absent)}", 1)
        return source

    return AfterValidator(check)


def _in_order(source: str) -> str:
    """A check of `user`: a prompt cache needs this order, and the end of the data must be told."""
    said = _ENVIRONMENT.from_string(source).render(assignment="\1", marker="\2", sections=["\3"])
    if not 0 <= said.find("\1") < said.find("\2") < said.find("\3") < said.rfind("\2"):
        raise _wrong("must hold the assignment, the marker, the sections, and the marker again, in this order", 1)
    return source


def _fenced(source: str) -> str:
    """A check of `section`: a student's text begins a line of its own below the marker."""
    said = _ENVIRONMENT.from_string(source).render(marker="\1", heading="\2", path=None, text="\3")
    head, _, text = said.partition("\n")
    if not ("\1" in head and "\2" in head and text.startswith("\3")):
        raise _wrong("must hold marker and heading in its first line, the text below", 1)
    return source


def _wrong(words: str, line: int) -> PydanticCustomError:
    return PydanticCustomError("template", "{words}", {"words": words, "line": line})


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Headings(_Document):
    """The names of the sections, which the instructions speak of."""

    threads: str
    settled: str
    facts: str
    failing_tests: str
    file: str
    new_file: str
    changes: str
    findings: str
    log: str
    not_shown: str


class Hints(_Document):
    """What the model is told about how much a review gives away."""

    point: Annotated[str, _taking()]
    explain: Annotated[str, _taking()]
    solve: Annotated[str, _taking()]


class NotShown(_Document):
    """Sentences on what did not fit into the prompt; `list` puts them into their section."""

    files: Annotated[str, _taking("names")]
    part: Annotated[str, _taking("path", "missing", "lines")]
    failures: Annotated[str, _taking("count")]
    log: Annotated[str, _taking()]
    tables: Annotated[str, _taking("names")]
    more: Annotated[str, _taking("count")]
    list: Annotated[str, _taking("notes")]


class Again(_Document):
    """Requests for one more answer: by what is wrong with the first."""

    invalid: Annotated[str, _taking("error")]
    cut: Annotated[str, _taking()]
    thoughts: Annotated[str, _taking()]
    language: Annotated[str, _taking()]


class Template(_Document):
    """A prompt file."""

    language: Language
    system: Annotated[str, _taking()]
    assignment: Annotated[str, _taking("task", "items", "hint", "comments_max")]
    item: Annotated[str, _taking("item_id", "title", "description", "hidden")]
    hints: Hints
    user: Annotated[str, _taking("assignment", "marker", "sections"), AfterValidator(_in_order)]
    section: Annotated[str, _taking("marker", "heading", "path", "text"), AfterValidator(_fenced)]
    headings: Headings
    not_shown: NotShown
    again: Again

    @property
    def version(self) -> str:
        """What reviews carry: another word anywhere in the file gives another version."""
        return f"review.{self.language}/{self._digest}"

    def __copy__(self) -> Self:
        """A copy that may be given other fields, and digests those."""
        copied = super().__copy__()
        copied.__dict__.pop("_digest", None)
        return copied

    @cached_property
    def _digest(self) -> str:
        content = json.dumps(self.model_dump(), ensure_ascii=False, sort_keys=True)
        return sha256(content.encode()).hexdigest()[:_VERSION_CHARS]

    def about_assignment(self, rubric: Rubric) -> str:
        """What belongs to an assignment: its task, the items that are left to a reader, what a review gives away.

        A rubric's texts are values, as a student's are: no template is made of them.
        """
        hints: dict[HintLevel, str] = {
            HintLevel.POINT: self.hints.point,
            HintLevel.EXPLAIN: self.hints.explain,
            HintLevel.SOLVE: self.hints.solve,
        }
        items = [
            fill(
                self.item,
                item_id=item.id,
                title=said_in(item.title, self.language),
                description=said_in(item.description, self.language),
                hidden=item.hidden,
            )
            for item in rubric.left_to_a_reader
        ]
        return fill(
            self.assignment,
            task=said_in(rubric.task, self.language),
            items=items,
            hint=fill(hints[rubric.hints]),
            comments_max=rubric.comments_max,
        )

    def in_section(self, marker: str, heading: str, text: str, path: str | None = None) -> str:
        """`text` between fences."""
        return fill(self.section, marker=marker, heading=heading, text=text, path=path)

    def user_message(self, assignment: str, marker: str, sections: Sequence[str]) -> str:
        """The user's message: what belongs to the assignment, then what belongs to one submission."""
        return fill(self.user, assignment=assignment, marker=marker, sections=sections)


def fill(source: str, **values: object) -> str:
    """A template of a prompt file with its variables' values; `jinja2.UndefinedError` where one is not given."""
    return _compiled(source).render(values)


@lru_cache(maxsize=256)  # of prompt files alone: two languages, a dozen texts each
def _compiled(source: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(source)
