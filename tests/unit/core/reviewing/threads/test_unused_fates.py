"""What became of a comment on code of no use: by the uses of its name."""

from typing import Final

import pytest

from schemas.review import Thread, ThreadState
from tests.builders.attempts import Homework

MAIN: Final = """import sys


def read(path):
    with open(path) as file:
        return file.read().split()


def main():
    words = read(sys.argv[1])
    print(len(words))


if __name__ == "__main__":
    main()
"""
HELPER: Final = """def _count(words):
    found = {}
    for word in words:
        key = word.lower()
        if key in found:
            found[key] += 1
        else:
            found[key] = 1
    result = []
    for key in sorted(found):
        result.append((key, found[key]))
    return result
"""
CALLER: Final = HELPER.replace("_count(words)", "_tell(words)").replace("return result", "return _count(result)")
DEAD: Final = MAIN.replace("def main", f"{HELPER}\n\ndef main")
CALLED: Final = DEAD.replace("print(len(words))", "print(len(words), _count(words))")
IN_A_FILE: Final = {"main.py": MAIN, "helper.py": HELPER}


IMPORTING: Final = MAIN.replace("import sys", "import sys\nfrom helper import _count")


def called_from(main: str) -> dict[str, str]:
    return {"main.py": main, "helper.py": HELPER}


def threads_after(*attempts: dict[str, str]) -> list[Thread]:
    """The comment on `_count` in each review from that on which says it: the rules find it in the second attempt."""
    homework = Homework(is_linted=False)
    reviews = [homework.hand_in(files) for files in ({"main.py": MAIN}, *attempts)]
    found = []
    for review in reviews[1:]:
        (thread,) = [
            one for one in review.review_result.threads if one.category == "unused_code" and "`_count`" in one.message
        ]
        found.append(thread)
    assert found[0].state is ThreadState.NEW
    return found


@pytest.mark.parametrize(
    ("first", "then", "state", "decided_by"),
    [
        ({"main.py": DEAD}, {"main.py": CALLED}, "fixed", "code"),
        ({"main.py": DEAD}, {"main.py": CALLED.replace("_count", "_tally")}, "fixed", "code"),
        ({"main.py": DEAD}, {"main.py": DEAD.replace("len(words)", "f'{_count(words)}'")}, "fixed", "code"),
        ({"main.py": DEAD}, {"main.py": MAIN.replace("len(words)", "len(words), 1")}, "obsolete", "code"),
        ({"main.py": DEAD}, {"main.py": DEAD.replace("len(words)", "len(words), 1")}, "still_open", "code"),
        ({"main.py": DEAD}, {"main.py": DEAD.replace("sorted(found)", "found")}, "still_open", "code"),
        ({"main.py": DEAD}, {"main.py": DEAD.replace("found[key] = 1", "_count([])")}, "still_open", "code"),
        ({"main.py": DEAD}, {"main.py": DEAD + "# _count(words)\n"}, "still_open", "code"),
        ({"main.py": DEAD}, {"main.py": DEAD.replace("len(words)", "globals()['_count']")}, "still_open", None),
        (IN_A_FILE, called_from(MAIN.replace("len(words)", "len(words), 1")), "still_open", "code"),
        (IN_A_FILE, called_from(IMPORTING), "still_open", None),
        (IN_A_FILE, called_from(IMPORTING.replace("len(", "_count(")), "fixed", "code"),
        (IN_A_FILE, {"main.py": MAIN}, "obsolete", "code"),
    ],
    ids=["called", "renamed and called", "called in a string", "deleted", "change elsewhere", "change within",
         "calls itself", "in a comment", "named in a string", "neighbour changed", "imported alone",
         "called from another file", "file deleted"],
)  # fmt: skip
def test_a_comment_on_unused_code_follows_its_uses(
    first: dict[str, str], then: dict[str, str], state: str, decided_by: str | None
) -> None:
    """Whoever calls it mended it, in whichever file; a mention that code cannot weigh is left to a reader."""
    thread = threads_after(first, then)[-1]
    assert (thread.state.value, thread.decided_by) == (state, decided_by)


def test_a_use_in_code_that_is_of_no_use_itself_is_none() -> None:
    """A call that stood there when the comment was made, or stands in other dead code, mends nothing."""
    pair = MAIN.replace("def main", f"{HELPER}\n\n{CALLER}\n\ndef main")
    told = [(one.state.value, one.decided_by) for one in threads_after({"main.py": DEAD}, {"main.py": pair})]
    assert told[-1] != ("fixed", "code")


def test_a_use_that_was_there_before_mends_nothing() -> None:
    """The comment was made beside it, in code that nothing uses either; a change elsewhere adds none."""
    pair = MAIN.replace("def main", f"{HELPER}\n\n{CALLER}\n\ndef main")
    told = threads_after({"main.py": pair}, {"main.py": pair.replace("len(words)", "len(words), 1")})
    assert told[-1].state is ThreadState.STILL_OPEN


TABLE: Final = "_TABLE = {\n" + "".join(f'    "{n}": {n},\n' for n in range(12)) + "}\n"
WITH_TABLE: Final = MAIN.replace("def read", f"{TABLE}\n\ndef read")


@pytest.mark.parametrize(
    ("then", "state"),
    [(WITH_TABLE.replace("len(words)", "_TABLE[words[0]]"), "fixed"), (MAIN.replace("len(", "sum("), "obsolete")],
    ids=["read", "deleted"],
)
def test_a_constant_that_nothing_reads_is_mended_by_a_use_alone(then: str, state: str) -> None:
    """Constants are named by their assignment; one that is deleted is gone, though its file lives on."""
    homework = Homework(is_linted=False)
    for text in (MAIN, WITH_TABLE, then):
        review = homework.hand_in({"main.py": text})
    (thread,) = review.review_result.threads
    assert (thread.category, thread.state.value, thread.decided_by) == ("unused_code", state, "code")


def test_what_is_used_stays_mended() -> None:
    """Its code stands where it stood, so nothing is back."""
    states = threads_after({"main.py": DEAD}, {"main.py": CALLED}, {"main.py": CALLED.replace("sorted(", "list(")})
    assert [one.state.value for one in states] == ["new", "fixed", "fixed"]


def test_deleted_code_that_comes_back_with_a_use_is_not_open() -> None:
    """What nothing used is back and used: nothing is left to do."""
    states = threads_after({"main.py": DEAD}, {"main.py": MAIN.replace("len(words)", "1")}, {"main.py": CALLED})
    assert [one.state.value for one in states] == ["new", "obsolete", "obsolete"]


def test_code_that_never_runs_is_open_until_it_is_taken_out() -> None:
    """It has no name to look for: what stands is open, what is gone is answered."""
    dead = MAIN.replace(
        "    print(len(words))\n", "    print(len(words))\n    return\n" + "    print(words, 1, 2)\n" * 9
    )
    homework = Homework(is_linted=False)
    for text in (MAIN, dead, dead.replace("split()", "split('.')"), MAIN.replace("split()", "split('.')")):
        homework.hand_in({"main.py": text})
    told = [[(one.state.value, one.decided_by) for one in review.review_result.threads] for review in homework.reviews]
    assert told == [[], [("new", "code")], [("still_open", "code")], [("fixed", "code")]]
