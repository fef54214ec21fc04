"""Which file became which."""

import pytest

from app.core.limits import DiffLimits
from tests.builders.diff_trees import diff, told, tree

LONG = "".join(f"line number {n} of a longer text\n" for n in range(40))


def fates(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str | None, str]]:
    """(path, previous path, status) of every file."""
    return [(f.path, f.previous_path, f.status) for f in diff(tree(before), tree(after)).files]


def test_every_file_has_exactly_one_fate() -> None:
    """Added, removed, modified and unchanged files are told apart by path and text."""
    before = {"gone.txt": "one two\n", "same.txt": "s\n", "edited.txt": "old\n"}
    after = {"new.txt": "something else\n", "same.txt": "s\n", "edited.txt": "new\n"}
    assert fates(before, after) == [
        ("edited.txt", None, "modified"),
        ("gone.txt", None, "removed"),
        ("new.txt", None, "added"),
        ("same.txt", None, "unchanged"),
    ]


def test_a_moved_file_is_found_by_its_text() -> None:
    """A file of equal text under another path is renamed, and its lines count as neither added nor removed."""
    found = diff(tree({"a.txt": LONG}), tree({"deep/b.txt": LONG}))
    assert [(f.path, f.previous_path, f.status) for f in found.files] == [("deep/b.txt", "a.txt", "renamed")]
    assert found.diff_info.lines_changed == 0
    assert found.diff_info.total_files_changed == 1
    assert [change.kind for change in found.changes] == ["move_and_rename_file"]


def test_a_moved_and_edited_file_is_found_by_similarity() -> None:
    """Half the text in common is enough for a file of some length."""
    edited = LONG.replace("line number 7", "row seven")
    assert fates({"a.txt": LONG}, {"b.txt": edited}) == [("b.txt", "a.txt", "renamed")]


def test_of_equal_files_the_one_with_the_same_name_is_taken() -> None:
    """Where several files have the moved text, base names decide."""
    before = {"x/one.txt": LONG, "x/two.txt": LONG}
    after = {"y/one.txt": LONG, "y/two.txt": LONG}
    assert fates(before, after) == [("y/one.txt", "x/one.txt", "renamed"), ("y/two.txt", "x/two.txt", "renamed")]


def test_empty_files_are_never_renames() -> None:
    """An empty file tells nothing about where it came from."""
    assert [status for *_, status in fates({"a/__init__.py": ""}, {"b/__init__.py": ""})] == ["removed", "added"]


def test_a_short_file_needs_more_in_common() -> None:
    """Two lines of three in common are chance."""
    before, after = {"a.txt": "import os\nimport sys\nrun()\n"}, {"b.txt": "import os\nimport sys\nstop it now()\n"}
    assert [status for *_, status in fates(before, after)] == ["removed", "added"]


def test_many_moved_files_each_find_their_own() -> None:
    """Five hundred files moved and edited at once are all paired."""
    before = {f"old/{n}.txt": f"file {n} says\n" + f"its own words {n}\n" * 9 for n in range(500)}
    after = {path.replace("old", "new"): text + "more\n" for path, text in before.items()}
    assert sorted((new, old) for new, old, _ in fates(before, after)) == sorted(zip(after, before, strict=True))


def test_changed_files_are_listed_before_unchanged_ones_where_there_is_no_room() -> None:
    """The list of files is bounded; the figures count all of them."""
    before = {f"{n:03}.txt": "x\n" for n in range(50)}
    after = before | {"040.txt": "y\n", "041.txt": "y\n"}
    found = diff(tree(before), tree(after), DiffLimits(files_max=3))
    assert [f.path for f in found.files] == ["000.txt", "040.txt", "041.txt"]
    assert found.diff_info.total_files_changed == 2


