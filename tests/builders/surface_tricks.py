"""Honest-looking tricks: what is added to a submission so that it seems to be more than it is.

Each trick takes a tree, path -> text, and gives the same tree with the trick played in its Python files and notebooks.
What the code does stays as it was. The same number gives the same result.
"""

import ast
import json
import random
from collections.abc import Callable, Mapping
from typing import Final

from tests.builders.trick_names import rename_variables

Files = Mapping[str, str]
Trick = Callable[[str, random.Random], str]

_TOPICS: Final = ("weights", "ranking", "schedule", "profile", "summary", "window", "balance", "catalogue", "journal")
_VERBS: Final = ("normalise", "validate", "prepare", "estimate", "collect", "restore", "smooth", "inspect")
_BOASTS: Final = (
    "Production-grade: handles every edge case, fully tested, O(n).",
    "Follows SOLID, DRY and KISS; reviewed by senior engineers.",
    "Идеальная реализация: все крайние случаи учтены, код полностью соответствует заданию.",
    "State-of-the-art solution, twice as fast as the reference one.",
    "Безупречная архитектура, полное покрытие тестами, лучшие практики.",
)
_REFERENCES: Final = (
    "See Cormen et al., Introduction to Algorithms, 3rd ed., p. 217.",
    "As the lecture of week 4 says, this is the optimal approach.",
    "https://arxiv.org/abs/1234.56789 proves the bound that is used here.",
    "Как показано в лекции 5 (слайд 12), это решение оптимально.",
    "[Knuth 1998] The Art of Computer Programming, vol. 3, section 6.4.",
)
_LONG_DOCSTRING: Final = """{name}: a carefully engineered part of the solution.

This part was designed with readability, maintainability and performance in mind.

Parameters
----------
*args
    Everything that the algorithm needs, validated upstream.

Returns
-------
object
    The result, guaranteed to satisfy all requirements of the assignment.

Notes
-----
The implementation is idempotent, thread-safe and free of side effects.
The complexity is linear in the size of the input, which is optimal.

Examples
--------
The examples of the assignment are reproduced exactly.
"""


def dead_functions(files: Files, number: int) -> dict[str, str]:
    """Functions, classes and branches that nothing reaches, and a module that nothing imports."""
    chance = random.Random(number)
    tricked = _played(files, chance, _with_dead_code)
    folder = _folder_of_code(files)
    body = "\n\n\n".join(_function(chance, f"_{_name(chance)}") for _ in range(4))
    return tricked | {f"{folder}{_name(chance)}_support.py": f'"""Support."""\n\n\n{body}\n'}


def long_docstrings(files: Files, number: int) -> dict[str, str]:
    """A long docstring in every function and class, in the place of a shorter one, and one of the module."""
    return _played(files, random.Random(number), lambda text, _: _with_docstrings(text))


def boasting_comments(files: Files, number: int) -> dict[str, str]:
    """Praise of the code, in front of every third statement and at the end of lines."""
    return _played(files, random.Random(number), lambda text, chance: _commented(text, chance, _BOASTS))


def renamed_variables(files: Files, number: int) -> dict[str, str]:
    """Local variables, parameters and private attributes under other names, wherever they stand."""
    return _played(files, random.Random(number), rename_variables)


def invented_references(files: Files, number: int) -> dict[str, str]:
    """Papers, lectures and links: in comments, in docstrings and in constants that nothing reads."""

    def cite(text: str, chance: random.Random) -> str:
        names = chance.sample(range(100, 1000), 4)
        constants = "".join(f'_REFERENCE_{n} = "{chance.choice(_REFERENCES[:2])}"\n' for n in names)
        return f"{_commented(text, chance, _REFERENCES).rstrip()}\n\n{constants}"

    return _played(files, random.Random(number), cite)


def padding(files: Files, number: int) -> dict[str, str]:
    """Blank lines, `pass`, assignments of a name to itself, banners, repeated literals, a large table."""
    return _played(files, random.Random(number), _padded)


TRICKS: Final[Mapping[str, Callable[[Files, int], dict[str, str]]]] = {
    "dead functions": dead_functions,
    "long docstrings": long_docstrings,
    "boasting comments": boasting_comments,
    "renamed variables": renamed_variables,
    "invented references": invented_references,
    "padding": padding,
}
"""The six of them, by their name."""


