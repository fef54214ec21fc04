"""The rubric of an assignment, as its YAML file says it: items, how much a review gives away, how long it may be."""

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Final, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from app.core.yaml_document import read_document
from schemas.rubric import CountsFor, DecidedBy, HintLevel, Release
from schemas.submission import Language

DEFAULT: Final = "default"
"""The name of the rubric of assignments that have none of their own."""

_ITEMS_MAX: Final = 50
_VERSION_CHARS: Final = 12
_LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


def _text_up_to(chars_max: int, *, may_be_empty: bool = False) -> BeforeValidator:
    """A check that a value is a text, or one for each of some languages; errors say what to write instead."""

    def check(value: object) -> object:
        texts = value.values() if isinstance(value, Mapping) else (value,)
        if isinstance(value, Mapping) and not (value and value.keys() <= set(_LANGUAGES)):
            raise ValueError(f"a text, or texts by language ({', '.join(_LANGUAGES)})")
        for text in texts:
            if not isinstance(text, str):
                raise ValueError(f"{text!r:.40} is no text; put it in quotes")  # noqa: TRY004 -- the file's fault
            if not (may_be_empty or text.strip()):
                raise ValueError("the text is empty")
            if len(text) > chars_max:
                raise ValueError(f"{len(text)} characters, {chars_max} at most")
        return value

    return BeforeValidator(check)


LocalText = str | dict[Language, str]
"""A text for every language, or one for each."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RubricItem(_Document):
    """One item. `points` weigh it against the other items of the scores that it counts for."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    title: Annotated[LocalText, _text_up_to(100)]
    points: Annotated[float, Field(gt=0, le=1000)]
    description: Annotated[LocalText, _text_up_to(4000)]
    counts_for: CountsFor = CountsFor.BOTH
    decided_by: DecidedBy = DecidedBy.MODEL
    hidden: bool = False

    @property
    def is_left_to_code(self) -> bool:
        """Whether code decides it, and no reader is asked."""
        return self.decided_by is not DecidedBy.MODEL


class Slack(_Document):
    """Points by which a model's verdicts may move a score from what code alone gives.

    Up less than down: praise is what a text asks for, and only reading finds that code does the wrong thing.
    """

    up: Annotated[int, Field(ge=0, le=100)] = 10
    down: Annotated[int, Field(ge=0, le=100)] = 16


class Rubric(_Document):
    """A rubric file. `task` is what students were asked to do, for the model; `hints` what a review may give away.

    `publish` is when a review goes to its student.
    """

    task: Annotated[LocalText, _text_up_to(20_000, may_be_empty=True)] = ""
    hints: HintLevel = HintLevel.EXPLAIN
    comments_max: Annotated[int, Field(ge=0, le=40)] = 7
    publish: Release = Release.AT_ONCE
    slack: Slack = Slack()
    items: tuple[RubricItem, ...]
    _name: str = PrivateAttr(DEFAULT)

    @model_validator(mode="after")
    def _check_items(self) -> Self:
        if not 1 <= len(self.items) <= _ITEMS_MAX:
            raise ValueError(f"items: there are {len(self.items)}; 1 to {_ITEMS_MAX} can be judged")
        ids = [item.id for item in self.items]
        if twice := sorted({item_id for item_id in ids if ids.count(item_id) > 1}):
            raise ValueError(f"items: these ids stand there twice: {', '.join(twice)}")
        for score in (CountsFor.OVERALL, CountsFor.QUALITY):
            if not any(item.counts_for in {score, CountsFor.BOTH} for item in self.items):
                raise ValueError(f"items: none counts for {score}, so that score would be a sum of nothing")
        return self

    @property
    def version(self) -> str:
        """What reviews carry, as `hw1/0f1e2d3c4b5a`: its name, and a digest that another word anywhere changes.

        All but `publish`: when a review is told judges nothing.
        """
        return f"{self._name}/{self._digest}"

    def __copy__(self) -> Self:
        """A copy that may be given other fields, and digests those."""
        copied = super().__copy__()
        copied.__dict__.pop("_digest", None)
        return copied

    @cached_property
    def _digest(self) -> str:
        content = json.dumps(self.model_dump(mode="json", exclude={"publish"}), ensure_ascii=False, sort_keys=True)
        return sha256(content.encode("utf-8", "replace")).hexdigest()[:_VERSION_CHARS]

    @property
    def left_to_a_reader(self) -> tuple[RubricItem, ...]:
        """The items on which a model gives its verdict."""
        return tuple(item for item in self.items if not item.is_left_to_code)

    def called(self, name: str) -> Self:
        """The same rubric under `name`."""
        renamed = self.model_copy()
        renamed._name = name  # noqa: SLF001 -- a copy of its own
        return renamed


def read_rubric(text: str, name: str) -> Rubric:
    """The rubric in a file's text (YAML), under `name`. ValueError with a line where it is none."""
    return read_document(text, Rubric, "rubric").called(name)


def said_in(text: LocalText, language: Language) -> str:
    """`text` in `language`; where it is not said in that, in the language that it is said in."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")
