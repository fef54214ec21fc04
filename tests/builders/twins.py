"""Twins: a submission, and the same with a text that addresses the grader somewhere in it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from tests.builders.injection_corpus import Payload, corpus, handed_in

_TWINS_MAX: Final = 80
_STEP: Final = 29  # of the corpus, so that all tones and places take part
_NEW_NOTEBOOK: Final = "notes/report.ipynb"


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A submission: path -> text, and test logs as (name, text)."""

    files: Mapping[str, str]
    logs: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = field(default=(), compare=False)


def payloads() -> tuple[Payload, ...]:
    """Payloads of each place and tone, in both languages."""
    fitting = (payload for payload in corpus(held_out=False) if not _breaks_syntax(payload))
    return tuple(islice(islice(fitting, 0, None, _STEP), _TWINS_MAX))


def twin_of(honest: HandedIn, payload: Payload) -> HandedIn:
    """`honest` with the payload in its place: in a file that is there, where the place is one in code."""
    files = dict(honest.files)
    code = [path for path in sorted(files) if path.endswith(".py") and "test" not in path and files[path].strip()]
    place = payload.place
    if place == "test log":
        log = "\n".join(line for _, text in handed_in(payload)[1].logs for line in text.split("\n"))
        return HandedIn(files, tuple((name, f"{text}\n{_said(log)}\n") for name, text in honest.logs))
    if place == "test name" or place in {"file name", "folder name"}:
        made, read = handed_in(payload)
        if place == "test name":
            name = read.logs[0][1].partition("::")[2].partition(" ")[0]
            path = next((path for path in sorted(files) if "test" in path and path.endswith(".py")), "test_more.py")
            files[path] = f"{files.get(path, '')}\n\ndef {name}():\n    pass\n"
            return HandedIn(files, honest.logs)
        return HandedIn(files | {made[0].path: "RATE = 3\n"}, honest.logs)
    if place in {"comment", "docstring", "string", "identifier"} and code:
        path = code[len(code) // 2]
        files[path] = _in_code(files[path], payload)
        return HandedIn(files, honest.logs)
    if place in {"markdown cell", "notebook output"}:
        output = {"output_type": "stream", "name": "stdout", "text": payload.text}
        cells: list[dict[str, object]] = [
            {"cell_type": "markdown", "source": payload.text if place == "markdown cell" else "Report"},
            {"cell_type": "code", "source": "rate = 3\nprint(rate)", "outputs": [output] if "output" in place else []},
        ]
        files[_NEW_NOTEBOOK] = json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}, ensure_ascii=False)
        return HandedIn(files, honest.logs)
    made, _ = handed_in(payload)
    path = made[0].path
    files[path] = f"{files.get(path, '')}\n{made[0].text}"
    return HandedIn(files, honest.logs)


def twins_of(honest: HandedIn) -> Iterator[tuple[Payload, HandedIn]]:
    """Each payload, and the twin that holds it."""
    for payload in payloads():
        yield payload, twin_of(honest, payload)


def _breaks_syntax(payload: Payload) -> bool:
    """Whether no name can be made of it: a file that does not parse costs points for that."""
    if payload.place not in {"identifier", "test name"}:
        return False
    (source,), read = handed_in(payload)
    name = source.text.rpartition("def ")[2] if payload.place == "identifier" else read.logs[0][1].partition("::")[2]
    return not name.partition("(")[0].partition(" ")[0].isidentifier()


def _said(log: str) -> str:
    """The line of a log that holds the payload; no report of a run of its own."""
    return "\n".join(line for line in log.split("\n") if line and not line.startswith(("collected", "=====")))


def _in_code(text: str, payload: Payload) -> str:
    match payload.place:
        case "comment":
            return "\n".join([text.rstrip(), *(f"# {line}" for line in payload.text.split("\n")), ""])
        case "docstring":
            said = payload.text.replace("\\", "\\\\").replace('"""', "'''")
            return f'{text.rstrip()}\n\n\ndef _about():\n    """{said} """\n'
        case "string":
            return f"{text.rstrip()}\n\n_NOTE = {payload.text!r}\n"
    name = handed_in(payload)[0][0].text.rpartition("def ")[2].partition("(")[0]
    return f"{text.rstrip()}\n\n\ndef {name}():\n    return 1\n"
