"""Where a comment's code is on the next attempt, and what code can tell of it: single steps on one class."""

from typing import Final

import pytest

from app.core.reviewing.threads import follow
from schemas.comparison import Baseline
from schemas.review import CheckKind, Review, Thread, ThreadState
from schemas.tests import Outcome, TestCase, TestProgress, TestReport
from tests.builders.attempts import Homework, remark, says
from tests.builders.records import a_comparison

STORE: Final = """import os


class Store:
    def __init__(self, path):
        self.path = path
        self.items = {}

    def put(self, key, value):
        data = self.items.get(key, [])
        data.append(value)
        self.items[key] = data
        print(key, value)
        return len(data)

    def get(self, key):
        return self.items.get(key)
"""
BODY: Final = STORE[STORE.index("        data = ") : STORE.index("    def get")]
EXTRACTED: Final = STORE.replace(
    BODY, "        data = self._add(key, value)\n        print(key, value)\n        return len(data)\n\n"
).replace(
    "    def get(self",
    "    def _add(self, key, value):\n        found = self.items.get(key, [])\n        found.append(value)\n"
    "        self.items[key] = found\n        return found\n\n    def get(self",
)
BESIDE: Final = {"b.py": "x = 1\n"}


def after(new: dict[str, str], line: int | None, category: str = "correctness", old: str = STORE) -> Thread:
    """What became of a reader's comment on `line` of the old text, which lies in `a.py`."""
    homework = Homework()
    said = remark("a.py", line or 1, category).model_copy(update={"line": line})
    homework.hand_in({"a.py": old} | BESIDE, reader=says(said))
    review = homework.hand_in(new | BESIDE, reader=says())
    (thread,) = review.review_result.threads
    return thread


def edited(before: str, now: str) -> dict[str, str]:
    assert before in STORE
    return {"a.py": STORE.replace(before, now)}


@pytest.mark.parametrize(
    ("new", "line", "state", "decided_by"),
    [
        (edited("return len(data)", "return len(data) or 0"), 13, "still_open", None),
        (edited("return self.items.get(key)", "return self.items[key]"), 13, "still_open", "code"),
        (edited("        print(key, value)\n", ""), 13, "fixed", "code"),
        (edited("print(key, value)", "log.info(key, value)"), 13, "fixed", "code"),
        (edited("Store", "Storage"), 13, "still_open", "code"),
        (edited("items", "entries"), 10, "still_open", "code"),
        (edited("data", "rows"), 11, "still_open", "code"),
        (edited("get(key, [])", "get(\n            key,\n            [],\n        )"), 10, "still_open", "code"),
        (edited("print(key, value)", "print( key,value )  # later"), 13, "still_open", "code"),
        ({"a.py": EXTRACTED}, 11, "moved", "code"),
        ({"c.py": STORE}, 11, "moved", "code"),
        ({"pkg/a.py": STORE}, 11, "moved", "code"),
        ({}, 11, "obsolete", "code"),
        (edited(BODY, "        pass\n\n"), 16, "still_open", "code"),
        ({"a.py": STORE[: STORE.index("    def get")]}, 17, "obsolete", "code"),
        (edited("print(key, value)", "pass"), 1, "still_open", "code"),
        (edited("import os\n", ""), 1, "fixed", "code"),
        (edited("def get(self, key):", "def get(self, key"), 13, "still_open", "code"),
        (edited("print(key, value)", "pass"), 9, "still_open", None),
        (edited("print(key, value)", "pass"), 4, "still_open", None),
        (edited("print(key, value)", "pass"), None, "still_open", None),
    ],
    ids=["code around it", "code elsewhere", "line deleted", "line changed", "class renamed", "attribute renamed",
         "variable renamed", "laid out", "comment added", "extracted", "file renamed", "file moved", "file deleted",
         "neighbour emptied", "method deleted", "line outside of all", "import deleted", "does not parse", "header",
         "class header", "whole file"],
)  # fmt: skip
def test_a_reader_s_comment_is_followed_by_its_code(
    new: dict[str, str], line: int | None, state: str, decided_by: str | None
) -> None:
    """Code that stands is open, changed code fixed, gone code obsolete; of changed surroundings code cannot tell."""
    thread = after(new, line)
    assert (thread.state.value, thread.decided_by) == (state, decided_by)


