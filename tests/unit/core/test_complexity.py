"""radon's figures, and what changes did to them."""

import ast
import io
import tokenize
from pathlib import Path

import pytest
from radon.complexity import cc_visit
from radon.metrics import h_visit, mi_compute, mi_parameters
from radon.raw import analyze

from app.core import complexity
from app.core.complexity import compare_complexity, measure_file, measure_tree
from app.core.diff import compare
from app.core.diff.lines import alignment as text
from app.core.diff.matching import pairing as match
from app.core.diff.symbols import symbols
from app.core.limits import DiffLimits
from app.core.python import raw_counts
from app.core.python.raw_counts import count_raw
from schemas.changes import Complexity, FileComplexity
from tests.builders.diff_trees import diff, tree

LIMITS = DiffLimits()
MODULES = (complexity, raw_counts, compare, match, symbols, text, ast, io, tokenize)
SOURCES = [Path(str(module.__file__)) for module in MODULES]

BRANCHES = "".join(f"    if x == {n}:\n        return {n}\n" for n in range(7))
SIMPLE = "def f(x):\n    return x\n"
COMPLEX = f"def f(x):\n{BRANCHES}    return x\n"


def twin(branches: int) -> str:
    """A function of a name that others have too."""
    return "def f(x):\n" + "    if x:\n        print(x)\n" * branches + "    return x\n"


def measured(**files: str) -> tuple[FileComplexity, ...]:
    """The figures of a tree of Python files."""
    return measure_tree(tree({f"{name}.py": text for name, text in files.items()}), (), (), LIMITS)


def compared(before: dict[str, str], after: dict[str, str]) -> Complexity:
    """What the change from one tree to another did."""
    changes = diff(tree(before), tree(after)).changes
    sides = [measure_tree(tree(side), (), (), LIMITS) for side in (before, after)]
    return compare_complexity(sides[0], sides[1], LIMITS, changes)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_figures_are_radon_s(path: Path) -> None:
    """All figures equal radon's own on real code, the index that without the bonus for comments."""
    text = path.read_text(encoding="utf-8")
    found, raw, halstead = measure_file("a.py", text, LIMITS), analyze(text), h_visit(text).total
    assert found.maintainability == round(mi_compute(*mi_parameters(text)[:3], 0), 2)
    assert (found.halstead_volume, found.halstead_difficulty) == (
        round(halstead.volume, 2),
        round(halstead.difficulty, 2),
    )
    assert (found.loc, found.sloc, found.comments) == (raw.loc, raw.sloc, raw.comments)
    radon_s = {(block.lineno, block.complexity) for block in cc_visit(text) if block.letter != "C"}
    assert radon_s <= {(function.line, function.cyclomatic) for function in found.functions}


@pytest.mark.parametrize(
    "text",
    [
        "if a: b; c\n",
        "if a: b\nelse: c\n",
        "x = {1: 2,\n\n     3: 4}  # pairs\n",
        '"""One line."""\n',
        '"""Two\n\nlines."""\nx = 1\n',
        "x = 1 + \\\n    2\n",
        "def f(): return lambda: 1\n",
        "x = [\n    # nothing\n]\n",
        "a = 1;\n",
        "\n\n  \n# only\n",
        "x[1:]\ny: int\nz = '''\nlong\n'''\n",
        "\x0c\nx = 1\n",
        "class A: pass",
        "",
        "x = 1 \\\n\ny = 2\n",
        "x = 1 \\\n  \ny = 2 \\\n\nif a: b; c\n",
        "x = 1 \\\n\n\ny = 2\n",
        "'doc' \\\n\n# why\nx = 1\n",
        "\\\n\n'doc'\n",
        "\\\n \n# why\nx = 1\n",
        "\\\n\n'''a\nb'''\n",
    ],
)
def test_raw_counts_are_radon_s_oddities_included(text: str) -> None:
    """Every count equals `radon.raw.analyze`'s."""
    found = count_raw(text)
    radon_s = analyze(text)
    assert all(getattr(found, name) == value for name, value in radon_s._asdict().items())


