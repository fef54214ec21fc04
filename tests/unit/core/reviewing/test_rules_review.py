"""What the review by rules says about real code: praise that was checked, mistakes first, hints as hints."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import JsonValue

from app.adapters.analysis import linter
from app.catalogue import words_in
from app.core.evidence.facts.change import change_facts
from app.core.evidence.facts.gravity import gravity_of, is_worth_telling
from schemas.changes import Change, Finding, Place
from schemas.comparison import Evidence
from schemas.review import ReviewResult
from schemas.submission import Language
from schemas.tests import Outcome, TestCase, TestProgress, TestReport
from tests.builders.evidence import weighed
from tests.builders.records import a_comparison
from tests.builders.reviewed import comments_on, comparison_of, finished, first_sentence, review_of

BRANCHES = "".join(f"    if x == {n}:\n        y = f(y, {n})\n" for n in range(9))
COMPLEX = f"def work(x, y):\n{BRANCHES}    return y\n"


def praises(result: ReviewResult) -> list[str]:
    return [comment.message for comment in result.code_review_comments if comment.severity == "praise"]


def test_a_named_local_variable_earns_no_praise() -> None:
    """A text that got a name within its function is not code extracted into a function."""
    old = (
        "def report(rows):\n    total = sum(rows)\n"
        '    print(f"sum: {total:.2f}, mean: {total / len(rows):.2f}")\n    return total\n'
    )
    new = (
        "def report(rows):\n    total = sum(rows)\n"
        '    text = f"sum: {total:.2f}, mean: {total / len(rows):.2f}"\n    print(text)\n'
        "    return total\n"
    )
    assert praises(review_of(old, new)) == []


def test_an_overload_stub_is_not_the_function_made_simpler() -> None:
    """A function that gained `@overload` signatures keeps its complexity, and nothing is praised."""
    body = (
        "    if kind is None and default is not None:\n        kind = type(default)\n"
        "    if kind is str or kind is None:\n        return 't'\n    if kind is int:\n"
        "        return 'w'\n    return kind.__name__\n"
    )
    old = f"def convert(kind, default=None):\n{body}"
    stubs = "".join(
        f"@overload\ndef convert(kind: {kind}, default: object = None) -> str: ...\n\n\n" for kind in ("None", "type")
    )
    result = review_of(old, f"from typing import overload\n\n\n{stubs}{old}")
    assert praises(result) == []
    assert "снизилась" not in result.progress_summary


def test_branches_that_stand_elsewhere_earn_no_praise() -> None:
    """A function emptied into another that is as complex as it was did not become simpler."""
    moved = COMPLEX.replace("work", "inner")
    result = review_of({"a.py": COMPLEX}, {"a.py": f"{moved}\n\ndef work(x, y):\n    return inner(x, y)\n"})
    assert not any("сложность" in praise for praise in praises(result))
    assert "Стало лучше" not in result.progress_summary


def test_an_emptied_function_earns_no_praise() -> None:
    """A function whose body is gone is not simpler but undone."""
    result = review_of(COMPLEX, "def work(x, y):\n    pass\n")
    assert praises(result) == []
    assert "Стало лучше" not in result.progress_summary


def test_a_function_made_simpler_is_praised() -> None:
    """Fewer branches for the same function are progress, and said to be."""
    result = review_of(
        COMPLEX, "def work(x, y):\n    for n in range(9):\n        if x == n:\n            y = f(y, n)\n    return y\n"
    )
    assert any("`work` снизилась с 10 (B) до 3 (A)" in praise for praise in praises(result))


def test_an_undefined_name_is_critical_and_comes_first() -> None:
    """NameError stands first in summary, comments and advice; an f-string without places is a hint."""
    old = "def load(path):\n    with open(path) as file:\n        return file.read()\n"
    new = (
        old.replace("    with", '    print(f"loading")\n    with')
        + "\n\ndef split(path):\n    rows = load(path).splitlines()\n    return rows[: params.size]\n"
    )
    result = review_of(old, new)
    assert (
        first_sentence(result)
        == "Выполнение остановится с ошибкой: имя `params` нигде не определено (`a.py`, строка 9)"
    )
    assert [c.severity for c in result.code_review_comments] == ["critical", "minor"]
    assert comments_on(result, "F821")[0].line == 9
    assert "`params`" in result.recommendations[0]
    assert "(вероятных ошибок среди них — 1)" in result.progress_summary
    assert review_of(old, new, "en").progress_summary.startswith("Execution will stop with an error: the name `params`")


def test_a_syntax_error_comes_first() -> None:
    """A file that does not parse is the first thing that is said."""
    result = review_of("x = 1\n", "def f(:\n    pass\n")
    assert first_sentence(result).startswith("Файл `a.py` не разбирается")
    assert result.code_review_comments[0].severity == "critical"


@pytest.mark.parametrize(
    ("rule", "gravity"),
    [("F821", "critical"), ("invalid-syntax", "critical"), ("F706", "critical"), ("F632", "major"), ("B006", "major"),
     ("PLE0237", "major"), ("S307", "major"), ("F541", "minor"), ("S301", "minor"), ("B905", "minor"),
     ("B007", "minor"), ("F811", "minor"), ("S608", "minor"),
     ("F403", "minor"), ("F405", "minor"), ("SIM300", "minor"), ("X999", "minor")],
)  # fmt: skip
def test_rules_have_the_gravity_of_what_they_find(rule: str, gravity: str) -> None:
    """What ends in an error is critical, a likely mistake major, and pickle, zip and style are hints."""
    assert gravity_of(rule) == gravity


@pytest.mark.parametrize(
    ("path", "rule", "told"),
    [("tests/test_a.py", "SIM300", False), ("tests/test_a.py", "S105", False), ("test_a.py", "F401", False),
     ("tests/test_a.py", "F821", True), ("tests/test_a.py", "F631", True), ("tests/test_a.py", "B017", True),
     ("app/tests.py", "SIM300", False), ("conftest.py", "B008", False), ("tests.py", "F811", True),
     ("tests/test_a.py", "PLE0643", False), ("a.py", "PLE0643", True), ("a.py", "SIM300", True),
     ("contest.py", "SIM300", True), ("testing/a.py", "SIM300", True)],
)  # fmt: skip
def test_style_stays_out_of_tests(path: str, rule: str, told: bool) -> None:
    """In tests only mistakes are told."""
    assert is_worth_telling(Finding(path=path, line=1, rule=rule, message="Hm")) is told


@pytest.mark.parametrize(("name", "told"), [("token", False), ("token_type", False), ("db_password", True)])
def test_a_tokenizer_s_tokens_are_no_passwords(name: str, told: bool) -> None:
    """A calculator that compares tokens is not told that it holds passwords."""
    message = f'Possible hardcoded password assigned to: "{name}"'
    assert is_worth_telling(Finding(path="a.py", line=1, rule="S105", message=message)) is told


def test_newer_grammar_is_no_mistake() -> None:
    """What the linter's own Python does not know yet is not held against the student."""
    message = "Cannot use t-strings on Python 3.13 (syntax was added in Python 3.14)"
    assert not is_worth_telling(Finding(path="a.py", line=1, rule="invalid-syntax", message=message))


