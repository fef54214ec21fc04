"""The rubrics that lie under `RUBRICS_PATH`, and the default one that ships with the package."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import ValidationError

from app.core.rubric import Rubric
from schemas.errors import StartRefused


@dataclass(frozen=True, slots=True)
class RubricFiles:
    """`Rubrics`: by assignment id, else the default one."""

    default: Rubric
    by_assignment: Mapping[str, Rubric]

    def of(self, assignment_id: str) -> Rubric:
        """The assignment's own rubric, or the default one."""
        return self.by_assignment.get(assignment_id, self.default)


def load_rubrics(folder: Path | None) -> RubricFiles:
    """All `<assignment_id>.yaml` in `folder`, and the default one. `StartRefused` where one is not valid."""
    default = _read("default.yaml", (files("app") / "rubrics" / "default.yaml").read_text("utf-8"))
    if folder is None:
        return RubricFiles(default, {})
    found = {path.stem: _read(str(path), path.read_text("utf-8")) for path in sorted(folder.glob("*.yaml"))}
    return RubricFiles(found.pop("default", default), found)


def _read(name: str, text: str) -> Rubric:
    try:
        return Rubric.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as exc:
        raise StartRefused(f"{name}: {exc}", "mend the rubric; docs/rubrics.md explains each field") from exc
