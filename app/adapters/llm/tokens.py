"""Token counts without a download: OpenAI's o200k_base, tables included.

Other vendors' models count a little differently; the budget is a bound on cost, not a contract.
"""

import warnings
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bpe_openai import Encoding

_CHARS_MAX: Final = 4_000_000  # characters that are counted, about a tenth of a second
_CHARS_AT_ONCE: Final = 40_000  # the tokenizer refuses 200,000 tokens, and a character may be four
_loading = Lock()
_loaded: "list[Encoding]" = []


def count_tokens(text: str) -> int:
    """Tokens of `text`. Of more than 4 million characters the rest counts as a token a byte: never too few."""
    head, tail = text[:_CHARS_MAX], text[_CHARS_MAX:]
    plain = head.encode("utf-8", "replace").decode("utf-8")  # the tokenizer refuses lone surrogates
    pieces = (plain[begin : begin + _CHARS_AT_ONCE] for begin in range(0, len(plain), _CHARS_AT_ONCE))
    return sum(len(_encoding().encode_ordinary(piece)) for piece in pieces) + len(tail.encode("utf-8", "replace"))


def _encoding() -> "Encoding":
    """The tables, loaded by the first count: they take half a second and 150 MB, which rules alone never need."""
    with _loading:
        if not _loaded:
            with warnings.catch_warnings():
                # Loading its own data, the library calls what Python 3.11 deprecated and 3.13 kept after all.
                warnings.simplefilter("ignore", DeprecationWarning)
                from bpe_openai import get_encoding  # noqa: PLC0415 -- the import itself loads tables

                _loaded.append(get_encoding("o200k_base"))
        return _loaded[0]
