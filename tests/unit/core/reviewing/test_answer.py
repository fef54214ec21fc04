"""Where an answer stands in what a model sent, what of it is mended, and what is refused as ambiguous."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import words_in
from app.core.limits import ReviewLimits
from app.core.reviewing.answer.language import is_written_in
from app.core.reviewing.answer.mending import BrokenJson, find_objects
from app.core.reviewing.answer.reader import AnswerParts, InvalidAnswer, NoAnswerAfterThoughts, read_answer, tell
from schemas.review import ReviewResult
from schemas.submission import Language

ANSWER: dict[str, Any] = {
    "overall_score": 80,
    "progress_summary": "Two tests pass now.",
    "code_quality_score": 70,
    "code_review_comments": [{"path": "a.py", "line": 3, "severity": "major", "message": "Close the file."}],
    "recommendations": ["Add a test."],
}
FINAL = json.dumps(ANSWER)
DRAFT = json.dumps(ANSWER | {"overall_score": 5, "code_quality_score": 6})


def score(text: str) -> int:
    return read_answer(AnswerParts(text)).result.overall_score


def told(text: str) -> str:
    return " | ".join(tell(read_answer(AnswerParts(text)), words_in("en")))


@pytest.mark.parametrize(
    "text",
    [
        "{draft}</think>{final}",
        "<think>{draft}</think>\n{final}",
        "<think>a</think>{draft}<think>b</think>{final}",
        "<THINK budget='8'>{draft}</Think >{final}",
        "<reasoning>{draft}</reasoning>{final}",
        "<thought>{draft}</thought>{final}",
        "<thinking>{draft}</thinking>```json\n{final}\n```",
        "<reflection>{draft}</reflection>{final}",
        "<seed:think>{draft}</seed:think>{final}",
        "<scratchpad>{draft}</scratchpad><answer>{final}</answer>",
        "[THINK]{draft}[/THINK]{final}",
        "◁think▷{draft}◁/think▷{final}",
        "<|begin_of_thought|>{draft}<|end_of_thought|><|begin_of_solution|>{final}<|end_of_solution|>",
        "<|START_THINKING|>{draft}<|END_THINKING|><|START_RESPONSE|>{final}<|END_RESPONSE|>",
        "<|channel|>analysis<|message|>{draft}<|end|><|start|>assistant<|channel|>final<|message|>{final}<|return|>",
        "<|channel|>commentary<|message|>{draft}<|channel|>final <|constrain|>json<|message|>{final}",
        "analysis{draft}assistantfinal{final}",
        "<|channel>thought\n{draft}<channel|>{final}",
        "<unused94>thought\n{draft}<unused95>{final}",
        "Draft: {draft}\nFinal: {final}",
        "&lt;think&gt;{draft}&lt;/think&gt;{final}",
        "<think>code such as {x: {y}} and {</think>{final}",
    ],
)
def test_thoughts_and_drafts_are_no_answer(text: str) -> None:
    """Of what a model thinks aloud, in any family's marks, nothing counts: the answer comes after the last mark."""
    assert score(text.replace("{draft}", DRAFT).replace("{final}", FINAL)) == 80


@pytest.mark.parametrize(
    "text",
    ["<think>{draft}", "{draft}<think>and then", "<reasoning>{draft}", "<|channel|>analysis<|message|>{draft}",
     "<|channel>thought\n{draft}", "<think>a</think>{draft}<think>b", "{draft}</think>", "[THINK]{draft}"],
)  # fmt: skip
def test_thoughts_without_an_end_are_no_answer(text: str) -> None:
    """A draft in thoughts that were not closed, or with nothing after them, is not taken for the answer."""
    with pytest.raises(NoAnswerAfterThoughts):
        score(text.replace("{draft}", DRAFT))


@pytest.mark.parametrize(
    "quoted", ["</think>", "<think>", "a </reasoning> b", "<|channel|>analysis", "{draft}</think>{", "assistantfinal"]
)
def test_marks_within_a_string_of_the_answer_are_data(quoted: str) -> None:
    """A comment may quote a mark that stands in the student's code."""
    comments = [{"path": "a.py", "message": f"Why does it print {quoted}?"}]
    answer = ANSWER | {"code_review_comments": comments}
    for text in (json.dumps(answer), f"<think>{DRAFT}</think>{json.dumps(answer)}", json.dumps(answer)[:-1] + ",}"):
        result = read_answer(AnswerParts(text)).result
        assert result.overall_score == 80
        assert quoted in result.code_review_comments[0].message


