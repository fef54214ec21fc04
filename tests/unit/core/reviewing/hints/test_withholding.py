"""Below `solve` a review names what is wrong and gives no code for it; what names things stays as it is."""

from pathlib import Path
from time import perf_counter
from typing import Any, Final

import pytest

from app.catalogue import words_in
from app.core.ports import ItemOpinion, Opinion, QuotedPlace
from app.core.reviewing.hints import OwnCode, withhold
from app.core.rubric import Rubric
from schemas.changes import Finding
from schemas.comparison import ChangedFile, Evidence
from schemas.review import CodeComment
from schemas.rubric import HintLevel, Verdict
from schemas.submission import Language
from tests import ROOT
from tests.builders.questions import a_question, the_default_rubric
from tests.builders.records import a_comparison, a_diff
from tests.builders.reviewed import comparison_of, judge

SOURCE: Final = """\
def mean(values):
    total = 0
    for value in values:
        total += value
    return total / len(values)


def load(path):
    try:
        return json.load(open(path))
    except:
        pass
"""
LOOK_AGAIN: Final = "Look at this place again: the code for it is not given away here."
SAMPLES: Final = ROOT / "app" / "embedded" / "samples"

STAYS: Final = [
    "import added",
    "find the bug and sort it out",
    "source lines",
    "Функция `mean` падает на пустом списке.",
    "`total / len(values)` делит на ноль, если `values` пуст.",
    "The call `json.load(open(path))` never closes the file.",
    "Bare `except:` hides every error; name the exception.",
    "Сложность `O(n log n)`, хватило бы O(n).",
    "Запустите `pytest -q` и `ruff check .` перед сдачей.",
    "Тест `tests/test_stats.py::test_mean[empty-0]` не проходит: `ZeroDivisionError: division by zero`.",
    "При `n = 0` функция падает.",
    "При n = 0 функция падает, timeout=5 тоже не помогает.",
    "Имена `a`, `b` ничего не говорят.",
    "Use a context manager here (see the docs) and close the file.",
    "The list(s) of test(s) are read in load().",
    "Файл `src/app/main.py` и папка `tests/` не нужны; флаг `--cov=app` лишний.",
    "`requests==2.31.0` is pinned, `numpy>=1.26` is not.",
    'На входе `[1, 2, 3]` ответ `2.0`, а не `"2"`.',
    "```\nZeroDivisionError: division by zero\n```",
    "```python\nfor value in values:\n    total += value\n```",
    "names and types are clear\nnot bad",
    "Note: better.\nSummary: good work",
    "- tests + docs\n- client-server\n- input/output",
    "for example:\n- names\n- types",
    "If the list is empty: return early. Return the value only once.",
    "Use GROUP BY instead of a loop; SELECT and FROM are fine.",
    "`GROUP BY`, `LEFT JOIN` and `COUNT(*)` would do.",
    "Добавьте аннотацию `dict[str, int]` и `int | None`.",
    "`for`, `with` и `try/except` вместо проверок.",
    "`super().__init__()` не вызван, `self.items` нет.",
    "Python 3.11 (и новее), см. https://docs.python.org/3/library/json.html?x=foo(bar).",
    "Decorator `@property` and `@functools.cache()` exist.",
    "В Dockerfile нет USER; COPY стоит до RUN.",
    "E501, F401 (3); W605: 2 строки.",
    "`AssertionError: assert 4 == 5` at line 3.",
    "Все тесты проходят: 5 из 5 (было 3).",
    "Вынесите повтор в функцию; `main` слишком длинная (60 строк > 40).",
    "from the start import of modules is slow, return of values too",
    "Rename `x1` → `width`; `x2` → `height`.",
    "The `else` branch is dead.",
    "Lines 3-5, 7; `a`-`b`.",
    "`git commit --amend` и `docker compose up -d`.",
    "`*args` и `**kwargs` не нужны.",
    "`None`, `True/False`, `0.5`, `-1`, `''`, `[]`.",
    "`print()` вместо логгера",
    "Используйте `max` и `sum`.",
    "«total» — неясное имя; 'value' лучше.",
    "Coverage 80% < 90%; a + b.",
    "``x = 1``",
    "Ошибка: `KeyError: 'name'` в тесте `test_load`.",
    "Here `x` may be None; check it before `x.strip()`.",
    "Метод `items()` вызывается дважды, а `self.cache` не используется.",
    "Строка `total += value` лишняя, есть `sum`.",
    "Write `try:`/`except ValueError:` around the parsing code here.",
    "Compare with == None is wrong, use is None.",
    "Return early (guard clause). See PEP 8 (naming).",
    "Пусть сложность будет O(n), а не O(n**2); log(n) тоже годится.",
    "Use snake_case, e.g. load_data instead of loadData.",
    "The function f(x) = x**2 is not tested.",
    "| a | b |\n|---|---|\n| `mean` | ok |",
    "Key: value pairs are fine; a: b too.",
    "Status: done\nNext: tests",
    "`mean(values)` зовут без проверки.",
    "Why:\n> for value in values:\n>     total += value",
    "Why:\n1. for value in values:\n2.     total += value",
    "Why:\n3 | for value in values:\n4 |     total += value",
    "1. First: read the file.\n2. Then: return the list (sorted).",
    "> Good work.\n> Names are clear.",
    "Everything except tests (see below) is fine; nothing except Errors: they are logged.",
    "Start with pandas as pd, then try again: it works with numbers as keys.",
    "It loops while n > 0 and stops; try it again (it fails).",
    "The tests (unit + integration) / docs are fine, the sum (a + b) too (or not).",
    "There are 3 * 4 cases, a 5 % margin, any % escapes, where * matches and // too.",
    "Use *this* and **that** (not those); match the words (or try again).",
    "Значение (left + right) неверно, (a, b) и (см. ниже) тоже.",
    "Fails on an empty list (count == 0) (7 of 6), see [the page](docs/scores.md).",
    "while - loops - are fine",
]

