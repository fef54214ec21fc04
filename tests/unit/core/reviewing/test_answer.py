"""Where an answer stands in what a model sent, what of it is mended, and what is refused as ambiguous."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import words_in
from app.core.limits import ReviewLimits
from app.core.ports import ItemOpinion, Opinion, QuotedPlace, ThreadOpinion
from app.core.reviewing.answer.language import is_written_in
from app.core.reviewing.answer.mending import WORK_CHARS_MAX, BrokenJson, Work, find_objects
from app.core.reviewing.answer.reader import (
    AnswerParts,
    InvalidAnswer,
    NoAnswerAfterThoughts,
    parse_answer,
    read_answer,
    tell,
)
from app.core.reviewing.answer.text import Marks, find_marks
from schemas.review import ThreadState
from schemas.rubric import Verdict
from schemas.submission import Language

SAID = "Two tests pass now."
ANSWER: dict[str, Any] = {
    "progress_summary": SAID,
    "verdicts": [{"id": "readable", "path": "a.py", "line": 3, "quote": "x = 1", "reason": "It is.", "verdict": "met"}],
    "code_review_comments": [{"path": "a.py", "line": 3, "severity": "major", "message": "Close the file."}],
    "recommendations": ["Add a test."],
}
FINAL = json.dumps(ANSWER)
DRAFT = json.dumps(ANSWER | {"progress_summary": "A draft that is not meant."})


def opinion(text: str) -> Opinion:
    return read_answer(AnswerParts(text)).opinion


def summary(text: str) -> str:
    return opinion(text).summary


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
    assert summary(text.replace("{draft}", DRAFT).replace("{final}", FINAL)) == SAID


@pytest.mark.parametrize(
    "text",
    ["<think>{draft}", "{draft}<think>and then", "<reasoning>{draft}", "<|channel|>analysis<|message|>{draft}",
     "<|channel>thought\n{draft}", "<think>a</think>{draft}<think>b", "{draft}</think>", "[THINK]{draft}"],
)  # fmt: skip
def test_thoughts_without_an_end_are_no_answer(text: str) -> None:
    """A draft in thoughts that were not closed, or with nothing after them, is not taken for the answer."""
    with pytest.raises(NoAnswerAfterThoughts):
        summary(text.replace("{draft}", DRAFT))


@pytest.mark.parametrize(
    "quoted", ["</think>", "<think>", "a </reasoning> b", "<|channel|>analysis", "{draft}</think>{", "assistantfinal"]
)
def test_marks_within_a_string_of_the_answer_are_data(quoted: str) -> None:
    """A comment may quote a mark that stands in the student's code."""
    comments = [{"path": "a.py", "message": f"Why does it print {quoted}?"}]
    answer = ANSWER | {"code_review_comments": comments}
    for text in (json.dumps(answer), f"<think>{DRAFT}</think>{json.dumps(answer)}", json.dumps(answer)[:-1] + ",}"):
        read = opinion(text)
        assert read.summary == SAID
        assert quoted in read.comments[0].message


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
    assert read_answer(parts).opinion.summary == SAID


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
        (FINAL.replace('{"progress', '{ // what got better\n"progress').replace(": 3", ": /* here */ 3"), "comments"),
        (repr(ANSWER), "other quotes"),
        (repr(ANSWER | {"more": None}), "None, True or False"),
        (FINAL.replace('"progress_summary"', "progress_summary"), "without quotes"),
        (FINAL.replace('"progress_summary"', "\u201cprogress_summary\u201d"), "other quotes"),
        (json.dumps(ANSWER, indent=1).replace('now.",', 'now."'), "absent comma"),
    ],
)
def test_slips_with_one_meaning_are_mended_and_noted(text: str, slip: str) -> None:
    """JSON that can mean one thing only is read, and the review says what was mended."""
    assert opinion(text).recommendations == ("Add a test.",)
    assert slip in told(text)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"review": ANSWER}),
        json.dumps({"result": {"review": ANSWER}}),
        json.dumps([ANSWER]),
        json.dumps({"review": FINAL}),
        json.dumps(FINAL),
        json.dumps({"draft": ANSWER | {"progress_summary": "A draft."}, "final": ANSWER}),
        f"```json\n{FINAL}\n```",
    ],
)
def test_wrapped_review_is_taken_out(text: str) -> None:
    """A review within an object, a list, a text that is JSON or a code fence is that review."""
    assert summary(text) == SAID


