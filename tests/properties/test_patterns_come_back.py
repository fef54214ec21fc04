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
LONG_CHARS: Final = 100_000
IN_WHOLE_ANSWERS: Final = (
    *(
        "answer.fields._BULLET",
        "answer.language._CODE",
        "answer.text._CLOSING",
        "answer.text._OPENING",
        "hints.pieces._BETWEEN_MARKS",
    ),
    *("hints.pieces._NO_CODE", "hints.pieces._STARTS", "hints.pieces._SENTENCE_OF_SQL", "hints.pieces._SHELL_IN_PROSE"),
    *("hints.withholding._DOUBLED", "hints.withholding._END", "hints.withholding._EMPTY_LINES"),
)
"""Patterns that are sought, within the event loop, through all that a model says."""
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


def alphabet_of(pattern: re.Pattern[str]) -> list[str]:
    """Signs that a pattern tells of, and what most patterns tell of."""
    own = (c for c in pattern.pattern if not c.isalnum() and c not in "\\()?|{}")
    return list(dict.fromkeys([*COMMON, *own]))[:ALPHABET_MAX]


def words_of(pattern: re.Pattern[str]) -> list[str]:
    """The words of a pattern, alone and with a blank."""
    words = list(dict.fromkeys(re.findall(r"[^\W\d_]{2,20}", pattern.pattern)))[:40]
    return [*words, *(f"{word} " for word in words)]


def repeated(units: Iterable[str], chars: int) -> Iterator[str]:
    """Texts of one unit over and over, as they are and with an end that nothing expects."""
    for unit in units:
        text = (unit * chars)[:chars]
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
    alphabet = alphabet_of(pattern)
    units = (*alphabet, *map("".join, permutations(alphabet, 2)), *words_of(pattern))
    for text in repeated(units, CHARS):
        pattern.fullmatch(text)
        tried += sum(1 for _ in pattern.finditer(text)) + 1
    assert tried


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", IN_WHOLE_ANSWERS)
def test_a_pattern_goes_through_an_answer_once(name: str) -> None:
    """What it costs grows with the length of the answer and no faster; the time limit is what fails here."""
    (pattern,) = (one for one, at in all_patterns().items() if at == f"app.core.reviewing.{name}")
    tried = 0
    for text in repeated((*alphabet_of(pattern), *words_of(pattern)), LONG_CHARS):
        tried += sum(1 for _ in pattern.finditer(text)) + 1
    assert tried
