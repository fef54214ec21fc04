"""What records say of files, imports, types, decorators and confidence is true of the code."""

from collections.abc import Mapping

import pytest

from app.core.diff.records.kinds import has_new_imports
from schemas.changes import Change
from tests.builders.diff_trees import changes, told

SIZE = "\n\ndef size(path):\n    return os.path.getsize(path), json.loads(path.read())\n"
TAKE = "\n\ndef take(rows):\n    return rows[:3]\n"
DROP = "\n\ndef drop(rows):\n    for row in list(rows):\n        rows.remove(row)\n    return rows\n"
CONVERT = (
    "def convert(kind, default=None):\n    guessed = False\n    if kind is None and default is not None:\n"
    "        kind = type(default)\n        guessed = True\n    if kind is str or kind is None:\n"
    "        return 'text'\n    if kind is int:\n        return 'number'\n    return guessed\n"
)
OVERLOADS = "@overload\ndef convert(kind: None, default: None = None) -> str: ...\n\n@overload\ndef convert(kind: type, default: object = None) -> str: ...\n\n"  # noqa: E501
ANSWER = "class Answer(BaseModel):\n    id: int\n    disease: float\n"


def one(before: str | Mapping[str, str], after: str | Mapping[str, str]) -> Change:
    """The only change."""
    (change,) = changes(before, after)
    return change


def lines(change: Change) -> tuple[int | None, int | None]:
    """Where a change begins on either side."""
    return (change.before.line if change.before else None, change.after.line if change.after else None)


def test_reordered_imports_are_that() -> None:
    """Two imports that changed places are told with their lines, and no docstring is."""
    found = one(f"import json\nimport os\n{SIZE}", f"import os\nimport json\n{SIZE}")
    assert (found.kind, lines(found), found.detail) == ("reorder_imports", (1, 1), {})


def test_imports_that_were_parted_are_reordered() -> None:
    """The same names imported by other statements are no docstring either."""
    assert one("import os, sys\nx = 1\n", "import os\nimport sys\nx = 1\n").kind == "reorder_imports"


def test_an_import_that_left_a_function_stands_elsewhere() -> None:
    """It is told once, with the line where it stood and the line where it stands."""
    found = one("def f():\n    import os\n    return os\n", "import os\n\n\ndef f():\n    return os\n")
    assert (found.kind, lines(found)) == ("reorder_imports", (2, 1))


@pytest.mark.parametrize("more", ["", DROP])
def test_the_last_import_of_a_name_counts(more: str) -> None:
    """`load` was pickle's and is json's now, whatever else changed; nothing new is imported for that."""
    body = "\n\ndef read(path):\n    return load(path)\n"
    before = f"from json import load\nfrom pickle import load\n{body}"
    found = changes(before, f"from pickle import load\nfrom json import load\n{body}{more}")
    (change,) = [change for change in found if change.kind == "modify_import"]
    assert change.detail["target_before"] == "pickle.load"
    assert change.detail["target"] == "json.load"
    assert not has_new_imports([change])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a import *\nfrom b import *\n\nx()\n", "from b import *\nfrom a import *\n\nx()\n"),
        (
            "try:\n    import ujson as json\nexcept ImportError:\n    import json\n",
            "try:\n    import json\nexcept ImportError:\n    import ujson as json\n",
        ),
    ],
)
def test_an_order_that_may_give_names_another_meaning_is_said_to(before: str, after: str) -> None:
    """Star imports, and imports that take each other's place, may rebind a name."""
    found = changes(before, after)
    assert {(change.kind, change.detail.get("may_rebind")) for change in found} == {("reorder_imports", True)}


def test_nothing_says_only_beside_other_records() -> None:
    """A comment changed in line 1 of a file that got a function: its line is told, and no "only"."""
    found = changes(f"# load\nLIMIT = 3\n{TAKE}", f"# read\nLIMIT = 3\n{TAKE}{DROP}")
    assert [(change.kind, lines(change)) for change in found] == [
        ("modify_comment", (1, 1)),
        ("add_function", (None, 9)),
    ]


