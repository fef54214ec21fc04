"""Small generated homework in two attempts: a program that calls its own functions, and a second attempt at it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_NOUNS: Final = ("orders", "rows", "users", "prices", "grades", "events", "points", "words")
_BODIES: Final = (
    "    found = []\n    for item in {noun}:\n        if item > {n}:\n            found.append(item * {n})\n"
    "        elif item < 0:\n            found.append(0)\n    return found\n",
    "    total = 0\n    for position, item in enumerate({noun}):\n        if position % {n} == 0 and item:\n"
    "            total += item\n    return total\n",
    "    if not {noun}:\n        return None\n    best = {noun}[0]\n    for item in {noun}[1:]:\n"
    "        if item - best > {n}:\n            best = item\n    return best\n",
    "    counts = {{}}\n    for item in {noun}:\n        counts[item] = counts.get(item, 0) + {n}\n"
    "    return sorted(counts.items())\n",
    "    try:\n        return sum({noun}) / len({noun}) + {n}\n    except ZeroDivisionError:\n        return 0\n",
)


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
    main = f"from shop.core import {', '.join(names)}\n\n\ndef main():\n{calls}\n\n\nif __name__ == '__main__':\n    main()\n"
    files = {"shop/core.py": body, "shop/__init__.py": "", "main.py": main, "README.md": "# Shop\n"}
    if has_tests:
        tests = "\n\n".join(f"def test_{name}():\n    assert {name}([3, 1, 2]) is not None\n" for name in names)
        files["tests/test_core.py"] = f"from shop.core import {', '.join(names)}\n\n\n{tests}"
    return files
