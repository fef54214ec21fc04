"""Where the signs stand that a person should look at: told by the facts that raised the flags."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.core.evidence.facts.names import told_names
from app.core.evidence.facts.signs import QUOTE
from schemas.comparison import Evidence, Fact, FactCode, Flag
from schemas.review import FlagPlace

_RAISES: Final[Mapping[str, Flag]] = {
    **{flag.value: flag for flag in Flag},
    FactCode.INSTRUCTION_IN_LOG: Flag.INSTRUCTION_IN_SOURCE,
}
"""The flag that a fact's code raises."""


def flag_places(evidence: Evidence) -> tuple[FlagPlace, ...]:
    """The places of all flags of `evidence`, in the order of its facts; none of a flag whose fact has no place."""
    return tuple(_places(evidence))


def _places(evidence: Evidence) -> Iterator[FlagPlace]:
    for fact in evidence.facts:
        flag = _RAISES.get(fact.code)
        if flag is None or flag not in evidence.flags:
            continue
        line = fact.data.get("log_line") if fact.line is None else fact.line
        place = FlagPlace(
            flag=flag,
            path=fact.path,
            line=line if isinstance(line, int) else None,
            log=_text(fact, "log"),
            names=told_names(fact.data.get("names")) or _text(fact, "symbol"),
            quote=_text(fact, QUOTE),
        )
        if place != FlagPlace(flag=flag):
            yield place


def _text(fact: Fact, name: str) -> str | None:
    value = fact.data.get(name)
    return value if isinstance(value, str) and value else None