@pytest.mark.parametrize(
    "text",
    [
        "from __future__ import annotations\n\n\ndef f(x: Missing) -> Missing:\n    return x\n",
        'def f(x: "Missing") -> "Missing":\n    return x\n',
        "def f():\n    x: Missing = 1\n    return x\n",
        "exec(open('names.py').read())\nprint(missing)\n",
    ],
    ids=["postponed", "quoted", "local", "exec"],
)
def test_a_name_that_nothing_looks_up_is_no_error(text: str) -> None:
    """An annotation that Python never evaluates, and a name that `exec` may bind, end in no NameError."""
    assert comments_on(review_of("x = 1\n", text), "F821") == []


def test_what_ipython_binds_is_no_undefined_name() -> None:
    """`display` is there in every notebook, and `%run` may bind anything."""
    cells = [["display(1)"], ["nowhere"]]
    assert [
        c.line for c in comments_on(review_of({"n.ipynb": notebook(["x = 1"])}, {"n.ipynb": notebook(*cells)}), "F821")
    ] == [5]
    run = notebook(["%run names.py"], ["nowhere"])
    assert comments_on(review_of({"n.ipynb": notebook(["x = 1"])}, {"n.ipynb": run}), "F821") == []


def notebook(*cells: list[str]) -> str:
    """A notebook of code cells, each a list of lines."""
    made = [{"cell_type": "code", "source": "\n".join(lines), "metadata": {}, "outputs": []} for lines in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made})