@pytest.mark.parametrize(
    "text",
    [
        "f'{x:>10}'\n",
        "y = f'{x:>10}'\n",
        "y = f'{x!r:>{width}}' + f'{{}}' + rf'\\{x}'\n",
        "y = f'''{\n  x\n}\n\nmore: {y[1:]}'''\nz = 1\n",
        "y = f'{(lambda a: a)(x)} # none'  # one\n",
        "y = f'\\N{BULLET} {x}'\n",
        "if f'{x:{y}}': pass\n",
        'if"f": pass\n',
    ],
)
def test_f_strings_are_counted_as_the_running_python_sees_them(text: str) -> None:
    """Since Python 3.12 a colon before a format counts; whichever version runs, radon's counts are ours."""
    radon_s = analyze(text)
    assert all(getattr(count_raw(text), name) == value for name, value in radon_s._asdict().items())


def test_nothing_of_a_class_within_a_function_is_measured() -> None:
    """Radon looks at closures, and not into classes that a function makes."""
    text = "def f():\n    class A:\n        def m(self):\n            def n(): pass\n    def g(): pass\n"
    assert [f.symbol for f in measured(a=text)[0].functions] == ["f", "f.g"]


def test_a_function_ends_where_its_text_ends() -> None:
    """The last line is the function's own, also where it ends in a closure or an assertion."""
    found = measured(a="def f(x):\n    assert (\n        x\n    )\n")[0].functions[0]
    assert (found.line, found.end_line) == (1, 4)


def test_deep_nesting_is_measured() -> None:
    """A tree too deep for radon's recursive visitors has its figures."""
    found = measure_file("a.py", "x = (" + "(" * 50 + "a" + ".b" * 2_000 + " + 1" + ")" * 51, LIMITS)
    assert (found.error, found.halstead_volume) == (None, 4.75)


def test_a_large_data_literal_is_counted_in_one_pass() -> None:
    """Forty thousand lines of one literal, which take radon's own counter minutes, are counted line by line."""
    found = count_raw("x = [\n" + "1,\n" * 40_000 + "]\n")
    assert (found.sloc, found.lloc) == (40_002, 1)


def test_methods_and_closures_are_measured_under_their_dotted_names() -> None:
    """Nested functions are listed as `Class.method` and `outer.inner`."""
    inner = "    def m(self):\n        def inner():\n            pass\n"
    text = f"class A:\n{inner}\n    class B:\n        def n(self):\n            pass\n"
    assert [f.symbol for f in measured(a=text)[0].functions] == ["A.m", "A.m.inner", "A.B.n"]


@pytest.mark.parametrize("text", ["def (\n", "x = 1\x00", "-" * 100_000 + "1"])
def test_what_cannot_be_measured_says_why(text: str) -> None:
    """What does not parse, nested too deeply or not, has an error instead of figures."""
    found = measure_file("a.py", text, LIMITS)
    assert found.error
    assert found.maintainability is None


def test_a_large_file_is_not_measured() -> None:
    """Files over the parser's limit are told, not measured."""
    found = measure_file("a.py", "x = 1\n" * 100, DiffLimits(parse_chars_max=599))
    assert found.error == "not parsed: 600 characters, 599 at most"


def test_a_function_that_got_worse_changes_its_rank() -> None:
    """The delta says how much and from which rank to which."""
    delta = compared({"a.py": SIMPLE}, {"a.py": COMPLEX}).deltas[0]
    assert (delta.symbol, delta.metric, delta.before, delta.after, delta.delta) == ("f", "cyclomatic", 1, 8, 7)
    assert (delta.rank_before, delta.rank_after) == ("A", "B")


def test_a_renamed_function_is_compared_with_itself() -> None:
    """A rename in a class that was renamed too, in a file that moved, is no new complexity."""
    body = BRANCHES.replace("    ", "        ")
    before = {"a.py": f"class A:\n    def f(self, x):\n{body}        return x\n\n\n{COMPLEX}"}
    after = {"b.py": f"class B:\n    def f(self, x):\n{body}        return x\n\n\n" + COMPLEX.replace("f(x)", "g(x)")}
    assert [delta for delta in compared(before, after).deltas if delta.metric == "cyclomatic"] == []