def test_a_comment_on_a_whole_file_goes_with_it() -> None:
    """Renamed alone, then renamed and changed, then deleted: it is never left behind under a name that is gone."""
    homework = Homework(is_linted=False)
    said = remark("a.py", 1, "structure").model_copy(update={"line": None})
    homework.hand_in({"a.py": STORE} | BESIDE, reader=says(said))
    told = []
    changed = STORE.replace("print", "log")
    attempts = ({"c.py": STORE}, {"d.py": STORE.replace("len(data)", "1")}, {"d.py": changed}, {"e.md": "gone"})
    for files in attempts:
        (thread,) = homework.hand_in(files | BESIDE, reader=says()).review_result.threads
        told.append((thread.state.value, thread.decided_by, thread.path))
    assert told == [
        ("moved", "code", "c.py"),
        ("moved", None, "d.py"),
        ("still_open", None, "d.py"),
        ("obsolete", "code", "d.py"),
    ]


def test_what_nobody_could_decide_goes_with_its_file() -> None:
    """Also a comment of which nothing is known but its file stands where that is now."""
    homework = Homework(is_linted=False)
    homework.hand_in({"a.py": STORE} | BESIDE, reader=says(remark("a.py", 11)))
    (thread,) = homework.reviews[-1].review_result.threads
    homework.hand_in({"c.py": STORE} | BESIDE, reader=says())
    test = thread.model_copy(update={"category": CheckKind.TEST, "test_id": None})
    (followed,) = follow((test,), homework.comparisons[-1])
    assert (followed.state, followed.decided_by, followed.path) == (ThreadState.MOVED, None, "c.py")


def test_a_place_is_that_of_now() -> None:
    """Path, symbol, line and quote of an open comment are where its code stands now."""
    thread = after({"a.py": EXTRACTED}, 11)
    assert (thread.path, thread.symbol, thread.line, thread.quote) == ("a.py", "Store._add", 16, "found.append(value)")


def test_a_new_name_may_answer_a_comment_on_names() -> None:
    """Whether the name is better now, a reader has to say; a comment on anything else is not answered by it."""
    assert after(edited("data", "rows"), 10, "naming").decided_by is None
    assert after(edited("data", "rows"), 10, "correctness").decided_by == "code"


def test_of_equal_lines_the_right_one_is_followed() -> None:
    """Where one of two equal statements goes, the comment on it is answered, and the one on the other is not."""
    twice = "def f(x):\n    x = step(x)\n    check(x)\n    y = other(x)\n    check(x)\n    return y\n"
    once = "def f(x):\n    x = step(x)\n    y = other(x)\n    check(x)\n    return y\n"
    assert after({"a.py": once}, 3, old=twice).state is ThreadState.FIXED
    assert after({"a.py": once}, 5, old=twice).state is ThreadState.STILL_OPEN


def test_deleted_code_that_comes_back_was_never_fixed() -> None:
    """An obsolete comment is open again with its code."""
    homework = Homework()
    said = remark("a.py", 2)
    homework.hand_in({"a.py": "def f(x):\n    return eval(x)\n"} | BESIDE, reader=says(said))
    states = [
        homework.hand_in(files | BESIDE, reader=says()).review_result.threads[0].state
        for files in ({}, {"a.py": "def f(x):\n    return eval(x)\n"})
    ]
    assert states == [ThreadState.OBSOLETE, ThreadState.STILL_OPEN]


def test_attempts_count_the_reviews_in_which_it_was_open() -> None:
    """Three reviews with the same line: three attempts, and one since."""
    homework = Homework()
    text = "def f(x):\n    return eval(x)\n"
    reviews: list[Review] = [
        homework.hand_in({"a.py": text + f"\n\nN = {n}\n"}, reader=says(remark("a.py", 2))) for n in range(3)
    ]
    (thread,) = reviews[-1].review_result.threads
    assert (thread.attempts, thread.since_submission_id, thread.closed_submission_id) == (3, "sub-0", None)