def test_a_notebook_s_comment_names_cell_and_line() -> None:
    """Nobody sees the lines of a notebook's Python text: cell and line within it are told, wherever a place is."""
    new = notebook(["import os", "x = 1"], ["y = 2", "print(nowhere)"])
    result = review_of({"n.ipynb": notebook(["x = 1"])}, {"n.ipynb": new})
    assert comments_on(result, "F821")[0].message.startswith("Ячейка 2, строка 2: ")
    assert comments_on(result, "F401")[0].message.startswith("Ячейка 1, строка 1: ")
    assert "(`n.ipynb`, ячейка 2, строка 2)" in first_sentence(result)
    assert comments_on(review_of({"n.ipynb": notebook(["x = 1"])}, {"n.ipynb": new}, "en"), "F821")[
        0
    ].message.startswith("Cell 2, line 2: ")


def test_further_lines_are_told_by_cell() -> None:
    """The same finding elsewhere in a notebook is named by cell and line, too."""
    result = review_of(
        {"n.ipynb": notebook(["x = 1"])}, {"n.ipynb": notebook(["import os"], ["import re"], ["import sys"])}
    )
    assert "Ещё: ячейка 2, строка 1; ячейка 3, строка 1." in comments_on(result, "F401")[0].message


def test_averages_over_new_code_are_not_worse() -> None:
    """Code added to an empty project, or a file of two lines that grew, is not said to be worse."""
    code = (
        "import csv\n\n\ndef load(path):\n    with open(path) as file:\n"
        "        return [row or None for row in csv.DictReader(file)]\n"
    )
    assert (
        "хуже"
        not in review_of(
            {"p/__init__.py": "", "README.md": "x\n"}, {"p/__init__.py": "", "p/a.py": code, "README.md": "x\n"}
        ).progress_summary
    )
    leak = "def size(path):\n    file = open(path)\n    return len(file.read())\n"
    mended = (
        'def size(path):\n    with open(path, "r") as file:\n        text = file.read()\n'
        "    return None if 0 == len(text) else len(text)\n"
    )
    result = review_of(leak, mended)
    assert "хуже" not in result.progress_summary
    assert all(re.search("[а-я]", comment.message) for comment in result.code_review_comments)
    assert "Прежние замечания линтера, которых больше нет: 1 (`SIM115`)." in result.progress_summary


def test_a_rise_that_stays_simple_is_not_worse() -> None:
    """From four branches to seven a function is still simple; from nine to twelve it is complex."""
    grown = COMPLEX.replace(
        "    return y",
        "    if x == 10:\n        y = 0\n    if x == 11:\n        y = 1\n    if x == 12:\n        y = 2\n    return y",
    )
    assert "выросла с 10 (B) до 13 (C)" in review_of(COMPLEX, grown).progress_summary
    small = "def g(x):\n    if x:\n        return 1\n    return 0\n"
    more = (
        "def g(x):\n    if x == 1:\n        return 1\n    if x == 2:\n        return 2\n"
        "    if x == 3:\n        return 3\n    if x == 4:\n        return 4\n    return 0\n"
    )
    assert "выросла" not in review_of(small, more).progress_summary


def test_renames_say_old_and_new() -> None:
    """A renamed function, parameter or file is named as it was and as it is."""
    old = (
        "def total(rows):\n    found = 0\n    for row in rows:\n        found += row\n"
        "    return found\n\n\nprint(total([1]))\n"
    )
    assert "`total` → `summed`" in review_of(old, old.replace("total", "summed")).progress_summary
    assert "в `total`: `rows` → `values`" in review_of(old, old.replace("rows", "values")).progress_summary
    moved = review_of({"a.py": old, "README.md": "x\n"}, {"b.py": old, "README.md": "x\n"}).progress_summary
    assert "`a.py` → `b.py`" in moved


def test_a_moved_package_is_one_folder() -> None:
    """Its empty `__init__.py` is no file that went and came, and the work is said to do what it did."""
    old = {"__init__.py": "", "a.py": "def f(x):\n    return x + 1\n", "b.py": "def g(x):\n    return x * 2\n"}
    one, other = (
        {f"{at}/{name}": text for name, text in old.items()} | {"README.md": "hw\n"} for at in ("hw", "src/hw")
    )
    said = review_of(one, other).progress_summary
    assert "перенесена папка `hw` → `src/hw`." in said
    assert "работа делает то же" in said


