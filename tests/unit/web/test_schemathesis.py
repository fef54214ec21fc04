"""The API held to its own OpenAPI document by schemathesis: requests that it allows, and many that it does not."""

from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import CHECKS, load_all_checks

from tests.fakes.web import FakeWeb
from tests.unit.web.test_api import ARCHIVE

load_all_checks()
BEYOND_A_SCHEMA = CHECKS.get_by_names(["positive_data_acceptance", "negative_data_rejection"])
"""A cursor that no page gave fits the schema and is refused; any text in a query is a list of one text."""


@schemathesis.serializer("application/zip", "application/gzip")
def as_it_is(_context: Any, value: Any) -> bytes:
    """Bytes of an archive, or of what is none."""
    return bytes(value.data) if hasattr(value, "data") else str(value).encode()


web = FakeWeb()
web.shelf.archives = {"0": ARCHIVE}
api = schemathesis.openapi.from_asgi("/openapi.json", web.app)


@api.parametrize()
@settings(max_examples=60)
def test_every_answer_is_documented(case: Any) -> None:
    """No 5xx, no status, content type or shape that the document does not have, and every error is a problem."""
    case.query = {name: value for name, value in (case.query or {}).items() if name != "wait"}  # nobody is waited for
    response = case.call_and_validate(headers={"Authorization": "Bearer all"}, excluded_checks=BEYOND_A_SCHEMA)
    if response.status_code >= 400:
        assert response.headers["content-type"][0] == "application/problem+json"
        assert {"type", "title", "status", "detail", "cure"} <= set(response.json())


def test_the_document_is_openapi_3_1_with_examples() -> None:
    """Each path of the API names its token, its answers and its problems."""
    document = web.app.openapi()
    assert document["openapi"] == "3.1.0"
    operations = [
        operation
        for path, found in document["paths"].items()
        if path.startswith("/api/")
        for operation in found.values()
    ]
    assert len(operations) == 9
    for operation in operations:
        assert operation["security"] == [{"token": []}]
        assert operation["summary"]
        assert {"401", "403", "429", "503"} <= operation["responses"].keys()
        for status, response in operation["responses"].items():
            if status >= "400":
                assert list(response["content"]) == ["application/problem+json"]
    for name in ("Problem", "ReviewRequest", "TaskAnswer", "StateAnswer"):
        assert document["components"]["schemas"][name]["examples"]


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
async def test_the_document_is_served(path: str) -> None:
    """To everybody: it holds nothing of anybody's."""
    async with web.client(None) as nobody:
        assert (await nobody.get(path)).status_code == 200
