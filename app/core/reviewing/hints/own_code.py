"""Code that a student has before the review: what is quoted from it gives nothing away."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from app.core.evidence.facts.names import told_figures
from app.core.hunks import read_patches
from app.core.masking.students_text import mask
from app.core.ports import Question
from app.core.reviewing.anchors.quotes import plain
from app.core.rubric import said_in
from app.core.words import Words

_BETWEEN_TEXTS: Final = "\n\0\n"
_LOOKS_MAX: Final = 200
_ELLIPSES: Final = frozenset({"...", "…", "#...", "#…"})


@dataclass(slots=True)
class OwnCode:
    """The sources of both sides as far as they are at hand, what tests and facts say, and the assignment's own words.

    Of code that is gone there is what earlier comments quote. Of the linter's findings our own words are taken, for its
    messages tell what to write instead.

    They are put into plain form, in which layout and kinds of quotation marks do not count, when first asked for.
    """

    question: Question
    words: Words
    _text: str | None = field(default=None)

    def has(self, code: str) -> bool:
        """Whether all of `code` stands there, lines that follow each other as they do; `...` may stand for others."""
        run: list[str] = []
        for line in (*plain(mask(code)).split("\n"), "..."):
            if line not in _ELLIPSES:
                run.extend([line] if line else [])
            elif run and not self._holds("\n".join(run)):
                return False
            else:
                run = []
        return True

    def _holds(self, needle: str) -> bool:
        if self._text is None:
            self._text = _BETWEEN_TEXTS.join(["", *map(_packed, _texts(self.question, self.words)), ""])
        place = self._text.find(needle)
        for _ in range(_LOOKS_MAX):
            if place < 0:
                return False
            end = place + len(needle)
            if not (_is_one_word(self._text[place - 1 : place + 1]) or _is_one_word(self._text[end - 1 : end + 1])):
                return True
            place = self._text.find(needle, place + 1)
        return False


def _texts(question: Question, words: Words) -> Iterator[str]:
    comparison, rubric = question.comparison, question.rubric
    yield from (source.text for source in comparison.sources)
    for patch in read_patches(comparison.diff_info.diff):
        for hunk in patch.hunks:
            yield "\n".join(line.text for line in hunk if line.sign != "+")
            yield "\n".join(line.text for line in hunk if line.sign != "-")
    yield from (thread.quote for thread in question.threads if thread.quote)
    report = comparison.tests.current
    if report is not None:
        yield from (text for case in report.cases for text in (case.id, case.message) if text)
        yield report.excerpt or ""
    yield from (path for file in comparison.files for path in (file.path, file.previous_path) if path)
    for fact in comparison.evidence.facts:
        yield from (value for value in told_figures(fact.data).values() if isinstance(value, str))
    rules = {finding.rule for finding in comparison.evidence.findings}
    yield from (words.rules[rule] for rule in sorted(rules & words.rules.keys()))
    language = comparison.language
    yield said_in(rubric.task, language)
    yield from (f"{said_in(item.title, language)}\n{said_in(item.description, language)}" for item in rubric.items)


def _packed(text: str) -> str:
    """`text` in plain form, without its empty lines."""
    return "\n".join(line for line in plain(mask(text)).split("\n") if line)


def _is_one_word(pair: str) -> bool:
    return len(pair) == 2 and all(char.isalnum() or char == "_" for char in pair)
