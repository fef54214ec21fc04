"""Token counts without a download: OpenAI's o200k_base, tables included.

Other vendors' models count a little differently; the budget is a bound on cost, not a contract.
"""

from functools import lru_cache
from typing import Final

from bpe_openai import Encoding, get_encoding

_CHARS_MAX: Final = 4_000_000  # characters counted exactly, about a tenth of a second


def count_tokens(text: str) -> int:
    """Tokens of `text`. Of a longer text than 4 million characters the rest counts as a token a byte: never too few."""
    head, tail = text[:_CHARS_MAX], text[_CHARS_MAX:]
    plain = head.encode("utf-8", "replace").decode("utf-8")  # the tokenizer refuses lone surrogates
    return len(_encoding().encode_ordinary(plain)) + len(tail.encode("utf-8", "replace"))


@lru_cache(maxsize=1)
def _encoding() -> Encoding:
    """The tables, loaded by the first count: they take 80 MB and a worker with the offline reviewer needs none."""
    return get_encoding("o200k_base")
