"""The rubric of an assignment, as its YAML file says it: items, how much a review gives away, how long it may be."""

import json
from hashlib import sha256
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.rubric import CountsFor, DecidedBy, HintLevel
from schemas.submission import Language

_VERSION_CHARS: Final = 12

LocalText = str | dict[Language, str]
"""A text for every language, or one for each."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RubricItem(_Document):
    """One item. `points` weigh it against the other items of the scores that it counts for."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    title: LocalText
    points: Annotated[float, Field(gt=0, le=1000)]
    description: LocalText
    counts_for: CountsFor = CountsFor.BOTH
    decided_by: DecidedBy = DecidedBy.MODEL
    hidden: bool = False


class Slack(_Document):
    """Points by which a model's verdicts may move a score from what code alone gives.

    Up less than down: praise is what a text asks for, and only reading finds that code does the wrong thing.
    """

    up: Annotated[int, Field(ge=0, le=100)] = 10
    down: Annotated[int, Field(ge=0, le=100)] = 16


class Rubric(_Document):
    """A rubric file. `task` is what students were asked to do, for the model; `hints` what a review may give away."""

    task: LocalText = ""
    hints: HintLevel = HintLevel.EXPLAIN
    comments_max: Annotated[int, Field(ge=0, le=40)] = 7
    slack: Slack = Slack()
    items: Annotated[tuple[RubricItem, ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _check_items(self) -> Self:
        ids = [item.id for item in self.items]
        if twice := sorted({item_id for item_id in ids if ids.count(item_id) > 1}):
            raise ValueError(f"items: these ids stand there twice: {', '.join(twice)}")
        for score in (CountsFor.OVERALL, CountsFor.QUALITY):
            if not any(item.counts_for in {score, CountsFor.BOTH} for item in self.items):
                raise ValueError(f"items: none counts for {score}, so that score would be a sum of nothing")
        return self

    @property
    def version(self) -> str:
        """What reviews carry: another word anywhere in the file gives another version."""
        content = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        return sha256(content.encode()).hexdigest()[:_VERSION_CHARS]

    @property
    def left_to_a_reader(self) -> tuple[RubricItem, ...]:
        """The items on which a model gives its verdict."""
        return tuple(item for item in self.items if item.decided_by is DecidedBy.MODEL)


def said_in(text: LocalText, language: Language) -> str:
    """`text` in `language`; where it is not said in that, in the language that it is said in."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")