SCORES: tuple[object, ...] = (
    80, "80", "80/100", "80%", 0.6, 1.0, "6/10", 101, 150, -1, None, "", "string", True, "B+", [80],
    {"type": "integer"}, 1e300,
)  # fmt: skip


@pytest.mark.parametrize("value", SCORES)
@pytest.mark.parametrize("name", ["overall_score", "code_quality_score"])
def test_score_that_nobody_asked_for_is_not_read(name: str, value: object) -> None:
    """Scores are sums that code makes: whatever a model gives for one, right, ambiguous or absurd, changes nothing."""
    text = json.dumps(ANSWER | {name: value})
    assert opinion(text) == opinion(FINAL)
    assert told(text) == ""


def test_score_alone_is_no_answer() -> None:
    """A model that gives a number and no review is asked again."""
    with pytest.raises(InvalidAnswer, match="missing: progress_summary"):
        summary('{"overall_score": 80, "code_quality_score": 70}')


@pytest.mark.parametrize("value", ["string", "<string>", "...", "", " \n", None, 5, "text", {"type": "string"}])
def test_schema_echo_is_no_summary(value: object) -> None:
    """A model that sends the schema back has reviewed nothing."""
    echo = {"progress_summary": value}
    with pytest.raises(InvalidAnswer, match="progress_summary"):
        summary(json.dumps(echo))


def test_draft_before_a_broken_final_is_not_taken() -> None:
    """Where the last review cannot be read, an earlier one is a draft: the model is asked again."""
    with pytest.raises(InvalidAnswer, match="line 2"):
        summary(f"{DRAFT}\n" + FINAL.replace("Two tests", 'Two "tests"'))
    with pytest.raises(InvalidAnswer, match="missing"):
        summary(f'{DRAFT}\n{{"overall_score": 80}}')


def test_of_several_reviews_the_last_counts_and_that_is_said() -> None:
    """Reviews that differ are told of; one that is repeated is not."""
    assert "several reviews" in told(f"{DRAFT}\n{FINAL}")
    assert told(f"{FINAL}\n{FINAL}") == ""
    assert summary(f"{DRAFT}\n" + json.dumps({"review": ANSWER})) == SAID


def test_two_values_under_one_name_are_refused() -> None:
    """A summary that stands twice, differently, means nothing; the same value twice does no harm."""
    begin = f'{{"progress_summary": "{SAID}"'
    assert FINAL.startswith(begin)
    with pytest.raises(InvalidAnswer, match="stands twice"):
        summary(FINAL.replace(begin, f'{begin}, "progress_summary": "Nothing passes."'))
    assert summary(FINAL.replace(begin, f'{begin}, "progress_summary": "{SAID}"')) == SAID


def test_wrapped_reviews_that_differ_are_refused() -> None:
    """Of two reviews in one object nothing says which one counts."""
    with pytest.raises(InvalidAnswer, match="several reviews"):
        summary(json.dumps({"first": ANSWER, "second": ANSWER | {"progress_summary": "Another."}}))


@pytest.mark.parametrize(
    ("line", "read"),
    [("5", 5), (5.0, 5), (0, None), (-3, None), ("5-9", 5), ("L5", 5), ("line 5", 5), ("строка 5", 5), ([5, 9], 5),
     ("?", None), (True, None), (5.5, None), (10**30, None), ({}, None), ("", None), (None, None), (5, 5)],
)  # fmt: skip
def test_line_is_mended_or_left_out(line: object, read: int | None) -> None:
    """A line in another form is that line; one that cannot be makes a comment on the whole file."""
    comments = [{"path": "a.py", "line": line, "message": "m"}]
    (comment,) = opinion(json.dumps(ANSWER | {"code_review_comments": comments})).comments
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
    assert opinion(text).comments[0].severity == read
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
    assert [c.line for c in opinion(text).comments] == [1, 2, 3, 4]
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
    assert opinion(json.dumps(ANSWER | {"recommendations": value})).recommendations == read


