"""Random reviews below `solve`: nothing marked and no line is a statement that the student does not have."""

import ast
import re
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import words_in
from app.core.ports import Opinion
from app.core.reviewing.anchors.quotes import plain
from app.core.reviewing.hints import OwnCode, withhold
from schemas.comparison import ChangedFile
from schemas.rubric import HintLevel
from tests.builders.questions import a_question
from tests.builders.records import a_comparison

SOURCE: Final = "def mean(values):\n    total = 0\n    for value in values:\n        total += value\n    return total\n"
OWN: Final = OwnCode(a_question(a_comparison(sources=(ChangedFile(path="stats.py", text=SOURCE),))), words_in("en"))

NAMES = st.sampled_from(["total", "values", "result", "items", "self.cache", "load", "math.sqrt"])
VALUES = st.sampled_from(["0", "None", "[]", "'x'", "len(values)", "max(0, total)", "values[0]", "a + b", "{k: 1}"])
STATEMENTS = st.one_of(
    st.builds("{} = {}".format, NAMES, VALUES),
    st.builds("{} += {}".format, NAMES, VALUES),
    st.builds("return {} * {}".format, NAMES, VALUES),
    st.builds("if not {}: return {}".format, NAMES, VALUES),
    st.builds("{}({}, key={})".format, NAMES, NAMES, VALUES),
    st.builds("[x for x in {} if x != {}]".format, NAMES, VALUES),
    st.builds("for item in {}: print(item, {})".format, NAMES, VALUES),
    st.builds("from {} import {}".format, st.sampled_from(["math", "json"]), st.sampled_from(["sqrt", "load"])),
    st.builds("lambda v: v.{}".format, st.sampled_from(["size", "name"])),
)
BLOCKS = st.lists(STATEMENTS, min_size=1, max_size=4).map("\n".join)
OWN_LINES = st.sampled_from([line.strip() for line in SOURCE.split("\n") if line])
PROSE = st.sampled_from(
    [
        *("The function fails on an empty list", "Имя ничего не говорит", "See `tests/test_a.py` and `mean`"),
        *("Run `pytest -q` (5 of 7 pass)", "Сложность O(n log n), при n = 0 ошибка", "Names and types are clear"),
        *("`ZeroDivisionError: division by zero` is what happens", "- first: this\n- second: that"),
    ]
)
MARKED = st.one_of(
    st.builds("Use `{}` there, it is shorter.".format, STATEMENTS),
    st.builds("Замените на `{}`, так короче.".format, STATEMENTS),
    st.builds("Try this:\n```python\n{}\n```\n".format, BLOCKS),
    st.builds("Так:\n\n    {}\n\nи всё.".format, STATEMENTS),
    st.builds("It should be\n{}\n".format, BLOCKS),
    st.builds("- `{}`\n- tests".format, STATEMENTS),
    st.builds("The line `{}` repeats.".format, OWN_LINES),
)
TEXTS = st.lists(st.tuples(PROSE, MARKED).map(". ".join) | PROSE | MARKED, min_size=1, max_size=4).map("\n".join)


def is_allowed(code: str) -> bool:
    """Whether code is no Python, or a name, dotted or called without arguments, or a literal, or the student's own."""
    if plain(code) in plain(SOURCE):
        return True
    try:
        tree = ast.parse(code.strip())
    except SyntaxError:
        return True
    if isinstance(tree.body[0], ast.AnnAssign) and tree.body[0].value is None:
        return True  # `first: this` is a list's line
    if not all(isinstance(statement, ast.Expr) for statement in tree.body):
        return False
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    kinds = (ast.Name, ast.Attribute, ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Call, ast.BinOp)
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    operators = [node.op for node in nodes if isinstance(node, ast.BinOp)]
    return (
        all(isinstance(node, kinds) for node in nodes)
        and not any(call.args or call.keywords for call in calls)
        and all(isinstance(operator, ast.Div) for operator in operators)  # a path
    )


@given(TEXTS, st.sampled_from([HintLevel.POINT, HintLevel.EXPLAIN]))
def test_no_statement_is_left_that_is_not_the_student_s(text: str, level: HintLevel) -> None:
    """Spans, fenced lines and bare lines parse to names and literals, or are the student's."""
    left, count = withhold(Opinion(text), level, OWN, words_in("en"))
    spans = re.findall(r"`([^`\n]+)`", left.summary)
    lines = [re.sub(r"^\s*(?:[-*]|\d+[.)])\s+", "", line) for line in left.summary.split("\n")]
    assert all(is_allowed(code) for code in (*spans, *lines) if "pytest" not in code)
    assert (left.summary == text) is (count == 0)
    assert withhold(left, level, OWN, words_in("en")) == (left, 0)


@given(st.lists(PROSE | st.builds("The line `{}` repeats".format, OWN_LINES), min_size=1, max_size=5).map(". ".join))
def test_prose_is_left_alone(text: str) -> None:
    """What only names things stays to the letter."""
    assert withhold(Opinion(text), HintLevel.EXPLAIN, OWN, words_in("en")) == (Opinion(text), 0)


@given(st.text(max_size=200) | st.text(alphabet=st.sampled_from("`~=()[]{}:.,x1 \n\"'-+<>/|«»…яA"), max_size=200))
def test_any_text_comes_back_as_a_text(text: str) -> None:
    """Whatever a model writes, what is left of it is a text, and gone through once it is clean."""
    left, _ = withhold(Opinion(text), HintLevel.EXPLAIN, OWN, words_in("en"))
    assert left.summary or not text
    assert withhold(left, HintLevel.EXPLAIN, OWN, words_in("en"))[0] == left
