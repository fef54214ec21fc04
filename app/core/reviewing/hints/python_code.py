"""Python in a reviewer's words: whether a text is Python, and whether it says how to write something.

A name, a dotted name, a call without arguments and a short literal say what is spoken of. Anything else that Python
parses says how to write it.
"""

import ast
import re
from collections.abc import Iterator
from sys import stdlib_module_names
from textwrap import dedent
from typing import Final

_CHARS_MAX: Final = 4000
_LITERAL_CHARS_MAX: Final = 60
_OPENS_BLOCK: Final = re.compile(r"(?:if|for|while|with|def|class|async|try|match)\b")
_GOES_ON: Final = re.compile(r"(?:elif|else)\b")
_HANDLES: Final = re.compile(r"(?:except|finally)\b")
_HEAD_IN_PROSE: Final = re.compile(
    r"(?:async\s+)?with\s.*\)\s+as\s|while\s.*[\w)\]]\s*(?:[<>]=?|[!=]=)\s*[\w(]|elif\s.*\W|match\s.*\)\s*:"
    r"|except\s+\(?[A-Z][\w., ]*\)?(?:\s+as\s|:)|try:"
)
"""Heads of blocks that are code within a sentence, though what they head is not there."""
_TYPE_NAMES: Final = frozenset(
    {
        *(
            "int",
            "float",
            "str",
            "bool",
            "bytes",
            "list",
            "dict",
            "set",
            "tuple",
            "frozenset",
            "type",
            "object",
            "None",
        ),
        *("Any", "Callable", "Dict", "Final", "Generator", "Iterable", "Iterator", "List", "Literal", "Mapping"),
        *("Optional", "Sequence", "Set", "Tuple", "Type", "Union"),
    }
)
_VALUES: Final = (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.Compare, ast.BoolOp)
_QUIET: Final = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
_FORMULA: Final = (*_VALUES, ast.Name)
_HARD: Final = (
    *(ast.Subscript, ast.Assign, ast.AugAssign, ast.NamedExpr, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp),
    *(ast.GeneratorExp, ast.FunctionDef, ast.AsyncFunctionDef, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match),
    *(ast.ImportFrom, ast.IfExp, ast.Await),
)
"""Nodes that prose never parses to by chance."""

_PLURALS: Final = frozenset({"s", "S", "es", "ies", "ed", "n", "en"})
_ARGUED: Final = frozenset({"abs", "len", "max", "min", "next", "print", "sum"})
"""Functions that may have a variable `s`, where other words before `(s)` stand in the plural."""


def tree_of(text: str) -> ast.Module | None:
    """What `text` parses to: as it is, or as the head of a block, its continuation, or the end of an expression."""
    text = dedent(text).strip()
    return next((tree for candidate in _completions(text) if (tree := _parsed(candidate))), None)


def _parsed(text: str) -> ast.Module | None:
    if len(text) > _CHARS_MAX:
        return None
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError, SystemError):
        return None


def _completions(text: str) -> Iterator[str]:
    yield text
    last = text.rsplit("\n", 1)[-1]
    columns = " " * (len(last) - len(last.lstrip()) + 1)
    body = f"\n{columns}pass"
    if _OPENS_BLOCK.match(text):
        yield f"{text}{'' if last.endswith(':') else ':'}{body}"
        yield f"{text}{'' if last.endswith(':') else ':'}{body}\nfinally: pass"
    elif _GOES_ON.match(text):
        yield f"if _: pass\n{text}{'' if last.endswith(':') else ':'}{body}"
        yield f"if _: pass\n{text}"
    elif _HANDLES.match(text):
        yield f"try: pass\n{text}{'' if last.endswith(':') else ':'}{body}"
        yield f"try: pass\n{text}"
    elif text.startswith("@"):
        yield f"{text}\ndef _(): pass"
    elif text.startswith((".", "[")):
        yield f"_{text}"
    elif last.endswith(":"):
        yield f"{text}{body}"


def is_harmless(tree: ast.Module) -> bool:
    """Whether a tree of marked code only names things: it may stand in any review. What is nested too deep does not."""
    try:
        return all(map(_is_harmless_statement, tree.body))
    except RecursionError:
        return False


def _is_harmless_statement(node: ast.stmt) -> bool:  # noqa: PLR0911 -- a line for each kind of statement
    match node:
        case ast.Pass() | ast.Break() | ast.Continue() | ast.Return(value=None) | ast.Raise(exc=None):
            return True
        case ast.Expr(value=value) | ast.Assert(test=value, msg=None):
            return _is_simple(value) or _is_relation(value) or _is_type(value)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return len(name) == 1 and _is_number(value)
        case ast.If(test=test, body=body, orelse=orelse) | ast.While(test=test, body=body, orelse=orelse):
            return _is_simple(test) and all(map(_is_harmless_statement, (*body, *orelse)))
        case ast.With(items=items, body=body):
            simple = all(_is_simple(item.context_expr) and item.optional_vars is None for item in items)
            return simple and all(map(_is_harmless_statement, body))
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            named = all(one.name is None and (one.type is None or _is_simple(one.type)) for one in handlers)
            blocks = (*body, *(statement for one in handlers for statement in one.body), *orelse, *final)
            return named and all(map(_is_harmless_statement, blocks))
        case ast.FunctionDef(name="_", decorator_list=decorators):  # our own, below decorators
            return all(map(_is_simple, decorators))
        case ast.ClassDef(bases=[], keywords=[], body=[ast.Pass()]):
            return True
    return False