@pytest.mark.parametrize(
    "parts",
    [
        AnswerParts(arguments=(FINAL,)),
        AnswerParts(arguments=(DRAFT, FINAL)),
        AnswerParts(reasoning=f"First I look. {DRAFT} No: {FINAL}"),
        AnswerParts("  ", reasoning=f"```json\n{FINAL}\n```"),
        AnswerParts(FINAL, reasoning=DRAFT, arguments=(DRAFT,)),
    ],
)
def test_answer_may_stand_beside_the_text(parts: AnswerParts) -> None:
    """Where there is no text, a tool call's arguments are the answer, else the end of the thoughts."""
    assert read_answer(parts).result.overall_score == 80


def test_draft_amid_thoughts_that_came_apart_is_no_answer() -> None:
    """Thoughts that go on after an object do not end in an answer."""
    with pytest.raises(NoAnswerAfterThoughts):
        read_answer(AnswerParts(reasoning=f"{DRAFT} is too strict, let me think again."))


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        (FINAL[:-1] + ",}", "trailing comma"),
        (FINAL.replace('"]}', '",]}'), "trailing comma"),
        (FINAL.replace("Two tests", "Two\n\ttests"), "raw line break"),
        (FINAL.replace("Two tests", r"Two \d tests"), "wrong escape"),
        (FINAL.replace("Two tests", r"Two \u12 tests"), "wrong escape"),
        (FINAL[:-1], "last bracket"),
        (FINAL[1:], "first bracket"),
        (FINAL[:-2], "last bracket"),
        (FINAL.replace('{"overall', '{ // the score\n"overall').replace(": 70", ": /* why */ 70"), "comments"),
        (repr(ANSWER), "other quotes"),
        (repr(ANSWER | {"more": None}), "None, True or False"),
        (FINAL.replace('"overall_score"', "overall_score"), "without quotes"),
        (FINAL.replace('"overall_score"', "\u201coverall_score\u201d"), "other quotes"),
        (json.dumps(ANSWER, indent=1).replace("80,", "80"), "absent comma"),
    ],
)
def test_slips_with_one_meaning_are_mended_and_noted(text: str, slip: str) -> None:
    """JSON that can mean one thing only is read, and the review says what was mended."""
    assert score(text) == 80
    assert slip in told(text)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"review": ANSWER}),
        json.dumps({"result": {"review": ANSWER}}),
        json.dumps([ANSWER]),
        json.dumps({"review": FINAL}),
        json.dumps(FINAL),
        json.dumps({"draft": ANSWER | {"overall_score": 5}, "final": ANSWER}),
        f"```json\n{FINAL}\n```",
    ],
)
def test_wrapped_review_is_taken_out(text: str) -> None:
    """A review within an object, a list, a text that is JSON or a code fence is that review."""
    assert score(text) == 80


@pytest.mark.parametrize(
    "value",
    ["80", "80/100", "80 / 100", "80%", "80 %", "80.0", "80 из 100", "80 out of 100", "80 points", " 80 ", 80.0],
)
def test_score_as_text_is_read(value: object) -> None:
    """A score of which only the form is wrong counts."""
    assert score(json.dumps(ANSWER | {"overall_score": value})) == 80


@pytest.mark.parametrize(
    "value",
    [0.6, 1.0, "0.6", "6/10", "8 of 10", 101, "101", "150%", -1, "-1", None, "", "string", True, "B+", "60-70",
     [80], {"type": "integer"}, 80.5, "80.5", 1e300],
)  # fmt: skip
@pytest.mark.parametrize("name", ["overall_score", "code_quality_score"])
def test_ambiguous_score_is_refused(name: str, value: object) -> None:
    """A share, another scale, a number out of range or none at all is refused by name: the model is asked again."""
    with pytest.raises(InvalidAnswer, match=name):
        score(json.dumps(ANSWER | {name: value}))


@pytest.mark.parametrize("value", ["string", "<string>", "...", "", " \n", None, 5, "text", {"type": "string"}])
def test_schema_echo_is_no_summary(value: object) -> None:
    """A model that sends the schema back has reviewed nothing."""
    echo = {"overall_score": 0, "progress_summary": value, "code_quality_score": 0}
    with pytest.raises(InvalidAnswer, match="progress_summary"):
        score(json.dumps(echo))


def test_draft_before_a_broken_final_is_not_taken() -> None:
    """Where the last review cannot be read, an earlier one is a draft: the model is asked again."""
    with pytest.raises(InvalidAnswer, match="line 2"):
        score(f"{DRAFT}\n" + FINAL.replace("Two tests", 'Two "tests"'))
    with pytest.raises(InvalidAnswer, match="missing"):
        score(f'{DRAFT}\n{{"overall_score": 80}}')


