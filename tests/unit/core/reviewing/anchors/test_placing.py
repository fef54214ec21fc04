"""A reader's comment stands where what it quotes stands, or on no line."""

from collections.abc import Mapping
from itertools import product
from time import perf_counter
from typing import Any, Final

import pytest

from app.catalogue import words_in
from app.core.ports import QuotedPlace
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.anchors.quotes import plain
from schemas.changes import FileChange
from schemas.comparison import ChangedFile
from schemas.review import CodeComment
from tests.builders.records import a_comparison, a_diff

BILL: Final = '''\
"""Bills."""

import json


def load(path):
    """Read a bill."""
    with open(path) as file:
        data = json.load(file)
    if not data:
        return None
    return data


def total(lines, rate):
    amount = 0
    for line in lines:
        amount += line["price"] * line["count"]
    if amount < 0:
        return None
    else:
        return amount * (1 + rate)


def find(lines, name):
    for line in lines:
        if line["name"] == name:
            return line
    return None


TOKEN = "ghp_0123456789abcdefghij0123456789abcdefgh"
'''
OTHER: Final = "def unlike_any_other(values):\n    return sorted(values, key=len)[-3:]\n"
FILES: Final = {"shop/bill.py": BILL, "shop/report.py": OTHER, "tests/util.py": "y = 1\n", "lib/util.py": "x = 1\n"}
LINES: Final = BILL.split("\n")


def anchors(files: Mapping[str, str] = FILES, unseen: Mapping[str, frozenset[int] | None] | None = None) -> Anchors:
    sources = tuple(ChangedFile(path=path, text=text) for path, text in files.items())
    comparison = a_comparison(sources=sources, files=(FileChange(path="old.py", status="removed"),))
    return Anchors.of(comparison, unseen or {}, words_in("en"))


def comment(line: int | None, quote: str | None = None, path: str = "shop/bill.py", **more: Any) -> CodeComment:
    return CodeComment(**{"path": path, "line": line, "quote": quote, "message": "Why?", **more})


def placed(line: int | None, quote: str | None = None, path: str = "shop/bill.py", **more: Any) -> int | None:
    """The line on which the comment stands then."""
    found = anchors().place(comment(line, quote, path, **more))
    assert found is not None
    return found.line


@pytest.mark.parametrize(
    "quote",
    [
        'amount += line["price"] * line["count"]',
        '        amount += line["price"] * line["count"]',
        "amount+=line['price']*line['count']",
        '`amount += line["price"] * line["count"]`',
        '«amount += line["price"] * line["count"]»',
        '   18+| amount += line["price"] * line["count"]',
        '   18 |         amount += line["price"] * line["count"]',
        '17| amount += line["price"] * line["count"]',
        '18+        amount += line["price"] * line["count"]',
        '-        amount += line["cost"]\n18+        amount += line["price"] * line["count"]',
        'amount += line[«name»] * line["count"]',
        '18: amount += line["price"] * line["count"]',
        '+        amount += line["price"] * line["count"]',
        'amount += line["price"] * li…',
        'amount += line["price"]...',
        'amount += … line["count"]',
        'amount += line[\\"price\\"] * line[\\"count\\"]',
        '```python\namount += line["price"] * line["count"]\n```',
        "line['price'] * line['count']",
    ],
)
@pytest.mark.parametrize("line", [18, 17, 1, 40, 10**9, None])
def test_quote_finds_its_line(quote: str, line: int | None) -> None:
    """However a line is quoted and whatever number stands beside it, the comment comes to that line."""
    assert placed(line, quote) == 18


@pytest.mark.parametrize("line", [11, 20, 29])
def test_ambiguous_quote_keeps_the_line_given(line: int) -> None:
    """Of several lines that read alike, the one that is named is meant."""
    assert placed(line, "return None") == line


@pytest.mark.parametrize(("line", "found"), [(7, 11), (16, 20), (25, 29), (3, None), (31, None), (99, None)])
def test_ambiguous_quote_is_moved_within_its_function_alone(line: int, found: int | None) -> None:
    """Of several lines that read alike, the only one of the same function is meant; outside of any, none is."""
    assert placed(line, "return None") == found


def test_line_that_stands_twice_in_a_function_is_not_guessed() -> None:
    """Two lines of one function that read alike are not told apart by a wrong number."""
    text = "def f(a):\n    a.append(1)\n    a.pop()\n    a.append(1)\n"
    found = anchors({"shop/bill.py": text}).place(comment(3, "a.append(1)"))
    assert found is not None
    assert (found.line, found.quote) == (None, None)