def _is_simple(node: ast.expr) -> bool:
    """A name, dotted or called without arguments, or a short literal."""
    match node:
        case ast.Name():
            return True
        case ast.Starred(value=value) | ast.Attribute(value=value):
            return _is_simple(value)
        case ast.Call(func=func, args=args, keywords=[]):
            return _is_simple(func) and all(isinstance(arg, ast.Constant) and arg.value is ... for arg in args)
    return _is_literal(node)


def _is_literal(node: ast.expr) -> bool:
    nodes = [part for part in ast.walk(node) if not isinstance(part, _QUIET)]
    # Each node is a character at least: what is longer than a literal may be is nested too deep to be written out.
    if len(nodes) > _LITERAL_CHARS_MAX or not all(isinstance(part, _VALUES) for part in nodes):
        return False
    texts = [part.value for part in nodes if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return len(ast.unparse(node)) <= _LITERAL_CHARS_MAX and not any(says_how(text) for text in texts)


def _is_relation(node: ast.expr) -> bool:
    """A letter beside numbers, as `n > 0`: a formula, and no line of a program."""
    match node:
        case ast.Compare(left=left, comparators=comparators):
            sides = [left, *comparators]
            names = [side for side in sides if isinstance(side, ast.Name) and len(side.id) == 1]
            return len(names) == 1 and all(side in names or _is_number(side) for side in sides)
    return False


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.UnaryOp(operand=operand):
            return _is_number(operand)
        case ast.Constant(value=value):
            return isinstance(value, int | float)
    return False


def _is_type(node: ast.expr) -> bool:
    """A type of Python's own, as `dict[str, int]`."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) if name not in _TYPE_NAMES:
                return False
            case ast.Constant(value=value) if value is not None and value is not ...:
                return False
            case ast.BinOp(op=op) if not isinstance(op, ast.BitOr):
                return False
            case ast.Name() | ast.Constant() | ast.BinOp() | ast.Subscript() | ast.Tuple() | ast.List() | ast.BitOr():
                continue
            case ast.expr_context():
                continue
            case _:
                return False
    return True


def says_how(text: str) -> bool:
    """Whether an unmarked line is Python that no prose would be by chance, and more than names and figures."""
    tree = tree_of(text)
    return tree is not None and is_hard(tree) and not is_harmless(tree)


def says_how_in_prose(text: str) -> bool:
    """The same of words within a sentence, where `timeout=5` and `count = total` tell what is so."""
    tree = tree_of(text) if _HEAD_IN_PROSE.match(text) else _parsed(text)
    if tree is None or is_harmless(tree) or not (is_hard(tree) or _is_formula(text, tree)):
        return False
    try:
        return not all(map(_is_told_in_prose, tree.body))
    except RecursionError:
        return True


def _is_formula(text: str, tree: ast.Module) -> bool:
    """Whether brackets tell that figures are meant: `(left + right) / 2`, where `input/output` are words."""
    match tree.body:
        case [ast.Expr(value=ast.BinOp(left=left, right=right))]:
            return text.startswith("(") and isinstance(left, ast.BinOp) and _is_number(right)
    return False


def _is_told_in_prose(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(value=value):
            return _is_simple(value)
        case ast.Import(names=names):
            return all(name.asname is None for name in names)
        case ast.While(test=test, body=[ast.Pass()]):  # `while n > 0 and more`
            parts = test.values if isinstance(test, ast.BoolOp) else [test]
            return all(isinstance(part, ast.Name) or _is_relation(part) for part in parts)
    return False


def is_hard(tree: ast.Module) -> bool:
    """Whether a tree can hardly be prose: it calls with arguments, assigns, computes, defines, loops."""
    if all(isinstance(part, (*_FORMULA, *_QUIET, ast.Expr, ast.Module)) for part in ast.walk(tree)):
        names = [part.id for part in ast.walk(tree) if isinstance(part, ast.Name)]
        return any(len(name) > 1 for name in names) and any(map(_is_computed, ast.walk(tree)))
    return any(map(_is_hard_node, ast.walk(tree)))


def _is_computed(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Div()):
            return False  # `tests + docs`, `client-server` and `input/output` are words
        case ast.Compare(ops=ops):
            return not all(isinstance(op, ast.In | ast.NotIn | ast.Is | ast.IsNot) for op in ops)
    return isinstance(node, ast.BinOp)


def _is_hard_node(node: ast.AST) -> bool:  # noqa: PLR0911 -- a line for each kind of node
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=arg)], keywords=[]):
            return len(name) > 1 and (arg not in _PLURALS or name in _ARGUED)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            return len(name) > 1 and any(not _is_dots(arg) for arg in (*args, *keywords))
        case ast.Call(args=args, keywords=keywords):
            return bool(args or keywords)
        case ast.AnnAssign(value=value):
            return value is not None
        case ast.Import(names=names):  # `import added` is prose
            return any(name.asname or name.name.split(".")[0] in stdlib_module_names for name in names)
        case ast.Return(value=value) if value is not None:
            return not isinstance(value, ast.Name | ast.BoolOp | ast.Constant | ast.Tuple | ast.UnaryOp)
        case ast.If(body=body):
            return not all(isinstance(one, ast.Pass) for one in body)
        case ast.With(items=items):
            return any(item.optional_vars is not None for item in items)
    return isinstance(node, _HARD) or _is_computed(node)


def _is_dots(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