def test_a_docstring_and_a_comment_are_two_changes() -> None:
    """Neither of them is the only one, in a function and in a module."""
    text = "def f():\n    '''Doc.'''\n    # c\n    return 1\n"
    found = changes(text, text.replace("Doc", "Other").replace("# c", "# d"))
    assert [change.kind for change in found] == ["modify_docstring", "modify_comment"]
    module = '"""Doc."""\n# c\nx = 1\n'
    found = changes(module, module.replace("Doc", "Other").replace("# c", "# d"))
    assert [change.kind for change in found] == ["modify_docstring", "modify_comment"]


def test_a_comment_in_a_file_that_moved_is_not_all_of_it() -> None:
    """The move is another record of the file."""
    text = f"# load\nLIMIT = 3\n{TAKE}{DROP}"
    found = changes({"a.py": text}, {"src/a.py": text.replace("# load", "# read")})
    assert {change.kind for change in found} == {"move_file", "modify_comment"}


@pytest.mark.parametrize(
    ("before", "after", "detail"),
    [
        (ANSWER, ANSWER.replace("float", "int"), {"name": "disease", "before": "float", "after": "int"}),
        ("x: int = 1\n", "x: float = 1\n", {"name": "x", "before": "int", "after": "float"}),
        ("x = 1\n", "x: int = 1\n", {"name": "x", "before": None, "after": "int"}),
    ],
)
def test_a_changed_type_is_told_with_both(before: str, after: str, detail: dict[str, str]) -> None:
    """A field or a variable that has another type and the same value changed its annotation, and nothing else."""
    found = one(before, after)
    assert (found.kind, found.detail) == ("change_annotation", detail)


def test_a_value_assigned_later_is_told() -> None:
    """Of a variable that is set twice, the values that differ are told, not the first ones."""
    found = one("x = 1\nx = 2\n", "x = 1\nx = 3\n")
    assert (found.kind, found.detail) == ("modify_constant", {"before": "2", "after": "3"})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            'app.get("/health")',
            'app.get("/healthz")',
            [("modify_decorator", 'app.get("/health")', 'app.get("/healthz")')],
        ),
        ('app.get("/a")', 'app.post("/a")', [("modify_decorator", 'app.get("/a")', 'app.post("/a")')]),
        ("cache", "lru_cache(8)", [("add_decorator", None, None), ("remove_decorator", None, None)]),
    ],
)
def test_a_decorator_s_arguments_change(before: str, after: str, expected: list[tuple[str, str, str]]) -> None:
    """One decorator with other arguments is one record with both; another decorator is two."""
    found = changes(f"@{before}\ndef health():\n    return True\n", f"@{after}\ndef health():\n    return True\n")
    assert [(c.kind, c.detail.get("before"), c.detail.get("after")) for c in found] == expected


def test_decorators_in_another_order_are_told() -> None:
    """The order of decorators is part of what a function does."""
    found = one("@a\n@b\ndef f():\n    return 1\n", "@b\n@a\ndef f():\n    return 1\n")
    assert (found.kind, found.detail) == ("reorder_decorators", {"before": ["a", "b"], "after": ["b", "a"]})


def test_a_decorator_that_follows_a_new_name_did_not_change() -> None:
    """The renamed object is told once, not at each function that it decorates."""
    text = "app = FastAPI(title='scores', version='1.0')\n\n@app.get('/')\ndef main():\n    return 1\n"
    assert [change.kind for change in changes(text, text.replace("app", "app_"))] == ["rename_attribute"]


@pytest.mark.parametrize("stubs", [OVERLOADS, "if TYPE_CHECKING:\n    def convert(kind: type) -> str: ...\n\n"])
def test_an_implementation_is_paired_with_the_implementation(stubs: str) -> None:
    """Stubs that came before a function were added; the function is what it was."""
    after = stubs + CONVERT.replace("type(default)", "guess(default)")
    found = changes(CONVERT, after)
    at = after[: after.index("def convert(kind, ")].count("\n") + 1
    assert [lines(change) for change in found if change.kind == "modify_function"] == [(1, at)]
    assert [change.kind for change in found].count("add_function") == stubs.count("def ")
    back = changes(after, CONVERT)
    assert [lines(change) for change in back if change.kind == "modify_function"] == [(at, 1)]


