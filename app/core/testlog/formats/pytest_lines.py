"""pytest's single lines: rules with titles, the final counts, progress in dots or by name, the short summary."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Self

from app.core.testlog.cleaning import seconds, whole_number
from schemas.tests import Outcome

OUTCOME_WORDS = {
    "PASSED": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "ERROR": Outcome.ERROR,
    "SKIPPED": Outcome.SKIPPED,
    "XFAIL": Outcome.XFAILED,
    "XPASS": Outcome.XPASSED,
    "RERUN": Outcome.RERUN,
    "SUBFAILED": Outcome.FAILED,
    "SUBFAIL": Outcome.FAILED,
}
_DOTS = {
    ".": Outcome.PASSED,
    "F": Outcome.FAILED,
    "E": Outcome.ERROR,
    "s": Outcome.SKIPPED,
    "x": Outcome.XFAILED,
    "X": Outcome.XPASSED,
    "R": Outcome.RERUN,
    "u": Outcome.FAILED,
}
_COUNTED = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "error": Outcome.ERROR,
    "errors": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "xfailed": Outcome.XFAILED,
    "xpassed": Outcome.XPASSED,
    "rerun": Outcome.RERUN,
    "reruns": Outcome.RERUN,
}
_UNCOUNTED = {"warning", "warnings", "deselected", "subtests passed", "subtests skipped", "subtests xfailed"}

START = "test session starts"
FINAL = " final line"  # under which `Rules` keeps the last lines of runs; no title begins with a blank

_WORD = "PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|RERUN"
_NAMED_END = re.compile(rf" (?:({_WORD})(?= \(|$)|(SUBFAIL(?:ED)?)(?=[\[( ]|$))")
_PERCENT = re.compile(r"\[ *(\d{1,3})%\]$")
_BRACKET_END = re.compile(r"\[[ \d]{1,8}(?:%|/ ?\d{1,8})\]$")
_WORKER = re.compile(rf"\[gw\d{{1,4}}\] \[ *\d{{1,3}}%\] ({_WORD}) (.+)$")
_DOT_LINE = re.compile(r"(?:(\S+\.\w{1,5}) )?([.FEsxXRu,-]+) *(\[[ \d]{1,8}(?:%|/ ?\d{1,8})\])?$")
_SUMMARY_WORD = re.compile(rf"({_WORD}|SUBFAIL(?:ED)?)([\[( ][^\n]*)$")
_SUB = re.compile(r"((?:\[[^\]]*\])? ?(?:\([^)]*\))?) (?=\S)")


@dataclass(frozen=True, slots=True)
class Summary:
    """The last line of a run: its totals and seconds. Empty totals where no tests ran."""

    totals: Counter[Outcome]
    duration_s: float | None


def rule_title(line: str) -> str | None:
    """The title within a line of `=`, or None."""
    if len(line) > 4 and line.startswith("=") and line.endswith("="):
        title = line.strip("=")
        if len(title) > 2 and title[0] == title[-1] == " ":
            return title.strip()
    return None


def summary_line(text: str) -> Summary | None:
    """Totals of `7 failed, 6 passed, 1 warning in 0.11s`, with or without `=` around it; or None."""
    counts, found, rest = text.rpartition(" in ")
    if not found:
        return None
    duration = seconds(rest.split("s", 1)[0].strip())
    if duration is None:
        return None
    totals: Counter[Outcome] = Counter()
    if counts == "no tests ran":
        return Summary(totals, duration)
    for part in counts.split(", "):
        number_text, _, word = part.partition(" ")
        number = whole_number(number_text)
        if number is None or (word not in _COUNTED and word not in _UNCOUNTED):
            return None
        if word in _COUNTED:
            totals[_COUNTED[word]] += number
    return Summary(totals, duration)


@dataclass(frozen=True, slots=True)
class Rules:
    """Where a log's headings and final lines stand. What tests print may hold forged ones."""

    by_title: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    finals: dict[int, Counter[Outcome]] = field(default_factory=dict)
    """Totals of each final line, by number."""

    @classmethod
    def of(cls, lines: Sequence[str]) -> Self:
        """All rules of a log; a final line without `=` around it is one too, for quiet runs have no rules."""
        rules = cls()
        for number, line in enumerate(lines):
            title = rule_title(line)
            if title is not None:
                rules.by_title[title].append(number)
            if (title is not None or line[:1].isdigit()) and (summary := summary_line(title or line)) is not None:
                rules.finals[number] = ended(summary.totals)
                rules.by_title[FINAL].append(number)
        return rules

    def last_before(self, title: str, limit: int) -> int | None:
        """Where the last heading `title` before line `limit` stands."""
        numbers = self.by_title.get(title, [])
        place = bisect_left(numbers, limit)
        return numbers[place - 1] if place else None

    def starts_after(self, number: int) -> Iterator[int]:
        """The headers of runs behind line `number`."""
        starts = self.by_title.get(START, [])
        return islice(starts, bisect_left(starts, number), None)


