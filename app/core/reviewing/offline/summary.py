"""The progress in sentences, the most important first: what is broken, what works, what was done, what is next."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from app.core.diff.records.kinds import DETAILS
from app.core.evidence.facts.change import is_beside_code
from app.core.evidence.facts.gravity import is_likely_error
from app.core.evidence.facts.names import split_names
from app.core.evidence.facts.testing import tests_among
from app.core.evidence.facts.told_kinds import ToldKind
from app.core.evidence.measured import TRUSTED
from app.core.reviewing.offline.whereabouts import Whereabouts
from app.core.words import Data, Words
from app.core.words.filters import capitalized, lowered
from schemas.changes import ChangeKind
from schemas.comparison import Comparison, Fact, FactCode

_ITEMS_MAX: Final = 4  # changes named in one sentence
_RULES_MAX: Final = 6
_UNUSED_MAX: Final = 2  # pieces of code without use named in the summary
_OPENINGS: Final = (
    *(
        FactCode.FIRST_SUBMISSION,
        FactCode.BASELINE_UNAVAILABLE,
        FactCode.NAMED_PREDECESSOR_UNKNOWN,
        FactCode.NO_CHANGE,
        FactCode.SIZE,
    ),
    *(FactCode.ONLY_FORMATTING, FactCode.ONLY_COMMENTS, FactCode.ONLY_SURFACE),
)
_FOR_OTHERS: Final = (
    *(
        ToldKind.MODIFY_ROUTE,
        ToldKind.REMOVE_ROUTE,
        ToldKind.ADD_ROUTE,
        ChangeKind.CHANGE_ANNOTATION,
        ChangeKind.CHANGE_RETURN_ANNOTATION,
    ),
    *(ChangeKind.MODIFY_IMPORT, ToldKind.REBIND_IMPORTS),
)
_NOTHING_BEFORE: Final = frozenset({FactCode.FIRST_SUBMISSION, FactCode.BASELINE_UNAVAILABLE, FactCode.NO_CHANGE})
_TEST_STATES: Final = (
    *(
        FactCode.TESTS_ALL_PASS,
        FactCode.TESTS_FAILING,
        FactCode.TESTS_NOT_COLLECTED,
        FactCode.TESTS_DID_NOT_RUN,
        FactCode.TESTS_BROKE_OFF,
        FactCode.TESTS_RUN_FAILED,
    ),
    *(FactCode.TESTS_UNREAD, FactCode.NO_TESTS_GIVEN),
)
SIGNS: Final = (
    FactCode.SECRET_IN_SOURCE,
    FactCode.HIDDEN_CHARACTERS,
    FactCode.INSTRUCTION_IN_SOURCE,
    FactCode.INSTRUCTION_IN_LOG,
)
_BROKEN_TESTS: Final = (FactCode.TESTS_NOT_COLLECTED, FactCode.TESTS_DID_NOT_RUN, FactCode.TESTS_FAILING)
_DOUBTS: Final = ("runs_disagree", "totals_disagree")
"""Marks that say why a report is not trusted; of others it was read in part only."""
_LIKELY_ERRORS: Final = frozenset({"certain", "likely"})


def summarize(comparison: Comparison, phrases: Words, advice: Sequence[str]) -> str:
    """The summary; `advice` are the recommendations.

    Every sentence stems from a fact; facts that are not there leave no sentence. The first one is the most important:
    what is broken or lost, else what the tests say, else what was done; only then the size of the change.
    """
    facts = comparison.evidence.facts
    codes = {fact.code for fact in facts}
    where = Whereabouts.of(comparison)
    report = comparison.tests.current
    tests = list(_tests(comparison, phrases))
    is_told = (report is not None and report.total > 0) or bool(codes.intersection(_BROKEN_TESTS))
    opening, done = list(_firsts(facts, _OPENINGS, phrases)), list(_done(facts, phrases))
    sentences = [
        *_alarms(facts, phrases, where),
        *(tests if is_told else ()),
        *((*opening, *done) if codes.intersection(_NOTHING_BEFORE) else (*done, *opening)),
        *_moves(facts, phrases),
        *_changed_for_others(facts, phrases),
        *_problems(facts, phrases, where),
        *(() if is_told else tests),
    ]
    if advice:
        sentences.append(phrases.sentences["next"]({"advice": lowered(advice[0])}))
    elif not any(fact.weight < 0 for fact in facts):
        sentences.append(phrases.sentences["clean"]({}))
    return " ".join(sentences)


def _alarms(facts: Sequence[Fact], phrases: Words, where: Whereabouts) -> Iterator[str]:
    """What stops the work, or is gone: nothing else matters as much."""
    for fact in [fact for fact in facts if fact.code == FactCode.SYNTAX_ERROR][:_ITEMS_MAX]:
        yield phrases.sentences[FactCode.SYNTAX_ERROR](where.data_of(fact, phrases))
    certain = [fact for fact in facts if fact.code == FactCode.CERTAIN_ERROR]
    if certain:
        items = [
            phrases.sentences[FactCode.CERTAIN_ERROR](where.data_of(fact, phrases)) for fact in certain[:_ITEMS_MAX]
        ]
        rest = max(0, _count(certain[0]) - len(items))
        yield phrases.sentences["certain_errors"]({"items": items, "rest": rest})
    yield from _firsts(facts, (FactCode.WORK_DELETED,), phrases)
    secret = next((fact for fact in facts if fact.code == FactCode.SECRET_IN_SOURCE), None)
    if secret is not None:
        yield phrases.sentences[FactCode.SECRET_IN_SOURCE](where.data_of(secret, phrases))


def likely_errors(facts: Iterable[Fact]) -> tuple[int, list[str]]:
    """How many findings are likely errors, the certain ones among them, and the rules of those that are no more."""
    found = [fact for fact in facts if fact.code == FactCode.FINDINGS and fact.data.get("group") in _LIKELY_ERRORS]
    return sum(_count(fact) for fact in found), [
        rule for fact in found for rule in split_names(fact) if is_likely_error(rule)
    ]


def short_test_name(test_id: str) -> str:
    """A test's own name: `tests/test_a.py::TestB::test_c`, `tests.test_a.test_c` -> `test_c`."""
    name, bracket, parameters = test_id.rsplit("::", 1)[-1].partition("[")
    if "/" not in name and all(part.isidentifier() for part in name.split(".")):
        name = name.rsplit(".", 1)[-1]
    return f"{name}{bracket}{parameters}" or test_id