def a_test_thread(**overrides: object) -> Thread:
    fields: dict[str, object] = {
        "comment_id": "1", "state": ThreadState.NEW, "category": CheckKind.TEST, "severity": "critical",
        "path": "test_a.py", "message": "It fails.", "since_submission_id": "sub-0", "test_id": "test_a.py::test_b",
    }  # fmt: skip
    return Thread.model_validate(fields | overrides)


def report(*outcomes: Outcome, **overrides: object) -> TestReport:
    cases = tuple(TestCase(id="test_a.py::test_b", outcome=outcome) for outcome in outcomes)
    totals = {outcome: outcomes.count(outcome) for outcome in outcomes}
    return TestReport.model_validate(
        {"formats": ("pytest",), "totals": totals, "cases": cases, "confidence": 1.0} | overrides
    )


@pytest.mark.parametrize(
    ("tests", "state", "decided_by"),
    [
        (TestProgress(), "still_open", None),
        (TestProgress(current=report(Outcome.PASSED)), "fixed", "code"),
        (TestProgress(current=report(Outcome.FAILED)), "still_open", "code"),
        (TestProgress(current=report(Outcome.SKIPPED)), "still_open", "code"),
        (TestProgress(current=report(totals={Outcome.PASSED: 3})), "still_open", None),
        (TestProgress(current=report(totals={Outcome.PASSED: 3}), newly_passing=("test_a.test_b",)), "fixed", "code"),
        (TestProgress(current=report(totals={Outcome.PASSED: 3}), removed=("test_a.py::test_b",)), "obsolete", "code"),
    ],
    ids=["no log", "passes", "fails", "skipped", "quiet log", "named newly passing", "taken out"],
)
def test_a_test_s_comment_is_decided_by_the_log(tests: TestProgress, state: str, decided_by: str | None) -> None:
    """What does not run is not fixed, and what the log does not tell nobody knows."""
    (thread,) = follow((a_test_thread(),), a_comparison(tests=tests))
    assert (thread.state.value, thread.decided_by) == (state, decided_by)


def test_a_failed_collection_is_mended_where_the_file_s_tests_run() -> None:
    """A file's own name stands for it, and leaves the log with its error: the file is still there."""
    comparison = a_comparison(tests=TestProgress(current=report(Outcome.PASSED), removed=("test_a.py",)))
    (thread,) = follow((a_test_thread(test_id="test_a.py"),), comparison)
    assert (thread.state, thread.decided_by) == (ThreadState.FIXED, "code")


def test_a_test_without_its_asserts_proves_nothing() -> None:
    """Where asserts were taken out, a test that passes now is not said to be mended."""
    comparison = a_comparison(tests=TestProgress(current=report(Outcome.PASSED)))
    weakened = comparison.evidence.model_copy(update={"flags": ("asserts_removed",)})
    (thread,) = follow((a_test_thread(),), comparison.model_copy(update={"evidence": weakened}))
    assert (thread.state, thread.decided_by) == (ThreadState.STILL_OPEN, None)


SECRET: Final = "ghp_" + "a1B2" * 9


@pytest.mark.parametrize(
    ("category", "bad", "good"),
    [
        ("secret", f"KEY = '{SECRET}'\n", "import os\n\nKEY = os.environ['KEY']\n"),
        ("hidden_characters", "x = 'a\u202eb'\n", "x = 'ab'\n"),
        ("syntax", "def f(:\n    return 1\n", "def f():\n    return 1\n"),
        ("function_length", "def f(x):\n" + "    x = x + 1\n" * 70, "def f(x):\n    return x + 70\n"),
    ],
)
def test_what_stands_in_the_text_is_looked_up_there(category: str, bad: str, good: str) -> None:
    """Rules' comments on texts stay open while the text has it, are fixed without, and come back with it."""
    homework = Homework()
    states = []
    for text in (bad, bad + "\n\nY = 1\n", good, bad):
        review = homework.hand_in({"a.py": text} | BESIDE)
        states.append([one.state.value for one in review.review_result.threads if one.category == category])
    assert states == [["new"], ["still_open"], ["fixed"], ["regressed"]]
    assert SECRET not in homework.reviews[-1].model_dump_json(include={"review_result"})