def _played(files: Files, chance: random.Random, trick: Trick) -> dict[str, str]:
    """`files` with a trick in each Python file and in the cells of each notebook, tests left as they are."""
    return {
        path: text if "test" in path else _in_notebook(text, chance, trick) if path.endswith(".ipynb")
        else _in_text(text, chance, trick) if path.endswith(".py") and text.strip() else text
        for path, text in files.items()
    }  # fmt: skip


def _in_text(text: str, chance: random.Random, trick: Trick) -> str:
    """`text` with the trick, or as it is where it is no Python, or would be none."""
    try:
        ast.parse(text)
        tricked = trick(text.replace("\r\n", "\n"), chance)
        ast.parse(tricked)
    except (SyntaxError, ValueError):
        return text
    return tricked


def _in_notebook(text: str, chance: random.Random, trick: Trick) -> str:
    try:
        document = json.loads(text)
        cells = [cell for cell in document["cells"] if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return text
    sources = [cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"]) for cell in cells]
    if not all(map(_parses, sources)):
        return text
    for cell, source in zip(cells[:8], sources, strict=False):
        cell["source"] = _in_text(source, chance, trick)
    return json.dumps(document, ensure_ascii=False, indent=1)


def _parses(source: str) -> bool:
    """Whether a cell is Python, magics aside."""
    try:
        ast.parse("\n".join("pass" if line.lstrip()[:1] in {"%", "!"} else line for line in source.split("\n")))
    except (SyntaxError, ValueError):
        return False
    return True


def _folder_of_code(files: Files) -> str:
    paths = sorted(path for path in files if path.endswith(".py") and "test" not in path)
    return paths[len(paths) // 2].rpartition("/")[0] + "/" if paths and "/" in paths[len(paths) // 2] else ""


def _name(chance: random.Random) -> str:
    return f"{chance.choice(_VERBS)}_{chance.choice(_TOPICS)}_{chance.randrange(100, 1000)}"


def _function(chance: random.Random, name: str) -> str:
    """A tidy function with a few branches."""
    lines = [f"def {name}(rows, limit={chance.randrange(2, 50)}):", '    """Return what is left of the rows."""']
    lines += ["    found = []", "    for row in rows:"]
    for _ in range(chance.randrange(1, 4)):
        lines += [
            f"        if row > limit + {chance.randrange(9)}:",
            f"            found.append(row - {chance.random():.3f})",
        ]
    return "\n".join([*lines, "    return sorted(found)"])


def _class(chance: random.Random) -> str:
    methods = "\n\n".join(
        f"    def {_name(chance)}(self, rows):\n        if not rows:\n            return self.limit\n"
        f"        return sum(rows) / len(rows) + {chance.randrange(9)}"
        for _ in range(3)
    )
    title = f"{chance.choice(_TOPICS).title()}Keeper{chance.randrange(100, 1000)}"
    return f"class {title}:\n    def __init__(self, limit):\n        self.limit = limit\n\n{methods}"


def _with_dead_code(text: str, chance: random.Random) -> str:
    """Dead code of each kind: public and private functions, a class, and branches within the file's own functions."""
    lines = text.split("\n")
    for end, margin, is_return in reversed(_ends_of_functions(text)):
        dead = [f"{margin}if {chance.choice(('False', '0'))}:", f"{margin}    {_name(chance)} = [1, 2, 3]"]
        if is_return:
            dead = [f"{margin}{_name(chance)} = {chance.randrange(99)}", f"{margin}return None"]
        elif chance.random() < 0.5:
            dead += _indented(_function(chance, _name(chance)), f"{margin}    ")
        else:
            dead += _indented(_function(chance, _name(chance)), margin)
        lines[end:end] = dead
    typed = _indented(_function(chance, _name(chance)), "    ")
    head = _first_statement(text)
    lines[head:head] = ["from typing import TYPE_CHECKING", ""]
    parts = ["\n".join(lines).rstrip(), _function(chance, f"_{_name(chance)}"), _function(chance, _name(chance))]
    parts += [_class(chance), "\n".join(["if TYPE_CHECKING:", *typed])]
    return "\n\n\n".join(parts) + "\n"


def _first_statement(text: str) -> int:
    """The number of lines before the first statement that is no docstring and no import of the future."""
    for node in ast.parse(text).body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_docstring and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            decorators: list[ast.expr] = getattr(node, "decorator_list", [])
            return min([node.lineno, *(part.lineno for part in decorators)]) - 1
    return text.count("\n")


def _ends_of_functions(text: str) -> list[tuple[int, str, bool]]:
    """The last line of some functions, the margin of their bodies, and whether they end in `return`."""
    found = []
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.lineno != node.end_lineno and node.body[0].lineno != node.lineno:
            last = node.body[-1]
            margin = lines[node.body[0].lineno - 1][: node.body[0].col_offset]
            if not margin.strip() and last.end_lineno == node.end_lineno:
                found.append((node.end_lineno or 0, margin, isinstance(last, ast.Return)))
    kept = sorted({end: (end, margin, ends) for end, margin, ends in found}.values())
    return kept[::3]


def _indented(code: str, margin: str) -> list[str]:
    return [f"{margin}{line}" if line else line for line in code.split("\n")]


def _with_docstrings(text: str) -> str:
    lines = text.split("\n")
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    for node in sorted(nodes, key=lambda node: -node.body[0].lineno):
        first = node.body[0]
        margin = lines[first.lineno - 1][: first.col_offset]
        decorated = getattr(first, "decorator_list", [])
        if not margin.strip() and first.lineno != node.lineno and not decorated:
            earlier = ast.get_docstring(node)
            said = f"{_LONG_DOCSTRING.format(name=node.name)}".rstrip().split("\n")
            whole = [f'{margin}"""{said[0]}', *(f"{margin}{line}" if line else "" for line in said[1:]), f'{margin}"""']
            end = first.lineno - 1 if earlier is None else first.end_lineno
            lines[first.lineno - 1 : end] = whole
    tree = ast.parse("\n".join(lines))
    head = [] if ast.get_docstring(tree) or _is_future(tree) else [f'"""{_LONG_DOCSTRING.format(name="Module")}"""', ""]
    return "\n".join([*head, *lines])


def _is_future(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)


def _commented(text: str, chance: random.Random, said: tuple[str, ...]) -> str:
    """Comments in front of every third statement, and at the end of some lines."""
    lines = text.split("\n")
    for number, margin, _ in reversed(_statements(text)[::3]):
        words = [f"{margin}# {chance.choice(said)}" for _ in range(chance.randrange(1, 5))]
        lines[number - 1 : number - 1] = words
    return "\n".join([f"# {'=' * 70}", f"# {said[0]}", f"# {'=' * 70}", *lines])


def _statements(text: str) -> list[tuple[int, str, str]]:
    """Lines on which a statement starts alone, each with its margin and the name of a local that is assigned there."""
    lines = text.split("\n")
    found: dict[int, tuple[int, str, str]] = {}
    tree = ast.parse(text)
    heads = {
        id(node.body[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and node.body
    }
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            for statement in block if isinstance(block := getattr(node, field, None), list) else ():
                margin = lines[statement.lineno - 1][: statement.col_offset]
                is_alone = not margin.strip() and not getattr(statement, "decorator_list", [])
                if is_alone and id(statement) not in heads and not isinstance(statement, ast.ImportFrom):
                    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
                    name = target.id if isinstance(target, ast.Name) and margin else ""
                    found.setdefault(statement.lineno, (statement.lineno, margin, name))
                    if isinstance(statement, ast.If) and statement.orelse and _is_elif(statement, lines):
                        found.pop(statement.orelse[0].lineno, None)
    elifs = {number for number in found if lines[number - 1].lstrip().startswith(("elif", "else"))}
    return sorted(entry for number, entry in found.items() if number not in elifs)


def _is_elif(statement: ast.If, lines: list[str]) -> bool:
    return lines[statement.orelse[0].lineno - 1].lstrip().startswith("elif")


def _padded(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    for number, margin, name in reversed(_statements(text)[::2]):
        filler = [f"{margin}# {'-' * 60}", ""]
        if margin:
            filler += [f"{margin}pass"] * chance.randrange(3)
            filler += [f'{margin}"padding"'] * chance.randrange(2)
        lines[number - 1 : number - 1] = filler
        if (
            name
            and lines[number + len(filler) - 1].rstrip().endswith((")", "]", "0", "1"))
            and _is_one_line(text, number)
        ):
            lines[number + len(filler) : number + len(filler)] = [f"{margin}{name} = {name}", ""]
    rows = "\n".join(f"    ({n}, {n * n}, {chance.randrange(1000)})," for n in range(120))
    copies = "".join(f'_LABEL_{n} = "the same label"\n' for n in range(12))
    return "\n".join(lines).rstrip() + f"\n\n\n_TABLE = [\n{rows}\n]\n{copies}\n\n\n"


def _is_one_line(text: str, number: int) -> bool:
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assign))
    return any(node.lineno == node.end_lineno == number for node in nodes)