def data_of(fact: Fact) -> dict[str, Any]:
    """A fact's figures with its place, as phrases take them."""
    return {**fact.data, "path": fact.path, "line": fact.line}


def _firsts(facts: Sequence[Fact], codes: Iterable[str], phrases: Words) -> Iterator[str]:
    """One sentence for each code: several secrets, say, are named once and commented on each."""
    for code in codes:
        fact = next((fact for fact in facts if fact.code == code), None)
        if fact is not None:
            yield phrases.sentences[code](data_of(fact))


def _tests(comparison: Comparison, phrases: Words) -> Iterator[str]:
    facts, tests = comparison.evidence.facts, comparison.tests
    yield from _firsts(facts, _TEST_STATES, phrases)
    report = tests.current
    if report is not None and report.total and report.confidence < TRUSTED:
        doubt = next((mark for mark in _DOUBTS if mark in report.marks), "tests_guessed")
        yield phrases.sentences[doubt]({})
    codes = {fact.code for fact in facts}
    named = (
        (FactCode.TESTS_NEWLY_PASSING, tests.newly_passing),
        (FactCode.TESTS_NEWLY_FAILING, tests_among(tests.newly_failing)),
        (FactCode.TESTS_STILL_FAILING, tests_among(tests.still_failing)),
        (FactCode.TESTS_FLAKY, tests.flaky),
        (FactCode.TESTS_ADDED, tests_among(tests.added)),
        (FactCode.TESTS_REMOVED, tests_among(tests.removed)),
    )
    for code, names in named:
        if code in codes and names:
            yield phrases.sentences[code]({"count": len(names), "names": [short_test_name(name) for name in names]})
    for fact in facts:
        if fact.code == FactCode.TESTS_WRITTEN and FactCode.TESTS_ADDED not in codes:
            yield phrases.sentences[FactCode.TESTS_ADDED]({"count": _count(fact), "names": split_names(fact)})
        if fact.code == FactCode.TESTS_REMOVED and not tests_among(tests.removed):
            yield phrases.sentences[FactCode.TESTS_REMOVED]({"count": _count(fact), "names": split_names(fact)})
    yield from _firsts(facts, (FactCode.ASSERTS_REMOVED, FactCode.TESTS_SKIPPED_ADDED), phrases)


