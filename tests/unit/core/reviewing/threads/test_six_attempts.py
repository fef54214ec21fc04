"""Six attempts of one homework, read by a scripted model that nags: the same again in other words, and small things."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from app.core.ports import Opinion, Question, QuotedPlace, ThreadOpinion
from schemas.review import CodeComment, Review, ThreadState
from tests.builders.attempts import Homework, remark

READ: Final = """def read_rows(path):
    rows = []
    file = open(path)
    for line in file:
        rows.append(line.strip().split(","))
    return rows
"""
CLEAN: Final = """def clean(rows):
    kept = []
    for row in rows:
        if len(row) > 2 and row[2] != "":
            kept.append(row)
    return kept
"""
REPORT: Final = """class Report:
    def __init__(self, rows):
        self.rows = rows

    def mean(self):
        total = 0
        for row in self.rows:
            total = total + float(row[2])
        return total / len(self.rows)

    def best(self):
        return max(self.rows, key=lambda row: row[2])
"""
MAIN: Final = (
    "import sys\n\nfrom work import Report, clean, read_rows\n\nprint(Report(clean(read_rows(sys.argv[1]))).mean())\n"
)
MENDED_READ: Final = READ.replace(
    "    file = open(path)\n    for line in file:\n        rows",
    "    with open(path) as file:\n      for line in file:\n        rows",
)
DROP: Final = CLEAN.replace("clean", "drop_empty")
DANGEROUS: Final = f"{REPORT}\n    def parse(self, text):\n        return eval(text)\n"
MENDED_REPORT: Final = REPORT.replace(
    "        total = 0\n", "        if not self.rows:\n            return 0.0\n        total = 0\n"
).replace("max(self.rows, key=lambda row: row[2])", "max(self.rows, key=lambda row: float(row[2]))")
RENAMED_MAIN: Final = MAIN.replace("clean", "drop_empty")
MOVED_MAIN: Final = RENAMED_MAIN.replace("Report, ", "").replace(
    "import sys\n", "import sys\n\nfrom report import Report"
)


def work(*parts: str) -> str:
    return "\n\n".join(parts)


ATTEMPTS: Final[tuple[Mapping[str, str], ...]] = (
    {"work.py": work(READ, CLEAN, REPORT), "main.py": MAIN},
    # One is fixed, and a function has another name.
    {"work.py": work(MENDED_READ, DROP, REPORT), "main.py": RENAMED_MAIN},
    # New code with a mistake of its own.
    {"work.py": work(MENDED_READ, DROP, DANGEROUS), "main.py": RENAMED_MAIN},
    # The class moves to a file of its own.
    {"work.py": work(MENDED_READ, DROP), "report.py": DANGEROUS, "main.py": MOVED_MAIN},
    # What was fixed is broken again.
    {"work.py": work(READ, DROP), "report.py": DANGEROUS, "main.py": MOVED_MAIN},
    # All is well.
    {"work.py": work(MENDED_READ, DROP), "report.py": MENDED_REPORT, "main.py": MOVED_MAIN},
)

SUBJECTS: Final = (
    # What is wrong, whatever the model calls it this time, and by what code it is recognised.
    ("leak", "file = open", "major", ("error_handling", "correctness")),
    ("empty", "return total / len", "major", ("correctness", "correctness")),
    ("text order", "max(self.rows, key=lambda row: row[2])", "major", ("correctness", "data")),
    ("magic", "row[2] != ", "minor", ("readability", "readability")),
    ("eval", "return eval(", "critical", ("security", "security")),
)
WORDS: Final = (
    "This is wrong.", "I would look at this again!", "Please reconsider.", "Here lies a problem, once more.",
    "As I said: mend this.", "Still not what it should be, I am afraid.",
)  # fmt: skip


def nag(question: Question) -> Opinion:
    """Everything that is wrong, each time in other words, and a small remark on each line that there is."""
    number = int(question.comparison.submission_id.rpartition("-")[2])
    states = [
        ThreadOpinion(thread.comment_id, ThreadState.FIXED, QuotedPlace(source.path, line, "if not self.rows:"))
        for thread in question.threads
        for source in question.comparison.sources
        for line, text in enumerate(source.text.split("\n"), 1)
        if thread.decided_by is None and text.strip() == "if not self.rows:"
    ]
    return Opinion("Read once more.", tuple(_remarks(question, number)), threads=tuple(states))


def _remarks(question: Question, number: int) -> Iterator[CodeComment]:
    for source in question.comparison.sources:
        for line, text in enumerate(source.text.split("\n"), 1):
            for name, code, severity, categories in SUBJECTS:
                if code in text:
                    category = categories[number % 2]
                    yield remark(source.path, line, category, severity=severity, message=f"[{name}] {WORDS[number]}")
            if text.strip():
                yield remark(
                    source.path, line, "naming", severity="minor", message=f"[nit {text.strip()}] {WORDS[number]}"
                )
                yield remark(source.path, line, "readability", severity="praise", message=f"[praise] {WORDS[number]}")


@pytest.fixture(scope="module")
def homework() -> Homework:
    """All six attempts, reviewed."""
    made = Homework(nag)
    for files in ATTEMPTS:
        made.hand_in(files)
    return made


def said(review: Review) -> tuple[CodeComment, ...]:
    return review.review_result.code_review_comments


def test_nothing_is_said_twice(homework: Homework) -> None:
    """Over six attempts no remark comes again, though the model made each of them every time."""
    subjects = Counter(
        (re.match(r"\[.*?\]", one.message) or [""])[0]
        for review in homework.reviews
        for one in said(review)
        if one.severity != "praise"
    )
    assert {"[leak]", "[empty]", "[text order]", "[eval]"} <= subjects.keys()
    assert {subject: times for subject, times in subjects.items() if times > 1} == {}


def test_nothing_small_is_new_on_code_that_stayed(homework: Homework) -> None:
    """What is below `major` stands on symbols, or on lines outside of all, that are not as they were."""
    for number in range(1, len(ATTEMPTS)):
        before = {code for path, text in ATTEMPTS[number - 1].items() for code in pieces_of(path, text).values()}
        for one in said(homework.reviews[number]):
            if one.severity not in {"critical", "major"}:
                now = pieces_of(one.path, ATTEMPTS[number][one.path])
                assert now[one.path, one.line or 0] not in before, (number, one)


def pieces_of(path: str, text: str) -> dict[tuple[str, int], str]:
    """By place: the innermost symbol around a line without its name, else the statement, as Python itself parses it."""
    tree = ast.parse(text)
    found: dict[tuple[str, int], str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and (node in tree.body or isinstance(node, (ast.FunctionDef, ast.ClassDef))):
            name = getattr(node, "name", "")
            dump = ast.dump(node).replace(f"'{name}'", "''") if name else ast.dump(node)
            found |= {(path, line): dump for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    return found


def test_every_earlier_comment_has_a_state(homework: Homework) -> None:
    """Each comment of an earlier attempt is listed once in each later review, and is not new there."""
    for number, review in enumerate(homework.reviews):
        threads = review.review_result.threads
        assert len({thread.comment_id for thread in threads}) == len(threads)
        states = {thread.comment_id: thread.state for thread in threads}
        earlier = [one for past in homework.reviews[:number] for one in said(past) if one.severity != "praise"]
        assert all(states[one.comment_id or ""] is not ThreadState.NEW for one in earlier)


def test_what_is_left_out_is_said(homework: Homework) -> None:
    """The review tells how many of the model's comments were repeats, and how many small ones on untouched code."""
    for review in homework.reviews[1:]:
        told = " ".join(review.integrity.adjustments)
        assert "comments that were made before are not repeated" in told
        assert "small comments on code that did not change left out" in told
        assert len(said(review)) <= 7


