"""The API's contract as a page for people, without a script."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.presentation.pages.api_contract import contract_of
from app.web.page_answers import framed

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show_api(request: Request) -> Response:
    """Every path with what it takes and answers."""
    return framed(request, "api_contract.html", contract=contract_of(request.app.openapi()))
