"""Where a record came from."""

from typing import Annotated

from pydantic import Field

from schemas.base import Schema


class Origin(Schema):
    """Position of a record in Kafka: topic, partition, offset."""

    topic: str
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"
