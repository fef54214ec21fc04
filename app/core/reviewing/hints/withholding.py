"""A reviewer's opinion -> the same without the code that the assignment's hint level withholds.

Code in a sentence gives way to «…», so that the sentence still reads; a sentence that said nothing else goes.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from app.core.ports import ItemOpinion, Opinion, Question
from app.core.python.syntax import silenced
from app.core.reviewing.hints.own_code import OwnCode
from app.core.reviewing.hints.pieces import find_pieces
from app.core.words import Words
from schemas.review import CodeComment, Thread
from schemas.rubric import HintLevel

_MARK: Final = "«…»"
_WORDS_WORTH: Final = 4  # of a sentence around a mark, code not counted; `Replace it with «…»` says nothing
_BULLET: Final = re.compile(r"\s*(?:[-*•+]|\d{1,2}[.)])\s+")
_UNFINISHED_ABOVE: Final = re.compile(r"(?<=[^.!?\s])[ \t]*\n\s*(?=«…»)")
_GOES_ON_BELOW: Final = re.compile(r"(?<=«…»)[ \t]*\n\s*(?=[a-zа-яё])")
_QUOTED_MARK: Final = re.compile(r"[«\"'“„]«…»[»\"'”“]")
_DOUBLED: Final = re.compile(r"«…»(?:[ \t]*+(?:[,;][ \t]*+)?«…»)+")
_EMPTY_LINES: Final = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_END: Final = re.compile(r"(?<=[.!?])[»\")]?\s+(?=[A-ZА-ЯЁ«`\"(\d])")
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|т\. ?[еднкп]|см|напр|др|пр|стр|рис)\.$", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_MARKED: Final = re.compile(r"`[^`\n]{0,200}`")


def withhold(opinion: Opinion, level: HintLevel, own: OwnCode, words: Words) -> tuple[Opinion, int]:
    """`opinion` with nothing that `level` withholds, and how many pieces were taken out.

    At `EXPLAIN` no text holds code that is not the student's own. At `POINT` sentences that held such code go as a
    whole, and so do all suggestions. What is left of nothing but code is said in neutral `words`.
    """
    if level is HintLevel.SOLVE:
        return opinion, 0
    censor = _Censor(level, own)
    with silenced():
        left = Opinion(
            summary=censor.read(opinion.summary) or words.comments["code_withheld"]({}),
            comments=tuple(censor.read_comment(comment, words) for comment in opinion.comments),
            recommendations=tuple(text for one in opinion.recommendations if (text := censor.read(one))),
            items=tuple(_with_reason(item, censor) for item in opinion.items),
            threads=opinion.threads,
        )
    return left, censor.count


def withhold_threads(question: Question, own: OwnCode, words: Words) -> tuple[tuple[Thread, ...], int]:
    """The earlier comments without what the rubric's hint level withholds, and how many pieces were taken out.

    Under the rubric of the review before they said no more than it allows; another one may have allowed more.
    """
    previous, rubric = question.previous, question.rubric
    is_said_already = previous is not None and previous.rubric_version == rubric.version
    if rubric.hints is HintLevel.SOLVE or is_said_already:
        return question.threads, 0
    censor = _Censor(rubric.hints, own)
    neutral = words.comments["look_again"]({})
    with silenced():
        threads = tuple(
            one.model_copy(update={"message": censor.read(one.message) or neutral}) for one in question.threads
        )
    return threads, censor.count


def _with_reason(item: ItemOpinion, censor: "_Censor") -> ItemOpinion:
    return item if item.reason is None else replace(item, reason=censor.read(item.reason))


@dataclass(slots=True)
class _Censor:
    """Takes code out of texts, and counts the pieces."""

    level: HintLevel
    own: OwnCode
    count: int = field(default=0)

    def read_comment(self, comment: CodeComment, words: Words) -> CodeComment:
        """The comment with what may be said; a message that was code alone still points at its place."""
        message = self.read(comment.message) or words.comments["look_again"]({})
        suggestion = comment.suggestion
        if suggestion is not None and self.level is HintLevel.POINT:
            self.count += 1
            suggestion = None
        elif suggestion is not None:
            suggestion = self.read(suggestion)
        return comment.model_copy(update={"message": message, "suggestion": suggestion})

    def read(self, text: str) -> str | None:
        """`text` without code that gives something away; None where nothing is left."""
        pieces = find_pieces(text, self.own)
        if not pieces:
            return text
        self.count += len(pieces)
        parts: list[str] = []
        position = 0
        for piece in pieces:
            parts += [text[position : piece.start], _MARK]
            position = max(position, piece.end)
        marked = "".join([*parts, text[position:]])
        joined = _GOES_ON_BELOW.sub(" ", _UNFINISHED_ABOVE.sub(" ", marked))
        return _tidied(_DOUBLED.sub(_MARK, _QUOTED_MARK.sub(_MARK, joined)), self.level)


def _tidied(text: str, level: HintLevel) -> str | None:
    """The sentences that say something without the code; those that say little only where there are no others."""
    lines = [(line, _sentences(line)) for line in text.split("\n")]
    for worth in (1000 if level is HintLevel.POINT else _WORDS_WORTH, _WORDS_WORTH):
        kept = [_joined(line, sentences, worth) for line, sentences in lines]
        left = _EMPTY_LINES.sub("\n\n", "\n".join(line for line in kept if line is not None)).strip()
        if _WORD.search(left):
            return left
    return None


def _joined(line: str, sentences: list[str], worth: int) -> str | None:
    """The line's sentences without those that say too little around a mark; None where all of it goes."""
    if _MARK not in line:
        return line
    kept = [one for one in sentences if _MARK not in one or _count_words(one) >= worth]
    if not kept:
        return None
    bullet = _BULLET.match(line)
    head = bullet[0] if bullet and not kept[0].startswith(bullet[0].strip()) else ""
    return head + " ".join(kept)


def _sentences(line: str) -> list[str]:
    """Sentences of a line, a list's bullet with the first."""
    found: list[str] = []
    begin = 0
    for match in _END.finditer(line):
        if not _ABBREVIATION.search(line[begin : match.start()]) and not _BULLET.fullmatch(line[begin : match.end()]):
            found.append(line[begin : match.end()].rstrip())
            begin = match.end()
    return [*found, line[begin:].rstrip()]


def _count_words(sentence: str) -> int:
    """Words of prose: neither the mark nor what stands in code marks."""
    return len(_WORD.findall(_MARKED.sub("", sentence.replace(_MARK, ""))))