def test_a_renamed_test_is_no_new_one() -> None:
    """A test that got another name is told as renamed, and counted neither as written nor as removed."""
    body = "    rows = [X, 2, 3]\n    assert sum(rows) == 6\n    assert max(rows) == 3\n    assert len(rows) == 3\n"
    head = "from a import X\n\n\n"
    old = {"a.py": "X = 1\n", "tests/test_a.py": f"{head}def test_rows():\n{body}"}
    more = "\n\ndef test_more():\n    assert min([3, X]) == 1\n"
    new = {"a.py": "X = 1\n", "tests/test_a.py": f"{head}def test_all_rows():\n{body}{more}"}
    said = review_of(old, new).progress_summary
    assert "`test_rows` → `test_all_rows`" in said
    assert "Добавлен 1 тест: `test_more`." in said
    assert "убран" not in said


def test_code_inlined_or_written_anew_is_not_deleted_work() -> None:
    """Functions whose code stands at module level now, or that others replaced, are not to be brought back."""
    parts = [
        f"def part{n}():\n    rows = [{n}, 2]\n    print(sum(rows), max(rows), {n})\n\n\npart{n}()\n" for n in range(4)
    ]
    inlined = [f"rows = [{n}, 2]\nprint(sum(rows), max(rows), {n})\n" for n in range(4)]
    old = {f"t{n}.py": part for n, part in enumerate(parts)}
    result = review_of(old, {f"t{n}.py": text for n, text in enumerate(inlined)})
    assert "Удалена большая часть" not in result.progress_summary
    other = "".join(
        f"class Shape{n}:\n    def area(self, side):\n        return side ** {n} / 3\n\n\n" for n in range(4)
    )
    many = "".join(f"def part{n}(x):\n    for y in x:\n        print(y, {n})\n\n\n" for n in range(4))
    assert "Удалена большая часть" not in review_of(many, other).progress_summary


def test_swapped_imports_of_one_name_are_no_change_of_form() -> None:
    """`load` was pickle's and is json's now: it is not said that the code does what it did."""
    use = "\n\ndef read(path):\n    with open(path, 'rb') as file:\n        return load(file)\n"
    imports = ["from json import load\n", "from pickle import load\n"]
    said = review_of("".join(imports) + use, "".join(reversed(imports)) + use).progress_summary
    assert "делает то же" not in said


def test_an_emptied_file_is_not_mended() -> None:
    """A file with a syntax error that holds nothing any more is not said to be repaired; one with code is."""
    broken = "def f(:\n    return 1\n"
    keep = {"b.py": "x = 1\n"}
    assert "исправлена" not in review_of({"a.py": broken} | keep, {"a.py": ""} | keep).progress_summary
    assert (
        "исправлена" in review_of({"a.py": broken} | keep, {"a.py": "def f():\n    return 1\n"} | keep).progress_summary
    )


def test_failing_tests_come_first() -> None:
    """Where tests fail, that is the first sentence, and their comment is critical."""
    case = TestCase(id="test_a.py::test_f", outcome=Outcome.FAILED, message="assert 1 == 2", path="a.py", line=1)
    report = TestReport(formats=("pytest",), totals={Outcome.FAILED: 1}, cases=(case,), confidence=1.0)
    made = comparison_of({"a.py": "x = 1\n"}, {"a.py": "import os\n\nx = 2\n"})
    tests = TestProgress(current=report)
    findings = made.evidence.findings
    evidence = weighed(made, findings, tests=tests)
    result = finished(made.model_copy(update={"tests": tests, "evidence": evidence})).review_result
    assert first_sentence(result).startswith("Тесты: проходит 0 из 1, не проходит 1")
    assert [comment.severity for comment in result.code_review_comments] == ["critical", "minor"]


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        (
            "change_annotation",
            {"name": "x", "before": "float", "after": "int"},
            "изменён тип у `f(x)`: `float` → `int`",
        ),
        ("modify_decorator", {"before": 'get("/a")', "after": 'get("/b")'}, 'у `f`: `get("/a")` → `get("/b")`'),
        ("modify_constant", {"before": "1", "after": "2"}, "изменено значение `f`: `1` → `2`"),
        ("modify_constant", {"before": "[1, 2]", "after": "[1]"}, "изменено значение `f`: `[1, 2]` → `[1]`"),
        ("modify_constant", {"before": '","', "after": '", "'}, 'изменено значение `f`: `","` → `", "`'),
        ("modify_constant", {"before": '"x → y"', "after": '"a: b"'}, 'значение `f`: `"x → y"` → `"a: b"`'),
        (
            "modify_decorator",
            {"before": 'router.put("/predict")', "after": 'router.put("/predict", status_code=201)'},
            '`f`: `router.put("/predict")` → `router.put("/predict", status_code=201)`',
        ),
        ("reorder_imports", {}, "изменён порядок импортов в `f`."),
    ],
)
def test_values_are_told_before_and_after(kind: str, detail: dict[str, JsonValue], said: str) -> None:
    """A changed type, decorator or value is told with what it was and what it is, where that is short."""
    place = Place(path="a.py", symbol="f", line=1)
    change = Change(kind=kind, before=place, after=place, detail=detail)
    comparison = a_comparison(language="ru", evidence=Evidence(facts=tuple(change_facts((change,)))))
    assert said in finished(comparison).review_result.progress_summary