def test_files_that_took_over_names_down_a_chain_are_followed() -> None:
    """A path whose old text is at a new path, and whose new text was at a path that is gone, kept its name alone."""
    other = "".join(f"row {n} says something else altogether\n" for n in range(40))
    before = {"table.txt": other, "joint.txt": LONG}
    after = {"table.txt": LONG + "one more\n", "scalar.txt": other + "and more\n"}
    assert fates(before, after) == [("scalar.txt", "table.txt", "renamed"), ("table.txt", "joint.txt", "renamed")]


def test_a_chain_that_breaks_off_leaves_each_file_its_path() -> None:
    """Where the last file down a chain became nothing else, no path is told twice: as removed and as another's."""
    first, last = ("".join(f"row {n} {words}\n" for n in range(40)) for words in ("says something else", "was dropped"))
    before = {"main.txt": first, "joint.txt": LONG, "table.txt": last}
    after = {"joint.txt": first, "table.txt": LONG, "new.txt": "nothing of all that\n"}
    for one, other, gone, came in ((before, after, "main.txt", "new.txt"), (after, before, "new.txt", "main.txt")):
        kept = [("joint.txt", None, "modified"), ("table.txt", None, "modified")]
        assert fates(one, other) == sorted([*kept, (gone, None, "removed"), (came, None, "added")])


def test_a_file_that_was_rewritten_keeps_its_path() -> None:
    """Most of its text in a new file does not make it another one, while what it holds now was nowhere before."""
    other = "".join(f"row {n} says something else altogether\n" for n in range(40))
    before = {"reader.txt": LONG, "gone.txt": "nothing much\n"}
    after = {"reader.txt": other, "file_reader.txt": LONG + "one more\n"}
    assert ("reader.txt", None, "modified") in fates(before, after)


