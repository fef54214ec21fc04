"""From what a student hands in to what a model is shown: nothing on the way tells who the student is."""

import json

import pytest

from app.adapters.llm.tokens import count_tokens
from app.core.limits import PromptLimits
from app.core.ports import ItemOpinion, Opinion, QuotedPlace, ThreadOpinion
from app.core.reviewing.prompt.messages import build
from app.core.reviewing.prompt.real_places import with_real_places
from schemas.comparison import Comparison
from schemas.review import ThreadState
from schemas.rubric import Verdict
from tests.benchmarks.prompt_size import Handed, compared
from tests.builders.prompts import the_shipped_template
from tests.builders.questions import a_question

NOTEBOOK = {
    "nbformat": 4,
    "metadata": {"authors": [{"name": "Anna Petrova"}], "kernelspec": {"language": "python"}},
    "cells": [
        {"cell_type": "markdown", "source": "# Homework of Anna Petrova, anna.petrova@mail.example.com"},
        {"cell_type": "code", "source": "path = '/home/anna.petrova/data.csv'\nprint(path)", "outputs": []},
    ],
}
PATH = "anna_petrova/main.py"
FILES = {
    PATH: ('__author__ = "Anna Petrova"\nEMAIL = "a.petrova@mail.example.com"\n\n\ndef main():\n    return 1\n'),
    "anna_petrova/work.ipynb": json.dumps(NOTEBOOK),
    "README.md": "# hw1-anna-petrova\n\nSigned-off-by: Anna Petrova <anna@mail.example.com>\nStudent: Anna Petrova\n",
}
LOG = """============================= test session starts ==============================
rootdir: /home/anna.petrova/hw1
tests/test_main.py F                                                     [100%]
=================================== FAILURES ===================================
__________________________________ test_main ___________________________________
/home/anna.petrova/hw1/tests/test_main.py:3: in test_main
    assert main() == 'petrova.anna'
E   AssertionError: assert 1 == 'petrova.anna'
=========================== short test summary info ============================
FAILED tests/test_main.py::test_main - AssertionError: assert 1 == 'petrova.anna'
============================== 1 failed in 0.02s ===============================
"""


def anna_s_work() -> Comparison:
    handed = Handed(FILES, (("run.pytest.log", LOG),))
    return compared(None, handed, "en").model_copy(update={"student_id": "anna.petrova"})


@pytest.mark.parametrize(
    ("given", "real"),
    [
        (
            QuotedPlace("«student»/main.py", 2, 'EMAIL = "«e-mail»"'),
            QuotedPlace(PATH, 2, 'EMAIL = "a.petrova@mail.example.com"'),
        ),
        (
            QuotedPlace("«student»/main.py", 2, 'EMAIL="«e-mail»"'),
            QuotedPlace(PATH, 2, 'EMAIL = "a.petrova@mail.example.com"'),
        ),
        (QuotedPlace("«student»/main.py", 5, "def main():"), QuotedPlace(PATH, 5, "def main():")),
        (QuotedPlace("«student»/main.py", 1, 'EMAIL = "«e-mail»"'), QuotedPlace(PATH, 1, 'EMAIL = "«e-mail»"')),
        (QuotedPlace("«student»/main.py", 900, "«name»"), QuotedPlace(PATH, 900, "«name»")),
        (QuotedPlace("other.py", 1, "«name»"), QuotedPlace("other.py", 1, "«name»")),
        (QuotedPlace(), QuotedPlace()),
    ],
)
def test_what_was_shown_is_led_back_to_the_submission(given: QuotedPlace, real: QuotedPlace) -> None:
    """A path, and a quote of the line that it names, are the submission's own again; any other quote stays wrong."""
    comparison = anna_s_work()
    built = build(a_question(comparison), the_shipped_template("en"), PromptLimits(), count_tokens)
    item = ItemOpinion("readable", Verdict.MET, place=given)
    opinion = Opinion("s", items=(item,), threads=(ThreadOpinion("c1", ThreadState.FIXED, given),))
    led = with_real_places(opinion, comparison, built.real_paths)
    assert (led.items[0].place, led.threads[0].place) == (real, real)


def test_nothing_that_is_handed_in_tells_a_model_who_it_is() -> None:
    """Code, paths, logs, a notebook and its metadata, trailers of commits: no name, address or id is shown."""
    comparison = anna_s_work()
    built = build(a_question(comparison), the_shipped_template("en"), PromptLimits(), count_tokens)
    shown = str(built.messages).casefold()
    for told in ("anna", "petrova", "mail.example", comparison.submission_id):
        assert told not in shown
    assert "def main():" in shown
    assert "test_main" in shown
    assert set(built.real_paths.values()) == {"anna_petrova/main.py", "anna_petrova/work.ipynb"}
