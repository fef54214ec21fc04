"""All words that a model gets, as one typed document per language: templates, each with the variables that it takes.

A student's text is only ever a variable's value. No template is made of it, so braces in it are plain characters.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Final

import jinja2
from jinja2 import meta, nodes
from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

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


def _wrong(words: str, line: int) -> PydanticCustomError:
    return PydanticCustomError("template", "{words}", {"words": words, "line": line})


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Headings(_Document):
    """The names of the sections, which the instructions speak of."""

    task: str
    bounds: str
    facts: str
    failing_tests: str
    file: str
    previous_review: str
    changes: str
    complexity: str
    findings: str
    log: str
    not_shown: str


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


class SchemaWords(_Document):
    """Descriptions of the answer's fields. Ranges stand here: several endpoints refuse `minimum` in strict mode."""

    path: str
    line: str
    score: str


class Template(_Document):
    """A prompt file."""

    language: Language
    system: Annotated[str, _taking("marker", "schema")]
    section: Annotated[str, _taking("marker", "heading", "path", "text")]
    user: Annotated[str, _taking("sections")]
    headings: Headings
    not_shown: NotShown
    again: Again
    schema_words: SchemaWords

    @property
    def version(self) -> str:
        """What reviews carry: another word anywhere in the file gives another version."""
        content = json.dumps(self.model_dump(), ensure_ascii=False, sort_keys=True)
        return f"review.{self.language}/{sha256(content.encode()).hexdigest()[:_VERSION_CHARS]}"

    def in_section(self, marker: str, heading: str, text: str, path: str | None = None) -> str:
        """`text` between fences."""
        return fill(self.section, marker=marker, heading=heading, text=text, path=path)

    def user_message(self, sections: Sequence[str]) -> str:
        """The user's message from its sections."""
        return fill(self.user, sections=sections)

    def answer_schema(self) -> dict[str, Any]:
        """JSON Schema of the expected answer, within what strict mode allows: all required, none beside them."""
        text = {"type": "string"}
        words = self.schema_words
        comment = {
            "path": {"type": "string", "description": words.path},
            "line": {"type": ["integer", "null"], "description": words.line},
            "severity": {"type": "string", "enum": ["praise", "info", "minor", "major", "critical"]},
            "message": text,
            "suggestion": {"type": ["string", "null"]},
        }
        return _object(
            {
                "overall_score": {"type": "integer", "description": words.score},
                "progress_summary": text,
                "code_quality_score": {"type": "integer", "description": words.score},
                "code_review_comments": {"type": "array", "items": _object(comment)},
                "recommendations": {"type": "array", "items": text},
            }
        )


def fill(source: str, **values: object) -> str:
    """A template of a prompt file with its variables' values; `jinja2.UndefinedError` where one is not given."""
    return _compiled(source).render(values)


@lru_cache(maxsize=256)  # of prompt files alone: two languages, a dozen texts each
def _compiled(source: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(source)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