GOES: Final = [
    ("Замените на `x = max(0, x)`.", ""),
    ("Replace it with `return sum(values) / len(values) if values else 0`.", ""),
    ("Функция падает на пустом списке. Добавьте `if not values: return 0`.", "Функция падает на пустом списке."),
    (
        "Деление на ноль при пустом списке: добавьте `if not values: return 0` перед делением.",
        "Деление на ноль при пустом списке: добавьте «…» перед делением.",
    ),
    (
        "Функция падает на пустом списке, поэтому замените тело на x = max(0, x) и добавьте тест.",
        "Функция падает на пустом списке, поэтому замените тело на «…» и добавьте тест.",
    ),
    (
        "Try this:\n```python\ndef mean(values):\n    return sum(values) / len(values)\n```\nThen run the tests.",
        "Then run the tests.",
    ),
    (
        "Файл не закрыт. Сделайте так:\n\n    with open(path) as file:\n        return json.load(file)\n\nВот и всё.",
        "Файл не закрыт.\n\nВот и всё.",
    ),
    ("The file stays open.\n\nwith open(path) as file:\n    return json.load(file)\n", "The file stays open."),
    ("Use json.loads(path.read_text()) there.", ""),
    ("Лучше return sum(values) / len(values), чем цикл.", ""),
    ("Use [x for x in values if x > 0] instead of the loop that filters.", "Use «…» instead of the loop that filters."),
    ("Replace the loop by `SELECT name FROM users WHERE age > 18`.", "Replace the loop by «…»."),
    ("Запрос можно заменить на SELECT name, COUNT(*) FROM users GROUP BY name.", "Запрос можно заменить на «…»."),
    (
        "В Dockerfile добавьте `RUN pip install -r requirements.txt` перед копированием кода.",
        "В Dockerfile добавьте «…» перед копированием кода.",
    ),
    ("RUN pip install -r requirements.txt\nCOPY . /app", ""),
    ("services:\n  web:\n    image: python:3.11\n    restart: always", ""),
    ("Use `cat log.txt | grep ERROR | wc -l` for that.", ""),
    ("`chmod +x run.sh`", ""),
    ("```diff\n-    total = 0\n+    total = sum(values)\n```", ""),
    ("`except (ValueError, OSError) as error:` поймает нужное.", ""),
    ("`lambda x: x.name`", ""),
    ("Добавьте `from pathlib import Path` в начало.", ""),
    ('`encoding="utf-8"` is missing in the call.', "«…» is missing in the call."),
    ("Use `.get(key, 0)` to be safe in that place.", "Use «…» to be safe in that place."),
    ("~~~\nx = [0] * n\n~~~", ""),
    ("<code>x = max(0, x)</code> would be right here, I think.", "«…» would be right here, I think."),
    ("- Удалите цикл.\n- `values[1:]`\n- Допишите тест.", "- Удалите цикл.\n- Допишите тест."),
    ("```for value in values: print(value)```", ""),
    (
        "Замените условие на `if value is not None and value > 0:` и проверьте ещё раз.",
        "Замените условие на «…» и проверьте ещё раз.",
    ),
    ("total = sum(values)", ""),
    ("return sum(values) / len(values)", ""),
    ("1. `total = sum(values)`\n2. `return total / len(values)`", "2. `return total / len(values)`"),
    ("def mean(values):\n    if not values:\n        return 0\n    return sum(values) / len(values)", ""),
    ("mean = lambda values: sum(values) / len(values)", ""),
    ("Сначала import numpy as np, затем np.mean(values).", ""),
    (
        "The order should be\n```python\n    return total / len(values)\n    total += value\n```",
        "The order should be «…»",
    ),
    ("Вместо этого: `restart: always`.", ""),
    ("result = foo(\n    a,\n    b,\n)\nis what you need.", "«…» is what you need."),
    ("Пусть будет `while low <= high:`, а не рекурсия.", "Пусть будет «…», а не рекурсия."),
    ("use `[::-1]` to reverse the string at once", "use «…» to reverse the string at once"),
    ("Use `with open(path, encoding='utf-8') as file:` so the file closes.", "Use «…» so the file closes."),
    ("`if not values` нужно проверить до деления.", "«…» нужно проверить до деления."),
    ("Добавьте проверку на пустой список: if not values: return 0.", "Добавьте проверку на пустой список: «…»."),
    ("E.g. `sum(values)` does it. Drop the loop.", "E.g. «…» does it. Drop the loop."),
    (
        "т.е. `sum(values)` заменит весь цикл, и функция станет короче.",
        "т.е. «…» заменит весь цикл, и функция станет короче.",
    ),
    (
        "Напишите `@lru_cache(maxsize=None)` над функцией, она вызывается часто.",
        "Напишите «…» над функцией, она вызывается часто.",
    ),
    (
        "В YAML укажите `restart: unless-stopped` для сервиса и проверьте.",
        "В YAML укажите «…» для сервиса и проверьте.",
    ),
    (
        'Сделайте `CMD ["python", "main.py"]` последней строкой файла сборки.',
        "Сделайте «…» последней строкой файла сборки.",
    ),
    ("Use **`max(0, x)`** here instead of the branch below.", "Use **«…»** here instead of the branch below."),
    ("Замените 'total = sum(values)' и уберите цикл совсем.", "Замените «…» и уберите цикл совсем."),
    ("Замените «total = sum(values)» и уберите цикл совсем.", "Замените «…» и уберите цикл совсем."),
    ('Замените "total = sum(values)" и уберите цикл совсем.', "Замените «…» и уберите цикл совсем."),
    ("Правильно: values == [] вместо len(values) == 0 в условии.", "Правильно: values == [] вместо «…» в условии."),
    ("1) total = 0\n2) for v in values: total += v\n3) готово", "3) готово"),
    ("`values = []` как умолчание опасно.", ""),
    ("SELECT name\nFROM users\nWHERE age > 18;", ""),
    ("```sql\nSELECT * FROM t\n```\nвернёт всё.", ""),
    ("Добавьте индекс: CREATE INDEX idx ON users(name);", ""),
    ("#!/bin/bash\nset -e\npython main.py", ""),
    ("Use pathlib.Path(path).read_text() — it closes the file.", "Use «…» — it closes the file."),
    ("max(0, x) был бы короче, чем ветка else.", "«…» был бы короче, чем ветка else."),
    (
        "Replace lines 3-5 with:\n    total = sum(values)\nand remove the loop.",
        "Replace lines 3-5 with: «…» and remove the loop.",
    ),
    ("В цикле: `for i, value in enumerate(values):`", ""),
    ("Нужен `elif value < 0` перед else, иначе ветка недостижима.", "Нужен «…» перед else, иначе ветка недостижима."),
    ('print("hello")', ""),
    ("**Fix:** `x += 1`", ""),
    ("Код `x += 1` повторяется.", ""),
    ("Use a with block: with open(path) as file: return json.load(file)", "Use a with block: «…»"),
    ("Write with open(path) as file and go on inside.", "Write «…» and go on inside."),
    ("Use async with session.get(url) as response: there.", ""),
    ("Call with lock: counter += 1 to be safe in here.", "Call «…» to be safe in here."),
    ("Catch what fails there: except ValueError: return None", "Catch what fails there: «…»"),
    ("Обработай ошибку: except (ValueError, OSError) as error: print(error)", ""),
    ("Add try: x = int(s)", ""),
    ("The condition has to be while left <= right.", "The condition has to be «…»."),
    ("Условие должно быть while left <= right:", ""),
    ("The middle has to be (left + right) // 2.", "The middle has to be «…»."),
    ("Середина — (left + right) / 2.", ""),
    ("Верни left + (right - left) // 2.", ""),
    ("Why:\n1. with open(path) as file:\n2.     return json.load(file)", "Why:"),
    ("1) def area(w, h):\n2)     return w * h", ""),
    ("Why:\n> with open(path) as file:\n>     return json.load(file)", ""),
    ("Why:\n12| def area(w, h):\n13|     return w * h", ""),
    ("Lines:\n5+ total = sum(values)\n6+ return total", ""),
    ("<b>return max(values)</b>", ""),
    ("Write it as: **return Path(path).read_text()**", ""),
    ("Write ‘return Path(path).read_text()’ there.", ""),
]


