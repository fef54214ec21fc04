"""ruff over a submission's changed Python files: findings without running any of it.

The files are written under generated names into a folder of their own, so that no path and no configuration of a
student's reaches the linter, and `noqa` comments do not count.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from select import select
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson

from app.core.evidence.facts.gravity import name_in
from app.core.limits import DiffLimits
from app.core.python.undefined import is_given_by_ipython, is_unknown_origin, uses_when_run
from schemas.changes import Finding
from schemas.errors import Dependency, Unavailable

_RULES = (
    "E4,E7,E9,F",  # what cannot run, what is undefined or never used, bare except
    "B,BLE,PLE,PIE,C4,SIM,PERF",  # likely bugs, swallowed errors, needless complexity and slowness
    "C901,PLR0911,PLR0912,PLR0913,PLR0915,PLR1714",  # functions that do too much
    "PLW0120,PLW0127,PLW0602,PLW0603,PLW1508,PLW1510",  # globals, environment defaults, unchecked processes
    "S102,S103,S105,S106,S107,S110,S112,S113,S301,S302,S307,S310,S324",  # exec, secrets, pickle, missing timeouts
    "S501,S506,S602,S604,S605,S608,S701",  # certificates, YAML, shells, SQL, templates
    "ASYNC,DTZ005,NPY,PD002,T100,UP015,UP018",  # blocking in async code, naive times, old numpy, breakpoints
)
_IGNORED = "SIM105,SIM108,SIM117,PERF203,B904,E741"  # matters of taste, or too strict for homework
_IGNORED_IN_NOTEBOOKS = "E402,E703,B015,B018,F404,F704,PLE1142"  # cells end in expressions and may await
_IGNORED_IN_INITS = "F401,F403"  # imports of an `__init__.py` are its interface
_CALLS_FOR_DEFAULTS = (
    *("fastapi.Depends", "fastapi.Query", "fastapi.Path", "fastapi.Body", "fastapi.File", "fastapi.Form"),
    *("fastapi.Header", "fastapi.Cookie", "fastapi.Security", "typer.Option", "typer.Argument"),
)
"""Calls that belong into a parameter's default: how FastAPI and Typer are used."""
_GRAVE = (
    "invalid-syntax",
    "E9",
    "F8",
    "S1",
    "S3",
    "S5",
    "S6",
    "S7",
    "PLE",
    "B",
    "E722",
)  # kept first where there are too many
SYNTAX: Final = "invalid-syntax"
"""The rule under which the linter tells of a syntax error."""
_TARGET: Final = "py313"
_NEWEST_TARGET: Final = "py315"
_LINES_MAX = 5_000  # of output that are read: a crafted file may have a finding in every column
_CHUNK_BYTES = 64 * 1024
_MESSAGE_CHARS_MAX = 300
_RETRIED_FILES_MAX = 50  # linted alone after the linter crashed on all of them together

Originals = dict[str, str]
"""Generated file name -> the file's path in the submission."""


def lint(files: Mapping[str, str], limits: DiffLimits) -> tuple[Finding, ...]:
    """Findings in `files` (path -> Python text), the gravest `findings_max` of them, by path and line.

    A file on which the linter crashes or takes too long gets one finding `linter-failed` that says so. Raises
    `Unavailable` where the linter cannot be started at all.
    """
    if not files:
        return ()
    deadline = time.monotonic() + limits.lint_timeout_s
    with TemporaryDirectory(prefix="lint-") as folder:
        names = write_files(Path(folder), files)
        found = run_ruff(Path(folder), ["."], names, deadline)
        if found is None:
            found = _one_by_one(Path(folder), names, deadline)
        found = _in_the_newest_grammar(Path(folder), names, found, deadline)
    return gravest(_missed_when_run(found, files), limits.findings_max)


