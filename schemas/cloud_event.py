"""CloudEvents attributes as Kafka headers: binary mode of the Kafka protocol binding, CloudEvents 1.0.2."""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from schemas.base import Moment, Schema
from schemas.dead_letter import Header

SPEC_VERSION: Final = "1.0"

NonEmpty = Annotated[str, Field(min_length=1)]


class CloudEventHeaders(Schema):
    """What an event's headers say of it, each a text in UTF-8.

    `ce_source` and `ce_id` together name one event: a record that is produced again has both again.
    """

    model_config = ConfigDict(validate_by_name=True)

    ce_specversion: Literal["1.0"] = SPEC_VERSION
    ce_id: NonEmpty
    ce_source: NonEmpty
    ce_type: NonEmpty
    ce_time: Moment
    ce_subject: NonEmpty
    content_type: Annotated[NonEmpty, Field(alias="content-type")]

    def headers(self) -> tuple[Header, ...]:
        """The headers, as they stand in a record."""
        return tuple((name, text.encode()) for name, text in self.model_dump(mode="json", by_alias=True).items())