def own_code(**more: Any) -> OwnCode:
    fields = {"sources": (ChangedFile(path="stats.py", text=SOURCE),), **more}
    return OwnCode(a_question(a_comparison(**fields)), words_in("en"))


def said(text: str, level: HintLevel = HintLevel.EXPLAIN, language: Language = "en") -> tuple[str, int]:
    """A comment's message as it is said at `level`, and how many pieces were taken out of it."""
    comment = CodeComment(path="stats.py", message=text)
    left, count = withhold(Opinion("Better.", (comment,)), level, own_code(), words_in(language))
    return left.comments[0].message, count


@pytest.mark.parametrize("text", STAYS)
@pytest.mark.parametrize("level", list(HintLevel))
def test_what_names_things_stays(text: str, level: HintLevel) -> None:
    """Names, files, flags, figures, errors, commands, formulas and the student's own code are not touched."""
    assert said(text, level) == (text, 0)


@pytest.mark.parametrize(("text", "left"), GOES)
def test_code_that_says_how_goes(text: str, left: str) -> None:
    """Code that is not the student's own is taken out, and what is left of the text reads as a text."""
    message, count = said(text)
    assert message == (left or LOOK_AGAIN)
    assert count > 0
    assert said(message) == (message, 0), "what was gone through once is clean"


