"""The same work for every peer: compare with our own pure function, ask, store, deliver."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import httpx
from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam
from pymongo import AsyncMongoClient, MongoClient

from app.core.comparing.analysis import analyse_sides
from app.core.limits import DiffLimits, SourceLimits
from app.core.ports import Side
from app.core.submission.tree import tree_from_texts

Files = Mapping[str, str]
Document = dict[str, Any]

FORM: Final = os.environ.get("BENCH_FORM", "same_work")
BOOTSTRAP: Final = os.environ.get("BENCH_BOOTSTRAP", "")
PREFIX: Final = os.environ.get("BENCH_PREFIX", "bench")
REDIS_URL: Final = os.environ.get("BENCH_REDIS_URL", "")
IN_FLIGHT: Final = int(os.environ.get("BENCH_IN_FLIGHT", "1"))
BARE: Final = FORM == "bare"

_MONGO_URL: Final = os.environ.get("BENCH_MONGO_URL", "")
_MODEL_URL: Final = os.environ.get("BENCH_MODEL_URL", "")
_API_URL: Final = os.environ.get("BENCH_API_URL", "")
_INSTRUCTIONS: Final = (
    "You review a student's homework. Say what got better and what got worse since the previous attempt, comment on "
    "lines that exist, give advice. Answer with JSON: progress_summary, code_review_comments, recommendations, rubric."
)
_TAKEN: Final = frozenset({200, 201, 409})  # 409: the platform holds another review of this submission already


@dataclass(frozen=True, slots=True)
class Progress:
    """What the comparison says: the diff as text, and how much changed. `changed` are the texts of changed files."""

    diff: str
    lines_added: int
    lines_removed: int
    maintainability: float | None
    changed: Files


def compare(before: Files | None, after: Files) -> Progress:
    """The pair, compared by our own pure function: diff, changes, complexity, figures."""
    old = Side(tree_from_texts(before, SourceLimits())) if before is not None else None
    new = tree_from_texts(after, SourceLimits())
    analysis = analyse_sides(old, Side(new), DiffLimits())
    info = analysis.diff_info
    touched = {file.path for file in analysis.files}
    return Progress(
        diff=info.diff,
        lines_added=info.lines_added,
        lines_removed=info.lines_removed,
        maintainability=analysis.complexity.average_maintainability,
        changed={path: text for path, text in new.texts().items() if path in touched},
    )


def question(files: Files, diff: str = "") -> list[ChatCompletionMessageParam]:
    """What the model is asked: the files, and the diff where there is one."""
    shown = "\n\n".join(f"# {path}\n{text}" for path, text in files.items())
    return [
        {"role": "system", "content": _INSTRUCTIONS},
        {"role": "user", "content": f"{shown}\n\n# diff\n{diff}" if diff else shown},
    ]


def review(submission: Document, progress: Progress, answer: str) -> Document:
    """What is stored and delivered."""
    return {
        "new_submission_id": submission["submission_id"],
        "student_id": submission["student_id"],
        "assignment_id": submission["assignment_id"],
        "diff_info": {
            "diff": progress.diff,
            "lines_added": progress.lines_added,
            "lines_removed": progress.lines_removed,
            "maintainability": progress.maintainability,
        },
        "review_result": answer,
    }


def _headers(document: Document) -> dict[str, str]:
    return {"Authorization": "Bearer benchmark", "Idempotency-Key": str(document["new_submission_id"])}


class Waiting:
    """Clients of a program that waits for many calls at once."""

    def __init__(self) -> None:
        self._model = AsyncOpenAI(base_url=_MODEL_URL, api_key="none", timeout=120)
        self._api = httpx.AsyncClient(limits=httpx.Limits(max_connections=max(100, IN_FLIGHT)))
        self._mongo: AsyncMongoClient[Document] = AsyncMongoClient(_MONGO_URL)

    async def ask(self, files: Files, diff: str = "") -> str:
        """The model's answer."""
        answer = await self._model.chat.completions.create(model="scripted", messages=question(files, diff))
        return answer.choices[0].message.content or ""

    async def replace_previous(self, student: str, files: Files) -> Files | None:
        """Keep these files as the student's latest in MongoDB; returns those that were kept before."""
        kept = await self._mongo[PREFIX]["previous"].find_one_and_update(
            {"_id": student}, {"$set": {"files": _escaped(files)}}, upsert=True
        )
        return _unescaped(kept["files"]) if kept else None

    async def publish(self, document: Document) -> None:
        """Store, then deliver."""
        stored = {"_id": document["new_submission_id"], **document}
        await self._mongo[PREFIX]["reviews"].replace_one({"_id": stored["_id"]}, stored, upsert=True)
        response = await self._api.post(_API_URL, json=document, headers=_headers(document))
        if response.status_code not in _TAKEN:
            response.raise_for_status()


class Blocking:
    """Clients of a program that makes one call at a time."""

    def __init__(self) -> None:
        self._model = OpenAI(base_url=_MODEL_URL, api_key="none", timeout=120)
        self._api = httpx.Client()
        self._mongo: MongoClient[Document] = MongoClient(_MONGO_URL)

    def ask(self, files: Files, diff: str = "") -> str:
        """The model's answer."""
        answer = self._model.chat.completions.create(model="scripted", messages=question(files, diff))
        return answer.choices[0].message.content or ""

    def replace_previous(self, student: str, files: Files) -> Files | None:
        """Keep these files as the student's latest in MongoDB; returns those that were kept before."""
        kept = self._mongo[PREFIX]["previous"].find_one_and_update(
            {"_id": student}, {"$set": {"files": _escaped(files)}}, upsert=True
        )
        return _unescaped(kept["files"]) if kept else None

    def publish(self, document: Document) -> None:
        """Store, then deliver."""
        stored = {"_id": document["new_submission_id"], **document}
        self._mongo[PREFIX]["reviews"].replace_one({"_id": stored["_id"]}, stored, upsert=True)
        response = self._api.post(_API_URL, json=document, headers=_headers(document))
        if response.status_code not in _TAKEN:
            response.raise_for_status()


@cache
def blocking() -> Blocking:
    """The clients of this process: made after a fork, never before."""
    return Blocking()


@cache
def waiting() -> Waiting:
    """The clients of this process: made within its event loop."""
    return Waiting()


def _escaped(files: Files) -> list[tuple[str, str]]:
    """As pairs: MongoDB reads dots in names as paths."""
    return list(files.items())


def _unescaped(pairs: list[tuple[str, str]]) -> Files:
    return dict(pairs)
