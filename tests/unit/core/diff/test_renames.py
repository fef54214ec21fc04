"""Renames of symbols that were edited so much that their bodies alone do not tell."""

import pytest

from tests.builders.diff_trees import changes, told

BASE = """\
class Loader:
    def load(self, path, mode):
        with open(path, mode) as file:
            rows = [line.split() for line in file]
        return self.clean(rows)
"""
RENAMED_BASE = BASE.replace("def load", "def read")
OVERRIDE = """\


class Cached(Loader):
    def load(self, path, mode):
        return self.cache[path]
"""
REWRITTEN = """\


class Cached(Loader):
    def read(self, path, mode):
        if path in self.known:
            self.hits += 1
        return super().read(path, mode)
"""


def renamed(before: str | dict[str, str], after: str | dict[str, str]) -> list[tuple[str, str | None, str | None]]:
    """The renames in short."""
    return [told(change) for change in changes(before, after) if change.kind.startswith("rename_")]


def test_an_override_follows_the_method_that_it_overrides() -> None:
    """A method that was rewritten is known by its name's fate in another class, and by its parameters."""
    assert renamed(BASE + OVERRIDE, RENAMED_BASE + REWRITTEN) == [
        ("rename_method", "Loader.load", "Loader.read"),
        ("rename_method", "Cached.load", "Cached.read"),
    ]


def test_a_rewritten_function_is_known_by_callers_that_follow_in_step() -> None:
    """All calls went to the new name, in a function of the same neighbours."""
    rest = "\n\ndef main(rows):\n    print({0}(rows))\n    return {0}(rows[1:])\n"
    before = "def summarise(rows):\n    return sum(rows) / 2\n" + rest.format("summarise")
    after = "def mean(values):\n    if not values:\n        raise ValueError(values)\n" + rest.format("mean")
    assert renamed(before, after) == [("rename_method", "summarise", "mean")]


def test_an_abstract_method_is_known_by_its_docstring() -> None:
    """The same first sentence and a word in common tell that an empty method goes by another name."""
    method = '    def {0}(self, event):\n        """Return whether an event is among those known."""\n        {1}\n'
    before = "class Space:\n" + method.format("is_event", "raise NotImplementedError")
    after = "class Space:\n" + method.format("has_event", "raise NotImplementedError()")
    assert renamed(before, after) == [("rename_method", "Space.is_event", "Space.has_event")]


def test_an_exception_is_known_by_those_who_import_it() -> None:
    """A class without a body follows the imports that name it now, if its new name holds the old one."""
    errors = 'class {}(Exception):\n    """Too late."""\n'
    user = "from errors import {0}\n\n\ndef call():\n    pass\n"
    before = {"errors.py": errors.format("Timeout"), "user.py": user.format("Timeout")}
    after = {"errors.py": errors.format("RequestTimeout"), "user.py": user.format("RequestTimeout")}
    assert renamed(before, after) == [("rename_class", "Timeout", "RequestTimeout")]


def test_one_sign_alone_does_not_make_a_rename() -> None:
    """Two functions of one place that nothing connects were removed and added."""
    before = "def first(rows):\n    return rows[0]\n\n\ndef main():\n    pass\n"
    after = "def shuffle(seed):\n    return Random(seed).sample(10)\n\n\ndef main():\n    pass\n"
    assert renamed(before, after) == []


def test_abstract_methods_of_other_names_do_not_become_each_other() -> None:
    """Bodies that say nothing are equal by chance."""
    before = "class Base:\n    def encode(self, text):\n        raise NotImplementedError\n"
    after = "class Base:\n    def shape(self):\n        raise NotImplementedError\n"
    assert renamed(before, after) == []


def test_a_class_that_moved_and_was_edited_is_known_by_half_its_name() -> None:
    """In another file less of the body need be the same, if the names share words."""
    body = (
        "class {0}:\n    def __init__(self, rows, size):\n        self.rows = rows\n        self.size = size\n"
        "        self.batches = ceil(len(rows) / size)\n\n"
    )
    old = "    def __getitem__(self, at):\n        return pad(self.rows[at * self.size : (at + 1) * self.size])\n"
    new = "    def shuffle(self):\n        order = torch.randperm(self.batches)\n        self.order = order.tolist()\n"
    for name, kinds in (("Dataset", {"move_and_rename_class"}), ("Sampler", {"add_class", "remove_class"})):
        before = {"data/sets.py": body.format("RowDataset") + old, "b.py": "x = 1\n"}
        after = {"data/sets.py": "y = 1\n", "b.py": "x = 1\n" + body.format(name) + new}
        assert {c.kind for c in changes(before, after) if c.kind.endswith("_class")} == kinds


def test_a_class_whose_methods_went_down_keeps_its_name() -> None:
    """A new subclass that took most of a class's body is not what the class became."""
    names = ("strip", "lower")
    methods = "".join(
        f"    def {name}(self, rows):\n        return [r.{name}() for r in rows if r]\n" for name in names
    )
    before = {"a.py": "class Reader:\n    def size(self):\n        return len(self.rows)\n" + methods}
    after = {
        "a.py": "class Reader:\n    def size(self):\n        return len(self.rows)\n",
        "b.py": "class FileReader(Reader):\n" + methods,
    }
    assert sorted(c.kind for c in changes(before, after)) == ["add_class", "push_down_method", "push_down_method"]