def test_what_became_of_each_remark(homework: Homework) -> None:
    """Fixed and back, moved and fixed: each of the model's subjects, by the attempt."""
    told = {name: [state_of(review, f"[{name}]") for review in homework.reviews] for name, *_ in SUBJECTS}
    assert told["leak"] == ["new", "fixed", "fixed", "fixed", "regressed", "fixed"]
    assert told["empty"] == ["new", "still_open", "still_open", "moved", "still_open", "fixed"]
    assert told["text order"] == ["new", "still_open", "still_open", "moved", "still_open", "fixed"]
    assert told["eval"] == [None, None, "new", "moved", "still_open", "obsolete"]


def state_of(review: Review, start: str) -> str | None:
    return next((one.state.value for one in review.review_result.threads if one.message.startswith(start)), None)


def test_the_summary_counts_what_was_done(homework: Homework) -> None:
    """A sentence that code made tells how many of the comments were answered."""
    summaries = [review.review_result.progress_summary for review in homework.reviews]
    assert summaries[0] == "Read once more."
    open_before = [one for one in homework.reviews[4].review_result.threads if one.is_open]
    assert f"Of {len(open_before)} earlier comments" in summaries[5]
    back = sum(one.state is ThreadState.REGRESSED for one in homework.reviews[4].review_result.threads)
    assert f"{back} problem" in summaries[4]
