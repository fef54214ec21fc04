"""What holds of comments over attempts, whatever students change and whatever a reader says."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue import words_in
from app.core.ports import Opinion, Question, QuotedPlace, ThreadOpinion
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.threads import converge, follow, settle_threads
from schemas.review import CodeComment, ProblemKind, ThreadState
from tests.builders.attempts import Homework

NAMES: Final = ("load", "clean", "mean", "Report")
BODIES: Final = (
    "    return x\n",
    "    y = x + 1\n    return y\n",
    "    y = x + 2\n    print(y)\n    return y\n",
    "    for y in x:\n        print(y)\n        print(y)\n    return x\n",
    "    y = (x +\n         1\n    return y\n",
)
FILES: Final = ("a.py", "b.py", "notes.md")
WORDS: Final = words_in("en")

functions = st.builds(
    lambda name, body, kind: f"{kind} {name}{'(x)' if kind == 'def' else ''}:\n{body}",
    st.sampled_from(NAMES),
    st.sampled_from(BODIES),
    st.sampled_from(("def", "class")),
)
texts = st.lists(functions, min_size=1, max_size=4).map("\n\n".join)
attempts = st.lists(
    st.dictionaries(st.sampled_from(FILES), texts, min_size=1).map(lambda files: files | {"main.py": "import a\n"}),
    min_size=2,
    max_size=4,
)
comments = st.lists(
    st.builds(
        CodeComment,
        path=st.sampled_from((*FILES, "main.py")),
        line=st.integers(1, 14) | st.none(),
        severity=st.sampled_from(("praise", "info", "minor", "major", "critical")),
        category=st.sampled_from((*ProblemKind, None, "E711", "syntax", "test")),
        message=st.sampled_from(("Look at this.", "And at this.", "Oh.")),
    ),
    max_size=6,
)
rounds = attempts.flatmap(
    lambda made: st.tuples(st.just(made), st.lists(comments, min_size=len(made), max_size=len(made)))
)


@settings(max_examples=60, deadline=None)
@given(rounds)
def test_every_comment_is_kept_once_and_has_a_state(made: tuple[list[dict[str, str]], list[list[CodeComment]]]) -> None:
    """No two threads have one id, each earlier id is there, none of them is new again, and no new comment is known."""
    homework = Homework(is_linted=False)
    known: set[str] = set()
    for files, said in zip(*made, strict=True):
        review = homework.hand_in(files, reader=Opinion("Read.", tuple(said)))
        result = review.review_result
        ids = [thread.comment_id for thread in result.threads]
        assert len(set(ids)) == len(ids)
        assert known <= set(ids)
        new = {thread.comment_id for thread in result.threads if thread.state is ThreadState.NEW}
        assert new.isdisjoint(known)
        assert new == {one.comment_id for one in result.code_review_comments if one.severity != "praise"}
        assert all((thread.closed_submission_id is None) == thread.is_open for thread in result.threads)
        known |= set(ids)


@settings(max_examples=60, deadline=None)
@given(rounds)
def test_what_was_converged_stays_as_it_is(made: tuple[list[dict[str, str]], list[list[CodeComment]]]) -> None:
    """To follow is to tell the same each time, and what may be said may be said when asked again."""
    homework = Homework(is_linted=False)
    for files, said in zip(*made, strict=True):
        homework.hand_in(files, reader=Opinion("Read.", tuple(said)))
        question = homework.questions[-1]
        anchors = Anchors.of(question.comparison, {}, WORDS)
        anchored = [place for one in said if (place := anchors.place(one))]
        once = converge(anchored, question.threads, question, WORDS)
        again = converge(once.comments, question.threads, question, WORDS)
        assert again.comments == once.comments
        assert again.threads == once.threads
        assert again.adjustments == ()
        followed = follow(once.threads, question.comparison)
        assert {one.comment_id for one in followed} == {one.comment_id for one in once.threads}


@settings(max_examples=40, deadline=None)
@given(rounds, st.data())
def test_a_reader_moves_only_what_is_left_to_it(
    made: tuple[list[dict[str, str]], list[list[CodeComment]]], data: st.DataObject
) -> None:
    """Whatever a reader says of earlier comments: those that code decided stay, but for lines that were changed."""
    homework = Homework(is_linted=False)
    for files, said in zip(*made, strict=True):
        homework.hand_in(files, reader=Opinion("Read.", tuple(said)))
        question = homework.questions[-1]
        opinions = data.draw(st.lists(opinions_on(question), max_size=4))
        anchors = Anchors.of(question.comparison, {}, WORDS)
        for before, after in zip(question.threads, settle_threads(question, opinions, anchors), strict=True):
            assert before.comment_id == after.comment_id
            if before.decided_by == "code" and before.state is not ThreadState.FIXED:
                assert before == after
            assert after.state in {before.state, ThreadState.FIXED, ThreadState.STILL_OPEN}


def opinions_on(question: Question) -> st.SearchStrategy[ThreadOpinion]:
    ids = [thread.comment_id for thread in question.threads] or ["none"]
    lines = [
        QuotedPlace(source.path, number, text)
        for source in question.comparison.sources
        for number, text in enumerate(source.text.split("\n"), 1)
    ] or [QuotedPlace()]
    return st.builds(
        ThreadOpinion, comment_id=st.sampled_from(ids), state=st.sampled_from(ThreadState), place=st.sampled_from(lines)
    )
