"""A change of names, comments and code without use is told from one that does something."""

import pytest

from tests.builders.reviewed import comparison_of
from tests.unit.core.comparing.test_unused import analysed

OLD = """\
def total(rows, start=0):
    found = start
    for row in rows:
        found += row
    return found


class Shop:
    def __init__(self):
        self._goods = []

    def count(self):
        return len(self._goods)


print(total([1]), Shop().count())
"""
WORDS = '''\
    """Words."""
    # more words
    found = start
    found = found
'''


def is_surface(new: str, old: str = OLD, **added: str) -> bool:
    files = {f"{name}.py": text for name, text in added.items()}
    return analysed({"a.py": old}, {"a.py": new, **files}).surface == {"a.py", *files}


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("found", "result"),
        OLD.replace("rows", "values").replace("row", "value"),
        OLD.replace("_goods", "_items"),
        OLD.replace("total", "summed"),
        OLD.replace(
            "    found = start\n", '    """Words."""\n    # more words\n    found = start\n    found = found\n'
        ),
        OLD.replace("    return found\n", "    return found\n    print(1)\n"),
        OLD + "\n\ndef _never(x):\n    return x\n",
        OLD + "\n\ndef never(x):\n    return x\n",
        OLD + "\n\n_TABLE = [1, 2, 3]\n",
    ],
)
def test_what_does_the_same(new: str) -> None:
    """Names, words, statements without effect and code that nothing uses."""
    assert is_surface(new)


@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("+=", "-="),
        OLD.replace("start=0", "start=1"),
        OLD.replace("len(self._goods)", "sum(self._goods)"),
        OLD.replace("return found", "return start"),
        OLD.replace("found += row", "found += start"),
        OLD + "print(2)\n",
        OLD + "\n\ndef used(x):\n    return x\n\n\nprint(used(1))\n",
    ],
)
def test_what_does_something_else(new: str) -> None:
    """Operators, constants, other functions, other variables, more statements."""
    assert not is_surface(new)


def test_files_of_unused_code_are_no_change() -> None:
    """A new module that nothing imports adds nothing; one that runs does."""
    assert is_surface(OLD + "# more\n", more="def part(x):\n    return x\n")
    assert not is_surface(OLD + "# more\n", more="print(1)\n")


@pytest.mark.parametrize(("path", "is_told"), [("b.yaml", False), ("b.md", True)])
def test_other_files_that_changed_are_a_change(path: str, *, is_told: bool) -> None:
    """Of settings nobody knows what they do; prose does nothing."""
    facts = comparison_of({"a.py": OLD, path: "x: 1\n"}, {"a.py": OLD + "_X = 1\n", path: "x: 2\n"}).evidence.facts
    assert ("only_surface" in {fact.code for fact in facts}) is is_told


def test_statements_are_counted_as_gone_and_come() -> None:
    """A renamed or moved statement is neither, and dead code does not come."""
    same = analysed({"a.py": OLD}, {"a.py": OLD.replace("found", "result") + "\n\ndef _never(x):\n    return x\n"})
    assert (same.statements_gone, same.statements_come) == (0, 0)
    shrunk = analysed({"a.py": OLD}, {"a.py": "print(1 < 2)\n"})
    assert (shrunk.statements_gone, shrunk.statements_come) == (11, 1)
