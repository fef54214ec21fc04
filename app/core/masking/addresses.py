"""E-mail addresses in text that may be code, where `weights@self.bias` multiplies matrices.

With a common end an address is masked wherever it stands, with any other where strings, comments and prose are. Every
pattern is bounded, so that hostile text costs no more than its length.
"""

import keyword
import re
from typing import Final

EMAIL_MASK: Final = "«e-mail»"

_DOMAIN: Final = re.compile(
    r"@((?:[\w-]{1,63}\.){1,8}(xn--[a-z0-9-]{2,40}|[^\W\d_A-Z]{2,24}))(?![\w(\[-])",
)
_LOCAL_BACKWARDS: Final = re.compile(r"[\w.+%-]{1,65}")
_LOCAL_CHARS_MAX: Final = 64
_COMMON_END: Final = re.compile(
    r"[a-z]{2}|com|org|net|edu|gov|mil|info|name|pro|dev|app|tech|online|site|xyz|cloud|academy|school|education"
    r"|email|mail|team|digital|science|moscow|company|example|test|invalid|рф|рус|москва|xn--.*"
)
_OWN: Final = ("self.", "cls.")
_NUMBERED: Final = re.compile(r"(?:.*\.)?\d")
_ATTRIBUTES: Final = frozenset({
    "array", "bias", "copy", "data", "grad", "imag", "matrix", "mean", "params", "real", "shape", "state", "tensor",
    "transpose", "values", "vector", "weight", "weights",
})  # fmt: skip
"""Ends that no address has, and what is multiplied has."""
_IN_URL: Final = re.compile(r"://\S{0,200}$")
_IN_TEXT: Final = re.compile(r"[#\"'<]|//")
_IN_CODE: Final = re.compile(r"[=(\[{*/@\\]")
_BEFORE_CHARS_MAX: Final = 200


def mask_addresses(text: str) -> str:
    """`text` with a mask in the place of each e-mail address."""
    parts: list[str] = []
    position = 0
    for found in _DOMAIN.finditer(text):
        before = text[max(position, found.start() - _BEFORE_CHARS_MAX) : found.start()].rpartition("\n")[2]
        local = _local_part(before)
        if local and _is_address(local, found[1], found[2], before[: len(before) - len(local)]):
            parts += [text[position : found.start() - len(local)], EMAIL_MASK]
            position = found.end()
    return "".join([*parts, text[position:]])


def _local_part(before: str) -> str:
    """What stands right before the `@`; a sign of a diff is no part of it, and too much is none."""
    found = _LOCAL_BACKWARDS.match(before[::-1])
    local = found[0][::-1] if found else ""
    return local.lstrip("+-") if len(local) <= _LOCAL_CHARS_MAX else ""


def _is_address(local: str, domain: str, end: str, before: str) -> bool:
    """Whether `local@domain` is one, behind the part `before` of its line; `end` is the last part of the domain."""
    if local == "git" or domain.startswith(_OWN):
        return False
    if len(local) > 1 and _COMMON_END.fullmatch(end):
        return True
    is_escape = len(local) == 1 and before.endswith("\\")
    return not (is_escape or _NUMBERED.match(domain) or end in _ATTRIBUTES) and _is_text(before)


def _is_text(before: str) -> bool:
    """Whether what follows on a line stands in a string, a comment or prose, as far as the part `before` it tells."""
    if _IN_URL.search(before):
        return False
    if _IN_TEXT.search(before):
        return True
    words = before.split(maxsplit=1)
    is_statement = bool(words) and keyword.iskeyword(words[0])
    return not (is_statement or before.isspace() or _IN_CODE.search(before))