@pytest.mark.parametrize(("text", "left"), GOES)
def test_the_same_goes_in_every_text(text: str, left: str) -> None:
    """Summary, recommendations, suggestions and reasons are gone through like messages."""
    opinion = Opinion(
        text,
        (CodeComment(path="stats.py", message="Why?", suggestion=text),),
        (text, "Write a test."),
        (ItemOpinion("readable", Verdict.PARTLY, text, QuotedPlace("stats.py", 1, "def mean(values):")),),
    )
    found, _ = withhold(opinion, HintLevel.EXPLAIN, own_code(), words_in("en"))
    assert found.summary == (left or "This review does not give the code away.")
    assert found.comments[0].suggestion == (left or None)
    assert found.recommendations == ((left, "Write a test.") if left else ("Write a test.",))
    assert found.items[0].reason == (left or None)
    assert found.items[0].place == opinion.items[0].place


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("`mean` fails on an empty list. There you could say `return -1` at once.", "`mean` fails on an empty list."),
        ("Файл не закрывается. Возьмите здесь `with open(path) as file:` и отступ.", "Файл не закрывается."),
        ("Fails on an empty list: add `if not values: return 0` first.", "Fails on an empty list: add «…» first."),
        ("Use `max(0, x)`.", LOOK_AGAIN),
    ],
)
def test_at_point_a_sentence_with_code_goes_whole(text: str, left: str) -> None:
    """Where a review may only point, how it is done is not told around the code either, unless nothing else is said."""
    assert said(text, HintLevel.POINT)[0] == left