@pytest.mark.parametrize("name", ["progressSummary", "Progress Summary", "progress-summary", "PROGRESS_SUMMARY"])
def test_names_in_another_spelling_are_understood(name: str) -> None:
    """Camel case, spaces and hyphens do not hide a field."""
    answer = {name: SAID, **{key: value for key, value in ANSWER.items() if key != "progress_summary"}}
    assert summary(json.dumps(answer)) == SAID
    assert "names of fields" in told(json.dumps(answer))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (FINAL.replace(': "Two', ": Two"), "line 1, column 22: a value"),
        (json.dumps(ANSWER, indent=1).replace('"Two', "Two"), "line 2, column 22"),
        (FINAL[:35], "line 1, column 22: a string has no end"),
        (FINAL.replace("Two tests", 'Two "tests"'), "a comma or a closing bracket"),
        ('{"progress_summary": "x", "overall_score": 7', "cut off"),
        ('{"progress_summary": NaN}', "a value is expected"),
    ],
)
def test_broken_json_is_named_with_its_place(text: str, place: str) -> None:
    """What cannot be mended is told as a JSON error with line and column, not as a missing field."""
    with pytest.raises(InvalidAnswer, match=place):
        summary(text)


def test_adjustments_are_told_in_both_languages() -> None:
    """Whatever was mended is a sentence in the review's own language."""
    broken = ANSWER | {
        "verdicts": [
            {"id": "readable", "verdict": "yes"},
            "odd",
            {"id": "x", "verdict": "met", "quote": "a\nb"},
        ],
        "recommendations": "Add a test.",
        "code_review_comments": [None, "x", {"path": "a", "message": "m", "category": "odd"}],
    }
    answer = read_answer(AnswerParts(json.dumps({"review": broken})[:-1] + ",}"))
    english, russian = tell(answer, words_in("en")), tell(answer, words_in("ru"))
    assert len(english) == len(russian) == 9
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
    (found,), broken = find_objects(text, Work())
    assert (found.document, found.slips, broken) == (json.loads(text), (), None)
    assert (found.start, found.end) == (0, len(text))


@given(st.text(alphabet="{}[]\":,0a\\/\n'*tnu ", max_size=200))
def test_any_text_is_objects_or_a_named_problem(text: str) -> None:
    """Near-JSON of any shape ends in objects or in a problem with a place within the text."""
    _, broken = find_objects(text, Work())
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
        summary(text)


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
    assert is_written_in(Opinion(summary), language) == fits


@pytest.mark.parametrize(
    ("word", "verdict"),
    [
        ("met", Verdict.MET), ("Met", Verdict.MET), ("fully met", Verdict.MET), ("YES", Verdict.MET),
        (True, Verdict.MET),
        ("выполнено", Verdict.MET), ("Да.", Verdict.MET), ("partly", Verdict.PARTLY), ("partially_met", Verdict.PARTLY),
        ("Частично", Verdict.PARTLY), ("not_met", Verdict.NOT_MET), ("not-met", Verdict.NOT_MET),
        (False, Verdict.NOT_MET), ("не выполнено", Verdict.NOT_MET), ("нет", Verdict.NOT_MET),
        ("cannot_tell", Verdict.CANNOT_TELL), ("N/A", Verdict.CANNOT_TELL), ("can't tell", Verdict.CANNOT_TELL),
        ("неясно", Verdict.CANNOT_TELL),
    ],
)  # fmt: skip
def test_verdict_in_other_words_is_understood(word: object, verdict: Verdict) -> None:
    """A verdict in the model's own words, in either language, is that verdict; what was mended is said."""
    text = json.dumps(ANSWER | {"verdicts": [{"id": "readable", "verdict": word}]}, ensure_ascii=False)
    assert [item.verdict for item in opinion(text).items] == [verdict]
    assert ("own words" in told(text)) == (word not in set(Verdict))


