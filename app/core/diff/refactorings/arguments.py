"""What a call passes -> a function's statements with that in the places of its parameters."""

import ast
from typing import Final

from app.core.diff.symbols.symbols import Symbol
from app.core.python.syntax import IDENTIFIER, Tokens, flatten

_TOKENS_MAX: Final = 100  # of what is passed: a longer value in a thousand places would fill the memory

Arguments = dict[str, Tokens]
"""Parameter -> tokens of what is passed."""


def arguments_of(symbol: Symbol, call: ast.Call | None, outer: Arguments) -> Arguments:
    """What a call passes for each of a function's parameters, long values left out; several for `*args` and `**kwargs`.

    `outer` is what is passed to the caller.
    """
    passed = {name: in_place(tokens, outer) for name, tokens in _arguments(symbol, call).items()}
    return {name: tokens for name, tokens in passed.items() if len(tokens) <= _TOKENS_MAX}


def _arguments(symbol: Symbol, call: ast.Call | None) -> Arguments:
    node = symbol.function
    if call is None or node is None:
        return {}
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    if symbol.parent is not None and symbol.parent.kind == "class":
        names = names[1:]
    passed: Arguments = {}
    rest: list[ast.expr] = list(call.args[len(names) :])
    for name, value in zip(names, call.args, strict=False):
        passed[name] = flatten([value])
    known = {*names, *(arg.arg for arg in node.args.kwonlyargs)}
    others: list[ast.expr] = []
    for keyword in call.keywords:
        if keyword.arg in known:
            passed[keyword.arg or ""] = flatten([keyword.value])
        else:
            others.append(keyword.value)
    if node.args.vararg is not None:
        passed[node.args.vararg.arg] = flatten(rest)
    if node.args.kwarg is not None:
        passed[node.args.kwarg.arg] = flatten(others)
    return {name: tokens for name, tokens in passed.items() if len(tokens) <= _TOKENS_MAX}


def in_place(tokens: Tokens, arguments: Arguments) -> Tokens:
    """`tokens` with what is passed in the places of the parameters."""
    if not arguments:
        return tokens
    made: list[str] = []
    for token in tokens:
        value = arguments.get(token[1:]) if made and made[-1] == "Name" and token[0] == IDENTIFIER else None
        if value is None:
            made.append(token)
        else:
            made[-1:] = value
    return tuple(made)
