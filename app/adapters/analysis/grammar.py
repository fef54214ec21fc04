"""Whether code that this interpreter does not parse is wrong, or written for a newer Python: ruff's parser tells.

It knows each version's grammar and runs nothing. A text that it reads under a newer version alone needs that one. A
text that it does not read under the newest is wrong, whatever else is in it.
"""

import ast
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.adapters.analysis.linter import SYNTAX, run_ruff, write_files
from app.core.limits import DiffLimits
from app.core.python.newer_grammar import downgrade
from app.core.python.syntax import SyntaxProblem, parse
from schemas.changes import Finding
from schemas.errors import Unavailable

NEWEST_MINOR: Final = 15
"""The newest Python 3 whose grammar the linter knows."""
_THIS_MINOR: Final = sys.version_info.minor
_CAUGHT_IN_2: Final = re.compile(r"^[ \t]*except[ \t]+[\w.]+[ \t]*,[ \t]*[a-z_][a-z0-9_]*[ \t]*:", re.MULTILINE)
"""The name behind the comma is a variable's by its letters, not an exception's."""


def judge_grammar(texts: Sequence[str], limits: DiffLimits) -> dict[str, SyntaxProblem]:
    """What is to be said of `texts`, none of which this interpreter parses, where its own complaint misleads.

    Of a text in a newer grammar that it needs that version; of one that is wrong besides, where. Nothing where the
    linter cannot be started, or not in time: then the complaint stands.
    """
    paths = {f"{number}.py": text for number, text in enumerate(texts)}
    deadline = time.monotonic() + limits.lint_timeout_s
    try:
        with TemporaryDirectory(prefix="grammar-") as folder:
            names = write_files(Path(folder), paths)
            wrong = _errors(Path(folder), names, NEWEST_MINOR, deadline)
            here = _errors(Path(folder), names, _THIS_MINOR, deadline)
            if wrong is None or here is None:
                return {}
            odd = [text for path, text in paths.items() if path not in wrong and path not in here]
            judged = {text: SyntaxProblem("", 1, needs="3.12") for text in odd if _is_of_3_12(text, limits)}
            judged |= {
                paths[path]: SyntaxProblem(found[0].message, found[0].line)
                for path, found in wrong.items()
                if len(here.get(path, ())) > len(found)
            }
            judged |= {paths[path]: _needs(NEWEST_MINOR, found) for path, found in here.items() if path not in wrong}
            for minor in range(NEWEST_MINOR - 1, _THIS_MINOR, -1):
                found = _errors(Path(folder), names, minor, deadline)
                if found is None:
                    break
                judged |= {
                    paths[path]: _needs(minor, here[path]) for path in here if path not in wrong and path not in found
                }
    except Unavailable:
        return {}
    old = {text for path, text in paths.items() if _is_of_2(text, len(here.get(path, ())))}
    return {text: problem for text, problem in judged.items() if not (problem.needs and text in old)}


def _is_of_2(text: str, errors: int) -> bool:
    """Whether a Python 2 handler, `except ValueError, e`, is all that is wrong: Python 3.14 reads another meaning."""
    return errors > 0 and errors == len(_CAUGHT_IN_2.findall(text))


def _errors(folder: Path, names: dict[str, str], minor: int, deadline: float) -> Mapping[str, list[Finding]] | None:
    """The syntax errors of each file under the grammar of Python 3.`minor`, by line; None where ruff did not end."""
    options = ("--isolated", "--no-cache", "--exit-zero", "--quiet", "--output-format=json-lines", "--select=E902")
    found = run_ruff(folder, ["."], names, deadline, (*options, f"--target-version=py3{minor}"))
    if found is None:
        return None
    errors: dict[str, list[Finding]] = {}
    for finding in sorted(found, key=lambda finding: finding.line):
        if finding.rule == SYNTAX:
            errors.setdefault(finding.path, []).append(finding)
    return errors


def _is_of_3_12(text: str, limits: DiffLimits) -> bool:
    """Whether strings of fields as they are since Python 3.12 are all that is wrong: ruff does not tell of all."""
    return _THIS_MINOR < 12 and isinstance(parse(downgrade(text), limits), ast.Module)


def _needs(minor: int, found: Sequence[Finding]) -> SyntaxProblem:
    return SyntaxProblem(found[0].message, found[0].line, needs=f"3.{minor}")