@pytest.mark.parametrize(
    "quote",
    [
        "amount -= discount",
        "    -| amount = sum(lines)",
        "    -| return None",
        "-    amount = sum(lines)",
        "return amount * (2 + rate)",
        ")",
        "",
        "…",
        "`",
        "```",
        "a",
        "in",
        "amounts",
    ],
)
@pytest.mark.parametrize("line", [1, 18, 22, 99])
def test_quote_that_stands_nowhere_has_no_line(quote: str, line: int) -> None:
    """Invented code, removed code, and what says nothing give a comment no line, whatever number it names."""
    assert placed(line, quote) is None


def test_exact_short_line_keeps_its_line() -> None:
    """A short line proves nothing of another place, and stands where it is said to stand."""
    assert placed(21, "else:") == 21
    assert placed(20, "else:") is None
    assert placed(1, "y = 1", "tests/util.py") == 1
    assert placed(7, "y = 1", "tests/util.py") == 1


@pytest.mark.parametrize("line", [16, 17, 18, 5, 90])
def test_several_lines_are_found_together(line: int) -> None:
    """A quote of several lines is one block; a line within it is kept, another is moved to its first."""
    quote = '   16 | amount = 0\n   17 | for line in lines:\n   18 |     amount += line["price"] * line["count"]'
    found = anchors().place(comment(line, quote))
    assert found is not None
    assert found.line == (line if line in {16, 17, 18} else 16)
    assert found.end_line == (18 if line != 18 else None)


def test_block_is_found_across_removed_lines_and_up_to_an_ellipsis() -> None:
    """Removed lines among those of a listing are passed over, and what follows an ellipsis is not asked for."""
    assert placed(1, "   16+| amount = 0\n    -| amount = None\n   17 | for line in lines:") == 16
    assert placed(1, "for line in lines:\n    amount += line['price'] * line['count']\n    ...") == 17
    assert placed(1, "for line in lines:\n    return line") is None


def test_range_moves_with_its_first_line() -> None:
    """A comment that is moved speaks of as many lines as before, within the file."""
    found = anchors().place(comment(2, "for line in lines:\n    amount += line", end_line=6))
    assert found is not None
    assert (found.line, found.end_line) == (17, 21)
    last = anchors().place(comment(2, 'TOKEN = "«masked»"', end_line=90))
    assert last is not None
    assert (last.line, last.end_line) == (32, None)


def test_quote_becomes_the_line_s_own_text_masked_and_cut() -> None:
    """What a comment quotes in the end stands in the student's file, without its secrets, and is not endless."""
    found = anchors().place(comment(32, "TOKEN = "))
    assert found is not None
    assert (found.line, found.quote) == (32, 'TOKEN = "«masked»"')
    assert anchors().place(comment(30, LINES[31])) == found
    long = anchors({"shop/bill.py": f"values = [{'1, ' * 900}]\n"}).place(comment(1, "values = [1, 1, 1, …"))
    assert long is not None
    assert long.line == 1
    assert len(long.quote or "") == 400


@pytest.mark.parametrize(
    ("message", "line", "found"),
    [
        ("Why `json.load(file)` here?", 9, 9),
        ("Why `json.load(file)` here?", 10, None),
        ("`rate` may be negative.", 15, None),
        ("`find` wants a docstring.", 25, 25),
        ("`find` wants a docstring.", 24, None),
        ("`amount` is never negative.", 18, None),
        ("Too long.", 18, None),
        ("`)` is lonely.", 18, None),
        ("Use `max(0, amount)`.", 18, None),
    ],
)
def test_without_a_quote_the_message_must_prove_the_line(message: str, line: int, found: int | None) -> None:
    """A line without a quote stays where it alone holds code that the message marks."""
    assert placed(line, None, message=message) == found


def test_line_of_another_file_is_found_there() -> None:
    """A comment under the wrong path goes to the only line of all files that it quotes whole."""
    board = anchors()
    found = board.place(comment(7, "return sorted(values, key=len)[-3:]"))
    assert found is not None
    assert (found.path, found.line) == ("shop/report.py", 2)
    assert board.adjustments == [
        "comment on shop/bill.py:7 moved to shop/report.py:2: what it quotes stands there",
    ]
    twice = anchors({"a.py": OTHER, "b.py": OTHER, "c.py": "z = 1\n"})
    stays = twice.place(comment(1, "return sorted(values, key=len)[-3:]", "c.py"))
    assert stays is not None
    assert (stays.path, stays.line) == ("c.py", None)


