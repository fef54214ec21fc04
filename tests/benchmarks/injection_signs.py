"""`python -m tests.benchmarks.injection_signs FOLDER`: how many honest submissions are flagged as steering the review.

Each folder within FOLDER is a submission; its `.log` and `.txt` files count as test logs as well. Printed are the
flagged ones with their signs, the share of them, and how many characters a second are searched. Exit code 1 where more
than `SHARE_MAX` of them are flagged.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from app.core.evidence.facts.signs import AlsoRead, sign_facts
from app.core.limits import SourceLimits
from app.core.submission.tree import tree_from_texts
from schemas.comparison import ChangedFile, Fact
from schemas.errors import Rejected

SHARE_MAX: Final = 0.01
_BYTES_MAX: Final = 512 * 1024
_FILES_MAX: Final = 2_000
_LOGS: Final = (".log", ".txt")
_CODES: Final = ("instruction_in_source", "instruction_in_log")


def main() -> None:
    """Print the flagged submissions and their share."""
    parser = argparse.ArgumentParser(prog="injection_signs", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of folders, each an honest submission")
    folders = sorted(path for path in parser.parse_args().folder.iterdir() if path.is_dir())
    flagged = submissions = chars = 0
    seconds = 0.0
    for folder in folders:
        texts = dict(_texts(folder))
        try:
            sources, read = _handed_in(texts)
        except Rejected:
            continue
        submissions += 1
        chars += sum(len(source.text) for source in sources)
        started = time.process_time()
        signs = [fact for fact in sign_facts(sources, None, read) if fact.code in _CODES]
        seconds += time.process_time() - started
        flagged += bool(signs)
        for sign in signs:
            print(f"{folder.name}: {_line(sign)}")  # noqa: T201
    share = flagged / max(submissions, 1)
    print(f"{flagged} of {submissions} submissions are flagged: {share:.2%}, {SHARE_MAX:.0%} allowed")  # noqa: T201
    print(f"{chars:,} characters in {seconds:.1f} s")  # noqa: T201
    sys.exit(0 if submissions and share <= SHARE_MAX else 1)


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    for path in islice(files, _FILES_MAX):
        if path.stat().st_size <= _BYTES_MAX:
            yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8", errors="replace")


def _handed_in(texts: Mapping[str, str]) -> tuple[tuple[ChangedFile, ...], AlsoRead]:
    tree = tree_from_texts(texts, SourceLimits())
    sources = tuple(ChangedFile(path=path, text=text) for path, text in tree.texts().items())
    outputs = tuple((path, *output) for path, file in tree.files.items() for output in file.outputs)
    logs = tuple((path, text) for path, text in texts.items() if path.endswith(_LOGS))
    names = tuple(name for names in tree.omitted_files.values() for name in names)
    return sources, AlsoRead(logs=logs, outputs=outputs, names=names)


def _line(sign: Fact) -> str:
    return f"{sign.data.get('sort', sign.data.get('log', ''))} {sign.path or ''}:{sign.line or ''} {sign.data['quote']}"


if __name__ == "__main__":
    main()
