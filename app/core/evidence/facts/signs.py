"""Suspicious signs -> facts: where they are sought, and which are kept where there are many.

Each kind of sign has a budget of its own, so that decoys of one kind hide no other; within a kind one sign of each
sort (a kind of key, a rule that an order breaks) comes before the second of any.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from app.core.evidence.injection import find_order_in_name, find_orders
from app.core.masking.students_text import find_hidden, find_secrets, mask
from schemas.comparison import ChangedFile, Fact, FactCode
from schemas.tests import TestReport

QUOTE: Final = "quote"
"""The figure of a fact that holds a student's words: for people, never for a model."""

_SIGNS_MAX: Final = 10  # facts of one kind of sign
_ORDERS_MAX: Final = 3  # sorts of orders sought in one text
_QUOTE_CHARS_MAX: Final = 80
_NAME_CHARS_MAX: Final = 120
_WEIGHT: Final = -0.2


@dataclass(frozen=True, slots=True)
class AlsoRead:
    """What people or a model see of an attempt beside its sources.

    `logs` are (name, text), `outputs` of notebooks (path, line of the cell, text), `names` those of files left out.
    """

    logs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[tuple[str, int, str], ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A sign's sort within its kind, and the fact that tells it."""

    sort: str
    fact: Fact


def sign_facts(sources: tuple[ChangedFile, ...], report: TestReport | None, read: AlsoRead) -> Iterator[Fact]:
    """The facts that signs make, each kind within its own budget."""
    yield from _kept(_orders_in_sources(sources, read))
    yield from _kept(_orders_in_logs(report, read.logs))
    yield from _kept(_hidden(sources))
    yield from _kept(_secrets(sources))


def _kept(found: Iterable[_Found]) -> Iterator[Fact]:
    """One of each sort before the second of any, then in the order in which they stand."""
    seen: defaultdict[str, int] = defaultdict(int)
    ranked: list[tuple[int, int, Fact]] = []
    for place, sign in enumerate(found):
        if seen[sign.sort] < _SIGNS_MAX:
            ranked.append((seen[sign.sort], place, sign.fact))
            seen[sign.sort] += 1
    chosen = sorted(ranked, key=lambda sign: sign[:2])[:_SIGNS_MAX]
    return (fact for _, _, fact in sorted(chosen, key=lambda sign: sign[1]))


def _orders_in_sources(sources: tuple[ChangedFile, ...], read: AlsoRead) -> Iterator[_Found]:
    for source in sources:
        for rule, line, quote in _orders(source.text):
            yield _order(rule, source.path, line, {QUOTE: quote})
    for path, cell_line, text in read.outputs:
        for rule, _, quote in _orders(text):
            yield _order(rule, path, cell_line, {"place": "output", QUOTE: quote})
    for path in (*(source.path for source in sources), *read.names):
        if order := find_order_in_name(path):
            yield _order(order.rule, path, None, {"place": "name", QUOTE: _short(path, _QUOTE_CHARS_MAX)})


def _orders_in_logs(report: TestReport | None, logs: tuple[tuple[str, str], ...]) -> Iterator[_Found]:
    """Orders in the logs as they were given, or, of an XML log, as its reader decoded it."""
    found = False
    for name, text in logs:
        shown = _short(name, _NAME_CHARS_MAX)
        for rule, line, quote in (*_orders(name), *_orders(text)):
            found = True
            yield _Found(rule, _fact(FactCode.INSTRUCTION_IN_LOG, data={"log": shown, "log_line": line, QUOTE: quote}))
    if report is not None and not found:
        said = (f"{case.id}\n{case.message or ''}" for case in report.cases)
        for rule, _, quote in _orders("\n\n\n\n".join([*said, report.excerpt or "", *report.marks])):
            yield _Found(rule, _fact(FactCode.INSTRUCTION_IN_LOG, data={QUOTE: quote}))


def _hidden(sources: tuple[ChangedFile, ...]) -> Iterator[_Found]:
    for source in sources:
        if line := find_hidden(source.text):
            yield _Found("", _fact(FactCode.HIDDEN_CHARACTERS, source.path, line))


def _secrets(sources: tuple[ChangedFile, ...]) -> Iterator[_Found]:
    for source in sources:
        for sign in find_secrets(source.text):
            fact = _fact(FactCode.SECRET_IN_SOURCE, source.path, sign.line, {"kind": sign.kind}, weight=-0.5)
            yield _Found(sign.kind, fact)


def _orders(text: str) -> Iterator[tuple[str, int, str]]:
    orders = find_orders(text, _ORDERS_MAX)
    lines = text.split("\n") if orders else []
    for order in {order.line: order for order in reversed(orders)}.values():
        yield order.rule, order.line, _short(lines[order.line - 1], _QUOTE_CHARS_MAX)


def _order(rule: str, path: str, line: int | None, data: dict[str, str | int | float | bool | None]) -> _Found:
    return _Found(rule, _fact(FactCode.INSTRUCTION_IN_SOURCE, path, line, {"sort": rule, **data}))


def _fact(
    code: FactCode,
    path: str | None = None,
    line: int | None = None,
    data: dict[str, str | int | float | bool | None] | None = None,
    *,
    weight: float = _WEIGHT,
) -> Fact:
    return Fact(code=code, weight=weight, path=path, line=line, data=data or {})


def _short(text: str, chars_max: int) -> str:
    """`text` fit to be quoted: secrets and what is not printable masked, cut."""
    plain = "".join(c if c.isprintable() else "\ufffd" for c in mask(text.strip()[: 4 * chars_max]))
    return plain if len(plain) <= chars_max else f"{plain[:chars_max]}…"