def test_of_several_reviews_the_last_counts_and_that_is_said() -> None:
    """Reviews that differ are told of; one that is repeated is not."""
    assert "several reviews" in told(f"{DRAFT}\n{FINAL}")
    assert told(f"{FINAL}\n{FINAL}") == ""
    assert score(f"{DRAFT}\n" + json.dumps({"review": ANSWER})) == 80


def test_two_values_under_one_name_are_refused() -> None:
    """A score that stands twice, differently, means nothing; the same value twice does no harm."""
    with pytest.raises(InvalidAnswer, match="stands twice"):
        score(FINAL.replace('{"overall_score": 80', '{"overall_score": 80, "overall_score": 90'))
    assert score(FINAL.replace('{"overall_score": 80', '{"overall_score": 80, "overall_score": 80')) == 80


def test_wrapped_reviews_that_differ_are_refused() -> None:
    """Of two reviews in one object nothing says which one counts."""
    with pytest.raises(InvalidAnswer, match="several reviews"):
        score(json.dumps({"first": ANSWER, "second": ANSWER | {"overall_score": 5}}))


@pytest.mark.parametrize(
    ("line", "read"),
    [("5", 5), (5.0, 5), (0, None), (-3, None), ("5-9", 5), ("L5", 5), ("line 5", 5), ("строка 5", 5), ([5, 9], 5),
     ("?", None), (True, None), (5.5, None), (10**30, None), ({}, None), ("", None), (None, None), (5, 5)],
)  # fmt: skip
def test_line_is_mended_or_left_out(line: object, read: int | None) -> None:
    """A line in another form is that line; one that cannot be makes a comment on the whole file."""
    comments = [{"path": "a.py", "line": line, "message": "m"}]
    (comment,) = read_answer(
        AnswerParts(json.dumps(ANSWER | {"code_review_comments": comments}))
    ).result.code_review_comments
    assert comment.line == read


@pytest.mark.parametrize(
    ("severity", "read"),
    [
        ("Major", "major"),
        (" CRITICAL ", "critical"),
        ("warning", "minor"),
        ("high", "major"),
        ("odd", "minor"),
        (7, "minor"),
    ],
)
def test_severity_is_mended(severity: object, read: str) -> None:
    """A severity's capital letters, and other tools' words for it, are understood; the change is noted."""
    text = json.dumps(ANSWER | {"code_review_comments": [{"path": "a", "severity": severity, "message": "m"}]})
    assert read_answer(AnswerParts(text)).result.code_review_comments[0].severity == read
    assert "severities" in told(text)


@pytest.mark.parametrize(
    "bad",
    [{"message": "m"}, {"path": "", "message": "m"}, {"path": None, "message": "m"}, {"path": "a.py"}, "Nice.", 7,
     {"path": "a.py", "message": "m" * 4001}, {"path": "a.py", "message": None}, {"path": ["a"], "message": "m"}, ["x"],
     {"path": "string", "message": "string"}, {"path": "a.py", "message": {"text": "m"}}],
)  # fmt: skip
def test_one_bad_comment_of_five_is_dropped(bad: object) -> None:
    """A comment without a file, without words or over-long is left out and counted; the others stay."""
    good = [{"path": "a.py", "line": n, "message": f"no {n}"} for n in range(1, 5)]
    text = json.dumps(ANSWER | {"code_review_comments": [*good[:2], bad, *good[2:]]})
    assert [c.line for c in read_answer(AnswerParts(text)).result.code_review_comments] == [1, 2, 3, 4]
    assert "dropped: 1" in told(text)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Add a test.", ("Add a test.",)),
        ("- Add a test.\n- Close it.", ("Add a test.", "Close it.")),
        (["Add a test.", None, "", " "], ("Add a test.",)),
        (["Add a test.", 7, {"a": 1, "b": 2}], ("Add a test.",)),
        ([{"text": "Add a test."}], ("Add a test.",)),
        (["a" * 2001, "Add a test."], ("Add a test.",)),
        (None, ()),
        ("", ()),
    ],
)
def test_recommendations_are_mended(value: object, read: tuple[str, ...]) -> None:
    """A text for a list, and empty or unreadable items, cost no second call."""
    assert read_answer(AnswerParts(json.dumps(ANSWER | {"recommendations": value}))).result.recommendations == read


