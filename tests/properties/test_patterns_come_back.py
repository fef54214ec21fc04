"""Every regular expression of the core and of what reads answers comes back soon, whatever text it is shown.

One that can match a text in many ways tries them all before it gives up: forty dashes of a banner may take years.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import permutations
from typing import Any, Final

import pytest

PACKAGES: Final = ("app.core", "app.presentation", "app.adapters.llm", "app.adapters.logging", "app.adapters.http")
CHARS: Final = 300
"""Of a text: steps that grow with the square of this are done in no time, with the fourth power they are not."""
ALPHABET_MAX: Final = 18
COMMON: Final = "-a1A_ \n\t.:/"
END: Final = "\x01"
"""What no pattern expects, so that whoever has other ways to try tries them."""


def modules() -> Iterator[Any]:
    """The modules of all packages."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            yield importlib.import_module(found.name)


def patterns_in(value: object, depth: int = 0) -> Iterator[re.Pattern[str]]:
    """The patterns of texts that a module's variable is or holds."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth < 4 and isinstance(value, Mapping):
        yield from patterns_in(tuple(value.values()), depth)
    elif depth < 4 and isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from patterns_in(item, depth + 1)


@cache
def all_patterns() -> dict[re.Pattern[str], str]:
    """Every pattern once, with where it stands."""
    found: dict[re.Pattern[str], str] = {}
    for module in modules():
        for name, value in list(vars(module).items()):
            for pattern in patterns_in(value):
                found.setdefault(pattern, f"{module.__name__}.{name}")
    return found


def worst_texts(pattern: re.Pattern[str]) -> Iterator[str]:
    """Repetitions of a pattern's own characters, of two of them by turns, and of its words."""
    own = dict.fromkeys(c for c in pattern.pattern if not c.isalnum() and c not in "\\()?|{}")
    alphabet = list(dict.fromkeys([*COMMON, *own]))[:ALPHABET_MAX]
    words = list(dict.fromkeys(re.findall(r"[^\W\d_]{2,20}", pattern.pattern)))[:40]
    units: Iterable[str] = (*alphabet, *map("".join, permutations(alphabet, 2)), *words, *(f"{one} " for one in words))
    for unit in units:
        text = (unit * CHARS)[:CHARS]
        yield text
        yield text + END


def test_the_patterns_are_found() -> None:
    """Those of the hints, the masks and the logs are among them."""
    found = set(all_patterns().values())
    assert {"app.core.reviewing.hints.other_code._NAMES", "app.core.masking.addresses._DOMAIN"} < found
    assert any(name.startswith("app.core.testlog.formats.") for name in found)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pattern", [pytest.param(pattern, id=name) for pattern, name in all_patterns().items()])
def test_a_pattern_comes_back(pattern: re.Pattern[str]) -> None:
    """It is tried on the worst texts that its own characters make; the time limit is what fails here."""
    tried = 0
    for text in worst_texts(pattern):
        pattern.fullmatch(text)
        tried += sum(1 for _ in pattern.finditer(text)) + 1
    assert tried
