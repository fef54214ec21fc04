"""The text of a prompt file -> a template. What is wrong in it is named with its line."""

from app.core.reviewing.prompt.template import Template
from app.core.yaml_document import read_document


def read_template(text: str) -> Template:
    """The template in a prompt file's text (YAML). ValueError with a line where it is none."""
    return read_document(text, Template, "prompt file")