def test_a_rule_is_open_while_one_of_its_old_places_is_left() -> None:
    """A comment on a rule speaks of all places in its file: mending the first one leaves it open at the second."""
    homework = Homework()
    text = "def f(x):\n    return x == None\n\n\ndef g(x):\n    return x == None\n"
    homework.hand_in({"a.py": text})
    half = homework.hand_in({"a.py": text.replace("x == None", "x is None", 1)}).review_result
    done = homework.hand_in({"a.py": text.replace("x == None", "x is None")}).review_result
    assert [(one.state.value, one.line) for one in half.threads] == [("still_open", 6)]
    assert half.code_review_comments == ()
    assert [one.state.value for one in done.threads] == ["fixed"]
    assert "The only earlier comment is fixed. There are no new comments." in done.progress_summary


def test_a_file_that_was_not_touched_leaves_everything_open() -> None:
    """The linter looks at changed files alone: its silence on the others proves nothing."""
    homework = Homework()
    homework.hand_in({"a.py": "def f(x):\n    return x == None\n"} | BESIDE)
    review = homework.hand_in({"a.py": "def f(x):\n    return x == None\n", "b.py": "x = 2\n"})
    assert [(one.state.value, one.decided_by) for one in review.review_result.threads] == [("still_open", "code")]


@pytest.mark.parametrize(
    ("text", "state", "decided_by"),
    [(STORE, "still_open", None), (STORE.replace("print", "log"), "fixed", "code"), (None, "obsolete", "code")],
    ids=["there", "changed", "gone"],
)
def test_a_predecessor_that_is_forgotten_leaves_its_comments(
    text: str | None, state: str, decided_by: str | None
) -> None:
    """Where nothing could be compared, all files are there or gone, and what stands there nobody can call untouched."""
    homework = Homework(says())
    homework.hand_in({"a.py": STORE} | BESIDE, reader=says(remark("a.py", 13)))
    (thread,) = homework.reviews[0].review_result.threads
    other = Homework(says())
    other.hand_in(BESIDE if text is None else {"a.py": text} | BESIDE)
    forgotten = other.comparisons[0].model_copy(update={"baseline": Baseline.UNAVAILABLE})
    (found,) = follow((thread,), forgotten)
    assert (found.state.value, found.decided_by) == (state, decided_by)


def test_a_file_that_does_not_parse_is_not_called_clean() -> None:
    """The linter says nothing of code that it cannot read: its silence there answers no comment."""
    homework = Homework()
    text = "def f(x):\n    return x == None\n\n\ndef g(x):\n    return x\n"
    homework.hand_in({"a.py": text})
    broken = text.replace("x == None", "x is None").replace("def g(x)", "def g(x")
    (thread,) = [
        one for one in homework.hand_in({"a.py": broken}).review_result.threads if one.category not in set(CheckKind)
    ]
    assert (thread.state, thread.decided_by) == (ThreadState.STILL_OPEN, None)


def test_the_next_syntax_error_is_another_one() -> None:
    """Python tells the first error alone: where that is mended, the one further down is new and not the old one."""
    homework = Homework()
    text = "def f(:\n    return 1\n\n\ndef g(x:\n    return x\n"
    homework.hand_in({"a.py": text})
    result = homework.hand_in({"a.py": text.replace("f(:", "f():")}).review_result
    assert [(one.state.value, one.quote) for one in result.threads if one.category == CheckKind.SYNTAX] == [
        ("new", "def g(x:"),
        ("fixed", "def f(:"),
    ]