def _done(facts: Sequence[Fact], phrases: Words) -> Iterator[str]:
    """What was done in the code."""
    present = {fact.code for fact in facts}
    done = [
        _item(fact, kind, phrases)
        for fact in sorted(facts, key=_dullness)
        if fact.code in {FactCode.REFACTORING, FactCode.CHANGE}
        and (kind := str(fact.data.get("kind"))) in phrases.kinds
        and kind not in _FOR_OTHERS
        and not (
            kind in {ToldKind.ADD_TEST, ToldKind.REMOVE_TEST}
            and {FactCode.TESTS_ADDED, FactCode.TESTS_REMOVED, FactCode.TESTS_WRITTEN} & present
        )
    ]
    if done:
        yield phrases.sentences["done"]({"items": done[:_ITEMS_MAX]})


def _moves(facts: Sequence[Fact], phrases: Words) -> Iterator[str]:
    """What became better, and what worse: of functions that are on both sides."""
    yield from _firsts(facts, (FactCode.SYNTAX_MENDED,), phrases)
    for key, code in (("better", FactCode.COMPLEXITY_REDUCED), ("worse", FactCode.COMPLEXITY_RAISED)):
        found = [fact for fact in facts if fact.code == code and not fact.data.get("moved_on")]
        if found:
            items = [phrases.sentences[code](data_of(fact)) for fact in found[:_ITEMS_MAX]]
            yield phrases.sentences[key]({"items": items})
    for fact in facts:
        if fact.code == FactCode.FINDINGS_FIXED:
            rules = split_names(fact)
            data = {"count": _count(fact), "rules": rules, "more": _names_cut(fact)}
            yield phrases.sentences[FactCode.FINDINGS_FIXED](data)


def _changed_for_others(facts: Sequence[Fact], phrases: Words) -> Iterator[str]:
    """What whoever calls the code must know, however much else changed: routes, types, what a name means."""
    found = {str(fact.data.get("kind")): fact for fact in facts if fact.code == FactCode.CHANGE}
    items = [_item(found[kind], kind, phrases) for kind in _FOR_OTHERS if kind in found]
    if items:
        yield phrases.sentences["for_others"]({"items": items})


def _item(fact: Fact, kind: str, phrases: Words) -> str:
    names = {"count": _count(fact), "names": split_names(fact)}
    return phrases.sentences["item"]({"what": phrases.kinds[kind][1 if _count(fact) > 1 else 0], **names})


def _dullness(fact: Fact) -> int:
    """Refactorings first, then what is new, what is gone, what was merely touched, and last what is no code."""
    kind = str(fact.data.get("kind"))
    verb = kind.partition("_")[0]
    if is_beside_code(kind):
        return 5
    if kind in DETAILS and fact.code != FactCode.REFACTORING:
        return 4 if kind == ChangeKind.MODIFY_MODULE else 3
    return 0 if fact.code == FactCode.REFACTORING else {"add": 1, "remove": 2}.get(verb, 4)


def _problems(facts: Sequence[Fact], phrases: Words, where: Whereabouts) -> Iterator[str]:
    for unread in (FactCode.FILE_UNREAD, FactCode.FILE_READABLE, FactCode.NEEDS_NEWER_PYTHON):
        for one in [fact for fact in facts if fact.code == unread][:_ITEMS_MAX]:
            yield phrases.sentences[unread](data_of(one))
    findings = [fact for fact in facts if fact.code == FactCode.FINDINGS]
    if findings:
        rules = [rule for fact in findings for rule in split_names(fact)]
        data: Data = {
            "count": sum(map(_count, findings)),
            "errors": likely_errors(facts)[0],
            "rules": rules[:_RULES_MAX],
            "more": len(rules) > _RULES_MAX or any(_names_cut(fact) for fact in findings),
        }
        yield phrases.sentences[FactCode.FINDINGS](data)
    unused = [fact for fact in facts if fact.code == FactCode.UNUSED_CODE]
    if unused:
        items = [phrases.sentences["unused_item"](where.data_of(fact, phrases)) for fact in unused[:_UNUSED_MAX]]
        yield phrases.sentences[FactCode.UNUSED_CODE]({"items": items, "rest": _count(unused[0]) - len(items)})
    for sign in SIGNS:
        fact = next((fact for fact in facts if fact.code == sign), None)
        if fact is not None and sign != FactCode.SECRET_IN_SOURCE:  # told first of all
            yield phrases.sentences[sign](where.data_of(fact, phrases))


def _names_cut(fact: Fact) -> bool:
    """Whether a fact's rules are more than the fact names."""
    different = fact.data.get("different")
    return isinstance(different, int) and different > len(split_names(fact))


def _count(fact: Fact) -> int:
    count = fact.data.get("count")
    return count if isinstance(count, int) else 0


def as_sentences(items: Iterable[str]) -> tuple[str, ...]:
    """Each item with its first letter large."""
    return tuple(map(capitalized, items))
