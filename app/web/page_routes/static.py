"""The files that pages load."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from app.presentation.pages.static_files import STATIC_PREFIX, static_files, static_version
from app.web.problems import PageProblem

router = APIRouter(include_in_schema=False)

_FOR_EVER: Final = "public, max-age=31536000, immutable"
_NOT_KEPT: Final = "no-store"


@router.get(f"{STATIC_PREFIX}{{version}}/{{name}}")
async def get_static(version: str, name: str) -> Response:
    """A file of ours. One of another version is what there is now, and not kept: a page of before may ask for it."""
    file = static_files().get(name)
    if file is None:
        raise PageProblem(404, "not_found")
    headers = {
        "Cache-Control": _FOR_EVER if version == static_version() else _NOT_KEPT,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }
    return Response(file.body, headers=headers, media_type=file.media_type)
