"""What a model is told when its answer cannot be taken: what is wrong and where, and its own words without thoughts."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.adapters.llm.endpoint import Message
from app.adapters.llm.reading import Completion
from app.core.reviewing.answer.text import without_thoughts
from schemas.submission import Language

_ECHO_CHARS_MAX: Final = 8_000  # of an invalid answer that the model is shown again

_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "ru": {
        "invalid": "Ответ не принят: {error}. Пришли исправленный ответ целиком: один объект JSON по схеме, "
        "без пояснений.",
        "thoughts": "Ответа нет: он закончился на рассуждениях. Не рассуждай вслух, сразу пришли ответ: один объект "
        "JSON по схеме.",
        "language": "Ответ не принят: тексты написаны не по-русски. Пришли тот же ответ целиком, один объект JSON "
        "по схеме, где все тексты на русском языке; имена из кода оставь как есть.",
    },
    "en": {
        "invalid": "The answer was not accepted: {error}. Send it again, whole and corrected: one JSON object, "
        "nothing else.",
        "thoughts": "There is no answer: it ended in thoughts. Do not think aloud, send the answer at once: one JSON "
        "object that follows the schema.",
        "language": "The answer was not accepted: its texts are not in English. Send the same answer whole, one JSON "
        "object, with all texts in English; leave names from the code as they are.",
    },
}


def ask_again(
    messages: Sequence[Message], completion: Completion, language: Language, kind: str, error: str = ""
) -> list[Message]:
    """The conversation with one more request in it. An answer without words is no turn: endpoints refuse those."""
    request = _WORDS[language][kind].format(error=error)
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
