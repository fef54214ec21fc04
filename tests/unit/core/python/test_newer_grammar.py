"""Code in a newer grammar than the interpreter's is no error of the student's; a real error still is."""

import ast
import sys

import pytest

from app.adapters.analysis import linter
from app.adapters.analysis.grammar import judge_grammar
from app.adapters.analysis.tasks import analyse_now
from app.catalogue import load_catalogue
from app.core.comparing.compose import compose
from app.core.complexity import measure_file
from app.core.history.lineage import Lineage
from app.core.limits import DiffLimits, Limits
from app.core.ports import Side
from app.core.python.newer_grammar import downgrade
from app.core.python.syntax_trees import SyntaxTrees
from app.core.submission.attempt import Attempt
from schemas.comparison import Baseline, Comparison
from schemas.history import PastSubmission
from schemas.origin import Origin
from tests.builders.diff_trees import tree
from tests.builders.records import NOON, a_submission
from tests.builders.reviewed import judge

BEFORE = "def g(d):\n    return d\n\n\ndef k():\n    return 1\n"
TRY = "def g(d):\n    try:\n        return d\n"
NEWER = {
    "quotes reused in a field": (12, 'def g(d):\n    return f"{d["a"]!r:>{d["w"]}} {f"{1 + 1}"}\\n"\n'),
    "field over lines": (12, 'def g(d):\n    return f"{\n        d\n    }"\n'),
    "comment in a field": (12, 'def g(d):\n    return f"""{\n        d  # all of it\n    }"""\n'),
    "type alias": (12, "type Pair[T] = tuple[T, T]\n\n\ndef g(d):\n    return d\n"),
    "type parameters": (
        12,
        "class Box[T, *Ts, **P]:\n    def get(self) -> T: ...\n\n\ndef g[T: (int, str)](d: T):\n    return d\n",
    ),
    "default of a type parameter": (13, "def g[T = int](d: list[T]) -> T:\n    return d\n"),
    "template": (14, 'def g(d):\n    return t"hi {d}"\n'),
    "exceptions without brackets": (
        14,
        "def g(d):\n    try:\n        return d\n    except ValueError, TypeError:\n        return 0\n",
    ),
    "groups without brackets": (
        14,
        "def g(d):\n    try:\n        return d\n    except* ValueError, TypeError:\n        pass\n",
    ),
}
WRONG = {
    "beside a template": 'def g(d):\n    return t"hi {d}"\n\n\ndef f(:\n    pass\n',
    "beside an alias": "type X = int\n\n\nx = 1\ny = 2\ndef f(:\n    pass\n",
    "alone": "x = 1\n\n\n\n\ndef f(:\n    pass\n",
    "in a field": 'x = 1\n\n\n\n\nx = f"{a b}"\n',
}
TAIL = "\n\ndef k():\n    return 2\n"
SYNTAX_ERROR_CAP = 35  # of the overall score, where the one file does not parse
CASES = pytest.mark.parametrize("name", NEWER)


def compared(before: str, after: str, language: str = "en") -> Comparison:
    """The comparison of two texts of one file, as the worker makes it."""
    one, other = tree({"m.py": before}), tree({"m.py": after})
    analysis = analyse_now(Side(one), Side(other), (), Limits())
    origin = Origin(topic="submissions", partition=0, offset=0)
    past = PastSubmission(
        origin=origin, submission_id="sub-0", submitted_at=NOON, digest=one.digest(), sources=one.texts()
    )
    lineage = Lineage(Baseline.PREVIOUS, past, origin.model_copy(update={"offset": 1}), moves_stamp=True)
    return compose(Attempt(a_submission(language=language), other), lineage, analysis, load_catalogue("en"))


@CASES
def test_newer_grammar_is_no_error(name: str) -> None:
    """No fact, cap, finding or critical comment speaks against it, whatever Python the analysis runs on."""
    found = compared(BEFORE, NEWER[name][1] + TAIL)
    assert "syntax_error" not in {fact.code for fact in found.evidence.facts}
    assert found.evidence.bounds.overall_max > SYNTAX_ERROR_CAP
    assert not [why for why in found.evidence.bounds.why if "parse" in why or "syntax" in why]
    assert found.files[0].syntax_error is None
    assert not [finding for finding in found.evidence.findings if finding.rule == linter.SYNTAX]
    assert not [c for c in judge(found).opinion.comments if c.severity == "critical"]


@CASES
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "needs Python 3.{}, not checked here"), ("ru", "нужен Python 3.{}, здесь он не проверен")],
)
def test_an_older_interpreter_says_which_one_it_needs(name: str, language: str, words: str) -> None:
    """The review names the version in its language, exactly where the interpreter is older."""
    minor, text = NEWER[name]
    found = compared(BEFORE, text + TAIL, language)
    is_older = sys.version_info.minor < minor
    assert found.files[0].needs_python == (f"3.{minor}" if is_older else None)
    assert (words.format(minor) in judge(found).opinion.summary) == is_older


