"""How to run the demo, and the settings that its worker gets."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, get_args

from dotenv import dotenv_values

from app.config import LLM_CHOOSERS, variables
from app.embedded.demo.child_worker import PARTITIONS
from app.embedded.stack import Choice, Stack
from schemas.errors import StartRefused
from schemas.submission import Language

PROMPTS: Final = "prompts"
"""The folder of the prompt files, within that of a run."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How to run the demo.

    `broker`: None asks the variable DEMO_BROKER, else `auto`. `language`, of reviews and cards: None asks
    REVIEW_LANGUAGE. `stand_in_model`: reviews by a stand-in for a language model. `work_dir`: where a new directory of
    this run is made; None puts it among the temporary files and removes it unless something failed. `produce_only`: no
    stack, the samples go to the configured Kafka. `run` sets the submission ids of one run apart from another's.
    `deadline_s` begins when the stack is up, which has deadlines of its own: the first time, it fetches Kafka.
    """

    broker: Choice | None = None
    keep: bool = False
    stand_in_model: bool = False
    json: bool = False
    produce_only: bool = False
    work_dir: Path | None = None
    language: Language | None = None
    run: str = ""
    deadline_s: float = 100.0


def chosen_broker(options: DemoOptions) -> Choice:
    """The broker of the option, else of DEMO_BROKER, else `auto`. Raises `StartRefused` for an unknown one."""
    asked = options.broker or os.environ.get("DEMO_BROKER") or "auto"
    for choice in get_args(Choice):
        if choice == asked:
            return choice  # type: ignore[no-any-return]
    choices = ", ".join(get_args(Choice))
    raise StartRefused(f"DEMO_BROKER: got {asked!r}, wants one of {choices}", "set it to one of these, or unset it")


def chosen_language(options: DemoOptions) -> Language:
    """The language of the option, else of REVIEW_LANGUAGE. Raises `StartRefused` for an unknown one."""
    asked = options.language or _given().get("REVIEW_LANGUAGE") or variables()["REVIEW_LANGUAGE"].default
    for choice in get_args(Language):
        if choice == asked:
            return choice  # type: ignore[no-any-return]
    choices = " or ".join(get_args(Language))
    raise StartRefused(f"REVIEW_LANGUAGE: got {asked!r}, wants {choices}", "set it to one of these, or use --language")


def worker_environment(stack: Stack, work_dir: Path, language: Language) -> dict[str, str]:
    """The worker's settings: this stack's, the language model's if one is configured, and prompts to be changed."""
    given = _given()
    return {
        **stack.worker_environment(),
        "ARCHIVE_PATH": str(work_dir / "archives"),
        "DATA_DIR": str(work_dir / "worker"),
        "TOPIC_PARTITIONS": str(PARTITIONS),
        "REVIEW_LANGUAGE": language,
        "LOG_FORMAT": "json",
        "PROMPTS_PATH": prompts_folder(given, work_dir),
        **reviewer_environment(given),
    }


def prompts_folder(given: Mapping[str, str | None], work_dir: Path) -> str:
    """Where the worker reads prompts: the user's own folder, named whole, else that of the run."""
    return str(Path(given.get("PROMPTS_PATH") or work_dir / PROMPTS).resolve())


def copy_prompts(folder: Path) -> None:
    """Put the prompt files that ship into `folder`, under the names by which they hold for all assignments."""
    folder.mkdir()
    for language in get_args(Language):
        shipped = files("app") / "prompts" / f"review.{language}.yaml"
        (folder / f"default.{language}.yaml").write_text(shipped.read_text("utf-8"), "utf-8")


def reviewer_environment(given: Mapping[str, str | None]) -> dict[str, str]:
    """The variables of a language model where one is named; a key alone, as many machines have, names none."""
    choosers = {name.upper() for name in LLM_CHOOSERS}
    names = [name for name in variables() if name in choosers or name.startswith("LLM_")]
    chosen = {name: value for name in names if (value := given.get(name))}
    return chosen if "LLM_MODEL" in chosen and (choosers - {"LLM_MODEL"}) & chosen.keys() else {}


def write_settings(environment: Mapping[str, str], path: Path) -> Path:
    """The stack's settings as a file that a shell can read; for its owner only, for it holds keys.

    `DEMO_DIR` among them is the folder where all files of this run are.
    """
    written = {**environment, "DEMO_DIR": str(path.parent)}
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(written.items())]
    path.touch(mode=0o600)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _given() -> dict[str, str | None]:
    """The variables of `.env` and of the environment, which wins; an empty one there hides nothing."""
    return {**dotenv_values(".env"), **{name: value for name, value in os.environ.items() if value}}