@pytest.mark.parametrize(
    "entry",
    ["met", 7, ["readable", "met"], {"verdict": "met"}, {"id": "", "verdict": "met"}, {"id": "readable"},
     {"id": "readable", "verdict": "80"}, {"id": "readable", "verdict": 0.6},
     {"id": "readable", "verdict": "good"}, {"id": "r" * 65, "verdict": "met"},
     {"id": "readable", "verdict": "met or partly"}],
)  # fmt: skip
def test_verdict_that_is_none_is_dropped_and_counted(entry: object) -> None:
    """What is no verdict costs no second answer and spoils no other: it is left out, and the review says how many."""
    good = {"id": "structured", "verdict": "partly"}
    text = json.dumps(ANSWER | {"verdicts": [entry, good]})
    assert [item.item_id for item in opinion(text).items] == ["structured"]
    assert "dropped: 1" in told(text)


@pytest.mark.parametrize(
    "value",
    [
        [{"id": "readable", "verdict": "met"}],
        {"readable": "met"},
        {"readable": {"verdict": "met"}},
        {"items": [{"item_id": "readable", "status": "met"}]},
        {"id": "readable", "verdict": "met"},
        [{"criterion": "readable", "decision": "met"}],
        [{"itemId": "readable", "Verdict": "met"}, {"id": "readable", "verdict": "met"}],
    ],
)
def test_rubric_in_another_form_is_understood(value: object) -> None:
    """A mapping of ids, one entry without its list, other names of fields: one meaning each."""
    assert opinion(json.dumps(ANSWER | {"verdicts": value})).items == (ItemOpinion("readable", Verdict.MET),)


def test_items_and_comments_may_stand_apart() -> None:
    """A model that writes two lists instead of one is understood: each word means what it means in its list."""
    apart = {
        "verdicts": [],
        "rubric": [{"item_id": "readable", "verdict": "done"}],
        "threads": [{"comment_id": "c1", "state": "done"}, {"comment_id": "c2", "state": "met"}],
    }
    read = opinion(json.dumps(ANSWER | apart))
    assert read.items == (ItemOpinion("readable", Verdict.MET),)
    assert read.threads == (ThreadOpinion("c1", ThreadState.FIXED),)


def test_verdicts_that_contradict_each_other_are_none() -> None:
    """Nothing says which of two verdicts on one item counts, so neither does."""
    both = [{"id": "readable", "verdict": verdict} for verdict in ("met", "not_met")]
    text = json.dumps(ANSWER | {"verdicts": [*both, {"id": "structured", "verdict": "met"}]})
    assert [item.item_id for item in opinion(text).items] == ["structured"]
    assert "dropped: 1" in told(text)


