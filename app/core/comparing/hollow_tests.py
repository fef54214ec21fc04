"""Tests that prove nothing: they assert nothing, are never collected, or touch no code of the work."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.core.evidence.changed_tests import is_test_path
from app.core.python.effect import blocks_with_effect, effective_statements, is_empty_literal, truth_of
from app.core.python.references import NameScope, References

_CHECKS: Final = ("assert", "fail", "raises", "warns", "check", "verify", "expect", "should")
_GIVEN: Final = frozenset(
    {"self", "cls", "request", "tmp_path", "tmpdir", "tmp_path_factory", "capsys", "capfd", "caplog", "monkeypatch"}
)
"""Parameters of tests that bring no code of the work along."""
_SWALLOWING: Final = frozenset({"AssertionError", "Exception", "BaseException"})
_BLOCKS: Final = (ast.ExceptHandler, ast.match_case)
"""Parts of statements that hold blocks, which are looked through by themselves."""
_STARTS_PROGRAMS: Final = frozenset({"subprocess", "runpy", "importlib", "import_module", "__import__", "testbook"})


def hollow_tests(files: Mapping[str, References], paths: Iterable[str]) -> dict[str, list[NameScope]]:
    """By path of the test files among `files`, the tests that prove nothing.

    `paths` are all paths of the work: an import of something else is none of the work's code.
    """
    modules = {part for path in paths if not is_test_path(path) for part in _parts(path)}
    has_fixtures = any(path.rpartition("/")[2] == "conftest.py" for path in paths)
    found = {}
    for path, references in files.items():
        if is_test_path(path):
            work = _names_of_work(references.scopes[0], modules)
            found[path] = [scope for scope in _tests(references) if _is_hollow(scope, references, work, has_fixtures)]
    return found


def _parts(path: str) -> Iterator[str]:
    """The names under which a file can be imported."""
    yield from path.removesuffix(".py").removesuffix(".ipynb").split("/")


def _tests(references: References) -> Iterator[NameScope]:
    for scope in references.scopes:
        if scope.is_function and scope.symbol.rpartition(".")[2].startswith("test"):
            yield scope


def _names_of_work(module: NameScope, modules: set[str]) -> set[str]:
    """Names of a test file that stand for code of the work, or for what uses it."""
    work = {"client", "app", "__file__"} & module.all_names
    if module.all_names & _STARTS_PROGRAMS:
        work |= _STARTS_PROGRAMS
    for node in ast.walk(module.node):
        if isinstance(node, ast.Import):
            work |= {
                (alias.asname or alias.name).partition(".")[0]
                for alias in node.names
                if not modules.isdisjoint(alias.name.split("."))
            }
        elif isinstance(node, ast.ImportFrom):
            is_work = node.level > 0 or not modules.isdisjoint((node.module or "").split("."))
            work |= {alias.asname or alias.name for alias in node.names if is_work or alias.name in modules}
        elif isinstance(node, ast.Assign) and not work.isdisjoint(_names_in(node.value)):
            work |= {name for target in node.targets for name in _names_in(target)}
    grown = True
    while grown:  # what uses such a name stands for the work as well
        new = {_name(s) for s in _within(module) if not work.isdisjoint(s.all_names) and not _is_test(s)} - work
        grown = bool(new)
        work |= new
    return work


def _within(scope: NameScope) -> list[NameScope]:
    return [*scope.within, *(inner for one in scope.within for inner in one.within)]


def _is_test(scope: NameScope) -> bool:
    return _name(scope).startswith("test")


def _name(scope: NameScope) -> str:
    return scope.symbol.rpartition(".")[2]


def _names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _is_hollow(scope: NameScope, references: References, work: set[str], has_fixtures: bool) -> bool:
    around, node = scope.parent, scope.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    if around is None or around.is_function or not _asserts(node, references):
        return True
    if "*" in work or not work.isdisjoint(scope.all_names):
        return False
    given = {part.arg for part in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)} - _GIVEN
    if given & work or (given and has_fixtures):
        return False
    if isinstance(around.node, ast.ClassDef):  # what its other methods set up
        others = [one for one in around.within if not _is_test(one)]
        return not (around.node.bases and any(not work.isdisjoint(one.all_names) for one in others))
    return True


def _asserts(node: ast.FunctionDef | ast.AsyncFunctionDef, references: References) -> bool:
    """Whether anything is asserted that may fail: no constant, not swallowed, in no loop over nothing."""
    replaced = references.effect.replaced
    blocks = [[*effective_statements(node.body, replaced)]]
    while blocks:
        for statement in blocks.pop():
            if isinstance(statement, ast.Assert):
                if truth_of(statement.test) is None and any(map(_is_name, ast.walk(statement.test))):
                    return True
                continue
            inner = blocks_with_effect(statement, replaced)
            blocks += inner[1:] if _is_body_idle(statement) else inner
            heads = [part for part in ast.iter_child_nodes(statement) if not isinstance(part, ast.stmt)]
            if any(_is_check(part) for head in heads if not isinstance(head, _BLOCKS) for part in ast.walk(head)):
                return True
    return False


def _is_body_idle(statement: ast.stmt) -> bool:
    """Whether what fails in a statement's first block is swallowed, or that block never runs."""
    match statement:
        case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
            return any(_catches(one.type) and not any(map(_may_fail, ast.walk(one))) for one in handlers)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            calls = [item.context_expr for item in items if isinstance(item.context_expr, ast.Call)]
            return any(_called(one) == "suppress" and any(map(_catches, one.args)) for one in calls)
        case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
            return is_empty_literal(iterated)
    return False


def _catches(kind: ast.expr | None) -> bool:
    """Whether a failed assertion is among the exceptions of a handler."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(one is None or (isinstance(one, ast.Name) and one.id in _SWALLOWING) for one in kinds)


def _may_fail(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise | ast.Assert) or _is_check(node)


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


def _is_check(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _called(node).lower().startswith(_CHECKS)


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
