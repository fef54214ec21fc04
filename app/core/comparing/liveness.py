"""Which definitions of the changed files are used, starting from what runs when their modules are loaded."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from app.core.evidence.changed_tests import is_test_path
from app.core.python.references import NameScope, References

_WORD: Final = re.compile(r"[^\W\d]\w*")
_PLAIN_DECORATORS: Final = frozenset(
    {"staticmethod", "classmethod", "property", "setter", "getter", "wraps", "lru_cache", "cache", "cached_property"}
    | {"dataclass", "contextmanager", "asynccontextmanager", "abstractmethod", "overload", "njit", "jit", "no_grad"}
)
"""Decorators that register nothing: any other may call the function later."""
_ENTRANCES: Final = frozenset(
    {"main", "app", "application", "create_app", "run", "setup", "handler", "lambda_handler", "upgrade", "downgrade"}
)
"""What frameworks and people call by convention."""
_LISTING: Final = frozenset({"globals", "locals", "vars", "dir", "getmembers"})
"""Calls that list what there is, so that any of it may be used."""
_FOUND_BY_PYTEST: Final = ("pytest_", "test")
_INTERFACE: Final = re.compile(r"^(?:async +def|def|class) +([^\W\d_]\w*)", re.MULTILINE)
_INTERFACE_LEAST: Final = 2
_SHARE_USED: Final = 0.75


class Liveness:
    """The definitions of the changed files, by path, that are used and that are not.

    `known` are the dotted names that are not new, None where all is new; these, and then what is public, count as
    used. `others` are texts of files that are not parsed again: each word in them counts as a use.
    """

    def __init__(self, files: Mapping[str, References], known: AbstractSet[str] | None, others: Iterable[str]) -> None:
        self._files = files
        self._known = known
        self._by_name: defaultdict[str, list[NameScope]] = defaultdict(list)
        self._paths: dict[int, str] = {}
        for path, references in files.items():
            for scope in references.scopes:
                self._paths[id(scope)] = path
                if scope.parent is not None:
                    self._by_name[_name(scope)].append(scope)
        self._live: set[int] = set()
        self._used: set[str] = set()
        self._starts: set[str] = set()
        self.is_open = False
        self._spread([references.scopes[0] for references in files.values()])
        if self.dead_names:
            self._use(words_among(others, self.dead_names))

    @property
    def dead_names(self) -> frozenset[str]:
        """Names of what is defined and not used, constants too."""
        names = {_name(scope) for path in self._files for scope in self.dead_scopes(path)}
        return frozenset(names.union(name for path in self._files for _, name in self.dead_tables(path)))

    def dead_scopes(self, path: str) -> Iterator[NameScope]:
        """The outermost definitions of a file that are not used."""
        uncalled = self._files[path].uncalled
        for scope in self._files[path].scopes:
            is_dead = scope.parent is not None and id(scope) not in self._live
            if is_dead and id(scope.parent) in self._live and scope not in uncalled:
                yield scope

    def dead_tables(self, path: str) -> Iterator[tuple[ast.Assign, str]]:
        """The assignments of a file's constants that are not read, with their names."""
        if is_test_path(path):
            return
        for table in self._files[path].scopes[0].tables:
            target = table.targets[0]
            name = target.id if isinstance(target, ast.Name) else ""
            if name not in self._used and not _is_dunder(name) and not self._is_known(name, name):
                yield table, name

    def is_sure(self, symbol: str) -> bool:
        """Whether nobody else may use what has this dotted name: it is private, and no names are put together."""
        return not self.is_open and any(part.startswith("_") and not _is_dunder(part) for part in symbol.split("."))

    def _use(self, names: Iterable[str]) -> None:
        new = set(names) - self._used
        self._used |= new
        self._spread(
            [
                scope
                for name in new
                for scope in self._by_name.get(name, ())
                if scope.parent is not None and id(scope.parent) in self._live
            ]
        )

    def _spread(self, pending: list[NameScope]) -> None:
        """Mark `pending` as used, and whatever they use."""
        while pending:
            scope = pending.pop()
            if id(scope) in self._live:
                continue
            self._live.add(id(scope))
            self.is_open |= not _LISTING.isdisjoint(scope.names)
            pending += [inner for inner in scope.within if _name(inner) in self._used or self._is_root(inner)]
            starts = scope.starts - self._starts
            self._starts |= starts
            if starts:
                found = (name for name in self._by_name if name.startswith(tuple(starts)))
                self._used.update(found)
            new = scope.names - self._used
            self._used |= new
            for name in (*new, *(name for name in self._by_name if starts and name.startswith(tuple(starts)))):
                pending += [one for one in self._by_name.get(name, ()) if one.parent and id(one.parent) in self._live]

    def _is_root(self, scope: NameScope) -> bool:
        """Whether a definition within used code is used though its name may stand nowhere."""
        node, name, around = scope.node, _name(scope), scope.parent
        if isinstance(node, ast.Module) or around is None or _is_dunder(name):
            return True
        if self._is_known(scope.symbol, name) or any(not _is_plain(found) for found in node.decorator_list):
            return True
        if isinstance(around.node, ast.ClassDef) and (around.node.bases or around.node.keywords):
            return True  # it may override what is called there
        if around.is_function:
            return True  # those that nothing calls are known from the function alone
        is_test = is_test_path(self._paths[id(scope)]) or name.startswith(_FOUND_BY_PYTEST)
        return is_test or (not around.symbol and name in _ENTRANCES)

    def _is_known(self, symbol: str, name: str) -> bool:
        if self._known is None:
            return not name.startswith("_")
        return symbol in self._known


def is_used_throughout(texts: Iterable[str]) -> bool:
    """Whether nearly all public functions and classes of these Python texts are named in them again.

    Those of a program are; a library's are there for others.
    """
    told = list(texts)
    defined = Counter(name for text in told for name in _INTERFACE.findall(text))
    words = Counter(word for text in told for word in _WORD.findall(text) if word in defined) if defined else Counter()
    used = sum(words[name] > times for name, times in defined.items())
    return len(defined) >= _INTERFACE_LEAST and used >= _SHARE_USED * len(defined)


def words_among(texts: Iterable[str], names: AbstractSet[str]) -> frozenset[str]:
    """Those of `names` that are words of any of these texts."""
    left = set(names)
    for text in texts:
        if not left:
            break
        left -= set(_WORD.findall(text))
    return frozenset(names - left)


def _name(scope: NameScope) -> str:
    return scope.symbol.rpartition(".")[2]


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_plain(decorator: ast.expr) -> bool:
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
    return name in _PLAIN_DECORATORS
