"""The prompt files that ship with the package."""

from importlib.resources import files
from typing import get_args

from app.core.reviewing.prompt.prompt_file import read_template
from app.core.reviewing.prompt.template import Template
from schemas.submission import Language


def load_templates() -> dict[Language, Template]:
    """By language. ValueError, which names file and line, where one is not valid."""
    folder = files("app") / "prompts"
    templates: dict[Language, Template] = {}
    for language in get_args(Language):
        name = f"review.{language}.yaml"
        try:
            template = read_template((folder / name).read_text("utf-8"))
        except ValueError as exc:
            raise ValueError(f"{name}: {exc}") from exc
        if template.language != language:
            raise ValueError(f"{name}: its language is {template.language}")
        templates[language] = template
    return templates
