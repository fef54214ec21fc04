"""Verdicts on items and states of earlier comments, as models write them.

None of them is worth a second answer: what is no verdict is left out and counted, and then counts as not told. Two
that contradict each other are none.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from app.core.ports import ItemOpinion, QuotedPlace, ThreadOpinion
from app.core.reviewing.answer.single_values import (
    Mendings,
    canonical,
    cut_text,
    lines_of,
    plain_text,
    quote_of,
    renamed,
    word_of,
)
from schemas.review import ThreadState
from schemas.rubric import Verdict

_ENTRIES_MAX: Final = 200
_ID_CHARS_MAX: Final = 64
_PATH_CHARS_MAX: Final = 1_024
_REASON_CHARS_MAX: Final = 1_000

_PLACE_NAMES: Final[Mapping[str, str]] = {
    "path": "path", "file": "path", "filename": "path", "filepath": "path",
    "line": "line", "lineno": "line", "linenumber": "line",
    "quote": "quote", "code": "quote", "evidence": "quote", "snippet": "quote", "citation": "quote", "цитата": "quote",
}  # fmt: skip
_NAMES: Final[Mapping[str, str]] = {
    **_PLACE_NAMES,
    "id": "id", "itemid": "id", "item": "id", "criterion": "id", "criterionid": "id", "commentid": "id",
    "threadid": "id", "thread": "id",
    "verdict": "verdict", "state": "verdict", "status": "verdict", "decision": "verdict", "вердикт": "verdict",
    "состояние": "verdict",
    "reason": "reason", "why": "reason", "explanation": "reason", "justification": "reason", "comment": "reason",
    "message": "reason", "причина": "reason",
}  # fmt: skip
_WRAPPERS: Final = frozenset({"items", "verdicts", "entries", "threads", "comments", "rubric", "results"})

_VERDICT_WORDS: Final[Mapping[Verdict, str]] = {
    Verdict.MET: "met|fully met|yes|ok|pass|passed|full|fully|satisfied|fulfilled|true|done|выполнено|выполнен"
    "|выполнена|выполняется|полностью|полностью выполнено|да|соответствует|соблюдено|соблюдается|есть",
    Verdict.PARTLY: "partly|partly met|partial|partially|partially met|in part|mostly|mostly met|somewhat|частично"
    "|частично выполнено|отчасти|выполнено частично|не полностью|выполнено не полностью",
    Verdict.NOT_MET: "not met|notmet|unmet|no|fail|failed|not satisfied|unsatisfied|not fulfilled|false|не выполнено"
    "|не выполнен|не выполнена|не выполняется|нет|не соответствует|не соблюдено|не соблюдается",
    Verdict.CANNOT_TELL: "cannot tell|can not tell|can t tell|cannottell|unknown|unclear|undecided|not sure|n a"
    "|not applicable|insufficient|insufficient information|not enough information|not shown|неизвестно|неясно|не ясно"
    "|непонятно|не видно|не показано|нельзя сказать|нельзя определить|невозможно определить|не могу сказать|н д"
    "|не применимо|неприменимо|недостаточно данных",
}
_STATE_WORDS: Final[Mapping[ThreadState, str]] = {
    ThreadState.FIXED: "fixed|resolved|closed|done|solved|addressed|исправлено|исправлен|исправлена|решено|устранено"
    "|закрыто",
    ThreadState.STILL_OPEN: "still open|stillopen|open|not fixed|notfixed|unfixed|unresolved|not resolved|not addressed"
    "|persists|remains|не исправлено|не исправлен|не исправлена|не решено|не устранено|открыто|остаётся|остается"
    "|осталось|всё ещё открыто|все еще открыто",
}
_VERDICTS: Final = {word: verdict for verdict, words in _VERDICT_WORDS.items() for word in words.split("|")}
_STATES: Final = {word: state for state, words in _STATE_WORDS.items() for word in words.split("|")}
_PATH_AND_LINE: Final = re.compile(r"(.{1,512}):(\d{1,8})")

_Said = TypeVar("_Said", ItemOpinion, ThreadOpinion)


def read_verdicts(
    verdicts: object, mendings: Mendings, *, rubric: object = None, threads: object = None
) -> tuple[tuple[ItemOpinion, ...], tuple[ThreadOpinion, ...]]:
    """Verdicts on items and states of earlier comments, out of one list: which of them an entry is, its word tells.

    A model that keeps the two apart, as `rubric` and `threads`, is understood as well.
    """
    items: dict[str, ItemOpinion | None] = {}
    states: dict[str, ThreadOpinion | None] = {}
    known = [(verdicts, _VERDICTS, _STATES), (rubric, _VERDICTS, {}), (threads, {}, _STATES)]
    for value, verdict_words, state_words in known:
        for fields in _entries(value, mendings):
            given = fields.get("verdict")
            word: object = str(given).lower() if isinstance(given, bool) else given
            verdict = word_of(word, verdict_words, "verdicts", mendings, lambda text: text in set(Verdict))
            state = None
            if verdict is None:
                state = word_of(word, state_words, "verdicts", mendings, lambda text: text in set(ThreadState))
            name = plain_text(fields.get("id"))
            if not 0 < len(name) <= _ID_CHARS_MAX:
                mendings["verdicts dropped"] += 1
            elif verdict is not None:
                reason = cut_text(plain_text(fields.get("reason")), _REASON_CHARS_MAX, mendings) or None
                item = ItemOpinion(name, verdict, reason, _place(fields, mendings))
                _keep(items, name, item, "verdict", mendings)
            elif state is not None:
                _keep(states, name, ThreadOpinion(name, state, _place(fields, mendings)), "state", mendings)
            else:
                mendings["verdicts dropped"] += 1
    return tuple(item for item in items.values() if item), tuple(thread for thread in states.values() if thread)


def _keep(read: dict[str, _Said | None], key: str, said: _Said, field: str, mendings: Mendings) -> None:
    """Keep what is said of `key`; where it is said twice, differently, nothing is."""
    if key not in read:
        read[key] = said
        return
    known = read[key]
    if known is not None and getattr(known, field) != getattr(said, field):
        read[key] = None
        mendings["verdicts dropped"] += 1


def _entries(value: object, mendings: Mendings) -> Iterator[dict[str, Any]]:
    """The objects of a list, or of what stands in its place: a mapping of ids, one entry, a list one level down."""
    if value is None or value in ("", [], {}):
        return
    if isinstance(value, Mapping):
        mendings["lists"] += 1
        value = _listed(value)
    if not isinstance(value, list):
        mendings["verdicts dropped"] += 1
        return
    for entry in value[:_ENTRIES_MAX]:
        if isinstance(entry, Mapping):
            yield renamed(entry, _NAMES, mendings)
        elif entry is not None:
            mendings["verdicts dropped"] += 1


def _listed(value: Mapping[str, Any]) -> list[object]:
    if any(canonical(name, _NAMES) == "id" for name in value):
        return [value]
    inner = [held for name, held in value.items() if name.casefold() in _WRAPPERS and isinstance(held, list)]
    if len(value) == len(inner) == 1:
        return list(inner[0])
    return [{"id": name, **(held if isinstance(held, Mapping) else {"verdict": held})} for name, held in value.items()]


def _place(fields: Mapping[str, Any], mendings: Mendings) -> QuotedPlace:
    path = plain_text(fields.get("path"))
    line, _ = lines_of(fields.get("line"), mendings)
    if line is None and (joined := _PATH_AND_LINE.fullmatch(path)):
        path, line = joined[1], int(joined[2]) or None
        mendings["lines"] += 1
    return QuotedPlace(
        path=path if 0 < len(path) <= _PATH_CHARS_MAX else None,
        line=line,
        quote=quote_of(fields.get("quote"), line, mendings),
    )
