"""RefactoringMiner's Python oracle: commits with both sides' sources and the refactorings that people confirmed.

The folder is a checkout of tsantalis/RefactoringMiner, or its `src/test/resources/oracle` alone. Nothing of it is part
of this project.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.submission.sources import FileKind, SourceFile, SourceTree
from tests.benchmarks.labels import Label, parse_label

HOW_TO_GET = (
    "git clone --depth 1 https://github.com/tsantalis/RefactoringMiner, then give that folder: "
    "make bench-diff ORACLE=RefactoringMiner"
)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: the files that it changed, before and after, and the labels of its refactorings."""

    project: str
    sha: str
    before: SourceTree
    after: SourceTree
    labels: tuple[Label, ...]


def read_commits(folder: Path, projects: frozenset[str]) -> Iterator[Commit]:
    """The labelled commits of `projects`, in the order of the oracle."""
    root = _root(folder)
    for entry in json.loads((root / "python-dataset" / "data.json").read_text("utf-8")):
        project = entry["repository"].rsplit("/", 1)[-1].removesuffix(".git")
        if project not in projects:
            continue
        sources = root / "commits"
        meta = json.loads((sources / f"{project}-{entry['sha1']}.json").read_text("utf-8"))
        yield Commit(
            project=project,
            sha=entry["sha1"],
            before=_tree(sources / f"{project}-{meta['parentCommitId']}", meta["filesBefore"]),
            after=_tree(sources / f"{project}-{meta['currentCommitId']}", meta["filesCurrent"]),
            labels=tuple(parse_label(item) for item in entry["refactorings"]),
        )


def _root(folder: Path) -> Path:
    for root in (folder, folder / "src" / "test" / "resources" / "oracle"):
        if (root / "python-dataset" / "data.json").is_file():
            return root
    raise SystemExit(f"{folder} holds no RefactoringMiner oracle.\n{HOW_TO_GET}")


def _tree(folder: Path, paths: list[str]) -> SourceTree:
    files = {}
    for path in sorted(paths):
        text = (folder / path).read_text("utf-8-sig", "replace").replace("\r\n", "\n")
        files[path] = SourceFile(path, text, FileKind.PYTHON)
    return SourceTree(files)