def test_accessors_keep_to_their_role() -> None:
    """A property's setter stays the setter when another property comes before it and both change."""
    before = "class A:\n    @property\n    def size(self):\n        return self._size\n\n    @size.setter\n    def size(self, value):\n        self._size = value\n"  # noqa: E501
    after = before.replace("= value", "= int(value)").replace("return self._size", "return self._size or 0")
    after = after.replace("class A:\n", "class A:\n    @size.deleter\n    def size(self):\n        self._size = 0\n\n")
    found = [(told(change)[0], lines(change)) for change in changes(before, after)]
    assert found == [("add_function", (None, 3)), ("modify_function", (3, 7)), ("modify_function", (7, 11))]


def test_registered_variants_keep_to_their_type() -> None:
    """A variant for another type is new, and the edited one is known by its own."""
    before = (
        "@show.register\ndef _(x: int):\n    return hex(x)\n\n@show.register\ndef _(x: str):\n    return x.upper()\n"
    )
    new = "@show.register\ndef _(x: list):\n    return len(x)\n\n"
    found = [(change.kind, lines(change)) for change in changes(before, new + before.replace("hex", "oct"))]
    assert found == [("add_function", (None, 2)), ("modify_function", (2, 6))]


def test_no_inner_record_is_surer_than_its_pair() -> None:
    """What changed in a function that probably is the old one changed as probably."""
    loop = "    for row in rows:\n        if row.ok:\n            found.append(row.value)\n"
    body = f"    found = []\n{loop}    return found\n"
    other = body.replace("row.value", "row.value * 2").replace("row.ok", "row.is_good and row.count > 3")
    before = f"def pick_rows(rows):\n{body}"
    found = changes(before, f"def pick_good_rows(rows, limit=3):\n{other}")
    most = next(change.confidence for change in found if change.kind == "rename_method")
    assert most < 1
    assert max(change.confidence for change in found) == most


def test_no_record_in_a_renamed_file_is_surer_than_the_rename() -> None:
    """A function that changed in a file that probably is the old one changed as probably."""
    text = "".join(
        f"\n\ndef step_{n}(rows):\n    return [row.value_{n} for row in rows if row.ok_{n}]\n" for n in range(9)
    )
    after = text.replace("value_3", "other").replace("ok_5", "fine").replace("ok_7", "fine")
    found = changes({"a.py": text}, {"src/b.py": after})
    most = next(change.confidence for change in found if change.kind.endswith("_file"))
    assert most < 1
    assert all(change.confidence <= most for change in found if change.before and change.after)


def test_a_function_split_in_two_became_neither() -> None:
    """Where two new functions are as much like a doubtful old one, it was removed and they were added."""
    before = (
        "def test_predict():\n    rows = load('x.csv')\n    number = rows.shape[0]\n"
        "    rows['n'] = range(rows.shape[0])\n"
        "    rows = rows.to_dict('records')\n    response = client.get('/predict/', data=json.dumps(rows))\n"
        "    answers = response.json()\n    assert response.status_code == 200, print(f'FAIL: {response}')\n"
        "    assert number == len(answers), print(f'Wrong: {repr(answers)}')\n"
    )
    call = "    rows = rows.to_dict('records')\n    response = client.get('/predict/', data=json.dumps(rows))\n"
    after = (
        f"def test_good_request(rows):\n{call}    assert response.status_code == 200\n\n\n"
        f"def test_bad_request(rows):\n    rows = rows.iloc[:, -3:]\n{call}    assert response.status_code == 400\n"
    )
    assert {change.kind for change in changes(before, after)} == {"remove_function", "add_function"}


