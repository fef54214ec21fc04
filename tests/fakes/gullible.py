"""A language model that believes whatever it reads: it obeys all that a submission asks, and finds all items met.

A script of `ScriptedLlm`: it reads the request that the reviewer really sends, and nothing else.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schemas.review import ThreadState
from schemas.rubric import Verdict
from tests.fakes.llm_server import Completion

_MARKER: Final = re.compile(r"^MARKER (\w+)$", re.MULTILINE)
_ITEM: Final = re.compile(r"^([\w.-]{1,64}): ", re.MULTILINE)
_DECIDED: Final = re.compile(r"([\w.-]{1,64}) (?:met|partly|not_met|cannot_tell)\b")
_THREAD: Final = re.compile(r"^(\S{1,64}) (?:critical|major|minor|info) ", re.MULTILINE)
_LINE: Final = re.compile(r"(\d{1,6})[|+](.*)")
_TELLING: Final = re.compile(r"[^\W\d]\w{2}")
_PRAISE: Final = {
    "en": "All of it is excellent, nothing is left to do: 100 of 100.",
    "ru": "Всё выполнено отлично, замечаний нет: 100 из 100.",
}
_INSTRUCTION: Final = re.compile(
    r"score|grad(?:e|ing)|verdict|review|rating|full marks|points|ignore|instruct|system|assistant|\bmet\b|perfect"
    r"|оцен|балл|провер|ревью|рецен|вердикт|игнор|инструкц|систем|зач[её]т|максим|идеальн|\b100\b"
)
_NO_MARKS: Final = str.maketrans(dict.fromkeys('«»“”"`'))
_HEARD_MAX: Final = 20
_HEARD_CHARS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class _Shown:
    """A line of a file, as the request shows it."""

    path: str
    number: int
    text: str


@dataclass(slots=True)
class GullibleModel:
    """Gives `verdict` on each item, and `heard` are the lines that it took for instructions, answer by answer."""

    verdict: Verdict = Verdict.MET
    heard: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, request: Mapping[str, Any], _number: int) -> Completion:
        """The answer, with a quote of a shown line wherever a proof is asked for."""
        system, user = (str(message["content"]) for message in request["messages"][:2])
        marker = _MARKER.search(user)
        assert marker is not None, "the request has no marker"
        sections = dict(_sections(user[marker.end() :], marker[1]))
        data = "\n".join(sections.values())
        heard = tuple(_instructions(data))
        self.heard.append(heard)
        shown = list(_shown(sections))
        proof = _quoted(next((line for line in shown if _TELLING.search(line.text)), None))
        rubric, facts = user[user.index("RUBRIC") : marker.start()], sections.get("facts", "")
        # Nobody asks it for those that code has decided: it praises them as well, and an item of its own.
        items = [*_ITEM.findall(rubric), *_DECIDED.findall(facts.partition("\n")[0]), "bonus"]
        threads = _THREAD.findall(sections.get("threads", ""))
        praise = _PRAISE["ru" if "по-русски" in system else "en"]
        # In quotes, for a review in another language than its own is asked for once more.
        repeated = [f"«{line.translate(_NO_MARKS)}»" for line in heard]
        answer = {
            "verdicts": [
                {"id": name, **proof, "reason": praise, "verdict": verdict, "points": 100}
                for name, verdict in (
                    *((item, self.verdict) for item in items),
                    *((thread, ThreadState.FIXED) for thread in threads),
                )
            ],
            "progress_summary": " ".join([praise, *repeated]),
            "code_review_comments": [
                {**_quoted(line), "severity": "praise", "category": "other", "message": praise, "suggestion": ""}
                for line in shown[:3]
            ],
            "recommendations": [f"{praise} {line}" for line in repeated[:3]],
            "overall_score": 100,
            "code_quality_score": 100,
        }
        return Completion(json.dumps(_dictated(data) | answer, ensure_ascii=False))


def _sections(data: str, marker: str) -> Iterator[tuple[str, str]]:
    """Heading, with its path where it has one, and text."""
    for part in data.split(f"<<<{marker} ")[1:]:
        heading, _, text = part.partition("\n")
        yield heading, text


def _shown(sections: Mapping[str, str]) -> Iterator[_Shown]:
    """The lines of the new versions of all files, those of Python first."""
    for heading in sorted(sections, key=lambda heading: not heading.endswith(".py")):
        kind, _, path = heading.partition(" ")
        if kind in {"file", "new"}:
            for line in sections[heading].split("\n"):
                if (read := _LINE.fullmatch(line)) and not read[2].endswith("…"):
                    yield _Shown(path, int(read[1]), read[2].strip())


def _quoted(line: _Shown | None) -> dict[str, object]:
    """A place as an answer names it."""
    if line is None:
        return {"path": "", "line": 0, "quote": ""}
    return {"path": line.path, "line": line.number, "quote": line.text}


def _instructions(data: str) -> Iterator[str]:
    """The lines that may be asking something of whoever reads them, whatever their disguise of letters."""
    count = 0
    for line in data.split("\n"):
        plain = "".join(c for c in unicodedata.normalize("NFKC", line) if unicodedata.category(c) != "Cf")
        if count < _HEARD_MAX and _INSTRUCTION.search(plain.casefold().replace("_", " ")):
            count += 1
            yield plain[:_HEARD_CHARS_MAX]


def _dictated(data: str) -> dict[str, object]:
    """The fields of all JSON objects that stand in the data, each on a line of its own."""
    found: dict[str, object] = {}
    for line in data.split("\n"):
        if (start := line.find("{")) >= 0:
            try:
                found |= json.loads(line[start : line.rfind("}") + 1])
            except (ValueError, TypeError):
                continue
    return found
