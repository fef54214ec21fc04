"""The OpenAPI document as a page."""

from typing import Any

from app.presentation.pages.api_contract import ApiType, contract_of

DOCUMENT: dict[str, Any] = {
    "info": {"title": "t", "version": "1", "description": "one\n\ntwo"},
    "paths": {
        "/a/{id}": {
            "get": {
                "operationId": "get_a",
                "tags": ["reading"],
                "description": "Read it.\n\nAll of it.",
                "security": [{"token": []}],
                "parameters": [
                    {"in": "path", "name": "id", "required": True, "schema": {"type": "string", "format": "uuid"}},
                    {"in": "query", "name": "n", "schema": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}},
                "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": {}}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "A": {
                "properties": {
                    "list": {"type": "array", "items": {"$ref": "#/components/schemas/B"}},
                    "map": {"type": "object", "additionalProperties": {"type": "integer"}},
                    "one": {"const": "x"},
                },
                "required": ["list"],
                "examples": [{"list": []}],
            },
            "B": {"enum": ["x", "y"], "description": "Which."},
        }
    },
}


def test_an_operation_says_what_it_takes() -> None:
    """Its parameters with their places, its body by the name of its shape, whether it wants a token."""
    ((tag, (operation,)),) = contract_of(DOCUMENT).groups
    assert (tag, operation.method, operation.summary, operation.about) == ("reading", "GET", "Read it.", "All of it.")
    assert operation.wants_token
    assert [(field.name, field.kind.words, field.is_required) for field in operation.takes] == [
        ("id", "string (uuid)", True),
        ("n", "integer | null", False),
    ]
    assert operation.bodies[0].kind == ApiType("A", "A")
    assert operation.answers[0].contents[0].kind == ApiType("any")


def test_a_shape_has_fields_values_and_an_example() -> None:
    """Of a list the shape of what is in it, of a map its values."""
    one, other = contract_of(DOCUMENT).shapes
    assert [(field.name, field.kind) for field in one.fields] == [
        ("list", ApiType("[B]", "B")),
        ("map", ApiType("{string: integer}")),
        ("one", ApiType("x")),
    ]
    assert one.example is not None
    assert '"list": []' in one.example
    assert other.values == ("x", "y")
