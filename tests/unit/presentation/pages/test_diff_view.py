"""A diff with comments at its lines, the unchanged parts folded, and never more than a page holds."""

from collections.abc import Iterable
from functools import cache

from hypothesis import example, given
from hypothesis import strategies as st

from app.presentation.pages.diff_view import LINES_MAX, DiffFile, DiffRow, RowKind, SaidPlace, diff_view
from tests.builders.reviewed import comparison_of

OLD = "".join(f"line {number}\n" for number in range(1, 41))
NEW = OLD.replace("line 10\n", "line ten\nline ten and a half\n").replace("line 30\n", "")


@cache
def the_diff() -> str:
    """The diff that a review's record holds."""
    return comparison_of({"a.txt": OLD, "a.py": "x = 1\n"}, {"a.txt": NEW, "a.py": "x = 1\n"}).diff_info.diff


def rows_of(places: Iterable[SaidPlace[str]] = ()) -> tuple[DiffRow[str], ...]:
    (file,) = diff_view(the_diff(), places).files
    return file.rows


def told(rows: Iterable[DiffRow[str]]) -> list[tuple[str, int | None, int | None, str | int]]:
    """Rows in short: kind, numbers, text or how many lines are folded."""
    return [(row.kind.value, row.old, row.new, row.folded or str(row.code)) for row in rows]


def test_lines_have_the_numbers_of_both_sides() -> None:
    """Of what was removed the old one, of what was added the new one, of what stayed both."""
    assert told(rows_of()) == [
        ("fold", None, None, 6),
        *(("same", number, number, f"line {number}") for number in (7, 8, 9)),
        ("minus", 10, None, "line 10"),
        ("plus", None, 10, "line ten"),
        ("plus", None, 11, "line ten and a half"),
        *(("same", number, number + 1, f"line {number}") for number in (11, 12, 13)),
        ("fold", None, None, 13),
        *(("same", number, number + 1, f"line {number}") for number in (27, 28, 29)),
        ("minus", 30, None, "line 30"),
        *(("same", number, number, f"line {number}") for number in (31, 32, 33)),
    ]


def test_a_comment_stands_at_its_line() -> None:
    """On a line that was added, and on one that stayed."""
    rows = rows_of([SaidPlace("a.txt", 11, None, "added"), SaidPlace("a.txt", 9, None, "stayed")])
    assert {(row.new, said) for row in rows for said in row.said} == {(11, "added"), (9, "stayed")}


def test_a_comment_on_a_folded_line_brings_its_quote() -> None:
    """The fold opens for it: before, between and after the parts that changed."""
    places = [SaidPlace("a.txt", line, f"line {line - 1}", f"on {line}") for line in (3, 20, 40)]
    rows = rows_of(places)
    quoted = [(row.old, row.new, str(row.code), row.said) for row in rows if row.kind is RowKind.QUOTED]
    assert quoted == [
        (3, 3, "line 2", ("on 3",)),
        (19, 20, "line 19", ("on 20",)),
        (40, 40, "line 39", ("on 40",)),
    ]
    assert [row.folded for row in rows if row.kind is RowKind.FOLDED] == [2, 3, 5, 7, 6]


def test_a_comment_on_a_whole_file_stands_above_it() -> None:
    """And what is said of another file stands nowhere."""
    (file,) = diff_view(the_diff(), [SaidPlace("a.txt", None, None, "all"), SaidPlace("b", 1, None, "b")]).files
    assert file.said == ("all",)
    assert [row for row in file.rows if row.said] == []


def test_side_by_side_what_came_stands_beside_what_went() -> None:
    """Each removed line beside an added one, as far as there are as many."""
    nothing: list[SaidPlace[str]] = []
    (file,) = diff_view(the_diff(), nothing).files
    pairs = [(left and left.old, right and right.new) for left, right in file.pairs if left is not right]
    assert pairs == [(10, 10), (None, 11), (30, None)]


