"""Which tests a runner finds and runs, by the rules of pytest and unittest: what only looks like a test is none."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from app.core.evidence.changed_tests import is_test_path
from app.core.python.effect import effective_statements, is_empty_literal, truth_of
from app.core.python.references import NameScope, References

_FILE: Final = re.compile(r"(?:test[^/]*|[^/]*_tests?)\.(?:py|ipynb)")
_TEST_CASE: Final = re.compile(r"test|case", re.IGNORECASE)
"""In the name of a base class from elsewhere, as in `TestCase` and `APITestCase`."""
_MAKES: Final = frozenset({"__init__", "__new__"})
_SKIPS: Final = frozenset({"skip", "xfail", "expectedFailure", "skipTest"})
_SKIPS_IF: Final[Mapping[str, bool]] = {"skipif": True, "skipIf": True, "skipUnless": False}
_PARAMETRIZE_ARGS: Final = 2


def collected_tests(files: Mapping[str, References]) -> dict[str, list[NameScope]]:
    """By path of the test files among `files`, the tests that run: found by their names, reachable, not skipped.

    Tests of a class that is no suite by its own name run where a suite inherits from it.
    """
    tested = {path: references for path, references in files.items() if is_test_path(path)}
    inherited = _inherited(tested)
    return {path: list(_collected(path, references, inherited)) for path, references in tested.items()}


def _collected(path: str, references: References, inherited: set[str]) -> Iterator[NameScope]:
    is_found = _FILE.fullmatch(path.rpartition("/")[2]) is not None
    ordered = sorted(references.scopes, key=lambda scope: getattr(scope.node, "lineno", 0))
    standing = {scope.symbol: scope for scope in ordered}  # of two by one name, the later
    for scope in standing.values():
        node = scope.node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test"):
            continue
        around = list(_around(scope))
        suites = [one for one in around if isinstance(one.node, ast.ClassDef)]
        if len(suites) != len(around) - 1 or any(_is_off(one.node, references) for one in around):
            continue
        if any(map(_is_no_test, node.decorator_list)) or _starts_with_skip(node, references):
            continue
        if all(_name(one) in inherited or (is_found and _is_suite(one)) for one in suites) and (is_found or suites):
            yield scope


def _around(scope: NameScope) -> Iterator[NameScope]:
    parent = scope.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def _inherited(files: Mapping[str, References]) -> set[str]:
    """Names of classes that suites inherit from, directly or not."""
    classes = [scope for references in files.values() for scope in references.scopes if _is_class(scope)]
    found = {base for scope in classes if _is_suite(scope) for base in _bases(scope)}
    grown = True
    while grown:
        new = {base for scope in classes if _name(scope) in found for base in _bases(scope)} - found
        grown = bool(new)
        found |= new
    return found


def _is_class(scope: NameScope) -> bool:
    return isinstance(scope.node, ast.ClassDef)


def _is_suite(scope: NameScope) -> bool:
    """Whether a class is one by its own name, or by that of a base."""
    if any(_TEST_CASE.search(base) for base in _bases(scope)):
        return True
    return _name(scope).startswith("Test") and not any(_name(one) in _MAKES for one in scope.within)


def _bases(scope: NameScope) -> list[str]:
    return [_called(base) for base in scope.node.bases] if isinstance(scope.node, ast.ClassDef) else []


def _name(scope: NameScope) -> str:
    return scope.symbol.rpartition(".")[2]


def _is_off(node: ast.AST, references: References) -> bool:
    """Whether a module or a class says of itself that none of its tests run."""
    if isinstance(node, ast.ClassDef) and any(map(_is_no_test, node.decorator_list)):
        return True
    body = node.body if isinstance(node, ast.Module | ast.ClassDef) else []
    for statement in effective_statements(body, references.effect.replaced):
        if isinstance(node, ast.Module) and _is_skip_call(statement):
            return True
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if "__test__" in names and truth_of(statement.value) is False:
            return True
        marks = statement.value.elts if isinstance(statement.value, ast.List | ast.Tuple) else [statement.value]
        if "pytestmark" in names and any(map(_is_no_test, marks)):
            return True
    return False


def _is_no_test(mark: ast.expr) -> bool:
    """Whether a decorator or a mark keeps its test from running or from failing, or makes something else of it."""
    name = _called(mark)
    arguments = mark.args if isinstance(mark, ast.Call) else []
    if name in _SKIPS or name == "fixture":
        return True
    if name in _SKIPS_IF and arguments:
        return truth_of(arguments[0]) is _SKIPS_IF[name]
    return name == "parametrize" and len(arguments) >= _PARAMETRIZE_ARGS and is_empty_literal(arguments[1])


def _starts_with_skip(node: ast.FunctionDef | ast.AsyncFunctionDef, references: References) -> bool:
    """Whether a test is left by a skip that depends on nothing."""
    return any(map(_is_skip_call, effective_statements(node.body, references.effect.replaced)))


def _is_skip_call(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and _called(statement.value) in _SKIPS
    )


def _called(node: ast.expr) -> str:
    """The last part of a name, called or not: `skip` of `pytest.mark.skip()`."""
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
