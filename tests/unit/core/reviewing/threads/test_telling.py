"""The sentence on earlier comments, which code adds to every summary."""

import pytest

from app.catalogue import words_in
from app.core.ports import Opinion
from app.core.reviewing import offline
from schemas.submission import Language
from tests.builders.attempts import Homework, remark, says

TEXT = "def f(x):\n    return eval(x)\n\n\ndef g(x):\n    return exec(x)\n\n\ndef h(x):\n    return x\n"
THREE = (remark("a.py", 2), remark("a.py", 6), remark("a.py", 10))


def summary(new: str, language: Language, *again: str) -> str:
    homework = Homework(says(), language=language)
    homework.hand_in({"a.py": TEXT, "b.py": "x = 1\n"}, reader=says(*THREE))
    for text in (new, *again):
        review = homework.hand_in({"a.py": text, "b.py": "x = 1\n"})
    return review.review_result.progress_summary


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (TEXT.replace("eval(x)", "int(x)"), "Из 3 прошлых замечаний исправлено 1, открыто 2."),
        (TEXT.replace("eval(x)", "int(x)").replace("exec(x)", "x").replace("    return x\n", "    return 1\n"),
         "Все прошлые замечания исправлены (3)."),
        (TEXT + "\n\nY = 1\n", "Ни одно из 3 прошлых замечаний пока не исправлено."),
        (TEXT[TEXT.index("def g") :], "Из 3 прошлых замечаний исправлено 0, открыто 2, снято вместе с кодом 1."),
    ],
)  # fmt: skip
def test_what_became_of_earlier_comments_is_counted(new: str, said: str) -> None:
    """Fixed, open, gone: in whole sentences that follow what the reader wrote."""
    assert summary(new, "ru") == f"Read. {said} Новых замечаний нет."


def test_what_is_back_is_told_apart() -> None:
    """A comment that was answered and is open again was not open before."""
    told = summary(TEXT.replace("eval(x)", "int(x)"), "en", TEXT)
    assert told == (
        "Read. None of the 2 earlier comments is fixed yet. 1 problem that was fixed before is back. "
        "There are no new comments."
    )


def test_a_first_review_says_nothing_of_earlier_ones() -> None:
    """Where nothing was said before, nothing is added."""
    assert Homework(says()).hand_in({"a.py": TEXT}).review_result.progress_summary == "Read."


def test_rules_and_readers_are_told_of_alike() -> None:
    """The sentence stands once in a review by rules, too, and a clean work gets a short review."""
    homework = Homework(language="en")
    homework.hand_in({"a.py": "def f(x):\n    return x == None\n"})
    result = homework.hand_in({"a.py": "def f(x):\n    return x is None\n"}).review_result
    assert result.progress_summary.count("The only earlier comment is fixed.") == 1
    assert result.progress_summary.endswith("There are no new comments.")
    assert result.code_review_comments == ()
    draft = offline.judge(homework.questions[-1], words_in("en"))
    assert "earlier comment" not in draft.opinion.summary


def test_the_summary_stays_within_its_limit() -> None:
    """A reader that fills the summary loses its end, not the truth about the comments."""
    homework = Homework(language="en")
    homework.hand_in({"a.py": TEXT}, reader=says(*THREE))
    review = homework.hand_in({"a.py": TEXT + "\n\nY = 1\n"}, reader=Opinion("x" * 8000))
    assert len(review.review_result.progress_summary) == 8000
    assert "None of the 3 earlier comments is fixed yet." in review.review_result.progress_summary
