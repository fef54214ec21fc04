"""What a model is told when its answer cannot be taken: what is wrong and where, and its own words without thoughts."""

from collections.abc import Sequence
from typing import Final, Literal

from app.adapters.llm.endpoint import Message
from app.adapters.llm.reading import Completion
from app.core.reviewing.answer.text import without_thoughts
from app.core.reviewing.prompt.template import Template, fill

_ECHO_CHARS_MAX: Final = 8_000  # of an invalid answer that the model is shown again

RepairKind = Literal["invalid", "cut", "thoughts", "language"]


def ask_again(
    messages: Sequence[Message], completion: Completion, template: Template, kind: RepairKind, error: str = ""
) -> list[Message]:
    """The conversation with one more request in it. An answer without words is no turn: endpoints refuse those."""
    request = fill(getattr(template.again, kind), error=error)
    # Of thoughts nothing is shown again, but an answer that is wrong because of a mark within it must be seen whole.
    shown = completion.parts.text.strip() if kind != "thoughts" else without_thoughts(completion.parts.text)
    shown = shown or (completion.parts.arguments[-1].strip() if completion.parts.arguments else "")
    if shown:
        return [
            *messages,
            {"role": "assistant", "content": shown[:_ECHO_CHARS_MAX]},
            {"role": "user", "content": request},
        ]
    # Two turns of the user's in a row are refused as well, so the request joins the last one.
    *before, last = messages
    return [*before, {"role": last["role"], "content": f"{last['content']}\n\n{request}"}]