def test_at_point_no_suggestion_is_made() -> None:
    """A suggestion says how, with code or without."""
    comment = CodeComment(path="stats.py", message="Too long.", suggestion="Extract a function for parsing.")
    pointed = withhold(Opinion("Better.", (comment,)), HintLevel.POINT, own_code(), words_in("en"))
    explained = withhold(Opinion("Better.", (comment,)), HintLevel.EXPLAIN, own_code(), words_in("en"))
    assert (pointed[0].comments[0].suggestion, pointed[1]) == (None, 1)
    assert explained == (Opinion("Better.", (comment,)), 0)


def test_at_solve_all_is_said() -> None:
    """An assignment that allows solutions gets them as they are."""
    opinion = Opinion("`x = max(0, x)`", (CodeComment(path="a.py", message="m", suggestion="y = 1"),), ("`z = f(1)`",))
    assert withhold(opinion, HintLevel.SOLVE, own_code(), words_in("en")) == (opinion, 0)


def test_pieces_are_counted() -> None:
    """Each piece that is taken out counts once, wherever it stood."""
    comment = CodeComment(path="a.py", message="Write `a = f(b)` or `c = g(d)` in this place.", suggestion="`e = h(1)`")
    opinion = Opinion("Better.", (comment,), ("```\ny = f(x, 2)\n```",))
    assert withhold(opinion, HintLevel.EXPLAIN, own_code(), words_in("en"))[1] == 4


def test_neutral_words_are_in_the_review_s_language() -> None:
    """A comment that was code alone still points at its place."""
    assert said("`x = max(0, x)`", language="ru")[0].startswith("Посмотрите на это место ещё раз")


@pytest.mark.parametrize(
    "quote",
    [
        "`return sum(values) / (len(values) or 1)`",
        "`assert mean([2, 4]) == 3`",
        "`parse(line, strict=True)`",
        "`scores[name] = 0`",
        "```python\ntotal = 0\nfor value in values:\n    total += value\n```",
        "```python\ntotal = 0\n...\nreturn total / len(values)\n```",
        "```diff\n-    return sum(values) / (len(values) or 1)\n+    total = 0\n```",
    ],
)
def test_quotes_of_what_the_student_has_stay(quote: str) -> None:
    """The old version, test logs and the task are the student's own as the new version is."""
    diff = (
        "--- a/stats.py\n+++ b/stats.py\n@@ -1,2 +1,2 @@\n def mean(values):\n"
        "-    return sum(values) / (len(values) or 1)\n+    total = 0\n"
    )
    report = {"formats": ("pytest",), "confidence": 1.0, "excerpt": "E   assert mean([2, 4]) == 3"}
    comparison = a_comparison(
        sources=(ChangedFile(path="stats.py", text=SOURCE),),
        diff_info=a_diff(diff=diff),
        tests={"current": report},
        evidence={"facts": ({"code": "change", "data": {"names": "`scores[name] = 0`"}},)},
    )
    rubric = Rubric(task="Write `parse(line, strict=True)`.", items=the_default_rubric().items)
    own = OwnCode(a_question(comparison, rubric=rubric), words_in("en"))
    text = f"Look at {quote} once more."
    assert withhold(Opinion(text), HintLevel.EXPLAIN, own, words_in("en")) == (Opinion(text), 0)