def test_a_variable_is_no_call_of_a_function_of_its_name() -> None:
    """Code did not go to a function of another file because a variable is called so."""
    before = "if __name__ == '__main__':\n    rows = load('x.csv')\n    print(rows.to_dict('records'), len(rows))\n"
    after = {
        "ask.py": "def ask(rows):\n    print(rows, 1)\n\n\nif __name__ == '__main__':\n    ask(load('x.csv', 2))\n",
        "tests/test_app.py": "@pytest.fixture()\ndef rows():\n    return load('x.csv')\n",
    }
    found = changes({"ask.py": before, "tests/test_app.py": ""}, after)
    assert [told(change) for change in found if change.after and change.after.path != "ask.py"] == [
        ("add_function", None, "rows")
    ]


def test_a_fixture_is_asked_for_by_its_name() -> None:
    """What a test's parameter asks for now was extracted from the test."""
    tail = (
        "    assert rows.total() == 7\n    assert rows.first() == 'a'\n    assert client.post('/rows', rows) == 200\n"
    )
    before = f"def test_rows():\n    rows = load('x.csv', header=True, limit=7)\n{tail}"
    fixture = "@pytest.fixture()\ndef rows():\n    return load('x.csv', header=True, limit=7)\n\n\n"
    found = [told(change) for change in changes(before, f"{fixture}def test_rows(rows):\n{tail}")]
    assert ("extract_method", "test_rows", "rows") in found


def test_a_name_whose_bearer_is_still_there_was_not_renamed_away() -> None:
    """A function that was rewritten under its name is that one, though a new one holds some of what it did."""
    head = "def total(rows):\n    result = 0\n"
    loop = "    for row in rows:\n        result += row.price * row.count - row.discount\n"
    before = f"{head}{loop}    log('total', result)\n    return result\n"
    after = (
        "def total(rows, rate):\n    return round(weighed(rows).sum() * rate.value, 2)\n\n\n"
        "def tally(items):\n    result = 0\n    for row in items:\n        result += row.price * row.count\n"
        "    show('tally', result)\n    return result, len(items)\n"
    )
    kinds = {change.kind for change in changes(before, after)}
    assert "rename_method" not in kinds
    assert {"modify_function", "add_function"} <= kinds


def test_another_parameter_of_another_type_is_no_rename() -> None:
    """What has neither a word nor a type in common took the place, not the name."""
    before = "def save(handler: PostsHandler):\n    handler.save(handler.path)\n    return handler.count\n"
    after = "def save(store_dir: str):\n    write(store_dir)\n    return store_dir\n"
    assert not {change.kind for change in changes(before, after)} & {"rename_parameter", "change_annotation"}


def test_a_local_of_a_rewritten_body_is_another() -> None:
    """A loop's variable that stands for something else in a function written anew was not renamed."""
    before = (
        "def count(a, b):\n    sums = {}\n    for i in range(len(a)):\n        for j in range(len(b)):\n"
        "            sums[a[i] + b[j]] = sums.get(a[i] + b[j], 0) + 1\n    return sums\n"
    )
    after = "def count(a, b):\n    found = 0\n    for cell in product(a, b):\n        if cell[0] + cell[1] == 0:\n            found += 1\n    return found\n"  # noqa: E501
    assert "rename_variable" not in {change.kind for change in changes(before, after)}


@pytest.mark.parametrize("use", ["    return answer.disease\n", "    return Answer(id=1, disease=2)\n"])
def test_a_field_whose_uses_follow_was_renamed(use: str) -> None:
    """A field without a value is known by what reads it, or gives it; the names are told."""
    before = f"{ANSWER}\n\ndef use(answer):\n{use}"
    found = changes(before, before.replace("disease", "illness"))
    assert next((c.kind, c.detail.get("before"), c.detail.get("after")) for c in found) == (
        "rename_attribute",
        "disease",
        "illness",
    )


def test_a_module_s_own_code_is_told_as_it_was_and_is() -> None:
    """A changed statement is quoted on both sides, a new one on its own."""
    changed = one("print(1)\nrun(2)\n", "print(1)\nrun(3)\n")
    assert (changed.kind, lines(changed)) == ("modify_module", (2, 2))
    assert changed.detail == {"before": "run(2)", "after": "run(3)"}
    assert one("print(1)\n", "print(1)\nrun(3)\n").detail == {"before": None, "after": "run(3)"}