def test_quote_tells_which_of_two_files_is_meant() -> None:
    """A name that fits two files is the one that has what is quoted; without a quote it is neither."""
    found = anchors().place(comment(3, "x = 1", "util.py"))
    assert found is not None
    assert (found.path, found.line) == ("lib/util.py", 1)
    assert anchors().place(comment(1, None, "util.py")) is None
    assert anchors().place(comment(1, "q = 1", "util.py")) is None


def test_line_that_was_not_shown_is_none() -> None:
    """A comment on lines that the reviewer did not see is on the file, even where it guessed what stands there."""
    board = anchors(unseen={"shop/bill.py": frozenset(range(14, 25)), "shop/report.py": None})
    guesses = [
        comment(18, 'amount += line["price"] * line["count"]'),
        comment(2, "return sorted(values, key=len)[-3:]", "shop/report.py"),
        comment(18, None, message="Why `amount += line`?"),
    ]
    assert [found.line for guess in guesses if (found := board.place(guess))] == [None, None, None]
    seen = board.place(comment(16, "return None"))
    assert seen is not None
    assert seen.line is None


def test_every_change_is_said() -> None:
    """What became of a comment's line is said in the review's language, once for each."""
    board = anchors()
    for one in (
        comment(3, "amount = 0"),
        comment(3, "amount = 9 * 9"),
        comment(3),
        comment(99),
        comment(16, "amount = 0"),
    ):
        board.place(one)
    assert board.adjustments == [
        "comment on shop/bill.py:3 moved to shop/bill.py:16: what it quotes stands there",
        "comment on shop/bill.py:3 moved to the file: what it quotes does not stand there",
        "comment on shop/bill.py:3 moved to the file: it does not quote the line",
        "comment on shop/bill.py:99 moved to the file: it has 32 lines",
    ]


def test_notebook_s_lines_know_their_cell() -> None:
    """A line of a notebook is found by its quote, and its cell is told."""
    text = "# --- notebook ---\n# --- cell 1 ---\nimport pandas\n# --- cell 2 ---\nframe = pandas.read_csv(path)\n"
    found = anchors({"eda.ipynb": text}).place(comment(1, "frame = pandas.read_csv(path)", "eda.ipynb"))
    assert found is not None
    assert (found.line, found.cell) == (5, 2)


def test_comments_made_by_code_keep_their_lines() -> None:
    """A comment from facts needs no quote: it gets one."""
    kept = anchors().keep(comment(22, None, end_line=40))
    assert kept is not None
    assert (kept.line, kept.end_line, kept.quote) == (22, 32, "return amount * (1 + rate)")
    beyond = anchors().keep(comment(70))
    gone = anchors().keep(comment(7, None, "old.py"))
    assert beyond is not None
    assert gone is not None
    assert (beyond.line, gone.line) == (None, None)
    assert anchors().keep(comment(7, None, "nowhere.py")) is None


@pytest.mark.parametrize(
    ("path", "line", "quote", "stands"),
    [
        ("shop/bill.py", 18, 'amount += line["price"] * line["count"]', True),
        ("SHOP\\Bill.py", 18, "   18+| amount += line['price'] * line['count']", True),
        ("shop/bill.py", 18, 'amount += line["price"] * …', True),
        ("shop/bill.py", 18, "`line['price'] * line['count']`", True),
        ("shop/bill.py", 17, 'amount += line["price"] * line["count"]', False),
        ("shop/bill.py", 11, "return None", True),
        ("shop/bill.py", 12, "return None", False),
        ("shop/bill.py", 21, "else:", False),
        ("shop/bill.py", 21, "", False),
        ("shop/bill.py", 21, ")", False),
        ("shop/bill.py", 21, None, False),
        ("shop/bill.py", None, "return None", False),
        ("shop/bill.py", 99, "return None", False),
        ("shop/bill.py", 24, "", False),
        (None, 18, "return None", False),
        ("tests/util.py", 1, "y = 1", True),
        ("util.py", 1, "y = 1", True),
        ("util.py", 1, "z = 1", False),
        ("shop/report.py", 2, "return sorted(values, key=len)[-3:]", False),
    ],
)
def test_what_stands_at_a_place(path: str | None, line: int | None, quote: str | None, stands: bool) -> None:
    """Evidence stands where its quote does, layout aside, where the reviewer saw it and it says enough."""
    assert anchors(unseen={"shop/report.py": None}).stands(QuotedPlace(path, line, quote)) is stands