@CASES
def test_newer_grammar_is_compared_by_its_symbols(name: str) -> None:
    """What else changed in the file is found, and nothing of it is told as removed."""
    found = compared(BEFORE, NEWER[name][1] + TAIL)
    assert ("modify_function", "k") in {(c.kind, c.after.symbol) for c in found.changes if c.after}
    assert not [change.kind for change in found.changes if change.kind.startswith("remove_")]
    assert not [delta for delta in found.complexity.deltas if delta.after is None]


@CASES
def test_newer_grammar_in_older_words_keeps_its_lines(name: str) -> None:
    """It parses on every supported Python, each statement on its line."""
    text = NEWER[name][1] + TAIL
    older = downgrade(text)
    assert isinstance(ast.parse(older), ast.Module)
    assert older.count("\n") == text.count("\n")
    assert older.splitlines()[-1] == text.splitlines()[-1]


@CASES
def test_newer_grammar_is_measured(name: str) -> None:
    """Its figures are there, so that a score does not fall for want of them."""
    figures = measure_file("m.py", NEWER[name][1] + TAIL, DiffLimits(), SyntaxTrees(DiffLimits(), judge_grammar))
    assert {"g", "k"} <= {function.symbol for function in figures.functions}
    assert figures.maintainability is not None


@pytest.mark.parametrize("name", WRONG)
def test_a_real_error_stays_critical_and_has_its_own_line(name: str) -> None:
    """A file in a newer grammar that is wrong besides has its syntax error, where that is, and the cap."""
    found = compared(BEFORE, WRONG[name])
    error = next(fact for fact in found.evidence.facts if fact.code == "syntax_error")
    assert (error.line, found.evidence.bounds.overall_max < 60) == (6 if name != "beside a template" else 5, True)
    comments = judge(found).opinion.comments
    assert [(c.severity, c.line) for c in comments if c.severity == "critical"] == [("critical", error.line)]


BESIDE_AN_ERROR = {
    "type parameters": ("def g[T](d: T, n: int = 1) -> T:\n    return d\n", "def g(d, n=1):\n    return d\n"),
    "a class's": (
        "class A[T]:\n    def g(self, d):\n        return d\n",
        "class A:\n    def g(self, d):\n        return d\n",
    ),
    "alias": ("type X = int\n\n\ndef g(d):\n    return d\n", "X = int\n\n\ndef g(d):\n    return d\n"),
    "string": ('def g(d):\n    return f"{d["a"]} {d}"\n', 'def g(d):\n    return f"{d[1]} {d}"\n'),
}


@pytest.mark.parametrize("name", BESIDE_AN_ERROR)
@pytest.mark.parametrize("error", ["def last(d):\n    return d[-1\n", "def last(:\n    return 1\n", "x = f'{\n"])
def test_newer_grammar_beside_a_real_error_loses_nothing(name: str, error: str) -> None:
    """What the file held is neither removed nor given other parameters, and the error is on one of its lines."""
    newer, older = BESIDE_AN_ERROR[name]
    text = f"{newer}\n\n{error}"
    found = compared(older, text)
    assert not [change.kind for change in found.changes if "remove" in change.kind or "parameter" in change.kind]
    (fact,) = [fact for fact in found.evidence.facts if fact.code == "syntax_error"]
    assert newer.count("\n") < (fact.line or 0) <= text.count("\n")
    unchanged = compared(text, f"{text}\n\ny = 1\n").changes
    assert not {c.after.symbol for c in unchanged if c.after} & {"g", "A", "A.g", "X"}


@pytest.mark.parametrize(
    "text", ['print "x"\n', "try:\n    pass\nexcept ValueError, e:\n    print(e)\n", "if 1:\n\tx\n        y\n"]
)
def test_python_2_is_still_an_error(text: str) -> None:
    """What a newer Python reads by chance, or the linter passes over, is told by Python's own complaint."""
    assert "syntax_error" in {fact.code for fact in compared(BEFORE, text).evidence.facts}


def test_a_file_that_needs_a_newer_python_on_both_sides_mends_nothing() -> None:
    """Nothing was broken, so nothing is mended or broken when its grammar comes or goes."""
    for before, after in ((NEWER["template"][1], BEFORE), (BEFORE, NEWER["template"][1])):
        assert not {"syntax_mended", "syntax_error"} & {fact.code for fact in compared(before, after).evidence.facts}


def test_without_the_linter_pythons_complaint_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can tell, what does not parse is an error, as it was."""
    monkeypatch.setattr(linter, "_ruff", lambda: ["/nowhere/ruff"])
    assert judge_grammar([NEWER["template"][1]], DiffLimits()) == {}