def ended(totals: Counter[Outcome]) -> Counter[Outcome]:
    """Totals of the tests that ended, reruns aside."""
    return Counter({outcome: count for outcome, count in totals.items() if count and outcome is not Outcome.RERUN})


def dots(line: str) -> tuple[str | None, Counter[Outcome], int | None] | None:
    """File, outcomes and percentage of a progress line like `a.py ..F. [ 50%]`; or None."""
    found = _DOT_LINE.match(line)
    if found is None or not (found[1] or found[3]):
        return None
    percent = _PERCENT.search(line)
    letters = Counter(_DOTS[letter] for letter in found[2] if letter in _DOTS)
    return found[1], letters, int(percent[1]) if percent else None


def named_outcome(line: str) -> tuple[str, str] | None:
    """Node id and outcome word of a verbose line, also xdist's; or None.

    A parameter may hold the very words: an id with `[` ends with `]`, which tells where the outcome starts.
    """
    worker = _WORKER.match(line)
    if worker:
        return worker[2].strip(), worker[1]
    if "::" not in line or line[:1] in {" ", "[", "="}:
        return None
    text = _BRACKET_END.sub("", line).rstrip()
    bracket = text.find("[")
    for found in _NAMED_END.finditer(text):
        start = found.start()
        if start <= bracket or bracket < 0 or text[start - 1] == "]":
            test_id, word = text[:start], found[1] or found[2]
            if "::" not in test_id:
                return None
            return (test_id + _spaced(text[found.end() :]), word) if found[2] else (test_id, word)
    return None


def waiting_id(line: str) -> str | None:
    """The node id of a verbose line whose outcome has not come, for the test's own output came first; or None.

    An id without parameters is one word; one with parameters ends at the first `]` that a blank follows.
    """
    if line[:1] in {" ", "[", "=", "_", "-"} or "::" not in line:
        return None
    word = line.split(" ", 1)[0]
    if "[" in word and not word.endswith("]"):
        end = line.find("] ")
        word = line[: end + 1] if end > 0 else line
    return word if "::" in word else None


def bare_outcome(line: str) -> str | None:
    """The outcome word of a line that holds nothing else, as after a test's own output; or None."""
    word = _BRACKET_END.sub("", line).rstrip().split(" (", 1)[0]
    return word if word in OUTCOME_WORDS else None


def summary_entry(line: str, known: Callable[[str], bool]) -> tuple[str, str, str | None] | None:
    """Outcome word, node id and message of a short summary's line; or None for continued and folded lines."""
    found = _SUMMARY_WORD.match(line)
    if found is None:
        return None
    word, rest = found[1], found[2]
    sub = ""
    if word.startswith("SUBFAIL"):
        described = _SUB.match(rest)
        if described is None:
            return None
        sub, rest = _spaced(described[1]), rest[described.end() :]
    elif word == "SKIPPED" and rest.startswith(" ["):
        return None
    test_id, message = _split_message(rest.strip(), known)
    return word, test_id + sub, message


def _spaced(description: str) -> str:
    text = description.strip()
    return f" {text}" if text else ""


def _split_message(text: str, known: Callable[[str], bool]) -> tuple[str, str | None]:
    """Split `id - message` where ids may hold ` - ` too: at a known id, else where the parameters' bracket closes."""
    cuts: list[int] = []
    position = text.find(" - ")
    while position >= 0 and len(cuts) < 64:
        cuts.append(position)
        position = text.find(" - ", position + 1)
    for cut in cuts:
        if known(text[:cut]):
            return text[:cut], text[cut + 3 :]
    bracket = text.find("[")
    for cut in cuts:
        if bracket < 0 or cut < bracket or text[cut - 1] == "]":
            return text[:cut], text[cut + 3 :]
    return text, None