def enabled_rules() -> dict[str, str]:
    """Code -> summary of every rule that our selection switches on, as the linter lists them."""
    ruff = Path(sys.executable).with_name("ruff")
    listed = json.loads(
        subprocess.run([ruff, "rule", "--all", "--output-format", "json"], capture_output=True, check=True).stdout
    )
    chosen, ignored = ",".join(linter._RULES).split(","), linter._IGNORED.split(",")
    return {
        rule["code"]: rule["summary"]
        for rule in listed
        if rule["code"] and rule["code"] not in ignored and any(selects(prefix, rule["code"]) for prefix in chosen)
    }


def selects(prefix: str, code: str) -> bool:
    """Whether a selector takes a rule in: letters alone mean the linter of exactly these letters."""
    if prefix[-1].isdigit():
        return code.startswith(prefix)
    letters = re.match(r"[A-Z]+", code)
    return letters is not None and letters[0] == prefix


def test_every_enabled_rule_has_russian_words() -> None:
    """No rule that is switched on is explained to a Russian student in English."""
    enabled = enabled_rules()
    assert len(enabled) > 200
    assert {code: summary for code, summary in enabled.items() if code not in words_in("ru").rules} == {}


@pytest.mark.parametrize("code", sorted(words_in("ru").rules))
def test_russian_words_are_russian_and_no_sentence(code: str) -> None:
    """Words of a rule are Russian, start with a capital or with Python's own word, and have no full stop."""
    words = words_in("ru").rules[code]
    assert re.search("[а-яё]{3}", words)
    assert not words.endswith(".")
    assert len(words) < 110


def test_one_line_under_a_name_earns_no_praise() -> None:
    """Praise says that extracted code can be tested on its own; of a single expression that is no merit."""
    body = "def convert(kind, default=None):\n    if kind is None:\n        kind = {}\n    return kind\n"
    helper = "def guess(default):\n    return type(default)\n\n\n"
    assert praises(review_of(body.format("type(default)"), helper + body.format("guess(default)"))) == []


PROGRAM = """\
def total(rows):
    return sum(rows)


def mean(rows):
    return total(rows) / len(rows)


print(mean([1, 2]))
"""
UNUSED = """

def _normalise(rows):
    found = []
    for row in rows:
        if row:
            found.append(row + 1)
    return found
"""
NAMED: dict[Language, tuple[str, str]] = {
    "ru": (
        "Код `_normalise` нигде не вызывается. На оценку он не влияет.",
        "Часть нового кода ни на что не влияет: `_normalise`",
    ),
    "en": (
        "Nothing calls `_normalise`. It does not influence the score.",
        "Part of the new code has no effect: `_normalise`",
    ),
}


@pytest.mark.parametrize("language", NAMED)
def test_code_that_nothing_uses_is_named(language: Language) -> None:
    """A person reads where it stands, what to do with it, and that it earned nothing."""
    comment, sentence = NAMED[language]
    result = review_of(PROGRAM, PROGRAM + UNUSED, language)
    assert [(one.message, one.line) for one in result.code_review_comments] == [(comment, 12)]
    assert sentence in result.progress_summary
    assert any("a.py" in advice for advice in result.recommendations)


def test_a_change_of_names_alone_is_told_as_such() -> None:
    """Who only renamed is not told of progress."""
    assert "Изменились только имена" in review_of(PROGRAM, PROGRAM.replace("rows", "values")).progress_summary
