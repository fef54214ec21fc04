"""`python -m tests.benchmarks.prompt_size [FOLDER]`: how large requests are beside the sources they are about.

FOLDER holds attempts as `student/assignment/attempt`; without one, the demo's samples. What is sent is the whole body
of the request, in bytes, as the SDK writes it: messages, schema, limit. Beside it stands a bare request, which holds
nothing but the sources: each file's path and text in one message. Of a first attempt these are its own sources, of a
resubmission those of both attempts, for whoever asks about progress without any comparison has to send both; the share
of the new attempt alone is printed as well. Logs (`attempt-2.pytest.log` beside `attempt-2`) are read where there are
any.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from app.adapters.analysis.tasks import analyse_now
from app.adapters.llm.dialects import Dialect
from app.adapters.llm.prompt_files import load_templates
from app.adapters.llm.tokens import count_tokens
from app.catalogue import load_catalogue
from app.core.comparing.compose import compose
from app.core.history.lineage import Lineage
from app.core.limits import Limits
from app.core.ports import Question, Side
from app.core.reviewing.prompt.answer_schema import answer_schema
from app.core.reviewing.prompt.messages import build
from app.core.submission.attempt import Attempt
from app.core.submission.tree import tree_from_texts
from schemas.comparison import Baseline, Comparison
from schemas.errors import Rejected
from schemas.history import PastSubmission
from schemas.origin import Origin
from schemas.review import Review
from schemas.submission import Language, NamedLog, Submission
from tests import ROOT
from tests.builders.questions import a_question
from tests.builders.records import NOON
from tests.builders.reviewed import finished

SAMPLES: Final = ROOT / "app" / "embedded" / "samples"
SMALL_BYTES: Final = (2_000, 8_000)
"""Bare bytes of a new attempt that count as a small one; below, the instructions alone are more than twice of it."""

_LIMITS: Final = Limits()
_FILE_BYTES_MAX: Final = 64 * 1024
_NOT_HANDED_IN: Final = frozenset({"__pycache__", ".git", ".venv", "node_modules"})

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Handed:
    """One attempt: its files, path -> text, and its logs as (name, text)."""

    files: Files
    logs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RequestSize:
    """One request beside the bare ones. `files` and `changed` count the new attempt's; bytes are of whole bodies."""

    name: str
    is_first: bool
    files: int
    changed: int
    sent_bytes: int
    sent_tokens: int
    bare_new_bytes: int
    bare_bytes: int

    @property
    def share(self) -> float:
        """Of a bare request's bytes."""
        return self.sent_bytes / self.bare_bytes

    @property
    def share_of_new(self) -> float:
        """Of the bytes that a bare request takes for the new attempt alone."""
        return self.sent_bytes / self.bare_new_bytes

    @property
    def is_small(self) -> bool:
        """Whether the new attempt is a small one."""
        return SMALL_BYTES[0] <= self.bare_new_bytes <= SMALL_BYTES[1]


def main() -> None:
    """Print a line for each request, and the medians."""
    parser = argparse.ArgumentParser(prog="prompt_size", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=SAMPLES, help="student/assignment/attempt")
    parser.add_argument("--language", choices=("ru", "en"), default="ru")
    asked = parser.parse_args()
    sizes = list(measure_folder(asked.folder, asked.language))
    for size in sizes:
        print(  # noqa: T201
            f"{size.name}: {size.changed} of {size.files} files changed, {size.sent_bytes:,} bytes,"
            f" {size.sent_tokens:,} tokens, {size.share:.2f} of bare, {size.share_of_new:.2f} of the new attempt"
        )
    for line in summarise(sizes):
        print(line)  # noqa: T201


def summarise(sizes: Sequence[RequestSize]) -> Iterator[str]:
    """Medians and largest shares of each group that is there."""
    groups: Mapping[str, Callable[[RequestSize], bool]] = {
        "small first attempts": lambda size: size.is_first and size.is_small,
        "small resubmissions": lambda size: not size.is_first and size.is_small,
        "all first attempts": lambda size: size.is_first,
        "all resubmissions": lambda size: not size.is_first,
        "resubmissions of 10 files or more, a third changed at most": lambda size: (
            not size.is_first and size.files >= 10 and 3 * size.changed <= size.files
        ),
    }
    for name, belongs in groups.items():
        if chosen := [size for size in sizes if belongs(size)]:
            shares, of_new = sorted(s.share for s in chosen), sorted(s.share_of_new for s in chosen)
            yield (
                f"{name}: {len(chosen)}, median {median(s.sent_bytes for s in chosen):,.0f} bytes,"
                f" {median(s.sent_tokens for s in chosen):,.0f} tokens; share of bare: median {median(shares):.2f},"
                f" largest {shares[-1]:.2f}; of the new attempt: median {median(of_new):.2f}, largest {of_new[-1]:.2f}"
            )


