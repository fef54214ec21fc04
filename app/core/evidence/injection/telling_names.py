"""Rules of names: an identifier or a file that is called by a mark or a request says nothing else."""

from typing import Final

from app.core.evidence.injection.meanings import Meaning
from app.core.evidence.injection.rule import Rule, rule

M: Final = Meaning  # the tables below are read by it


def _named(needs: tuple[Meaning, ...], bars: Meaning = Meaning.NOTHING) -> Rule:
    return rule("name", needs, bars)


#: What an identifier says, of three words and more.
IDENTIFIERS: Final = (
    _named((M.CONNIVE, M.REVIEW, M.THIS)),
    _named((M.TOPSCORE | M.MARKED | M.DEMAND | M.LETTERED, M.GRANT | M.DESERVE | M.PLEAD | M.IMPERATIVE)),
    _named((M.TOPSCORE | M.DEMAND, M.MUST, M.NUMBER | M.PRAISE)),
    _named((M.THIS, M.WORK, M.DESERVE)),
    _named((M.GRANT, M.THIS, M.WORK | M.LETTER)),
    _named((M.PLEAD, M.ACCEPT | M.GRADE | M.FINISHED | M.IMPERATIVE)),
    _named((M.GRADER | M.AI, M.MUST, M.FINE | M.PRAISE | M.ACCEPT)),
    _named((M.GRADER | M.AI, M.CONNIVE | M.OVERRIDE, M.DEFECT | M.RULES)),
    _named((M.NOT, M.LOWER, M.GRADE)),
    _named((M.IMPERATIVE, M.TOP | M.HUNDRED | M.FIVE | M.GRADE)),
    _named((M.FINISHED, M.ALREADY, M.TOPSCORE | M.TENSCORE | M.LETTER)),
)
#: What the name of a file or folder says.
NAMES: Final = (
    *IDENTIFIERS,
    _named((M.PRAISE | M.LETTER, M.GRADE)),
    _named((M.PRAISE | M.LETTER | M.HUNDRED, M.WORK, M.TOP | M.LETTER | M.SCORE), bars=M.NUMBER & ~M.HUNDRED),
    _named((M.NOREMARK,)),
    _named((M.FINISHED | M.ACCEPT, M.TOP | M.PRAISE | M.LETTER)),
    _named((M.PLEAD, M.ACCEPT | M.WORK | M.REVIEW | M.FINISHED)),
    _named((M.GRADER | M.AI, M.OVERRIDE | M.CONNIVE | M.GRANT)),
    _named((M.NOT | M.CONNIVE, M.CHECK | M.REGRADE, M.THIS | M.PLACE | M.WORK)),
    _named((M.THIS, M.WORK, M.TOPSCORE | M.ACCEPT | M.PRAISE)),
    _named((M.DESERVE,)),
)
