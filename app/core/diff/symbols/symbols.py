"""A syntax tree -> its symbols: classes, functions (methods and closures among them), constants, imports.

Only statements are walked here; a symbol's tokens are made when somebody asks, which for unchanged symbols nobody
does.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from app.core.diff.lazy import lazy
from app.core.diff.lines.alignment import split_lines
from app.core.diff.symbols.imports import Import, imports_of
from app.core.diff.symbols.scopes import DIRECT, HIDDEN, NESTED, assigned, telling
from app.core.diff.symbols.statements import Statement, statements_of
from app.core.python.quoting import quote
from app.core.python.syntax import (
    COMPOUND,
    DEFINITIONS,
    IDENTIFIER,
    IMPORTS,
    SyntaxProblem,
    Tokens,
    bag,
    blocks_of,
    child_nodes,
    docstring_of,
    flatten,
)
from app.core.submission.sources import SourceFile

Kind = Literal["class", "function", "constant"]
Source = tuple[int, int | None, str]
"""A statement's lines, and in which columns of the first and the last one it stands; None, for it is a header."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef

_SAID_EVERYWHERE = frozenset({"self", "cls", "super", "NotImplementedError", "ValueError"})


class Symbol:
    """One named definition. Equality is identity: two symbols may look alike and still be two."""

    _compared: "Symbol | None" = None
    _reads_like = False

    def __init__(self, module: "Module", kind: Kind, name: str, node: ast.stmt, parent: "Symbol | None") -> None:
        self.module = module
        self.kind = kind
        self.name = name
        self.nodes = [node]
        self.parent = parent
        self.children: list[Symbol] = []
        self.qualname: str = f"{parent.qualname}.{name}" if parent else name
        self.line = node.lineno
        self.end_line = node.end_lineno or node.lineno
        self.first_line = node.lineno
        if isinstance(node, DEFINITIONS) and node.decorator_list:
            self.first_line = min(node.lineno, node.decorator_list[0].lineno)
        self.path = module.file.path
        self.order = (self.path, self.line, self.qualname)
        """A key that sorts symbols as a reader meets them."""

    @property
    def function(self) -> Function | None:
        """The definition's node, where the symbol is a function."""
        node = self.nodes[0]
        return node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None

    @lazy
    def parameter_names(self) -> tuple[str, ...]:
        """The names of a function's parameters, in order."""
        if self.function is None:
            return ()
        args = self.function.args
        found = (*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg)
        return tuple(arg.arg for arg in found if arg is not None)

    def reads_like(self, other: "Symbol") -> bool:
        """Whether the lines are the same, margins aside.

        Asked again and again of symbols that became each other, most of which nobody touched.
        """
        if self._compared is not other:
            self._compared = other
            same = self.nodes == other.nodes  # the very same statements, if both files begin with them
            indented = self.nodes[0].col_offset or other.nodes[0].col_offset
            self._reads_like = same or self.lines == other.lines or (indented > 0 and self.segment == other.segment)
        return self._reads_like

    @property
    def lines(self) -> list[str]:
        """The symbol's lines as they stand in the file, decorators included."""
        lines = self.module.lines[self.first_line - 1 : self.end_line]
        for node in self.nodes[1:]:
            lines.extend(self.module.lines[node.lineno - 1 : node.end_lineno])
        return lines

    @lazy
    def segment(self) -> str:
        """The symbol's lines without the margin of the first one."""
        lines = self.lines
        margin = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
        return "".join(line[margin:] if line[:margin].isspace() else line for line in lines)

    @lazy
    def own(self) -> Tokens:
        """Tokens of the body without its docstring and without the symbols nested in it."""
        node = self.nodes[0]
        if isinstance(node, DEFINITIONS):
            body = node.body[1:] if docstring_of(node.body) is not None else node.body
            tokens = self.module.tokens_of(body)
            return ("async", *tokens) if isinstance(node, ast.AsyncFunctionDef) else tokens
        return flatten([part for node in self.nodes for part in child_nodes(node)])

    @lazy
    def statements(self) -> list[Statement]:
        """A function's statements, blocks seen through, its docstring and nested definitions left out."""
        if self.function is None:
            return []
        body = self.function.body
        return statements_of(body if self.docstring is None else body[1:], self.module.lines)

    @property
    def all_statements(self) -> list[Statement]:
        """The statements of a function and of the functions nested in it."""
        return [statement for symbol in self._family() for statement in symbol.statements]

    @property
    def docstring(self) -> str | None:
        """The docstring as it stands."""
        return docstring_of(getattr(self.nodes[0], "body", []))

    @lazy
    def decorators(self) -> tuple[Tokens, ...]:
        """Tokens of each decorator."""
        return tuple(flatten([d]) for d in getattr(self.nodes[0], "decorator_list", ()))

    @lazy
    def header(self) -> Tokens:
        """Tokens of a function's parameters and return annotation, or of a class's bases and keywords."""
        node = self.nodes[0]
        return self.module.header_of(node) if isinstance(node, DEFINITIONS) else ()

    @lazy
    def whole(self) -> Tokens:
        """Tokens of the symbol and of all symbols nested in it; without its name and docstring."""
        parts: list[str] = []
        for symbol in self._family():
            if symbol is not self:
                parts.append(IDENTIFIER + symbol.name)
            parts.extend(symbol.header)
            parts.extend(symbol.own)
        return tuple(parts)

    @lazy
    def weight(self) -> int:
        """How much the bodies say, headers aside: `pass` weighs 1, `raise NotImplementedError` 3."""
        return sum(bag(symbol.own).total() for symbol in self._family())

    @lazy
    def is_telling(self) -> bool:
        """Whether the body names anything of its own: `return self._size` does, `raise ValueError` hardly."""
        return not self.identifiers.keys() <= _SAID_EVERYWHERE

    def _family(self) -> Iterator["Symbol"]:
        """The symbol and all symbols nested in it, in the order of the text."""
        stack: list[Symbol] = [self]
        while stack:
            symbol = stack.pop()
            yield symbol
            stack.extend(reversed(symbol.children))

    @lazy
    def bag(self) -> Counter[str]:
        """What the symbol is made of, for telling how similar two are."""
        return bag(self.whole)

    @lazy
    def identifiers(self) -> Counter[str]:
        """Names in the symbol's own body, with how often they occur."""
        return Counter({token[1:]: times for token, times in Counter(self.own).items() if token[0] == IDENTIFIER})


