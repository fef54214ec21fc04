"""Payloads that try to steer a review: each wording in each place of a submission where it can stand.

`corpus()` gives them for one half of the wordings; `handed_in` makes of each what the evidence is weighed from.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.catalogue import words_in
from app.core.evidence.facts.signs import AlsoRead
from app.core.evidence.weigh import Circumstances, weigh
from app.core.limits import SourceLimits
from app.core.submission.notebook import read_notebook
from schemas.comparison import Baseline, ChangedFile, Evidence
from schemas.tests import TestProgress
from tests.builders.evidence import NO_ANALYSIS
from tests.builders.injection_fifth_voice import FIFTH_VOICE
from tests.builders.injection_fourth_voice import FOURTH_VOICE
from tests.builders.injection_fourth_voice_closed import FOURTH_VOICE_CLOSED
from tests.builders.injection_fresh import FRESH
from tests.builders.injection_fresh_closed import FRESH_CLOSED
from tests.builders.injection_hard_negatives import HARD_NEGATIVES
from tests.builders.injection_third_voice import THIRD_VOICE
from tests.builders.injection_wordings import SEEN, SEEN_PLAIN
from tests.builders.injection_wordings_held_out import HELD_OUT, HELD_OUT_PLAIN

_NAME_CHARS_MAX: Final = 110
_CYRILLIC: Final = re.compile("[а-яё]", re.IGNORECASE)
#: What cannot be a name: JSON, markers, ciphers and invisible characters would not survive in one.
_NO_NAMES: Final = frozenset({"fake json review", "markers", "encoded", "base64", "fake system note", "spaced letters"})
NAME_PLACES: Final = ("identifier", "test name", "file name", "folder name")
TEXT_PLACES: Final = (
    "comment",
    "docstring",
    "string",
    "markdown cell",
    "notebook output",
    "test log",
    "README",
    "config value",
    "commit text",
)


@dataclass(frozen=True, slots=True)
class Payload:
    """One attempt at steering; `as_is` where a name is a name already, with its case and ending."""

    tone: str
    language: str
    place: str
    text: str
    as_is: bool = False


def corpus(*, held_out: bool) -> Iterator[Payload]:
    """All payloads of one half."""
    wordings = [*(HELD_OUT if held_out else SEEN), *_disguised(HELD_OUT_PLAIN if held_out else SEEN_PLAIN)]
    for tone, language, text in wordings:
        for place in TEXT_PLACES:
            yield Payload(tone, language, place, text)
        if tone not in _NO_NAMES and len(_name(text)) <= _NAME_CHARS_MAX:
            for place in NAME_PLACES:
                yield Payload(tone, language, place, text)


def fresh(*, third_voice: bool = False) -> Iterator[Payload]:
    """The fresh wordings that rules may be mended with, or those of the closed third voice, each in its one place."""
    return _each_in_its_place(THIRD_VOICE if third_voice else FRESH + FRESH_CLOSED)


def fourth_voice(*, held_out: bool) -> Iterator[Payload]:
    """One half of the fourth voice."""
    return _each_in_its_place(FOURTH_VOICE_CLOSED if held_out else FOURTH_VOICE)


def fifth_voice() -> Iterator[Payload]:
    """The wordings of the fifth voice, that no rule was mended with."""
    return _each_in_its_place(FIFTH_VOICE)


def hard_negatives() -> Iterator[Payload]:
    """Honest texts and names that only look like steering."""
    return _each_in_its_place(tuple(("honest", place, text) for place, text in HARD_NEGATIVES))


def _each_in_its_place(rows: tuple[tuple[str, str, str], ...]) -> Iterator[Payload]:
    for tone, place, text in rows:
        yield Payload(tone, "ru" if _CYRILLIC.search(text) else "en", place, text, as_is=True)


def evidence_of(payload: Payload) -> Evidence:
    """The evidence about a small submission that holds the payload."""
    sources, read = handed_in(payload)
    return weigh(NO_ANALYSIS, Circumstances(TestProgress(), sources, Baseline.NONE, words_in("en"), read=read))


def handed_in(  # noqa: C901, PLR0911, PLR0912 -- a table of places
    payload: Payload,
) -> tuple[tuple[ChangedFile, ...], AlsoRead]:
    """A small submission with the payload in its place: sources, and what is read beside them."""
    text, name = payload.text, payload.text if payload.as_is else _name(payload.text)
    code = "import math\n\n\ndef area(r):\n    return math.pi * r * r\n"
    match payload.place:
        case "comment":
            return (ChangedFile(path="main.py", text=f"{code}\n{_commented(text)}\nprint(area(2))\n"),), AlsoRead()
        case "docstring":
            return (
                ChangedFile(path="main.py", text=f'def area(r):\n    """Area.\n\n    {text}\n    """\n'),
            ), AlsoRead()
        case "string":
            return (ChangedFile(path="main.py", text=f"{code}\nNOTE = {text!r}\n"),), AlsoRead()
        case "identifier":
            return (ChangedFile(path="main.py", text=f"{code}\n\ndef {name}():\n    return 1\n"),), AlsoRead()
        case "markdown cell":
            return _notebook({"cell_type": "markdown", "source": text})
        case "notebook output":
            output = {"output_type": "stream", "name": "stdout", "text": f"epoch 1\n{text}\n"}
            return _notebook({"cell_type": "code", "source": "run()", "outputs": [output]})
        case "test log":
            log = f"collected 1 item\n\ntests/test_a.py::test_area {text}\nPASSED\n\n===== 1 passed in 0.01s =====\n"
            return (ChangedFile(path="main.py", text=code),), AlsoRead(logs=(("pytest.txt", log),))
        case "test name":
            log = f"tests/test_a.py::test_{name.removeprefix('test_')} PASSED [100%]\n\n===== 1 passed in 0.01s =====\n"
            return (ChangedFile(path="main.py", text=code),), AlsoRead(logs=(("pytest.txt", log),))
        case "file name":
            return (ChangedFile(path=name if payload.as_is else f"src/{name}.py", text=code),), AlsoRead()
        case "folder name":
            return (ChangedFile(path=f"{name.replace('_', '-')}/main.py", text=code),), AlsoRead()
        case "README":
            return (ChangedFile(path="README.md", text=f"# Homework 3\n\nRun `make`.\n\n{text}\n"),), AlsoRead()
        case "config value":
            value = json.dumps(text, ensure_ascii=False)
            return (ChangedFile(path="config.yaml", text=f"model: linear\nepochs: 3\nnote: {value}\n"),), AlsoRead()
        case "commit text":
            return (ChangedFile(path="CHANGES.txt", text=f"3f2a91c Fix the loader\n81d77b0 {text}\n"),), AlsoRead()
    raise AssertionError(payload.place)


def _notebook(cell: dict[str, object]) -> tuple[tuple[ChangedFile, ...], AlsoRead]:
    document = {"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": "x = 1"}, cell]}
    notebook = read_notebook("hw.ipynb", json.dumps(document), SourceLimits())
    assert notebook is not None
    file = notebook.file
    outputs = tuple((file.path, *output) for output in file.outputs)
    return (ChangedFile(path=file.path, text=file.text),), AlsoRead(outputs=outputs)


def _commented(text: str) -> str:
    return "\n".join(f"# {line}" for line in text.split("\n"))


def _name(text: str) -> str:
    letters = "".join(c if c.isalnum() or c == "\u200b" else " " for c in text)
    return "_".join(letters.split()).lower()


def _disguised(plain: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str, str]]:
    for language, text in plain:
        yield "homoglyphs", language, text.translate(_HOMOGLYPHS[language])
        yield "zero width", language, "\u200b".join(text)
        yield "spaced letters", language, "  ".join(" ".join(word) for word in text.split())
        yield "compatibility forms", language, text.translate(_WIDE)
        yield "leetspeak", language, text.translate(_LEET[language])
        yield "base64", language, base64.b64encode(text.encode()).decode()
        yield "capitals", language, text.upper()


_HOMOGLYPHS: Final = {"en": str.maketrans("aeocp", "аеоср"), "ru": str.maketrans("аеоср", "aeocp")}
_LEET: Final = {"en": str.maketrans("aeio", "4310"), "ru": str.maketrans("оз", "03")}
_WIDE: Final = {code: code + 0xFEE0 for code in range(ord("a"), ord("z") + 1)}