def test_standing_place_is_told_as_it_is() -> None:
    """Evidence is kept with the comparison's path and the line's own text."""
    found = anchors().standing(QuotedPlace("./Bill.py", 18, "amount += …"))
    assert found == QuotedPlace("shop/bill.py", 18, 'amount += line["price"] * line["count"]')
    board = anchors({"a.py": f"values = [{'first_value, ' * 90}]\n"})
    cut = board.standing(QuotedPlace("a.py", 1, "values = [first_value, …"))
    assert cut is not None
    assert board.standing(cut) == cut


def code_of(file: int) -> str:
    """A file of functions whose lines read much alike."""
    bodies = (
        f"def step_{file}_{n}(items, limit):\n"
        f"    found = [item for item in items if item.size > {n}]\n"
        f"    if len(found) > limit:\n        return None\n"
        f"    for item in found:\n        item.price *= {n + 1}\n"
        "    return found\n\n\n"
        for n in range(40)
    )
    return "".join(bodies)


SCRIPTED: Final = {f"pkg/part_{file}.py": code_of(file) for file in range(3)}


def scripted() -> list[tuple[CodeComment, tuple[str, int] | None]]:
    """Comments as a careless model makes them, each with the place that it speaks of, None where there is none."""
    said: list[tuple[CodeComment, tuple[str, int] | None]] = []
    for (path, text), n in product(SCRIPTED.items(), range(40)):
        lines, start = text.split("\n"), 9 * n
        exact, unique, common = start + 1 + n % 7, start + 2, start + 4
        shift = 1 + n % 30
        said += [
            (comment(exact, lines[exact - 1], path), (path, exact)),
            (comment(unique + shift, lines[unique - 1], path), (path, unique)),
            (comment(max(1, unique - shift), lines[unique - 1].strip(), path.upper()), (path, unique)),
            (comment(10_000 + n, lines[unique - 1], path), (path, unique)),
            (comment(common, lines[common - 1], path), (path, common)),
            (comment(common - 1, f"return invented_{n}(items)", path), None),
            (comment(exact, f"    -| total = old_total_{n}(items)", path), None),
            (comment(unique, lines[unique - 1], "pkg/part_0.py" if path[-4] != "0" else "pkg/part_1.py"), None),
            (comment(exact, None, path), None),
        ]
    return said


def test_careless_model_never_stands_on_a_wrong_line() -> None:
    """Of a thousand comments none stands on a line that it does not quote, and all exact or clear ones are right."""
    sources = {path: text.split("\n") for path, text in SCRIPTED.items()}
    board = anchors(SCRIPTED)
    right = wrong = missed = 0
    said_all = scripted()
    for said, place in said_all:
        found = board.place(said)
        assert found is not None
        if found.line is None:
            missed += place is not None
            continue
        assert plain(said.quote or "") == plain(sources[found.path][found.line - 1])
        if place is not None:
            right, wrong = right + ((found.path, found.line) == place), wrong + ((found.path, found.line) != place)
    assert len(said_all) == 1080
    assert (right, wrong, missed) == (600, 0, 0)


def test_hostile_answer_over_large_sources_is_placed_in_time() -> None:
    """Forty comments that quote everything and nothing cost no more than a look at two megabytes each."""
    alike = "x = x\n" * 150_000
    long = "ab" * 500_000
    files = {"a.py": alike, "b.py": f"{long}\n", "c.py": code_of(1)}
    quotes = ["x = x", "x = x\n" * 39 + "y = y", "ab" * 100, "bab", "… x …", "abab…abab", "z" * 4000, "x=x…\nx"]
    started = perf_counter()
    board = anchors(files)
    for n in range(40):
        board.place(comment(3 + n, quotes[n % len(quotes)], "abc"[n % 3] + ".py"))
    assert perf_counter() - started < 10


@pytest.mark.parametrize("language", ["ru", "en"])
def test_adjustments_are_said_in_both_languages(language: Any) -> None:
    """Each kind of change has its sentence."""
    comparison = a_comparison(sources=(ChangedFile(path="a.py", text=BILL),), diff_info=a_diff(), language=language)
    board = Anchors.of(comparison, {}, words_in(language))
    for one in (comment(3, "amount = 0", "a.py"), comment(3, "no such line", "a.py"), comment(3, None, "a.py")):
        board.place(one)
    assert len(set(board.adjustments)) == 3
    assert all("a.py:3" in sentence for sentence in board.adjustments)
