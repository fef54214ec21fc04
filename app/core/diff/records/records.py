"""Matched and unmatched symbols -> change records."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace

from pydantic import JsonValue

from app.core.diff.matching.inheritance import is_base, pulled_up, pushed_down
from app.core.diff.matching.matching import Match, Matching, methods_of
from app.core.diff.records.comment_lines import places_of_comments
from app.core.diff.records.kinds import ADDED, MODIFIED, MOVED, MOVED_AND_RENAMED, REMOVED, RENAMED
from app.core.diff.records.location import place_of_module, place_of_symbol, shorten
from app.core.diff.records.module_records import import_record, module_records
from app.core.diff.refactorings.attributes import Votes, renamed_attributes
from app.core.diff.refactorings.extraction import Body, Extraction, find_extracted, find_inlined, is_beside
from app.core.diff.refactorings.moved_names import names_that_moved
from app.core.diff.refactorings.parameters import SignatureChange, compare_signatures
from app.core.diff.refactorings.variables import Renames, compare_names
from app.core.diff.symbols.class_fields import compare_fields
from app.core.diff.symbols.decorators import compare_decorators
from app.core.diff.symbols.symbols import Module, Symbol
from app.core.diff.symbols.versions import have_same_comments
from app.core.limits import DiffLimits
from app.core.python.syntax import IDENTIFIER, docstrings_agree, equal_but_for, similarity
from schemas.changes import Change, ChangeKind, Place

_DECLARED_CONFIDENCE = 0.9  # that a class's variable was renamed as the attribute of its name was

Detail = dict[str, JsonValue]


class Records:
    """Builds the records of one comparison; holds what all of them need to know."""

    def __init__(self, matching: Matching, limits: DiffLimits) -> None:
        self.matching = matching
        self.limits = limits
        self._votes: defaultdict[Symbol, Votes] = defaultdict(Counter)
        self.renamed_names = {
            IDENTIFIER + match.before.name: IDENTIFIER + match.after.name
            for match in matching.matches
            if match.before.name != match.after.name
        }

    def all(self) -> list[Change]:
        """Every record of a symbol, a module's imports or its own statements."""
        extracted = [self._within_pair(found, found.source_before) for found in find_extracted(self.matching)]
        inlined = [self._within_pair(found, found.source_after) for found in find_inlined(self.matching)]
        changes = [self._extracted(found) for found in extracted]
        changes += [self._inlined(found) for found in inlined]
        heirs = [found for found in extracted if not self._is_split(found)]
        for match, names in names_that_moved(heirs, inlined):
            parameterized: list[tuple[ChangeKind, Detail]] = [
                (ChangeKind.PARAMETERIZE_VARIABLE, {"before": one, "after": other})
                for one, other in names.parameterized.items()
            ]
            changes.extend(self._named([*parameterized, *names.of_variables], match, match.confidence))
        for match in self.matching.matches:
            changes.extend(self._matched(match))
        gone, came = {found.extracted for found in inlined}, {found.extracted for found in extracted}
        for match in [*pulled_up(self.matching), *pushed_down(self.matching)]:
            changes.extend(self._matched(match))
            gone.add(match.before)
            came.add(match.after)
        changes.extend(self._attributes())
        changes.extend(self._alone(self.matching.removed, gone, came=False))
        changes.extend(self._alone(self.matching.added, came, came=True))
        for old, new in self.matching.modules:
            changes.extend(module_records(old, new, self.renamed_names, self.limits))
        return changes

    def single_sided(self, module: Module, kind: ChangeKind) -> Iterator[Change]:
        """Records of the imports of a file that came or went as a whole: `add_import` or `remove_import`."""
        yield from (import_record(kind, module, item, self.limits) for item in module.imports)

    def _matched(self, match: Match) -> Iterator[Change]:
        """A pair's records; none is surer than the pair is."""
        before, after = match.before, match.after
        if match.basis == "name" and before.reads_like(after):
            return  # as most are: nothing moved, and not even the comments within are others
        found = list(self._relocated(match))
        names: dict[str, str] = {}
        if before.kind == "function":
            signature, names = self._function(match)
            found += signature
        if before.kind == "class" and before.header != after.header:
            detail: Detail = {
                "bases_before": self._short(_bases(before)),
                "bases_after": self._short(_bases(after)),
            }
            found.append(self._change(ChangeKind.MODIFY_CLASS, match, detail))
        found += self._decorators(match)
        found += self._body(match, [change.kind for change in found], names)
        if {change.kind for change in found} <= {ChangeKind.DOCSTRING_ONLY} and not have_same_comments(before, after):
            places = places_of_comments(before, after, self.limits)
            found.append(Change(kind=ChangeKind.COMMENT_ONLY, before=places[0], after=places[1]))
        yield from self._no_surer(found, match)

    def _no_surer(self, changes: list[Change], match: Match) -> list[Change]:
        """Records within a pair, as sure as the pair at most, and as the pairs around it are."""
        most = self.matching.confidence(match)
        return changes if most >= 1 else [_at_most(change, most) for change in changes]

    def _relocated(self, match: Match) -> Iterator[Change]:
        before, after = match.before, match.after
        same_name, same_place = before.name == after.name, self.matching.same_container(before, after)
        if same_name and same_place:
            return
        if before.kind == "constant":
            names: Detail = {"before": self._short(before.name), "after": self._short(after.name)}
            yield self._change(ChangeKind.RENAME_ATTRIBUTE, match, names, confidence=match.confidence)
            return
        renamed = RENAMED if same_place else MOVED_AND_RENAMED
        kind = self._moved(before, after) if same_name else renamed[before.kind]
        yield self._change(kind, match, {"basis": match.basis}, confidence=match.confidence)

    def _moved(self, before: Symbol, after: Symbol) -> ChangeKind:
        """A method that went to its class's base was pulled up, one that came to a subclass was pushed down."""
        if before.kind == "function" and all(
            s.parent is not None and s.parent.kind == "class" for s in (before, after)
        ):
            if is_base(self.matching, before, after, of_new=True):
                return ChangeKind.PULL_UP_METHOD
            if is_base(self.matching, after, before, of_new=False):
                return ChangeKind.PUSH_DOWN_METHOD
        return MOVED[before.kind]

    def _function(self, match: Match) -> tuple[list[Change], Renames]:
        """A function's parameters and variables; and its names that became others, which its body only follows."""
        found = compare_names(match.before, match.after)
        same_header = match.before.header == match.after.header
        signature = SignatureChange() if same_header else compare_signatures(match.before, match.after, found)
        changes = self._named([*signature.changes, *found.of_variables], match)
        owners = match.before.parent, match.after.parent
        if owners[0] is not None and owners[0].kind == "class" and self.matching.partner(owners[0]) is owners[1]:
            votes, renamed = self._votes[owners[0]], signature.renamed.items()
            votes.update(found.attributes)
            votes.update(pair for pair in found.attributes if (pair[0].lstrip("_"), pair[1].lstrip("_")) in renamed)
        return changes, {**found.variables, **signature.renamed}

    def _named(self, told: list[tuple[ChangeKind, Detail]], match: Match, confidence: float = 1.0) -> list[Change]:
        """Records of names, which may be long."""
        return [
            self._change(kind, match, {key: self._short(value) for key, value in detail.items()}, confidence)
            for kind, detail in told
        ]

    def _attributes(self) -> Iterator[Change]:
        """Renamed attributes of classes, once all methods have been looked at; where the class names them, there."""
        renamed = {
            before: renamed_attributes(before, after, votes)
            for before, votes in self._votes.items()
            if (after := self.matching.partner(before)) is not None
        }
        declared = self._declared({pair for pairs in renamed.values() for pair in pairs})
        for match in declared:
            yield from self._matched(match)
        told = {
            (match.before.parent, match.before.name, match.after.name)
            for match in self.matching.matches
            if match.before.kind == "constant"
        }
        for before, pairs in renamed.items():
            after = self.matching.partner(before)
            for one, other in pairs:
                if after is not None and (before, one, other) not in told:
                    detail: Detail = {"before": self._short(one), "after": self._short(other)}
                    pair = self.matching.pair(before)
                    sure = self.matching.confidence(pair) if pair else 1.0
                    yield self._change(ChangeKind.RENAME_ATTRIBUTE, Match(before, after), detail, sure)

    def _declared(self, renamed: set[tuple[str, str]]) -> list[Match]:
        """Variables of classes that are renamed as attributes are, matched by that."""
        added: dict[tuple[Symbol | None, str], Symbol] = {
            (symbol.parent, symbol.name): symbol
            for symbol in (self.matching.added if renamed else ())
            if symbol.kind == "constant" and symbol.parent is not None
        }
        news = dict(sorted(renamed))
        found: list[Match] = []
        for symbol in self.matching.removed if added else ():
            if symbol.kind == "constant" and symbol.parent is not None and symbol.name in news:
                other = added.get((self.matching.partner(symbol.parent), news[symbol.name]))
                if other is not None:
                    found.append(Match(symbol, other, "callers", _DECLARED_CONFIDENCE))
                    self.matching.add(found[-1])
        return found

    def _decorators(self, match: Match) -> Iterator[Change]:
        for kind, detail in compare_decorators(match.before, match.after, self.renamed_names):
            yield self._change(kind, match, {key: self._short(value) for key, value in detail.items()})

    def _body(self, match: Match, kinds: Collection[str], renamed: Renames) -> Iterator[Change]:
        before, after = match.before, match.after
        kind = MODIFIED[before.kind]
        names = {IDENTIFIER + one: IDENTIFIER + other for one, other in renamed.items()}
        if before.kind == "constant":
            names[IDENTIFIER + before.name] = IDENTIFIER + after.name
            yield from self._named([*compare_fields(before, after, names)], match)
            return
        if equal_but_for(before.own, after.own, names):
            if kind not in kinds and not docstrings_agree(before.docstring, after.docstring):
                yield self._change(ChangeKind.DOCSTRING_ONLY, match)
            return
        detail: Detail = {}
        if equal_but_for(before.own, after.own, {**self.renamed_names, **names}):
            detail = {"only": "renamed_references"}
        else:
            detail = {"similarity": round(similarity(before.bag, after.bag), 3)}
        if kind not in kinds:
            yield self._change(kind, match, detail)

    def _alone(self, symbols: list[Symbol], explained: set[Symbol], *, came: bool) -> Iterator[Change]:
        """Symbols without a counterpart, the outermost only: a new class's methods came with it."""
        alone = set(symbols)
        for symbol in symbols:
            if symbol.parent in alone or symbol in explained:
                continue
            detail: Detail = {}
            if symbol.kind == "class":
                names: list[JsonValue] = [method.name for method in methods_of(symbol) if method in alone]
                detail = {"methods": self._short(names)}
            place = self._place(symbol)
            yield Change(
                kind=(ADDED if came else REMOVED)[symbol.kind],
                before=None if came else place,
                after=place if came else None,
                detail=detail,
            )

    def _within_pair(self, found: Extraction, source: Body) -> Extraction:
        """What left a function, or came to one, as sure as that function's pair at most; `source` is its old side."""
        match = self.matching.pair(source) if isinstance(source, Symbol) else None
        most = self.matching.confidence(match) if match else 1.0
        return found if found.confidence <= most else replace(found, confidence=most)

    def _is_split(self, found: Extraction) -> bool:
        """Whether what the code was taken out of has no heir: then its names have none either."""
        return isinstance(found.source_before, Symbol) and self.matching.pair(found.source_before) is None

    def _extracted(self, found: Extraction) -> Change:
        nested = found.extracted.parent is found.source_after  # which moved, by RefactoringMiner's use of the word
        moved = nested or not is_beside(found.source_after, found.extracted)
        return Change(
            kind=ChangeKind.EXTRACT_AND_MOVE_METHOD if moved else ChangeKind.EXTRACT_METHOD,
            before=self._place(found.source_before),
            after=self._place(found.extracted),
            detail={"caller": self._short(_name(found.source_after))},
            confidence=found.confidence,
        )

    def _inlined(self, found: Extraction) -> Change:
        return Change(
            kind=ChangeKind.INLINE_METHOD,
            before=self._place(found.extracted),
            after=self._place(found.source_before),
            detail={"caller": self._short(_name(found.source_after))},
            confidence=found.confidence,
        )

    def _change(self, kind: ChangeKind, match: Match, detail: Detail | None = None, confidence: float = 1.0) -> Change:
        return Change(
            kind=kind,
            before=self._place(match.before),
            after=self._place(match.after),
            detail=detail or {},
            confidence=confidence,
        )

    def _place(self, body: Body) -> Place:
        return place_of_module(body) if isinstance(body, Module) else place_of_symbol(body, self.limits)

    def _short(self, value: JsonValue) -> JsonValue:
        return shorten(value, self.limits)


def _bases(symbol: Symbol) -> list[JsonValue]:
    """A class's bases as they stand there."""
    return [symbol.module.quote(base) for base in getattr(symbol.nodes[0], "bases", [])]


def _name(body: Body) -> str:
    return body.file.path if isinstance(body, Module) else body.qualname


def _at_most(change: Change, confidence: float) -> Change:
    return change if change.confidence <= confidence else change.model_copy(update={"confidence": confidence})