@pytest.mark.parametrize("name", ["overallScore", "Overall Score", "overall-score", "OVERALL_SCORE"])
def test_names_in_another_spelling_are_understood(name: str) -> None:
    """Camel case, spaces and hyphens do not hide a field."""
    answer = {name: 80, **{key: value for key, value in ANSWER.items() if key != "overall_score"}}
    assert score(json.dumps(answer)) == 80
    assert "names of fields" in told(json.dumps(answer))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (FINAL.replace(': "Two', ": Two"), "line 1, column 43: a value"),
        (json.dumps(ANSWER, indent=1).replace('"Two', "Two"), "line 3, column 22"),
        (FINAL[:60], "line 1, column 43: a string has no end"),
        (FINAL.replace("Two tests", 'Two "tests"'), "a comma or a closing bracket"),
        ('{"overall_score": 80, "progress_summary": "x", "code_quality_score": 7', "cut off"),
        ('{"overall_score": NaN}', "a value is expected"),
    ],
)
def test_broken_json_is_named_with_its_place(text: str, place: str) -> None:
    """What cannot be mended is told as a JSON error with line and column, not as a missing field."""
    with pytest.raises(InvalidAnswer, match=place):
        score(text)


def test_adjustments_are_told_in_both_languages() -> None:
    """Whatever was mended is a sentence in the review's own language."""
    broken = ANSWER | {"overall_score": "80/100", "recommendations": "Add a test.", "code_review_comments": [None, "x"]}
    answer = read_answer(AnswerParts(json.dumps({"review": broken})[:-1] + ",}"))
    english, russian = tell(answer, words_in("en")), tell(answer, words_in("ru"))
    assert len(english) == len(russian) == 6
    assert all(any("а" <= letter <= "я" for letter in sentence) for sentence in russian)


def test_strict_answer_is_not_adjusted() -> None:
    """Nothing is said of an answer that was right."""
    assert told(FINAL) == ""


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=4), st.booleans())
def test_strict_json_is_read_as_the_standard_library_reads_it(document: dict[str, Any], ascii_only: bool) -> None:
    """On JSON without slips the tolerant reader agrees with `json` and notes nothing."""
    text = json.dumps(document, ensure_ascii=ascii_only)
    (found,), broken = find_objects(text)
    assert (found.document, found.slips, broken) == (json.loads(text), (), None)
    assert (found.start, found.end) == (0, len(text))


@given(st.text(alphabet="{}[]\":,0a\\/\n'*tnu ", max_size=200))
def test_any_text_is_objects_or_a_named_problem(text: str) -> None:
    """Near-JSON of any shape ends in objects or in a problem with a place within the text."""
    _, broken = find_objects(text)
    assert broken is None or (isinstance(broken, BrokenJson) and 0 <= broken.index <= len(text))


@pytest.mark.parametrize(
    "text",
    ['{"a":' * 40_000, "{" * 200_000, '{"a": "' * 28_000, "<" + "think" * 39_000, "</think>" * 25_000,
     "{/*" * 66_000,
     '{"' + "\\" * 199_000],
    ids=["deep", "open", "strings", "name", "marks", "comments", "escapes"],
)  # fmt: skip
def test_hostile_answer_of_the_longest_size_is_refused(text: str) -> None:
    """Depth, repetition and marks without end are read in one bounded pass."""
    assert len(text) <= ReviewLimits().answer_chars_max
    with pytest.raises(InvalidAnswer):
        score(text)


@pytest.mark.parametrize(
    ("summary", "language", "fits"),
    [
        ("Тесты проходят, функция main стала короче.", "ru", True),
        ("`parse_args()` и `main()` вынесены в cli.py, ошибка HTTPError ловится в load_page.", "ru", True),
        ("All tests pass now and the function is shorter.", "ru", False),
        ("测试现在全部通过，函数更短了，代码质量有所提高，请继续努力并且补充更多的单元测试。", "ru", False),
        ("Тесты проходят, 但是 функция 仍然很长 и её стоит разделить.", "ru", False),
        ("Тесты проходят, программа печатает «你好世界你好» и «hello world, my dear friends».", "ru", True),
        ("Тесты проходят, функция main стала короче.", "en", False),
        ("All tests pass now and the function is shorter.", "en", True),
        ("OK.", "ru", True),
    ],
)
def test_language_is_told_by_the_prose(summary: str, language: Language, fits: bool) -> None:
    """Names, quotes and code are of no language; prose in another one, or a third script, is found."""
    result = ReviewResult(overall_score=1, progress_summary=summary, code_quality_score=1)
    assert is_written_in(result, language) == fits
