"""The HTTP API as an ASGI app."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.web import health_routes, letter_routes, review_routes, submission_routes
from app.web.gate import Gate, GateRules
from app.web.meter import Meter
from app.web.page_routes import api_docs, dashboard, desk, signing_in, static, student
from app.web.parts import WebParts
from app.web.problems import PROBLEM_JSON, tell_problems
from app.web.visitors import SignInNeeded, send_to_sign_in

_ABOUT = """Hand in homework, ask how far it is, read its review.

Every error is `application/problem+json` with its cause in `detail` and what to do about it in `cure`. All paths under
`/api/` want `Authorization: Bearer TOKEN`."""


def new_api(parts: WebParts, **options: Any) -> FastAPI:
    """The API over `parts`; `options` go to FastAPI."""
    about: dict[str, Any] = {"title": "reviewstream", "version": version("reviewstream"), "description": _ABOUT}
    # FastAPI's own pages load scripts from another site, and a redirect is an answer that no document has.
    app = FastAPI(**about, docs_url=None, redoc_url=None, redirect_slashes=False, **options)
    app.state.parts = parts
    for router in (submission_routes.router, review_routes.router, letter_routes.router, health_routes.router):
        app.include_router(router)
    pages = (student.router, desk.router, api_docs.router, dashboard.router, signing_in.router, static.router)
    for page_router in pages:
        app.include_router(page_router)
    tell_problems(app)
    app.add_exception_handler(SignInNeeded, send_to_sign_in)
    rules = GateRules(parts.access, parts.limits, parts.archive_bytes_max, parts.rate_per_s, parts.clock)
    app.add_middleware(Gate, rules=rules)
    app.add_middleware(Meter, telemetry=parts.telemetry, clock=parts.clock)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """FastAPI's OpenAPI 3.1 document, with tokens, and with problems of the content type that they have."""
    if app.openapi_schema is None:
        about: dict[str, Any] = {"title": app.title, "version": app.version, "description": app.description}
        document = get_openapi(**about, routes=app.routes, openapi_version="3.1.0")
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, operations in document["paths"].items():
            for operation in operations.values():
                if path.startswith("/api/"):
                    operation["security"] = [{"token": []}]
                for status, response in operation["responses"].items():
                    content = response.get("content", {})
                    if PROBLEM_JSON in content and status >= "400":
                        content[PROBLEM_JSON] = content.pop("application/json", content[PROBLEM_JSON])
        app.openapi_schema = document
    return app.openapi_schema