def test_a_new_and_a_removed_file_are_named() -> None:
    """With the lines of the one side that they have."""
    diff = "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,1 @@\n+a\n--- a/old.py\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-b\n"
    nothing: list[SaidPlace[str]] = []
    new, old = diff_view(diff, nothing).files
    assert (new.path, new.is_new, new.rows[0].new) == ("new.py", True, 1)
    assert (old.path, old.is_gone, old.rows[0].old) == ("old.py", True, 1)


def many_files(count: int, lines: int) -> str:
    return "".join(
        f"--- /dev/null\n+++ b/f{number}.txt\n@@ -0,0 +1,{lines} @@\n" + "+x\n" * lines
        for number in range(1, count + 1)
    )


def shown(file: DiffFile[str]) -> int:
    return sum(row.kind is not RowKind.FOLDED for row in file.rows)


def test_a_page_holds_so_many_lines() -> None:
    """Files with comments first; what does not fit is counted, and its comments stand above it."""
    diff = many_files(20, LINES_MAX // 10)
    view = diff_view(diff, [SaidPlace("f20.txt", 7, None, "here"), SaidPlace("f19.txt", None, None, "there")])
    assert sum(map(shown, view.files)) == LINES_MAX
    assert [file.number for file in view.files if file.rows] == [*range(1, 9), 19, 20]
    assert {file.left_out for file in view.files if not file.rows} == {LINES_MAX // 10}
    assert view.files[19].rows[6].said == ("here",)
    crowded = diff_view(many_files(1, LINES_MAX + 1), [SaidPlace("f1.txt", 7, None, "here")]).files[0]
    assert (crowded.rows, crowded.said, crowded.left_out) == ((), ("here",), LINES_MAX + 1)


def test_one_file_may_be_seen_alone() -> None:
    """By its number; a huge one is cut, and says how much."""
    diff = many_files(2, 5_000)
    nothing: list[SaidPlace[str]] = []
    (file,) = diff_view(diff, nothing, only=2).files
    assert (file.path, shown(file) + file.left_out) == ("f2.txt", 5_000)
    assert file.left_out == 1_000
    assert diff_view(diff, (), only=3).files == ()


def test_a_diff_that_was_cut_says_so() -> None:
    """With what is missing; a student's line that looks like it is a line."""
    line = "# diff cut at 10 characters: 5 more lines in 2 files are not shown"
    assert diff_view(f"{many_files(1, 1)}{line}\n", ()).cut_lines == 5
    assert diff_view(f"--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1,1 @@\n+{line}\n", ()).cut_lines == 0


CUT = "# diff cut at 200000 characters: 3 more lines in 1 files are not shown\n"
SEVERAL = comparison_of(
    {"a.txt": OLD, "b.txt": "no end", "gone.py": "x = 1\n"}, {"a.txt": NEW, "b.txt": "an end\n", "new.py": "y = 2\n"}
).diff_info.diff.splitlines(keepends=True)


@given(st.integers(1, len(SEVERAL)), st.sampled_from(["", CUT]), st.integers(1, 45))
@example(11, CUT, 1)
def test_wherever_a_diff_was_cut_there_is_a_page(lines: int, end: str, line: int) -> None:
    """Right behind a hunk's header, too; a comment on a file of it is shown."""
    view = diff_view("".join(SEVERAL[:lines]) + end, [SaidPlace("a.txt", line, None, "here")])
    assert view.cut_lines == (3 if end else 0)
    (said,) = [
        [*file.said, *(one for row in file.rows for one in row.said)] for file in view.files if file.path == "a.txt"
    ] or [["here"]]
    assert said == ["here"]


@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from(["a.txt", "b"])), max_size=12))
def test_no_comment_is_lost(wanted: list[tuple[int, str]]) -> None:
    """Whatever line it names, each one on the file stands at a line or above the file, once."""
    places = [SaidPlace(path, line, None, f"{at}") for at, (line, path) in enumerate(wanted)]
    (file,) = diff_view(the_diff(), places).files
    found = [*file.said, *(said for row in file.rows for said in row.said)]
    assert sorted(found) == sorted(place.said for place in places if place.path == "a.txt")
    assert [row.new for row in file.rows if row.said] == sorted({line for line, path in wanted if path == "a.txt"})
