"""New code that is of no use: it earns nothing, and is told where there is enough of it."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from app.core.evidence.facts.names import clip_name
from app.core.hunks import Patch
from app.core.ports import Analysis
from schemas.changes import UnusedCode, UnusedReason
from schemas.comparison import Fact, FactCode

_FACTS_MAX: Final = 5  # places named
_PYTHON: Final = (".py", ".ipynb")
_SURE_LINES: Final = 8
_SURE_SHARE: Final = 0.1
"""Of the added lines of code, from which code that surely nothing uses is flagged."""
_UNCLAIMED_LINES: Final = 20
_UNCLAIMED_SHARE: Final = 0.3
_UNCLAIMED_LEAST: Final = 2
"""The same where public functions and classes are among it: others may use those, and one may be the next step."""


@dataclass(frozen=True, slots=True)
class NewUnused:
    """All `new` code of no use, and what of it is `told`, for a student should hear of it, the longest first.

    `lines` are those of dead code, new or not, by path, `idle` those of statements that do nothing, and of told code
    that others might use: a mistake there still counts;
    `symbols` are the (path, dotted name) of all new definitions that nothing uses, whether told or not.
    `is_much`: enough of the added code is of no use for a person to look at it.
    """

    new: tuple[UnusedCode, ...] = ()
    told: tuple[UnusedCode, ...] = ()
    lines: Mapping[str, AbstractSet[int]] | None = None
    idle: Mapping[str, AbstractSet[int]] | None = None
    symbols: frozenset[tuple[str, str]] = frozenset()
    share: float = 0.0
    is_much: bool = False

    def is_dead(self, path: str, line: int) -> bool:
        """Whether a line is one of dead code."""
        return line in (self.lines or {}).get(path, ())

    def is_without_effect(self, path: str, line: int) -> bool:
        """Whether a line is dead, does nothing, or is told to be of no use."""
        return self.is_dead(path, line) or line in (self.idle or {}).get(path, ())

    def is_new(self, path: str, line: int) -> bool:
        """Whether a line is one of new code that nothing uses."""
        return any(code.holds(path, line) for code in self.new)

    def holds_told(self, path: str, symbol: str) -> bool:
        """The same of what a student hears of: an interface for others is not among it."""
        parts = symbol.split(".")
        names = {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
        return any(code.path == path and code.symbol in names for code in self.told)

    def holds(self, path: str, symbol: str) -> bool:
        """Whether a function is new and used by nothing, itself or what it stands in."""
        parts = symbol.split(".")
        return any((path, ".".join(parts[:end])) in self.symbols for end in range(1, len(parts) + 1))


def new_unused(analysis: Analysis, patches: Iterable[Patch]) -> NewUnused:
    """What of the code without use stands on added lines."""
    added = {patch.path: _added(patch) for patch in patches if patch.path.endswith(_PYTHON)}
    new = [code for code in analysis.unused if code.line in added.get(code.path, {})]
    sure = [code for code in new if _is_sure(code)]
    unclaimed = [code for code in new if not _is_sure(code) and _is_outermost(code)]
    told = [*sure, *(unclaimed if analysis.is_used_throughout else ())]
    lines = {path: _lines(code for code in analysis.unused if _is_sure(code) and code.path == path) for path in added}
    idle = {
        path: numbers | _lines(code for code in told if code.path == path)
        for path, numbers in analysis.idle_lines.items()
    }
    total = sum(len(numbers) for numbers in added.values())
    sure_lines, all_lines = (_new_lines(codes, added) for codes in (sure, told))
    is_much = sure_lines >= max(_SURE_LINES, _SURE_SHARE * total) or (
        len(told) - len(sure) >= _UNCLAIMED_LEAST and all_lines >= max(_UNCLAIMED_LINES, _UNCLAIMED_SHARE * total)
    )
    return NewUnused(
        new=tuple(new),
        told=tuple(sorted(told, key=lambda code: (code.line - code.end_line, code.path, code.line))),
        lines=lines,
        idle=idle,
        symbols=frozenset((code.path, code.symbol) for code in new if code.symbol),
        share=round(all_lines / total, 2) if total else 0.0,
        is_much=is_much,
    )


def unused_facts(unused: NewUnused) -> Iterator[Fact]:
    """The longest pieces, one fact each."""
    for code in unused.told[:_FACTS_MAX]:
        yield Fact(
            code=FactCode.UNUSED_CODE,
            path=code.path,
            line=code.line,
            data={
                "symbol": clip_name(code.symbol),
                "reason": code.reason,
                "lines": code.end_line - code.line + 1,
                "count": len(unused.told),
                "share": unused.share,
            },
        )


def _added(patch: Patch) -> dict[int, str]:
    """The added lines that hold code, as far as a line tells it."""
    lines = {line.number: line.text.strip() for hunk in patch.hunks for line in hunk if line.sign == "+"}
    return {number: text for number, text in lines.items() if text and not text.startswith("#")}


def _is_sure(code: UnusedCode) -> bool:
    return code.reason != UnusedReason.UNCLAIMED


def _is_outermost(code: UnusedCode) -> bool:
    """Whether it is a function or class of a module: methods and constants may be read by what nobody sees."""
    return "." not in code.symbol and not code.symbol.isupper() and code.statements > 1


def _lines(codes: Iterable[UnusedCode]) -> frozenset[int]:
    return frozenset(number for code in codes for number in range(code.line, code.end_line + 1))


def _new_lines(codes: Iterable[UnusedCode], added: Mapping[str, Mapping[int, str]]) -> int:
    found = {(code.path, number) for code in codes for number in range(code.line, code.end_line + 1)}
    return sum(1 for path, number in found if number in added.get(path, {}))
