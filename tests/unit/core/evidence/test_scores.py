"""The scores discriminate: what is certain moves them visibly, and a reader cannot talk them up."""

import pytest

from app.catalogue import words_in
from app.core.evidence.bounds import TESTS_UNKNOWN_MAX
from app.core.ports import Draft, ItemOpinion, Opinion, QuotedPlace
from app.core.reviewing.finish import finish
from schemas.review import Usage
from schemas.rubric import DecidedBy, RubricVerdict, Verdict
from tests.builders.questions import a_question
from tests.builders.records import NOON, a_review
from tests.builders.reviewed import comparison_of, finished, review_of

OLD = "import os\n\n\ndef total(rows):\n    found = 0\n    for row in rows:\n        found += row\n    return found\n"
MORE = "\n\ndef mean(rows):\n    return total(rows) / len(rows)\n"
BROKEN = "\n\ndef mean(rows):\n    return total(rows) / size\n"
TESTS = (
    "from a import mean\n\n\ndef test_mean():\n    assert mean([1, 3]) == 2\n\n\n"
    "def test_mean_of_one():\n    assert mean([1]) == 1\n"
)
VISIBLY = 5  # points


def overall(old: dict[str, str], new: dict[str, str]) -> int:
    return review_of(old, new).overall_score


def test_a_certain_name_error_lowers_visibly() -> None:
    """The same addition with a name that is defined nowhere costs more than ten points, and quality too."""
    fine, broken = review_of(OLD, OLD + MORE), review_of(OLD, OLD + BROKEN)
    assert fine.overall_score - broken.overall_score >= 2 * VISIBLY
    assert fine.code_quality_score - broken.code_quality_score >= VISIBLY


def test_an_old_name_error_costs_less_than_a_new_one() -> None:
    """Who did not make the mistake this time took no step back."""
    again = overall({"a.py": OLD + BROKEN}, {"a.py": OLD + BROKEN + "\n\nSIZE = 3\n"})
    assert overall({"a.py": OLD}, {"a.py": OLD + BROKEN}) < again


UNPARSABLE = "\n\ndef mean(rows:\n    return total(rows)\n"


def progress(old: str, new: str) -> RubricVerdict:
    """The verdict on progress, where no review of the attempt before is known."""
    (found,) = [one for one in review_of(old, new, "en").rubric if one.decided_by is DecidedBy.DIFF]
    return found


def test_a_file_that_was_broken_before_is_no_step_back() -> None:
    """The two versions tell, no review of the attempt before is needed; a file that is broken now is a step back."""
    begun, left = progress(OLD, OLD + UNPARSABLE), progress(OLD + UNPARSABLE, OLD + UNPARSABLE + "\nX = 3\n")
    assert begun.points < left.points
    assert "new syntax errors (1)" in str(begun.reason)
    assert "syntax" not in str(left.reason)


def test_new_tests_raise_visibly() -> None:
    """Tests that assert something are progress that can be had without a log."""
    plain = overall({"a.py": OLD}, {"a.py": OLD + MORE})
    tested = overall({"a.py": OLD}, {"a.py": OLD + MORE, "tests/test_a.py": TESTS})
    assert tested - plain >= VISIBLY


def test_tests_that_assert_nothing_raise_nothing() -> None:
    """Names of tests alone cannot be exchanged for points."""
    hollow = "def test_mean():\n    assert True\n\n\ndef test_more():\n    pass\n"
    plain = overall({"a.py": OLD}, {"a.py": OLD + MORE})
    assert overall({"a.py": OLD}, {"a.py": OLD + MORE, "tests/test_a.py": hollow}) <= plain + 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/notes.txt", TESTS),
        ("tests/notes.md", TESTS),
        ("tests/test_a.py", f'"""\n{TESTS}"""\n'),
        ("tests/test_a.py", f'CASES = """\n{TESTS}"""\nprint(CASES)\n'),
        ("tests/test_a.py", TESTS + "\n\n__test__ = False\n"),
    ],
)
def test_text_that_reads_as_a_test_raises_nothing(path: str, text: str) -> None:
    """Only tests that a runner would run are exchanged for points."""
    plain = overall({"a.py": OLD}, {"a.py": OLD + MORE})
    assert overall({"a.py": OLD}, {"a.py": OLD + MORE, path: text}) <= plain + 1