def test_new_and_removed_functions_have_one_side_only() -> None:
    """Without a counterpart there is no difference, only a figure."""
    found = {d.symbol: d for d in compared({"a.py": SIMPLE}, {"a.py": COMPLEX.replace("f(x)", "other(x)")}).deltas}
    assert (found["f"].before, found["f"].after, found["f"].delta) == (1, None, None)
    assert (found["other"].before, found["other"].after) == (None, 8)


def test_functions_of_one_name_are_told_in_the_order_of_the_text() -> None:
    """Deltas of one size under one name stand in the order of the text, whatever Python hashes them to."""
    before, after = ("".join(twin(number + more) for number in range(8)) for more in (0, 10))
    told = compared({"a.py": before}, {"a.py": after})
    assert [delta.before for delta in told.deltas if delta.symbol == "f"] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_an_implementation_is_compared_with_itself() -> None:
    """Overloads that came before a function leave its complexity as it was, and are no functions of their own."""
    stub = "@overload\ndef f(x: {}) -> int: ...\n\n\n"
    told = compared({"a.py": COMPLEX}, {"a.py": stub.format("int") + stub.format("str") + COMPLEX})
    name = next(f.symbol for f in measured(a=COMPLEX)[0].functions)
    assert name == "f"
    assert [delta for delta in told.deltas if delta.symbol == name] == []


def test_functions_of_a_moved_folder_are_compared_with_themselves() -> None:
    """A file that changed in a folder that moved keeps its figures: nothing of it came or went."""
    one, other = (
        {f"hw/{n}.py": f"# {n}\n{COMPLEX}" for n in "ab"},
        {f"src/hw/{n}.py": f"# {n}!\n{COMPLEX}" for n in "ab"},
    )
    assert not [delta for delta in compared(one, other).deltas if delta.symbol]


def test_the_worst_functions_come_first() -> None:
    """`worst` lists the new side's most complex functions, `deltas` the largest changes."""
    found = compare_complexity((), measured(a=SIMPLE, b=COMPLEX), DiffLimits(worst_max=1))
    assert [(f.path, f.cyclomatic) for f in found.worst] == [("b.py", 8)]
    assert found.average_cyclomatic == 4.5
    assert found.average_cyclomatic_before is None


def test_known_figures_of_unchanged_files_are_taken_over() -> None:
    """A file that did not change is not measured again, whatever its known figures are."""
    known = FileComplexity(path="a.py", maintainability=1.0)
    found = measure_tree(tree({"a.py": SIMPLE, "b.py": SIMPLE}), [known], {"a.py"}, LIMITS)
    assert found[0] is known
    assert found[1].functions[0].symbol == "f"


def test_functions_over_the_limit_are_counted() -> None:
    """Of too many functions the most complex are kept, and the file says so."""
    found = measure_tree(tree({"a.py": SIMPLE + COMPLEX.replace("f(x)", "g(x)")}), (), (), DiffLimits(functions_max=1))
    assert [f.symbol for f in found[0].functions] == ["g"]
    assert found[0].error == "1 of 2 functions listed: a.py or the whole submission has too many"


def test_errors_name_the_file() -> None:
    """Files without figures are listed with the reason."""
    assert compared({}, {"a.py": "def (\n"}).errors == {"a.py": "line 1, column 5: invalid syntax"}


def test_functions_that_are_gone_are_counted() -> None:
    """Of the functions before, those without a successor count as removed."""
    before = measure_file("a.py", "def one(): pass\ndef two(): pass\ndef three(): pass\n", LIMITS)
    after = measure_file("a.py", "def three(): pass\n", LIMITS)
    found = compare_complexity([before], [after], LIMITS)
    assert (found.functions_before, found.functions_removed) == (3, 2)


def test_mended_files_are_told() -> None:
    """A file that did not parse before and does now is mended; one that is broken still is not."""
    broken, whole = (measure_file("a.py", text, LIMITS) for text in ("def one(:\n", "def one(): pass\n"))
    assert compare_complexity([broken], [whole], LIMITS).mended == ("a.py",)
    assert compare_complexity([broken], [broken], LIMITS).mended == ()