@pytest.mark.parametrize("verdicts", [None, [], "", {}, "met", 5, [None]])
@pytest.mark.parametrize("threads", [None, [], "fixed"])
def test_answer_without_verdicts_is_taken(verdicts: object, threads: object) -> None:
    """No verdict and no state is worth a second answer: the rest of the review is taken as it is."""
    read = opinion(json.dumps(ANSWER | {"verdicts": verdicts, "threads": threads}))
    assert (read.items, read.threads, read.summary) == ((), (), SAID)
    less = {name: value for name, value in ANSWER.items() if name != "verdicts"}
    assert told(json.dumps(less)) == ""


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("fixed", ThreadState.FIXED),
        ("Resolved", ThreadState.FIXED),
        ("исправлено", ThreadState.FIXED),
        ("still_open", ThreadState.STILL_OPEN),
        ("not fixed", ThreadState.STILL_OPEN),
        ("не исправлено", ThreadState.STILL_OPEN),
        ("moved", None),
        ("obsolete", None),
        (1, None),
    ],
)
def test_state_of_a_comment_is_read(word: object, state: ThreadState | None) -> None:
    """Fixed and still open are a reader's states, in its own words too; all others are code's to give."""
    verdicts = [{"id": "c1", "path": "a.py", "line": 3, "quote": "x = 1", "verdict": word}]
    text = json.dumps(ANSWER | {"verdicts": verdicts}, ensure_ascii=False)
    expected = (ThreadOpinion("c1", state, QuotedPlace("a.py", 3, "x = 1")),) if state is not None else ()
    assert opinion(text).threads == expected


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"path": "a.py", "line": 3, "quote": "x = 1"}, QuotedPlace("a.py", 3, "x = 1")),
        ({"path": "a.py", "line": 3, "quote": "3|x = 1"}, QuotedPlace("a.py", 3, "x = 1")),
        ({"path": "a.py", "line": 3, "quote": "3+    x = 1"}, QuotedPlace("a.py", 3, "x = 1")),
        ({"path": "a.py", "line": 3, "quote": "2|x"}, QuotedPlace("a.py", 3, "2|x")),
        ({"path": "a.py", "line": "3", "quote": "x = 1\ny = 2"}, QuotedPlace("a.py", 3, "x = 1")),
        ({"path": "a.py:3", "line": None, "quote": "x = 1"}, QuotedPlace("a.py", 3, "x = 1")),
        ({"file": "a.py", "lineno": 3, "evidence": "x = 1"}, QuotedPlace("a.py", 3, "x = 1")),
        ({"path": "", "line": 0, "quote": ""}, QuotedPlace()),
        ({"path": None, "line": None, "quote": None}, QuotedPlace()),
        ({"path": ["a.py"], "line": {}, "quote": 5}, QuotedPlace()),
        ({"path": "a.py", "line": 3, "quote": "x" * 900}, QuotedPlace("a.py", 3, None)),
    ],
)
def test_place_of_a_verdict_is_read(given: dict[str, Any], read: QuotedPlace) -> None:
    """The line that a verdict stands on: without the number that the prompt gave it, and of several lines the first."""
    verdicts = [{"id": "readable", "verdict": "met", **given}]
    (item,) = opinion(json.dumps(ANSWER | {"verdicts": verdicts})).items
    assert item.place == read


@pytest.mark.parametrize(
    ("category", "read"),
    [("naming", "naming"), ("Error handling", "error_handling"), ("bug", "correctness"), ("тесты", "testing"),
     ("odd", "other"), (None, None), ("", None), (5, None)],
)  # fmt: skip
def test_category_of_a_comment_is_read(category: object, read: str | None) -> None:
    """A comment's kind is one of ours, or `other`; one that is not given stays away."""
    comments = [{"path": "a.py", "message": "m", "quote": "x = 1", "category": category}]
    (comment,) = opinion(json.dumps(ANSWER | {"code_review_comments": comments}, ensure_ascii=False)).comments
    assert (comment.category, comment.quote) == (read, "x = 1")


def test_reasons_count_for_the_language() -> None:
    """A review whose verdicts are explained in another language is not in the one that was asked for."""
    reason = "All names are clear and tell what the functions of this module do."
    item = ItemOpinion("readable", Verdict.MET, reason)
    assert not is_written_in(Opinion("Тесты проходят, код стал короче.", items=(item,)), "ru")


def test_work_in_vain_is_bounded() -> None:
    """Objects within objects that all break off at the end are not all read to it."""
    text = "{a:[" * 16 + "0," * 90_000
    work = Work()
    found, broken = find_objects(text, work)
    assert (found, broken is not None) == ([], True)
    assert WORK_CHARS_MAX - work.chars_left <= WORK_CHARS_MAX + len(text)


def test_all_texts_of_an_answer_share_the_work() -> None:
    """Of many calls of tools the last ones are looked at: an answer that stands in the first of a hundred is none."""
    waste = "{a:[" * 16 + "0," * 900
    with pytest.raises(InvalidAnswer):
        read_answer(AnswerParts("", (FINAL, *[waste] * 99)))
    assert read_answer(AnswerParts("", (*[waste] * 99, FINAL))).opinion == parse_answer(FINAL)


def test_marks_of_thoughts_are_sought_among_many_objects() -> None:
    """A mark within an object is data, one behind it ends thoughts; the suite's time limit is what fails here."""
    text = '{"a":"</think>"}' * 100_000
    spans = [(at, at + 16) for at in range(0, len(text), 16)]
    assert find_marks(text, spans) == Marks(0, open_thought=False)
    assert find_marks(f"{text}</think>", spans).begin == len(text) + 8
