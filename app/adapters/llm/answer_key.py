"""Under which key an answer is kept: a digest of what was asked, and of whom."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.adapters.llm.endpoint import Message


def answer_key(
    model: str, messages: Sequence[Message], schema: Mapping[str, Any], tokens_max: int, anew: str = ""
) -> str:
    """128 bits in hexadecimal: of the model's name, the messages, the answer's schema and its token limit.

    Not of the dialect: it says how the same question is worded for the endpoint. A worker that starts again does not
    know yet which one it takes, and would buy the answer again for want of that. Not of the submission, its
    generation or anything that names the event: a replay asks the same and may take the same answer. One that is to ask
    `anew` says so by a word of its own, and finds its own answers again after a kill.
    """
    asked: list[Any] = [model, [[message["role"], message["content"]] for message in messages], schema, tokens_max]
    if anew:
        asked.append(anew)
    # ASCII: half a character, which a student's text may hold, has no UTF-8.
    return hashlib.blake2b(json.dumps(asked, ensure_ascii=True).encode("ascii"), digest_size=16).hexdigest()
