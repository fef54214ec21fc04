"""Small generated homework in two attempts: a program that calls its own functions, and a second attempt at it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_NOUNS: Final = ("orders", "rows", "users", "prices", "grades", "events", "points", "words")
_BODIES: Final = (
    """\
    found = []
    for item in {noun}:
        if item > {n}:
            found.append(item * {n})
        elif item < 0:
            found.append(0)
    return found
""",
    """\
    total = 0
    for position, item in enumerate({noun}):
        if position % {n} == 0 and item:
            total += item
    return total
""",
    """\
    if not {noun}:
        return None
    best = {noun}[0]
    for item in {noun}[1:]:
        if item - best > {n}:
            best = item
    return best
""",
    """\
    counts = {{}}
    for item in {noun}:
        counts[item] = counts.get(item, 0) + {n}
    return sorted(counts.items())
""",
    """\
    try:
        return sum({noun}) / len({noun}) + {n}
    except ZeroDivisionError:
        return 0
""",
)
_MAIN: Final = """\
from shop.core import {names}


def main():
{calls}


if __name__ == "__main__":
    main()
"""


@dataclass(frozen=True, slots=True)
class SmallWork:
    """Two attempts, path -> text."""

    old: Mapping[str, str]
    new: Mapping[str, str]


def small_work(number: int) -> SmallWork:
    """The same number gives the same work. The second attempt mends a function and adds one that is called."""
    chance = random.Random(number)
    functions = [_function(chance, n) for n in range(chance.randrange(3, 7))]
    old = _files(functions, chance.randrange(2))
    mended = [(name, body.replace("> ", ">= ").replace("- best >= ", "- best > ")) for name, body in functions]
    new = _files([*mended, _function(chance, len(functions))], has_tests=number % 3 == 0)
    return SmallWork(old, new)


def _function(chance: random.Random, number: int) -> tuple[str, str]:
    noun = chance.choice(_NOUNS)
    name = f"work_{number}_on_{noun}"
    return name, f"def {name}({noun}):\n{chance.choice(_BODIES).format(noun=noun, n=chance.randrange(2, 9))}"


def _files(functions: list[tuple[str, str]], has_tests: int) -> dict[str, str]:
    names = [name for name, _ in functions]
    body = "\n\n".join(body for _, body in functions)
    calls = "\n".join(f"    print({name}([3, 1, 2]))" for name in names)
    main = _MAIN.format(names=", ".join(names), calls=calls)
    files = {"shop/core.py": body, "shop/__init__.py": "", "main.py": main, "README.md": "# Shop\n"}
    if has_tests:
        tests = "\n\n".join(f"def test_{name}():\n    assert {name}([3, 1, 2]) is not None\n" for name in names)
        files["tests/test_core.py"] = f"from shop.core import {', '.join(names)}\n\n\n{tests}"
    return files