@pytest.mark.parametrize(
    ("before", "after"),
    [("print(1)\nrun(2)\n", "run(2)\nprint(1)\n"), (f"x = 1\n{TAKE}{DROP}", f"x = 1\n{DROP}{TAKE}")],
)
def test_reordered_statements_have_lines(before: str, after: str) -> None:
    """Statements and definitions that changed places are told with where they begin."""
    found = one(before, after)
    assert found.kind == "reorder_statements"
    assert None not in lines(found)


def files(folder: str, count: int = 4) -> dict[str, str]:
    """Some files of a folder, each of its own."""
    body = "def f_{0}(rows):\n    total_{0} = sum(r.v{0} for r in rows)\n    log_{0}(total_{0})\n    return total_{0}\n"
    return {f"{folder}m{n}.py": body.format(n) for n in range(count)}


def test_a_folder_that_moved_is_one_record() -> None:
    """It counts its files and names those that changed; what changed in them is told beside it."""
    after = files("src/hw/")
    after["src/hw/m2.py"] = after["src/hw/m2.py"].replace("return total_2", "return total_2 + 1")
    found = changes({**files("hw/"), "run.py": "x = 1\n"}, {**after, "run.py": "x = 1\n"})
    assert [(change.kind, change.before and change.before.path) for change in found] == [
        ("move_folder", "hw"),
        ("modify_function", "hw/m2.py"),
    ]
    assert (found[0].detail["files"], found[0].detail["changed"]) == (4, ["src/hw/m2.py"])


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("hw/", "homework/", "rename_folder"),
        ("hw/", "src/homework/", "move_and_rename_folder"),
        ("hw/", "", "move_folder"),
        ("a/lib/core/", "b/lib/core/", "rename_folder"),
    ],
)
def test_folders_are_renamed_and_moved_from_either_side(old: str, new: str, kind: str) -> None:
    """Two trees that were swapped give the folder's way back, as one record too."""
    assert one(files(old), files(new)).kind == kind
    assert [c.kind for c in changes({**files(old), "r.txt": "x"}, {**files(new), "r.txt": "x"})] == [kind]


def test_files_that_left_a_folder_are_no_moved_folder() -> None:
    """Where something of the folder stayed, its files moved one by one."""
    before = {**files("hw/"), "hw/stays.py": "x = 1\n"}
    assert {c.kind for c in changes(before, {**files("src/"), "hw/stays.py": "x = 1\n"})} == {"move_file"}


def test_what_was_taken_out_of_a_split_test_came_from_it() -> None:
    """A fixture that both halves of a test ask for was extracted from the test, though neither half is its heir."""
    call = "    rows = rows.to_dict('records')\n    response = client.get('/predict/', data=json.dumps(rows))\n"
    before = (
        "def test_predict():\n    rows = load('x.csv')\n    number = rows.shape[0]\n"
        f"    rows['n'] = range(rows.shape[0])\n{call}"
        "    answers = response.json()\n    assert response.status_code == 200, print(f'FAIL: {response}')\n"
        "    assert number == len(answers), print(f'Wrong: {repr(answers)}')\n"
    )
    after = (
        "@pytest.fixture()\ndef rows():\n    return load('x.csv')\n\n\n"
        f"def test_good_request(rows):\n{call}    assert response.status_code == 200\n\n\n"
        f"def test_bad_request(rows):\n    rows = rows.iloc[:, -3:]\n{call}    assert response.status_code == 400\n"
    )
    found = changes({"test_app.py": before}, {"test_app.py": after})
    assert sorted((told(change) for change in found), key=str) == [
        ("add_function", None, "test_bad_request"),
        ("add_function", None, "test_good_request"),
        ("extract_method", "test_predict", "rows"),
        ("remove_function", "test_predict", None),
    ]
    (extracted,) = (change for change in found if change.kind == "extract_method")
    assert extracted.confidence < 1
