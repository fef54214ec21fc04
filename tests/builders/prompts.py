"""Prompt templates for tests."""

from app.adapters.llm.prompt_files import load_templates
from app.core.reviewing.prompt.template import Template


def a_template(system: str = "Data stands between the marks {{ marker }}.\n{{ schema }}\n") -> Template:
    """The English prompt file with short instructions in place of its own."""
    return Template.model_validate(load_templates()["en"].model_dump() | {"system": system})