def test_a_method_that_went_to_a_base_with_type_arguments_was_pulled_up() -> None:
    """`Reader[Row]` is the class `Reader`."""
    method = "    def load(self, path):\n        return [row.strip() for row in open(path)]\n"
    reader, table = "class Reader(Generic[T]):\n    size = 1\n", "class TableReader(Reader[Row]):\n    width = 2\n"
    assert {c.kind for c in changes(reader + table + method, reader + method + table)} == {"pull_up_method"}
    assert {c.kind for c in changes(reader + method + table, reader + table + method)} == {"push_down_method"}


def test_a_class_s_bases_are_quoted_with_their_type_arguments() -> None:
    """Another type argument is another header."""
    found = changes("class A(Base[Row], lib.B):\n    pass\n", "class A(Base[Cell], lib.B):\n    pass\n")
    assert [(c.kind, c.detail) for c in found] == [
        ("modify_class", {"bases_before": ["Base[Row]", "lib.B"], "bases_after": ["Base[Cell]", "lib.B"]})
    ]


def test_a_class_keeps_its_initializer_whatever_was_made_of_it_elsewhere() -> None:
    """Where most of `__init__` went to a function of another file, it is not that one that has a new name."""
    load = (
        "rows = [row.strip() for row in open(opt.path)]\n{0}model = Model(rows, opt.size)\n{0}model.load(opt.state)\n"
    )
    before = {"a.py": "class Net:\n    def __init__(self, opt):\n        " + load.format("        ")}
    after = {
        "a.py": "class Net:\n    def __init__(self, model, cuda):\n        self.model = model\n        self.cuda = 1\n",
        "b.py": "def load_model(opt):\n    " + load.format("    ") + "    return model\n",
    }
    found = {(c.kind, c.after.symbol if c.after else None) for c in changes(before, after)}
    assert {("add_parameter", "Net.__init__"), ("remove_parameter", "Net.__init__")} <= found
    assert "move_and_rename_method" not in {kind for kind, _ in found}


def test_a_class_that_moved_is_sooner_its_namesake_than_one_like_it() -> None:
    """Of two classes that moved together, an edited one is not what the other became, like it as it is."""
    fields = "".join(f"        self.{name} = pack.get('{name}', begin)\n" for name in ("text", "link", "kind", "span"))
    entry = "class {0}(Entry):\n    def __init__(self, pack, begin, end):\n" + fields
    size, rows = "        self.size = end - begin\n", "        self.rows = pack.rows(end)\n"
    before = {"a.py": "import os\n" + entry.format("Page") + size + entry.format("Body") + rows}
    after = {
        "a.py": "import os\n",
        "b.py": entry.format("Body") + size + "        self.n = 0\n" + entry.format("Page") + rows,
    }
    found = [c for c in changes(before, after) if c.kind.endswith("_class") and c.before and c.after]
    assert {(c.kind, c.before.symbol, c.after.symbol) for c in found if c.before and c.after} == {
        ("move_class", "Page", "Page"),
        ("move_class", "Body", "Body"),
    }


def test_a_class_is_known_by_the_methods_that_went_with_it() -> None:
    """Half of the methods went from a class that is gone to a new one: that is what it became."""
    kept = "".join(f"    def {n}(self, rows):\n        return [r.{n}() for r in rows if r.{n}]\n" for n in ("a", "b"))
    old = "    def index(self):\n        for row in self.rows:\n            self.by_key[row.key].append(row)\n" * 2
    new = (
        "    def save(self, path):\n        with open(path, 'w') as file:\n            json.dump(self.data, file)\n" * 2
    )
    before = {"io.py": "import json\n\n\nclass Interchange:\n" + kept + old, "pack.py": "import json\n"}
    after = {"io.py": "import json\n", "pack.py": "import json\n\n\nclass DataPack:\n" + new + kept}
    told_of = [told(change) for change in changes(before, after)]
    assert ("move_and_rename_class", "Interchange", "DataPack") in told_of
    assert not [one for one in told_of if one[0].endswith("_method")]


def test_one_method_does_not_tell_what_became_of_its_class() -> None:
    """It may have moved alone."""
    kept = "    def load(self, path):\n        return [row.strip() for row in open(path) if row.strip()]\n"
    old = "    def index(self):\n        for row in self.rows:\n            self.by_key[row.key].append(row)\n"
    new = "    def save(self, path):\n        with open(path, 'w') as file:\n            json.dump(self.data, file)\n"
    before = {"a.py": "class Interchange:\n" + kept + old, "main.py": "x = 1\n"}
    after = {"main.py": "x = 1\n", "pack.py": "import json\n\n\nclass DataPack:\n" + kept + new}
    kinds = {change.kind for change in changes(before, after)}
    assert {"add_class", "move_method", "remove_class"} <= kinds


