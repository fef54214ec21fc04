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
_ITEM_NAMES: Final[Mapping[str, str]] = {
    **_PLACE_NAMES,
    "itemid": "item_id", "item": "item_id", "id": "item_id", "criterion": "item_id", "criterionid": "item_id",
    "verdict": "verdict", "state": "verdict", "status": "verdict", "decision": "verdict", "вердикт": "verdict",
    "reason": "reason", "why": "reason", "explanation": "reason", "justification": "reason", "comment": "reason",
    "message": "reason", "причина": "reason",
}  # fmt: skip
_THREAD_NAMES: Final[Mapping[str, str]] = {
    **_PLACE_NAMES,
    "commentid": "comment_id", "id": "comment_id", "threadid": "comment_id", "thread": "comment_id",
    "comment": "comment_id", "state": "state", "status": "state", "verdict": "state", "состояние": "state",
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


def read_items(value: object, mendings: Mendings) -> tuple[ItemOpinion, ...]:
    """The verdicts in the field `rubric`, whatever its form."""
    read: dict[str, ItemOpinion | None] = {}
    for fields in _entries(value, _ITEM_NAMES, "item_id", "verdict", mendings):
        item_id, given = plain_text(fields.get("item_id")), fields.get("verdict")
        word: object = str(given).lower() if isinstance(given, bool) else given
        verdict = word_of(word, _VERDICTS, "verdicts", mendings, lambda text: text in set(Verdict))
        if verdict is None or not 0 < len(item_id) <= _ID_CHARS_MAX:
            mendings["verdicts dropped"] += 1
            continue
        reason = cut_text(plain_text(fields.get("reason")), _REASON_CHARS_MAX, mendings) or None
        _keep(read, item_id, ItemOpinion(item_id, verdict, reason, _place(fields, mendings)), "verdict", mendings)
    return tuple(item for item in read.values() if item is not None)


def read_threads(value: object, mendings: Mendings) -> tuple[ThreadOpinion, ...]:
    """The states in the field `threads`, whatever its form."""
    read: dict[str, ThreadOpinion | None] = {}
    for fields in _entries(value, _THREAD_NAMES, "comment_id", "state", mendings):
        comment_id = plain_text(fields.get("comment_id"))
        state = word_of(fields.get("state"), _STATES, "verdicts", mendings, lambda text: text in set(ThreadState))
        if state is None or not 0 < len(comment_id) <= _ID_CHARS_MAX:
            mendings["verdicts dropped"] += 1
            continue
        _keep(read, comment_id, ThreadOpinion(comment_id, state, _place(fields, mendings)), "state", mendings)
    return tuple(thread for thread in read.values() if thread is not None)


def _keep(read: dict[str, _Said | None], key: str, said: _Said, field: str, mendings: Mendings) -> None:
    """Keep what is said of `key`; where it is said twice, differently, nothing is."""
    if key not in read:
        read[key] = said
        return
    known = read[key]
    if known is not None and getattr(known, field) != getattr(said, field):
        read[key] = None
        mendings["verdicts dropped"] += 1


def _entries(
    value: object, names: Mapping[str, str], key: str, word: str, mendings: Mendings
) -> Iterator[dict[str, Any]]:
    """The objects of a list, or of what stands in its place: a mapping of ids, one entry, a list one level down."""
    if value is None or value in ("", [], {}):
        return
    if isinstance(value, Mapping):
        mendings["lists"] += 1
        value = _listed(value, names, key, word)
    if not isinstance(value, list):
        mendings["verdicts dropped"] += 1
        return
    for entry in value[:_ENTRIES_MAX]:
        if isinstance(entry, Mapping):
            yield renamed(entry, names, mendings)
        elif entry is not None:
            mendings["verdicts dropped"] += 1


def _listed(value: Mapping[str, Any], names: Mapping[str, str], key: str, word: str) -> list[object]:
    if any(canonical(name, names) == key for name in value):
        return [value]
    inner = [held for name, held in value.items() if name.casefold() in _WRAPPERS and isinstance(held, list)]
    if len(value) == len(inner) == 1:
        return list(inner[0])
    return [{key: name, **(held if isinstance(held, Mapping) else {word: held})} for name, held in value.items()]


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
