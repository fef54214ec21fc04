"""How grave a linter's finding is: what ends in an error, what is likely a mistake, what is a hint.

A rule that is not named here is a hint: to call a matter of taste an error costs more trust than to miss one.
"""

import re
from typing import Final, Literal

from app.core.evidence.changed_tests import is_test_path
from schemas.changes import Finding

Gravity = Literal["critical", "major", "minor"]

_CERTAIN: Final = frozenset(
    {
        *("invalid-syntax", "E902", "E999", "F404", "F406", "F407", "F621", "F622", "F701", "F702", "F704", "F706"),
        *("F707", "F821", "PLE0115", "PLE0117", "PLE0118", "PLE0241", "PLE1132", "PLE1142", "PLE1700"),
    }
)
"""Python refuses such code, or the line ends in an exception whenever it is executed."""

_LIKELY: Final = frozenset(
    {
        *("F402", "F501", "F502", "F503", "F505", "F506", "F507", "F508", "F509", "F521", "F524", "F525"),
        *("F601", "F602", "F631", "F632", "F633", "F634", "F822", "F823", "F901"),
        *("B002", "B003", "B005", "B006", "B012", "B015", "B016", "B020", "B021", "B022", "B023", "B025", "B029"),
        *("B030", "B031", "B032", "B035", "B039", "B909", "NPY001", "PIE794", "SIM107", "PLW0127"),
        *("ASYNC100", "ASYNC105"),
    }
)
"""What the author hardly meant, and what behaves otherwise than it reads."""

_RISKY: Final = frozenset(
    {
        *("S102", "S307", "S501", "S506", "S701", "T100"),
        *("ASYNC210", "ASYNC212", "ASYNC220", "ASYNC221", "ASYNC222", "ASYNC230", "ASYNC240", "ASYNC250", "ASYNC251"),
    }
)
"""What works and is dangerous, or stops everything else."""

_HINTS_OF_PLE: Final = frozenset({"PLE0605", "PLE1310", "PLE2502", "PLE2510", "PLE2512", "PLE2513", "PLE2515"})
_UNUSED: Final = frozenset({"F401", "F841", "F842"})
_OF_TESTS: Final = frozenset({"B011", "B017", "F811"})
"""Hints that are about tests themselves: of two tests of one name the first never runs."""

_PASSWORDS: Final = frozenset({"S105", "S106", "S107"})

_PROVOKED: Final = frozenset({"PLE0643", "B015", "B018"})
"""What tests do on purpose, to see the error."""

_LETTERS: Final = re.compile(r"[A-Z]+")
_NEWER_GRAMMAR: Final = "syntax was added in Python"
_NAME: Final = re.compile(r"`([^`]{1,80})`")


def gravity_of(rule: str) -> Gravity:
    """`critical` for what ends in an error, `major` for a likely mistake or a danger, else `minor`."""
    if is_certain_error(rule):
        return "critical"
    return "major" if is_likely_error(rule) or rule in _RISKY else "minor"


def is_certain_error(rule: str) -> bool:
    """Whether the code cannot be read, or ends in an exception where it is executed."""
    return rule in _CERTAIN or rule.startswith("E9")


def is_likely_error(rule: str) -> bool:
    """Whether the code most likely does something else than its author meant."""
    return rule in _LIKELY or (rule.startswith("PLE") and rule not in _CERTAIN | _HINTS_OF_PLE)


def group_of(rule: str) -> str:
    """What a finding is told and counted with: `certain`, `likely`, `risky`, `unused`, or the letters of a hint's rule.

    `other` is no rule but a message of the linter's about itself.
    """
    if is_certain_error(rule):
        return "certain"
    if is_likely_error(rule):
        return "likely"
    if rule in _RISKY:
        return "risky"
    if rule in _UNUSED:
        return "unused"
    match = _LETTERS.match(rule)
    return match.group(0) if match else "other"


def is_worth_telling(finding: Finding) -> bool:
    """Whether a student should hear of it: in tests only mistakes, and nothing of grammar that is merely new."""
    if finding.rule == "invalid-syntax" and _NEWER_GRAMMAR in finding.message:
        return False
    if finding.rule in _PASSWORDS and "token" in finding.message.casefold():
        return False  # tokens of homework are words and operators; those that open doors are found by their form
    if group_of(finding.rule) == "other":
        return True  # the linter's own message is no finding, and says what was not looked at
    if not is_test_path(finding.path) or finding.rule in _OF_TESTS:
        return True
    return gravity_of(finding.rule) != "minor" and finding.rule not in _PROVOKED


def name_in(finding: Finding) -> str | None:
    """The first name that the linter quotes."""
    match = _NAME.search(finding.message)
    return match.group(1) if match else None