def test_a_moved_file_that_keeps_its_name_needs_less_in_common() -> None:
    """Two fifths of the text and the same base name are enough; the text alone is not."""
    rewritten = "".join(f"row {n} says something else altogether\n" for n in range(24))
    edited = LONG[: len(LONG) * 2 // 5] + rewritten
    assert ("ner/utils.txt", "NER/utils.txt", "renamed") in fates({"NER/utils.txt": LONG}, {"ner/utils.txt": edited})
    assert ("ner/words.txt", None, "added") in fates({"NER/utils.txt": LONG}, {"ner/words.txt": edited})


def test_the_only_file_that_went_and_the_only_one_that_came_need_less_in_common() -> None:
    """Two fifths of the text are enough in a folder that lost one file and got one; of two that came, they are not."""
    rewritten = "".join(f"row {n} says something else altogether\n" for n in range(24))
    edited = LONG[: len(LONG) * 2 // 5] + rewritten
    assert fates({"html_test.txt": LONG}, {"text_test.txt": edited}) == [("text_test.txt", "html_test.txt", "renamed")]
    after = {"text_test.txt": edited, "more.txt": "nothing of the kind\n"}
    assert ("text_test.txt", None, "added") in fates({"html_test.txt": LONG}, after)


TOTAL = "def total(xs):\n    s = 0\n    for x in xs:\n        s += x\n    return s\n"
MEAN = "\n\ndef mean(xs):\n    return total(xs) / len(xs)\n"
CART = TOTAL + MEAN
MENDED = "def total(xs):\n    return sum(xs)\n" + MEAN
CLASS = (
    "class Cart:\n    def total(self, xs):\n        s = 0\n        for x in xs:\n            s += x\n        return s\n"
)
CLASS_MENDED = "class Cart:\n    def total(self, xs):\n        return sum(xs)\n"


@pytest.mark.parametrize("copy", ["cart (1).py", "cart_old.py", "copy of cart.py", "backup/cart.py", "cart.py.bak"])
def test_a_backup_copy_beside_the_file_is_no_move(copy: str) -> None:
    """What kept its path and name was changed there, though its old body stands in a new file too."""
    found = diff(tree({"cart.py": CART}), tree({"cart.py": MENDED, copy: CART}))
    assert ("modify_function", "total", "total") in [told(change) for change in found.changes]
    assert not any(change.kind.startswith(("move", "remove", "rename")) for change in found.changes)
    assert {file.path: file.status for file in found.files} == {copy: "added", "cart.py": "modified"}


def test_a_backup_copy_that_goes_is_no_move() -> None:
    """The same with sides swapped."""
    found = diff(tree({"cart.py": MENDED, "cart_old.py": CART}), tree({"cart.py": CART}))
    assert ("modify_function", "total", "total") in [told(change) for change in found.changes]
    assert not any(change.kind.startswith(("move", "add")) for change in found.changes)


def test_a_copied_folder_is_no_move() -> None:
    """A whole copy of the work beside it leaves each file what it was."""
    old = {"shop/cart.py": CART, "shop/card.py": CLASS}
    new = {"shop/cart.py": MENDED, "shop/card.py": CLASS_MENDED, **{f"backup/{path}": old[path] for path in old}}
    kinds = {change.kind for change in diff(tree(old), tree(new)).changes}
    assert not {kind for kind in kinds if kind.startswith(("move", "remove", "rename"))}
    assert "modify_function" in kinds


@pytest.mark.parametrize(("old", "new"), [("hw1", "src/hw1"), ("hw1", "hw2"), ("hw1/shop", "shop"), ("hw1", "")])
@pytest.mark.parametrize("inner", ["", "tests/"])
def test_files_without_text_move_with_their_folder(old: str, new: str, inner: str) -> None:
    """An empty `__init__.py` goes where the files around it went, and so does one in a folder of nothing else."""
    names = {"cart.py": CART, "card.py": CLASS, "__init__.py": "", f"{inner}py.typed": "\n"}
    before = {f"{old}/{name}": text for name, text in names.items()} | {"README.md": "hw\n"}
    after = {f"{new}/{name}".lstrip("/"): text for name, text in names.items()} | {"README.md": "hw\n"}
    for one, other in ((before, after), (after, before)):
        found = diff(tree(one), tree(other))
        assert {file.status for file in found.files} == {"renamed", "unchanged"}
        assert len(found.changes) == 1 or not new


def test_files_without_text_that_nothing_moved_beside_are_no_move() -> None:
    """One empty file went and another came; and of two packages that became one, the larger one's went along."""
    assert {status for _, _, status in fates({"a/__init__.py": ""}, {"b/__init__.py": ""})} == {"added", "removed"}
    merged = {"a/x.py": CART, "a/__init__.py": "", "b/y.py": CLASS, "b/z.py": LONG, "b/__init__.py": ""}
    after = {"c/x.py": CART, "c/y.py": CLASS, "c/z.py": LONG, "c/__init__.py": ""}
    assert ("c/__init__.py", "b/__init__.py", "renamed") in fates(merged, after)
    assert ("b/__init__.py", "c/__init__.py", "renamed") in fates(after, merged)


def test_the_same_body_in_a_file_that_was_there_is_no_move() -> None:
    """A function that is copied into another old file and changed where it stood was changed."""
    old = {"a.py": CART, "b.py": "x = 1\n"}
    found = [told(change) for change in diff(tree(old), tree({"a.py": MENDED, "b.py": "x = 1\n\n\n" + TOTAL})).changes]
    assert ("modify_function", "total", "total") in found
    assert ("add_function", None, "total") in found


def test_a_function_that_is_called_from_its_old_place_was_extracted() -> None:
    """What stays under the old name is a call of it, and no copy was made."""
    old = {"a.py": CART, "b.py": "x = 1\n"}
    new = {"a.py": "import b\n\n\ndef total(xs):\n    return b.total(xs)\n" + MEAN, "b.py": "x = 1\n\n\n" + TOTAL}
    assert ("extract_and_move_method", "total", "total") in [
        told(change) for change in diff(tree(old), tree(new)).changes
    ]