@pytest.mark.parametrize(
    "quote",
    ["`total = 1`", "`max_total = 0`", "```\nfor value in values:\n    total = 0\n```", "`sum(values) / (len(values)`"],
)
def test_what_only_looks_like_the_student_s_goes(quote: str) -> None:
    """Lines in another order, and parts of other words, are no quotes."""
    assert said(f"Look at {quote} in this place once more.")[0] == "Look at «…» in this place once more."


@pytest.mark.parametrize("language", ["ru", "en"])
def test_review_by_rules_passes_unharmed(language: Language) -> None:
    """What the offline reviewer says of code that goes wrong in many ways is left as it is."""
    old = {"a.py": "def f(a, b=[]):\n    return a\n", "jobs.yml": "jobs:\n  steps:\n    - run: pytest\n"}
    new = {
        "a.py": "import os\n\n\ndef f(a, b=[]):\n    try:\n        return eval(a) + g(1)\n    except:\n        3\n",
        "big.py": "def big(x):\n" + "".join(f"    if x == {n}:\n        return {n}\n" for n in range(30)),
        "3/4 - odd name.py": "def broken(:\n",
        "jobs.yml": "jobs:\n  steps:\n    - run: pytest\n    - run: ruff check .\n",
    }
    comparison = comparison_of(old, new, language)
    opinion = judge(comparison).opinion
    assert len(opinion.comments) > 3
    own = OwnCode(a_question(comparison), words_in(language))
    assert withhold(opinion, HintLevel.EXPLAIN, own, words_in(language)) == (opinion, 0)


@pytest.mark.parametrize(
    "text",
    [
        *("`" * 8000, "(" * 8000, "x=" * 4000, "[" * 8000, "x(" * 4000, "if " * 2600, "return x(" * 880),
        *("x=1\n" * 2000, "```" * 2600, "<code>" * 1300, "SELECT " * 1100, "x | " * 2000, "`x=` " * 1600),
        *("lambda x:" * 880, "x = (\n" * 1300, "x ,\n" * 2000, "- x:\n  y: z\n" * 600, "x[1] + " * 1100, "\"'" * 4000),
    ],
    ids=lambda text: repr(text[:9]),
)
def test_hostile_text_takes_its_length(text: str) -> None:
    """No text of a summary's length keeps the reviewer busy."""
    started = perf_counter()
    said(text[:4000])
    assert perf_counter() - started < 5


def demo_attempts() -> list[tuple[Path, Path | None]]:
    """Each attempt of the demo's students, with the one before."""
    attempts = sorted(path for path in SAMPLES.glob("*/*/*") if path.is_dir())
    return [
        (after, before if before is not None and before.parent == after.parent else None)
        for before, after in zip([None, *attempts], attempts, strict=False)
    ]


def texts_of(folder: Path | None) -> dict[str, str]:
    if folder is None:
        return {"README.md": "Homework.\n"}
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_reviews_of_the_demo_pass_unharmed(language: Language) -> None:
    """Nothing of what the rules say of the demo's attempts is code that gives a solution away."""
    attempts = demo_attempts()
    assert len(attempts) > 9
    for after, before in attempts:
        comparison = comparison_of(texts_of(before), texts_of(after), language)
        opinion = judge(comparison).opinion
        own = OwnCode(a_question(comparison), words_in(language))
        assert withhold(opinion, HintLevel.EXPLAIN, own, words_in(language)) == (opinion, 0), after


def test_our_own_words_for_findings_pass_unharmed() -> None:
    """What the catalogue says of a linter's rule was written for students, code in it too."""
    words = words_in("ru")
    findings = tuple(Finding(path="stats.py", line=1, rule=rule, message="m") for rule in words.rules)
    comparison = a_comparison(language="ru", evidence=Evidence(findings=findings))
    opinion = Opinion("Лучше.", recommendations=tuple(words.rules.values()))
    own = OwnCode(a_question(comparison), words)
    assert withhold(opinion, HintLevel.EXPLAIN, own, words) == (opinion, 0)
