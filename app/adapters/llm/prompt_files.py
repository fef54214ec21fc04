"""The prompt files that ship with the package, and those of assignments that lie under `PROMPTS_PATH`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, get_args

from app.core.reviewing.prompt.prompt_file import read_template
from app.core.reviewing.prompt.template import Template
from schemas.errors import StartRefused
from schemas.submission import Language

_DEFAULT: Final = "default"
_LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
_FILE_BYTES_MAX: Final = 256 * 1024  # the ones that ship have six thousand
_TOLD_MAX: Final = 10
_NAMES: Final = " or ".join(f"ASSIGNMENT_ID.{language}.yaml" for language in _LANGUAGES)

_FOLDER_CURE: Final = "set PROMPTS_PATH to a folder that this user can read, or leave it out"
_FILES_CURE: Final = "mend these files; docs/prompts.md explains each field"


@dataclass(frozen=True, slots=True)
class PromptFiles:
    """By assignment id and language, else the default one of the language."""

    default: Mapping[Language, Template]
    by_assignment: Mapping[tuple[str, Language], Template]

    def of(self, assignment_id: str, language: Language) -> Template:
        """The assignment's own prompt file in `language`, or the default one."""
        return self.by_assignment.get((assignment_id, language), self.default[language])


def load_templates(folder: Path | None = None) -> PromptFiles:
    """All `<assignment_id>.<language>.yaml` in `folder`, and the ones that ship, which `default` ones there replace.

    `StartRefused`, which names every wrong file with line and field, where one is not valid: a prompt file that is not
    read would leave its assignment to another one without a word.
    """
    shipped = files("app") / "prompts"
    default = {
        language: _template((shipped / f"review.{language}.yaml").read_text("utf-8"), language)
        for language in _LANGUAGES
    }
    own: dict[tuple[str, Language], Template] = {}
    faults: list[str] = []
    for path in _own_files(folder) if folder is not None else ():
        try:
            assignment_id, language = _named(path)
            template = _template(_text(path), language)
        except OSError as exc:
            faults.append(f"{path.name}: {os.strerror(exc.errno or 0)}")
        except ValueError as exc:
            faults.append(f"{path.name}: {exc}")
        else:
            if assignment_id == _DEFAULT:
                default[language] = template
            else:
                own[assignment_id, language] = template
    if faults:
        more = f"; and {len(faults) - _TOLD_MAX} more" if len(faults) > _TOLD_MAX else ""
        raise StartRefused(f"prompt files in {folder}: {'; '.join(faults[:_TOLD_MAX])}{more}", _FILES_CURE)
    return PromptFiles(default, own)


def _own_files(folder: Path) -> list[Path]:
    """What looks like a prompt file, in order; hidden files and other kinds of files are no concern of ours."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 -- an OSError names the folder, not one of its files
    except OSError as exc:
        raise StartRefused(f"prompts folder {folder}: {os.strerror(exc.errno or 0)}", _FOLDER_CURE) from exc
    return [folder / name for name in names if name.endswith((".yaml", ".yml")) and not name.startswith(".")]


def _named(path: Path) -> tuple[str, Language]:
    """Assignment and language, as the file's name tells them."""
    assignment_id, _, given = path.name.removesuffix(".yaml").rpartition(".")
    for language in _LANGUAGES:
        if assignment_id and given == language:
            return assignment_id, language
    raise ValueError(f"its name tells no assignment and language; name it {_NAMES}")


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(_FILE_BYTES_MAX + 1)
    if len(data) > _FILE_BYTES_MAX:
        raise ValueError(f"larger than {_FILE_BYTES_MAX // 1024} KiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise ValueError(f"line {line}: not UTF-8; save the file in UTF-8") from exc


def _template(text: str, language: Language) -> Template:
    template = read_template(text)
    if template.language != language:
        raise ValueError(f"its language is {template.language}; write language: {language}")
    return template
