"""Known refactorings, done by a program, are found again."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.changes import Change
from tests.builders.diff_trees import changes

Trees = dict[str, str]
Told = tuple[str, str, str, str]

VERBS = ("load", "parse", "merge", "score", "render")
NOUNS = ("rows", "users", "grades", "pages", "orders")
FILES = ("app/a.py", "app/b.py")


@dataclass(frozen=True)
class Function:
    """A function of the generated tree; `body` holds `{p}` for its parameter and `{v}` for its variable."""

    name: str
    file: str
    number: int
    parameters: tuple[str, ...] = ("source", "limit=10")
    variable: str = "found"

    @property
    def text(self) -> str:
        """Its code: distinct words in each function, so that it is itself and no other."""
        word, first = f"word{self.number}", self.parameters[0].partition("=")[0]
        return (
            f"def {self.name}({', '.join(self.parameters)}):\n"
            f"    {self.variable} = []\n"
            f"    for item in open_{word}({first}, '{word}'):\n"
            f"        if item.{word} is not None and item.count > {self.number}:\n"
            f"            {self.variable}.append(item.{word} * {self.number + 2})\n"
            f"    log_{word}('done', len({self.variable}))\n"
            f"    return {self.variable}\n"
        )


def write(functions: list[Function]) -> Trees:
    """Both files, each function in its own, and a main file that calls them all."""
    trees = {
        file: '"""A file."""\n\n' + "\n\n".join(function.text for function in functions if function.file == file)
        for file in FILES
    }
    calls = "".join(f"    {function.name}(path)\n" for function in functions)
    return {**trees, "main.py": f"def main(path):\n{calls}    print('that is all', path)\n"}


def told(change: Change) -> Told:
    """A change by its kind, both symbols, and the names in its detail."""
    names = [str(change.detail[role]) for role in ("name", "before", "after") if role in change.detail]
    before = change.before.symbol if change.before else None
    return (change.kind, before or "", (change.after.symbol if change.after else None) or "", " ".join(names))


def rename_function(old: Function) -> tuple[Function, list[Told]]:
    new = Function(f"{old.name}_anew", old.file, old.number, old.parameters, old.variable)
    return new, [("rename_method", old.name, new.name, "")]


def move_function(old: Function) -> tuple[Function, list[Told]]:
    new = Function(old.name, FILES[old.file == FILES[0]], old.number, old.parameters, old.variable)
    return new, [("move_method", old.name, old.name, "")]


def rename_variable(old: Function) -> tuple[Function, list[Told]]:
    new = Function(old.name, old.file, old.number, old.parameters, "gathered")
    return new, [("rename_variable", old.name, old.name, f"{old.variable} gathered")]


def rename_parameter(old: Function) -> tuple[Function, list[Told]]:
    new = Function(old.name, old.file, old.number, ("origin", *old.parameters[1:]), old.variable)
    return new, [("rename_parameter", old.name, old.name, "source origin")]


def add_parameter(old: Function) -> tuple[Function, list[Told]]:
    new = Function(old.name, old.file, old.number, (*old.parameters, "strict=False"), old.variable)
    return new, [("add_parameter", old.name, old.name, "strict")]


def remove_parameter(old: Function) -> tuple[Function, list[Told]]:
    new = Function(old.name, old.file, old.number, old.parameters[:1], old.variable)
    return new, [("remove_parameter", old.name, old.name, "limit")]


def change_default(old: Function) -> tuple[Function, list[Told]]:
    new = Function(old.name, old.file, old.number, (old.parameters[0], "limit=99"), old.variable)
    return new, [("change_default", old.name, old.name, "limit 10 99")]


def leave(old: Function) -> tuple[Function, list[Told]]:
    return old, []


Refactoring = Callable[[Function], tuple[Function, list[Told]]]
REFACTORINGS: tuple[Refactoring, ...] = (
    rename_function,
    move_function,
    rename_variable,
    rename_parameter,
    add_parameter,
    remove_parameter,
    change_default,
    leave,
)
NAMES = st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from(NOUNS)), min_size=3, max_size=6, unique=True)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, st.data())
def test_known_refactorings_are_found_and_nothing_else(names: list[tuple[str, str]], data: st.DataObject) -> None:
    """Each function's refactoring is told, and of what was left alone nothing but the calls that follow new names."""
    before = [
        Function(f"{verb}_{noun}", data.draw(st.sampled_from(FILES)), number)
        for number, (verb, noun) in enumerate(names)
    ]
    after: list[Function] = []
    expected: list[Told] = []
    for function in before:
        new, records = data.draw(st.sampled_from(REFACTORINGS))(function)
        after.append(new)
        expected += records
    found = [told(change) for change in changes(write(before), write(after))]
    followers = {("modify_function", "main", "main", "")}
    assert sorted(set(found) - followers) == sorted(expected)


@given(st.sampled_from(VERBS), st.sampled_from(NOUNS), st.integers(1, 3))
def test_an_extracted_method_is_found(verb: str, noun: str, lines: int) -> None:
    """Lines that went to a new function, with what they use as its parameters, were extracted; back, inlined."""
    steps = [f"total = total + weigh(row, '{noun}{number}') * {number + 3}" for number in range(lines)]
    head, tail = f"def {verb}(rows):\n    total = 0\n    for row in rows:\n", "    return total\n"
    before = head + "".join(f"        {step}\n" for step in steps) + tail
    inner = f"def {verb}_{noun}(total, row):\n" + "".join(f"    {step}\n" for step in steps) + "    return total\n"
    after = f"{inner}\n\n{head}        total = {verb}_{noun}(total, row)\n{tail}"
    assert ("extract_method", verb, f"{verb}_{noun}", "") in [told(change) for change in changes(before, after)]
    assert ("inline_method", f"{verb}_{noun}", verb, "") in [told(change) for change in changes(after, before)]


@given(st.permutations(["source", "limit", "order", "key"]))
def test_reordered_parameters_are_one_change(order: list[str]) -> None:
    """Whatever the order, the parameters are neither renamed, nor added, nor removed."""
    text = "def load({}):\n    return sorted(open(source, limit), key=key, reverse=order)\n"
    found = changes(text.format("source, limit, order, key"), text.format(", ".join(order)))
    moved = order != ["source", "limit", "order", "key"]
    assert [change.kind for change in found] == ["reorder_parameter"] * moved


@given(st.text(alphabet="abcdefgh", min_size=3, max_size=8), st.integers(0, 5))
def test_renaming_a_local_changes_that_alone(name: str, number: int) -> None:
    """A new name for a local that is set once or more is one record, and the way back is its mirror image."""
    old = Function("load", FILES[0], number).text
    new = re.sub(r"\bfound\b", f"{name}_", old)
    there, back = ([told(change) for change in changes(*sides)] for sides in ((old, new), (new, old)))
    assert there == [("rename_variable", "load", "load", f"found {name}_")]
    assert back == [("rename_variable", "load", "load", f"{name}_ found")]
