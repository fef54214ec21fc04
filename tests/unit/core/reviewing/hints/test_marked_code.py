"""What may stand in code marks at any hint level, and what may not."""

import pytest

from app.core.reviewing.hints.other_code import gives_away
from app.core.reviewing.hints.python_code import says_how, says_how_in_prose


@pytest.mark.parametrize(
    "marked",
    [
        *("x", "self.items", "load()", "a.b.c()", "super().__init__()", "@property", "**kwargs", "None", "-1", "'a b'"),
        *("[1, 2]", "{}", "2 + 2 == 4", "assert 4 == 5", "n = 0", "n >= 1", "0 < n <= 9", "f(...)", "with open(...):"),
        *("else:", "except:", "except ValueError:", "try/except", "for", "lambda", "list[int]", "str | None", "pass"),
        *("src/a b.py".replace(" ", "_"), "--cov=app", "-q", "requests==2.31.0", "tests/test_a.py::test_b[1-2]"),
        *("test_b[x]", "O(n log n)", "KeyError: 'a'", "TypeError: f() takes 1 argument", "pytest -q", "pip install x"),
        *(
            "python -m pytest",
            "git commit --amend",
            "GROUP BY",
            "LEFT JOIN",
            "COUNT(*)",
            "# noqa",
            "https://a.b/c?d=e(f)",
        ),
        *("==", "+=", "->", "...", "E501", "3.11", "utf-8", "a-b"),
        *("a-b-c/d.py", "C:\\a.py", "src/*.py", "~/x", "./a/b/", "--a-b", "well-known-name", "reg.example.org:5000/a"),
    ],
)
def test_names_and_commands_give_nothing_away(marked: str) -> None:
    """Names, files, flags, figures, errors, commands and formulas say what is spoken of."""
    assert not gives_away(marked)


@pytest.mark.parametrize(
    "marked",
    [
        *("x = 1 + y", "x += 1", "f(x)", "a.f(1)", ".get(k, 0)", "x[0]", "[::-1]", "x if y else z", "not x", "a and b"),
        *("xs == 0", "len(x) > 0", "return x", "return None", "raise E('x')", "import os", "from a import b", "del x"),
        *("lambda x: x", "for x in y", "for x in y:", "while x < 3:", "if not x:", "elif x > 1", "with f() as g:"),
        *(
            "def f(x):",
            "def f(x) -> int:",
            "class A(B):",
            "except (A, B) as e:",
            "@cache(maxsize=1)",
            "x: int",
            "key=len",
        ),
        *("SELECT a FROM b", "select a from b where c = 1", "WHERE a = 1", "JOIN b ON a.x = b.x", "GROUP BY a"),
        *("CREATE INDEX i ON t(a)", "RUN pip install x", "FROM python:3.11", 'CMD ["a"]', "COPY . /app", "EXPOSE 80"),
        *("restart: always", "image: a:1", "cat a | wc -l", "chmod +x a.sh", "export A=1", "a && b", "$(date)"),
        *("f(a,", "'x = max(0, x)'", "f'{x}'", "python -c 'print(1)'", "x := f(1)", "grep -r x .", "x = [\n    1,\n]"),
    ],
)
def test_code_gives_away(marked: str) -> None:
    """Statements, expressions, parts of them and other languages' lines say how it is written."""
    assert gives_away(marked)


@pytest.mark.parametrize(
    "line",
    [
        "names and types",
        "not bad",
        "tests + docs",
        "a: b",
        "input/output",
        "Better.",
        "for example:",
        "class invariants",
    ],
)
def test_prose_is_no_code(line: str) -> None:
    """Words that Python would parse as well are words."""
    assert not says_how(line)
    assert not says_how_in_prose(line)


def test_figures_in_a_sentence_are_told() -> None:
    """An assignment of a figure is a statement on its own line, and a figure amid a sentence."""
    assert says_how("timeout = 5")
    assert not says_how_in_prose("timeout = 5")
    assert says_how_in_prose("timeout = limit * 2")


@pytest.mark.parametrize("dashes", [3, 29, 600])
@pytest.mark.parametrize("sign", ["-", "=", "_"])
def test_a_banner_of_a_log_gives_nothing_away(dashes: int, sign: str) -> None:
    """Headings of pytest are told from code at once, however long their rules are."""
    assert not gives_away(f"{sign * dashes} Captured stdout call {sign * dashes}")


_DEEP = {
    "sum": "1+" * 900 + "1",
    "texts": " + ".join(["'ab'"] * 300),
    "not": "not " * 400 + "x",
    "assigned": "x = " + "1+" * 900 + "1",
    "argument": "mean(" + "+".join(["1"] * 900) + ")",
}


@pytest.mark.parametrize("deep", _DEEP.values(), ids=_DEEP)
def test_what_is_nested_deep_is_code(deep: str) -> None:
    """A formula that is deeper than Python's stack is code like another, and ends no review."""
    assert gives_away(deep)


@pytest.mark.parametrize("name", ["assigned", "argument"])
def test_what_is_nested_deep_says_how(name: str) -> None:
    """On a line of its own and within a sentence too."""
    assert says_how(_DEEP[name])
    assert says_how_in_prose(_DEEP[name])