def test_of_two_classes_that_were_merged_the_one_that_gave_more_methods_lives_on() -> None:
    """All methods of both went; two of them do not outweigh six."""
    fit = "".join(f"    def fit{n}(self, rows):\n        return np.fit{n}(self.axis{n}, rows)\n" for n in range(6))
    load = "".join(f"    def load{n}(self, path):\n        return self.open{n}(path).read()\n" for n in range(2))
    new = "".join(
        f"    def new{n}(self):\n        for a{n} in b{n}:\n            yield c{n}[{n}:] ** d{n}\n" for n in range(2)
    )
    for name in ("Data", "Zeta"):
        before = f"class {name}:\n{load}class Trainer:\n{fit}"
        found = [told(change) for change in changes(before, f"class Homework:\n{load}{fit}{new}")]
        assert ("rename_class", "Trainer", "Homework") in found
        assert ("remove_class", name, None) in found


SHORT_WAIT = "class {0}:\n    def {1}(self):\n        await_all(self.{2}.{1}())\n"


def test_a_short_function_does_not_move_under_a_name_that_shares_no_word() -> None:
    """One line that is much like another says too little; a name that shares words says the rest."""
    before = {"a.py": SHORT_WAIT.format("Event", "wait", "event"), "b.py": "class Base:\n    pass\n"}
    after = {"a.py": "x = 1\n", "b.py": SHORT_WAIT.format("Base", "__enter__", "event")}
    assert {c.kind for c in changes(before, after)} >= {"remove_class", "add_function"}
    key = "def {0}(row):\n    return row.size\n"
    before = {"a.py": "class Rows:\n    x = 1\n\n    @staticmethod\n    def sort_key(row):\n        return row.size\n"}
    found = changes(before, {"a.py": "class Rows:\n    x = 1\n\n\n" + key.format("rows_sort_key")})
    assert ("move_and_rename_method", "Rows.sort_key", "rows_sort_key") in [told(c) for c in found]
    found = changes(before, {"a.py": "class Rows:\n    x = 1\n\n\n" + key.format("measure")})
    assert "move_and_rename_method" not in {c.kind for c in found}


def test_a_class_that_gave_two_of_many_methods_to_a_small_one_did_not_become_it() -> None:
    """Half of the methods of either must have gone: a part that was split off is a new class."""
    part = "".join(f"    def {n}(self, rows):\n        return [r.{n}() for r in rows if r.{n}]\n" for n in "ab")
    rest = "".join(f"    def step_{n}(self):\n        self.value_{n} = self.load({n}) * {n}\n" for n in range(6))
    before = {"a.py": "x = 1\n\n\nclass Homework:\n" + rest + part, "b.py": "y = 1\n"}
    after = {"a.py": "x = 1\n", "b.py": "y = 1\n\n\nclass Plots:\n" + part}
    for one, other in ((before, after), (after, before)):
        kinds = sorted(change.kind for change in changes(one, other))
        assert kinds == ["add_class", "move_method", "move_method", "remove_class"]


def test_short_functions_of_names_that_share_half_their_words_are_two() -> None:
    """`num_rows` of one class is not what `num_cols` of another was, though both say `len(self.rows)`."""
    counted = "class {0}:\n    x = 1\n{1}"
    method = "\n    def {0}(self):\n        return len(self.rows)\n"
    before = {"a.py": counted.format("A", method.format("num_rows")) + "\n\n" + counted.format("B", "")}
    after = {"a.py": counted.format("A", "") + "\n\n" + counted.format("B", method.format("num_cols"))}
    assert {change.kind for change in changes(before, after)} == {"add_function", "remove_function"}


COMMON = (
    "    def load(self, path):\n        with open(path) as file:\n            return [row.strip() for row in file]\n\n"
    "    def clean(self, rows):\n        return [row.lower() for row in rows if row]\n"
)
OWN = (
    "    def fit(self, rows):\n        self.mean = rows.mean()\n",
    "    def score(self, rows):\n        return rows.sum() / len(rows)\n",
)


@pytest.mark.parametrize("file", ["a.py", "base.py"])
def test_what_two_classes_had_in_common_became_their_base(file: str) -> None:
    """However much of the one went there, it is still itself; and so it is when the base is gone again."""
    apart = {"a.py": f"class A:\n{COMMON}\n{OWN[0]}\n\nclass B:\n{COMMON}\n{OWN[1]}"}
    subclasses = f"class A(Base):\n{OWN[0]}\n\nclass B(Base):\n{OWN[1]}"
    base = f"class Base:\n{COMMON}"
    shared = {"a.py": f"{base}\n\n{subclasses}"} if file == "a.py" else {file: base, "a.py": subclasses}
    for before, after, way in ((apart, shared, "pull_up"), (shared, apart, "push_down")):
        found = [(c.kind, *told(c)[1:]) for c in changes(before, after) if not c.kind.endswith("_file")]
        verb, old, new = ("add", None, "Base") if way == "pull_up" else ("remove", "Base", None)
        assert (f"{verb}_class", old, new) in found
        assert sorted(one for one, *_ in found) == sorted(
            [f"{verb}_class", *[f"{way}_method"] * 4, *["modify_class"] * 2]
        )