def test_tests_hidden_in_text_are_lost() -> None:
    """A test that went into a text file is a removed one."""
    kept, gone = TESTS[: TESTS.rindex("def ")], TESTS[TESTS.rindex("def ") :]
    new = {"a.py": MORE, "tests/test_a.py": kept, "tests/notes.txt": gone}
    comparison = comparison_of({"a.py": MORE, "tests/test_a.py": TESTS}, new)
    assert {"tests_removed", "asserts_removed"} <= set(comparison.evidence.flags)


def test_mended_findings_raise_visibly() -> None:
    """A mistake and a leak that were mended raise the score above that of any other small change."""
    leaky = OLD + "\n\ndef load(path):\n    file = open(path)\n    return file.read() + missing\n"
    mended = OLD + "\n\ndef load(path):\n    with open(path) as file:\n        return file.read()\n"
    other = leaky.replace("found += row", "found = found + row")
    assert overall({"a.py": leaky}, {"a.py": mended}) - overall({"a.py": leaky}, {"a.py": other}) >= 2 * VISIBLY
    assert overall({"a.py": leaky}, {"a.py": mended}) > overall({"a.py": mended}, {"a.py": mended + "\nX = 1\n"})


def test_findings_that_went_with_their_code_are_no_merit() -> None:
    """To delete the functions with the mistakes does not pay."""
    leaky = OLD + "".join(f"\n\ndef load{n}(path):\n    file = open(path)\n    return file.read()\n" for n in range(12))
    kept = leaky.replace("found += row", "found = found + row")
    assert overall({"a.py": leaky}, {"a.py": OLD}) <= overall({"a.py": leaky}, {"a.py": kept})


def test_lost_work_lowers_visibly() -> None:
    """Where most functions are gone the score falls far below that of a small change."""
    many = "".join(f"def part{n}(x):\n    if x:\n        return {n}\n    return x\n\n\n" for n in range(8))
    small = overall({"a.py": many}, {"a.py": many.replace("return 3", "return 33")})
    lost = overall({"a.py": many}, {"a.py": many.partition("\n\n\n")[0] + "\n"})
    assert small - lost >= 2 * VISIBLY


def test_a_large_addition_with_tests_is_not_the_lowest() -> None:
    """Findings count by density: five times the code with five times the hints is as good as one part of it."""
    part = (
        "\n\ndef use{0}(values):\n    found = []\n    for value in values:\n"
        "        found.append(value + {0})\n    return found\n"
    )
    one, five = (OLD + "".join(part.format(n) for n in range(count)) for count in (5, 25))
    assert abs(overall({"a.py": OLD}, {"a.py": one}) - overall({"a.py": OLD}, {"a.py": five})) <= VISIBLY
    tested = overall({"a.py": OLD}, {"a.py": five + MORE, "tests/test_a.py": TESTS})
    assert tested > overall({"a.py": OLD}, {"a.py": OLD + BROKEN})


def test_a_gullible_reader_gains_little() -> None:
    """A reader that finds every item met, with quotes that stand, moves quality by the slack, overall by nothing."""
    for new in (OLD + MORE, OLD + BROKEN, OLD):
        comparison = comparison_of({"a.py": OLD}, {"a.py": new})
        question = a_question(comparison)
        place = QuotedPlace("a.py", 4, "def total(rows):")
        items = tuple(ItemOpinion(item.id, Verdict.MET, "Perfect.", place) for item in question.rubric.left_to_a_reader)
        draft = Draft(Opinion("Perfect.", items=items), model="gullible", prompt_version="1", usage=Usage())
        praised = finish(
            question,
            draft,
            review_id=a_review().review_id,
            timestamp=NOON,
            latency_ms=1,
            words=words_in(comparison.language),
        ).review_result
        by_rules = finished(comparison).review_result
        assert praised.overall_score == by_rules.overall_score <= TESTS_UNKNOWN_MAX
        gained = praised.code_quality_score - by_rules.code_quality_score
        assert 0 <= gained <= question.rubric.slack.up
        taken = [verdict for verdict in praised.rubric if verdict.decided_by is DecidedBy.MODEL]
        assert all((verdict.verdict is Verdict.MET) == bool(comparison.sources) for verdict in taken)