class Module:
    """A parsed file: its symbols in the order of the text, parents before their children.

    `read` keeps the tokens of what was read, by its source, for all modules of one comparison; `problem` says why
    `file` had to be mended to be parsed.
    """

    def __init__(
        self, file: SourceFile, tree: ast.Module, read: dict[Source, Tokens], problem: SyntaxProblem | None = None
    ) -> None:
        self._read = read
        self.file = file
        self.tree = tree
        self.problem = problem
        self.lines = split_lines(file.text)
        self.symbols: list[Symbol] = []
        self.import_nodes: list[ast.Import | ast.ImportFrom] = []
        self.constant_nodes = self._walk()

    @lazy
    def own(self) -> Tokens:
        """Tokens of the statements that belong to no symbol: what a script does when it is run."""
        return self.tokens_of(self.own_statements)

    def tokens_of(self, body: Sequence[ast.stmt]) -> Tokens:
        """The tokens of statements of this module without the symbols among and within them.

        Most statements of a changed function stand in both of its versions: equal lines are read once.
        """
        found: list[str] = []
        for node in body:
            if node.__class__ in HIDDEN or id(node) in self.constant_nodes:
                continue
            source = node.col_offset, node.end_col_offset, "".join(self.lines[node.lineno - 1 : node.end_lineno])
            tokens = self._read.get(source)
            if tokens is None:
                tokens = self._read[source] = flatten([node])
            found += tokens
        return tuple(found)

    def header_of(self, node: Definition) -> Tokens:
        """The tokens of what a definition has between its name and its body; equal lines are read once here too."""
        source = node.col_offset, None, "".join(self.lines[node.lineno - 1 : node.body[0].lineno])
        tokens = self._read.get(source)
        if tokens is None:
            parts = (node.bases + node.keywords) if isinstance(node, ast.ClassDef) else [node.args, node.returns]
            generic = getattr(node, "type_params", ())  # Python 3.12 and later
            tokens = self._read[source] = flatten([part for part in (*parts, *generic) if part is not None])
        return tokens

    @lazy
    def imports(self) -> list[Import]:
        """What the file imports, wherever in it."""
        return [item for node in self.import_nodes for item in imports_of(node)]

    @lazy
    def own_statements(self) -> list[ast.stmt]:
        """Top-level statements, the docstring and what are symbols left out."""
        body = self.tree.body[1:] if self.docstring is not None else self.tree.body
        hidden = self.constant_nodes
        return [node for node in body if node.__class__ not in HIDDEN and id(node) not in hidden]

    @property
    def docstring(self) -> str | None:
        """The module's docstring as it stands."""
        return docstring_of(self.tree.body)

    def quote(self, node: ast.expr | ast.stmt | None) -> str | None:
        """The text of `node` as it stands in the file."""
        return quote(node, self.lines)

    @lazy
    def identifiers(self) -> Counter[str]:
        """Names in what runs when the module is loaded, values of its variables included, their own names not."""
        found = Counter(token[1:] for token in self.own if token[0] == IDENTIFIER)
        for symbol in self.constants:
            found.update(token[1:] for token in symbol.own if token[0] == IDENTIFIER and token[1:] != symbol.name)
        return found

    @property
    def constants(self) -> list[Symbol]:
        """The module's own variables."""
        return [symbol for symbol in self.symbols if symbol.kind == "constant" and symbol.parent is None]

    def _walk(self) -> frozenset[int]:
        """Fill `symbols` and `imports`; the ids of the assignments that became symbols."""
        nodes: set[int] = set()
        constants: dict[tuple[Symbol | None, str], Symbol] = {}
        stack: list[tuple[Any, Symbol | None]] = telling(self.tree.body, None, DIRECT)
        while stack:
            node, scope = stack.pop()
            kind = node.__class__
            if kind in DEFINITIONS:
                symbol = self._add("class" if kind is ast.ClassDef else "function", node.name, node, scope)
                stack += telling(node.body, symbol, DIRECT if kind is ast.ClassDef else NESTED)
            elif kind in IMPORTS:
                self.import_nodes.append(node)
            elif kind in COMPOUND:
                stack += telling(blocks_of(node), scope, NESTED)
            elif names := assigned(node):
                nodes.add(id(node))
                for name in names:
                    known = constants.get((scope, name))
                    if known is None:
                        constants[scope, name] = self._add("constant", name, node, scope)
                    elif known.nodes[-1] is not node:
                        known.nodes.append(node)
        return frozenset(nodes)

    def _add(self, kind: Kind, name: str, node: ast.stmt, scope: Symbol | None) -> Symbol:
        symbol = Symbol(self, kind, name, node, scope)
        self.symbols.append(symbol)
        if scope is not None:
            scope.children.append(symbol)
        return symbol