def lint_both(
    new: Mapping[str, str], old: Mapping[str, str], limits: DiffLimits, old_limits: DiffLimits
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """As `lint` of either side, in one run of the linter, whose start costs as much as a submission's files.

    Where the sides may have been in each other's way, by a crash or by too many findings, each has a run of its own.
    """
    if not new or not old:
        return lint(new, limits), lint(old, old_limits)
    deadline = time.monotonic() + limits.lint_timeout_s
    with TemporaryDirectory(prefix="lint-") as folder:
        sides = write_files(Path(folder), new), write_files(Path(folder), old, first=len(new))
        generated = {name: name for names in sides for name in names}
        # Half of the time at most, so that two runs of their own still fit into the analysis.
        found = run_ruff(Path(folder), ["."], generated, time.monotonic() + limits.lint_timeout_s / 2)
        if found is not None and len(found) < _LINES_MAX:
            ours, theirs = (
                _in_the_newest_grammar(Path(folder), names, _of_side(found, names), deadline) for names in sides
            )
            return (
                gravest(_missed_when_run(ours, new), limits.findings_max),
                gravest(_missed_when_run(theirs, old), old_limits.findings_max),
            )
    return lint(new, limits), lint(old, old_limits)


def _of_side(found: list[Finding], names: Originals) -> list[Finding]:
    """The findings under generated names that are of one side, under its paths."""
    return [one.model_copy(update={"path": names[one.path]}) for one in found if one.path in names]


def gravest(found: Iterable[Finding], count: int) -> tuple[Finding, ...]:
    """`count` findings at most, by path and line."""
    ranked = sorted(found, key=lambda finding: (_gravity(finding.rule), *_order(finding)))
    return tuple(sorted(ranked[:count], key=_order))


def _missed_when_run(found: list[Finding], files: Mapping[str, str]) -> list[Finding]:
    """The findings without undefined names that no execution looks up, or that may be bound where nobody sees it."""
    suspects = {finding.path for finding in found if finding.rule == "F821"}
    uses = {path: uses_when_run(files[path]) for path in suspects}
    unknown = {path for path in suspects if is_unknown_origin(files[path])}
    kept = []
    for finding in found:
        if finding.rule == "F821":
            name = name_in(finding) or ""
            run = uses[finding.path]
            if finding.path in unknown or (run is not None and (finding.line, name) not in run):
                continue
            if PurePosixPath(finding.path).suffix == ".ipynb" and is_given_by_ipython(name):
                continue
        kept.append(finding)
    return kept


def _in_the_newest_grammar(folder: Path, names: Originals, found: list[Finding], deadline: float) -> list[Finding]:
    """`found`, that of files in a newer grammar than courses use as it is under the newest one.

    The others are not looked at under it, for it changes what is an error: names in annotations, from 3.14 on.
    """
    refused = {finding.path for finding in found if finding.rule == SYNTAX}
    targets = [name for name, path in names.items() if path in refused]
    again = run_ruff(folder, targets, names, deadline, _options(_NEWEST_TARGET)) if targets else None
    return found if again is None else [one for one in found if one.path not in refused] + again


def write_files(folder: Path, files: Mapping[str, str], *, first: int = 0) -> Originals:
    """Write each file under a name that says only what rules depend on: a notebook, a package's init, or neither.

    Names are numbered from `first` on.
    """
    names: Originals = {}
    for number, path in enumerate(sorted(files), start=first):
        pure = PurePosixPath(path)
        prefix = "n" if pure.suffix == ".ipynb" else "i" if pure.name == "__init__.py" else "f"
        name = f"{prefix}{number:06d}.py"
        (folder / name).write_bytes(files[path].encode("utf-8", "replace"))
        names[name] = path
    return names


def _one_by_one(folder: Path, names: Originals, deadline: float) -> list[Finding]:
    """Lint each file alone, so that the one that breaks the linter hides no findings but its own."""
    found: list[Finding] = []
    for number, (name, path) in enumerate(names.items()):
        alone = run_ruff(folder, [name], names, deadline) if number < _RETRIED_FILES_MAX else None
        if alone is None:
            message = "The linter could not read this file: nested too deeply, or too many files like it."
            alone = [Finding(path=path, line=1, rule="linter-failed", message=message)]
        found.extend(alone)
    return found


def run_ruff(
    folder: Path, targets: list[str], names: Originals, deadline: float, options: Sequence[str] = ()
) -> list[Finding] | None:
    """One run of `ruff check` under `options`, the linter's own by default; None where it crashed or took too long."""
    left_s = deadline - time.monotonic()
    if left_s <= 0:
        return None
    try:
        process = subprocess.Popen(  # noqa: S603  # fixed options and generated names, no shell
            [*_ruff(), "check", *(options or _options(_TARGET)), *targets],
            cwd=folder,
            env={"PATH": os.defpath, "RAYON_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as exc:
        raise Unavailable(Dependency.ANALYSIS, f"ruff cannot be started: {type(exc).__name__}") from exc
    with process:
        try:
            found, ended = _read(process, names, deadline)
        except orjson.JSONDecodeError:  # the output ends within a line: it died while writing
            found, ended = [], False
        finally:
            process.kill()
    return found if ended or len(found) == _LINES_MAX else None


def _read(process: subprocess.Popen[bytes], names: Originals, deadline: float) -> tuple[list[Finding], bool]:
    """What ruff writes, up to a number of lines and the deadline, and whether it ended well.

    No thread watches the time: one more may be what a worker at its memory limit cannot have.
    """
    found: list[Finding] = []
    rest = b""
    pipe = process.stdout
    while pipe is not None and select([pipe], [], [], max(deadline - time.monotonic(), 0))[0]:
        chunk = os.read(pipe.fileno(), _CHUNK_BYTES)
        if not chunk:
            return found, process.wait() == 0
        *lines, rest = (rest + chunk).split(b"\n")
        found.extend(_finding(orjson.loads(line), names) for line in lines[: _LINES_MAX - len(found)])
        if len(found) == _LINES_MAX:
            break
    return found, False


def _ruff() -> list[str]:
    beside = Path(sys.executable).with_name("ruff")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "ruff"]


def _options(target: str) -> list[str]:
    return [
        "--isolated",
        "--no-cache",
        "--no-respect-gitignore",
        "--ignore-noqa",
        "--exit-zero",
        "--quiet",
        "--output-format=json-lines",
        f"--target-version={target}",
        f"--config=lint.flake8-bugbear.extend-immutable-calls = {orjson.dumps(_CALLS_FOR_DEFAULTS).decode()}",
        f"--select={','.join(_RULES)}",
        f"--ignore={_IGNORED}",
        *(f"--per-file-ignores=n*.py:{rule}" for rule in _IGNORED_IN_NOTEBOOKS.split(",")),
        *(f"--per-file-ignores=i*.py:{rule}" for rule in _IGNORED_IN_INITS.split(",")),
    ]


def _finding(item: dict[str, Any], names: Originals) -> Finding:
    return Finding(
        path=names[PurePosixPath(item["filename"]).name],
        line=max(item["location"]["row"], 1),
        rule=item["code"] or SYNTAX,
        message=item["message"][:_MESSAGE_CHARS_MAX],
    )


def _gravity(rule: str) -> int:
    return next((rank for rank, prefix in enumerate(_GRAVE) if rule.startswith(prefix)), len(_GRAVE))


def _order(finding: Finding) -> tuple[str, int, str, str]:
    return (finding.path, finding.line, finding.rule, finding.message)
