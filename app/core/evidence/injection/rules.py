"""All rules, asked for what stands near and far."""

from functools import lru_cache
from typing import Final

from app.core.evidence.injection.claims import CLAIMS_FAR, CLAIMS_NEAR
from app.core.evidence.injection.orders import ORDERS_FAR, ORDERS_NEAR
from app.core.evidence.injection.rule import Rule
from app.core.evidence.injection.telling_names import IDENTIFIERS, NAMES

_CACHED_MAX: Final = 50_000


@lru_cache(maxsize=_CACHED_MAX)
def broken_order(near: int, far: int) -> Rule | None:
    """The first rule of orders that the meanings near and far fulfil."""
    return _first(ORDERS_NEAR, near, far) or _first(ORDERS_FAR, far, far)


@lru_cache(maxsize=_CACHED_MAX)
def broken_claim(near: int, far: int) -> Rule | None:
    """The first rule of claims that the meanings near and far fulfil."""
    return _first(CLAIMS_NEAR, near, far) or _first(CLAIMS_FAR, far, far)


@lru_cache(maxsize=_CACHED_MAX)
def is_telling_name(meanings: int, *, of_file: bool) -> bool:
    """Whether a name of these meanings is one that no honest work bears, of a file or of something in code."""
    return _first(NAMES if of_file else IDENTIFIERS, meanings, meanings) is not None


def _first(rules: tuple[Rule, ...], mask: int, around: int) -> Rule | None:
    # Loops and no generators: this is most of what a search costs.
    for rule in rules:
        if around & rule.bars:
            continue
        for need in rule.needs:
            if not mask & need:
                break
        else:
            return rule
    return None