def measure_folder(folder: Path, language: Language) -> Iterator[RequestSize]:
    """Every attempt in `folder`, the first of each assignment as a first one, the others beside the one before."""
    for assignment in sorted(path for path in folder.glob("*/*") if path.is_dir()):
        before: Handed | None = None
        previous: Review | None = None
        for number, path in enumerate(sorted(path for path in assignment.iterdir() if path.is_dir()), start=1):
            handed = read_attempt(path)
            try:
                comparison = compared(before, handed, language, number)
            except Rejected:
                break
            yield measure(
                f"{assignment.parent.name}/{assignment.name}/{path.name}", before, handed, comparison, previous
            )
            before, previous = handed, finished(comparison, previous)


def read_attempt(path: Path) -> Handed:
    """The attempt in a folder, with the logs that stand beside it."""
    files = {
        file.relative_to(path).as_posix(): file.read_text("utf-8", "replace")
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.stat().st_size <= _FILE_BYTES_MAX and not _NOT_HANDED_IN & set(file.parts)
    }
    logs = tuple(
        (log.name, log.read_text("utf-8", "replace")) for log in sorted(path.parent.glob(f"{path.name}.*.log"))
    )
    return Handed(files, logs)


def compared(before: Handed | None, after: Handed, language: Language, number: int = 2) -> Comparison:
    """`after` beside `before`, as the comparator does it. `Rejected` where the door of the stream would refuse one."""
    old = tree_from_texts(before.files, _LIMITS.sources) if before is not None else None
    new = tree_from_texts(after.files, _LIMITS.sources)
    analysis = analyse_now(Side(old) if old is not None else None, Side(new), after.logs, _LIMITS)
    submission = Submission(
        submission_id=f"sub-{number}",
        student_id="student-of-a-benchmark",
        assignment_id="hw",
        submitted_at=NOON,
        language=language,
        test_logs=tuple(NamedLog(name=name, text=text) for name, text in after.logs) or None,
    )
    place = Origin(topic="submissions", partition=0, offset=number)
    lineage = Lineage(Baseline.NONE, None, place, moves_stamp=False)
    if old is not None:
        past = PastSubmission(
            origin=Origin(topic="submissions", partition=0, offset=number - 1),
            submission_id=f"sub-{number - 1}",
            submitted_at=NOON,
            digest=old.digest(),
            sources=old.texts(),
        )
        lineage = Lineage(Baseline.PREVIOUS, past, place, moves_stamp=False)
    return compose(Attempt(submission, new), lineage, analysis, load_catalogue(language))


def measure(
    name: str, before: Handed | None, after: Handed, comparison: Comparison, previous: Review | None
) -> RequestSize:
    """The request about `comparison`, beside a bare one."""
    messages = request_messages(a_question(comparison, previous))
    bare_new = len(bare_body(after.files))
    both = (before.files, after.files) if before is not None else (after.files,)
    return RequestSize(
        name=name,
        is_first=before is None,
        files=len(after.files),
        changed=comparison.diff_info.total_files_changed,
        sent_bytes=len(sent_body(messages)),
        sent_tokens=sum(count_tokens(message["content"]) for message in messages)
        + count_tokens(json.dumps(answer_schema())),
        bare_new_bytes=bare_new,
        bare_bytes=len(bare_body(*both)),
    )


def request_messages(question: Question) -> list[dict[str, str]]:
    """The messages about `question`, with the prompt file that ships."""
    template = load_templates().of(question.comparison.assignment_id, question.comparison.language)
    prompt = build(question, template, _LIMITS.prompt, count_tokens)
    return [{"role": role, "content": content} for role, content in prompt.messages]


def sent_body(messages: Sequence[Mapping[str, str]]) -> bytes:
    """The whole body, as it goes to an endpoint that takes a schema."""
    fields = Dialect().request(_LIMITS.prompt.answer_tokens_max, answer_schema())
    return as_body({"messages": messages, "model": "some-model", **fields})


def bare_body(*attempts: Files) -> bytes:
    """A request that holds nothing but sources."""
    told = "\n".join(f"{path}\n{text}" for files in attempts for path, text in files.items())
    return as_body({"messages": [{"role": "user", "content": told}], "model": "some-model"})


def as_body(document: Mapping[str, Any]) -> bytes:
    """JSON as the SDK writes it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


if __name__ == "__main__":
    main()
