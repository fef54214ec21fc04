"""The rubrics that lie under `RUBRICS_PATH`, and the default one that ships with the package."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.core.rubric import DEFAULT, Rubric, read_rubric
from schemas.base import Identifier
from schemas.errors import StartRefused

_FILE_BYTES_MAX: Final = 256 * 1024  # fifty items with long descriptions are a fifth of that
_FILES_MAX: Final = 2000
_TOLD_MAX: Final = 10
_SUFFIX: Final = ".yaml"
_OTHER_SUFFIXES: Final = frozenset({".yml", ".yaml"})
_IDENTIFIER: Final[TypeAdapter[str]] = TypeAdapter(Identifier)

_FOLDER_CURE: Final = (
    "set RUBRICS_PATH to a folder that this user can read, or leave it out: one rubric judges all then"
)
_FILES_CURE: Final = "mend these files; docs/rubrics.md explains each field"


@dataclass(frozen=True, slots=True)
class RubricFiles:
    """`Rubrics`: by assignment id, else the default one."""

    default: Rubric
    by_assignment: Mapping[str, Rubric]

    def of(self, assignment_id: str) -> Rubric:
        """The assignment's own rubric, or the default one."""
        return self.by_assignment.get(assignment_id, self.default)


def load_rubrics(folder: Path | None) -> RubricFiles:
    """All `<assignment_id>.yaml` in `folder`, and the default one, which `default.yaml` there replaces.

    `StartRefused`, which names every wrong file, where one is not valid: a rubric that is not read would leave its
    assignment to another one without a word.
    """
    shipped = read_rubric((files("app") / "rubrics" / f"{DEFAULT}{_SUFFIX}").read_text("utf-8"), DEFAULT)
    if folder is None:
        return RubricFiles(shipped, {})
    found: dict[str, Rubric] = {}
    faults: list[str] = []
    for path in _rubric_paths(folder):
        try:
            found[path.stem] = _read(path, folder)
        except OSError as exc:
            faults.append(f"{path.name}: {os.strerror(exc.errno or 0)}")
        except ValueError as exc:
            faults.append(f"{path.name}: {exc}")
    if faults:
        more = f"; and {len(faults) - _TOLD_MAX} more" if len(faults) > _TOLD_MAX else ""
        raise StartRefused(f"rubrics in {folder}: {'; '.join(faults[:_TOLD_MAX])}{more}", _FILES_CURE)
    return RubricFiles(found.pop(DEFAULT, shipped), found)


def _rubric_paths(folder: Path) -> Iterator[Path]:
    """What looks like a rubric, in order; hidden files and other kinds of files are no concern of ours."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except OSError as exc:
        raise StartRefused(f"rubrics folder {folder}: {os.strerror(exc.errno or 0)}", _FOLDER_CURE) from exc
    paths = [folder / name for name in names if Path(name).suffix.lower() in _OTHER_SUFFIXES]
    if len(paths) > _FILES_MAX:
        raise StartRefused(f"rubrics folder {folder}: {len(paths)} files, {_FILES_MAX} at most", _FOLDER_CURE)
    yield from paths


def _read(path: Path, folder: Path) -> Rubric:
    """The rubric in one file. ValueError, or OSError, where it is none that can be taken."""
    if path.suffix != _SUFFIX:
        raise ValueError(f"its name must end in {_SUFFIX}")
    try:
        _IDENTIFIER.validate_python(path.stem)
    except ValidationError as exc:
        raise ValueError("its name is no assignment's id: letters, digits, and . _ : @ - after the first") from exc
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError("it is a link that leads out of the folder")
    if not path.is_file():
        raise ValueError("it is no file")
    with path.open("rb") as file:
        data = file.read(_FILE_BYTES_MAX + 1)
    if len(data) > _FILE_BYTES_MAX:
        raise ValueError(f"larger than {_FILE_BYTES_MAX // 1024} KiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise ValueError(f"line {line}: not UTF-8; save the file in UTF-8") from exc
    return read_rubric(text, path.stem)
