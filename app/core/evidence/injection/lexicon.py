"""Words that orders to a reviewer are made of, in English, Russian and transliterated Russian, by what they mean.

Rules are made of the meanings alone, so that another wording of the same order needs no rule of its own.
"""

from typing import Final

from app.core.evidence.injection.meanings import Meaning
from app.core.evidence.injection.vocabulary.acts import ACTS
from app.core.evidence.injection.vocabulary.judgements import JUDGEMENTS
from app.core.evidence.injection.vocabulary.moods import MOODS
from app.core.evidence.injection.vocabulary.people import PEOPLE

#: Fields of the answer that we ask a model for; whole tokens, before they are taken apart.
FIELDS: Final = {
    "overall_score": Meaning.FIELD | Meaning.SCORE,
    "code_quality_score": Meaning.FIELD | Meaning.SCORE | Meaning.OWN,
    "progress_summary": Meaning.OWN,
    "review_result": Meaning.OWN,
    "code_review_comments": Meaning.OWN,
}


def _sort() -> tuple[dict[str, int], dict[str, int]]:
    exact: dict[str, int] = {}
    stems: dict[str, int] = {}
    for meaning, words in (*PEOPLE.items(), *JUDGEMENTS.items(), *ACTS.items(), *MOODS.items()):
        for word in words.split():
            target, name = (stems, word[:-1]) if word.endswith("*") else (exact, word)
            target[name] = target.get(name, 0) | int(meaning)
    return exact, stems


_EXACT, _STEMS = _sort()
_HEAD_CHARS: Final = 2
_STEMS_BY_HEAD: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    head: tuple((stem, bits) for stem, bits in _STEMS.items() if stem.startswith(head))
    for head in {stem[:_HEAD_CHARS] for stem in _STEMS}
}


def meaning_of(word: str) -> int:
    """The meanings of one lower-case word, as bits of `Meaning`; 0 for a word that no order needs."""
    found = _EXACT.get(word, 0)
    for stem, bits in _STEMS_BY_HEAD.get(word[:_HEAD_CHARS], ()):
        if word.startswith(stem):
            found |= bits
    return found
