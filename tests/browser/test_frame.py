"""The pages that are nobody's own: the door, the API's contract, an error."""

import pytest

from tests.browser.accessibility import violations
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser

PAGES = ("/sign-in", "/docs", "/nowhere")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(new_page: OpenPage, path: str, scheme: str, language: str) -> None:
    """Neither in light nor in dark, in either language."""
    page = new_page(with_axe=True, color_scheme=scheme)
    page.goto(f"{path}?lang={language}")
    assert page.locator("html").get_attribute("lang") == language
    assert violations(page) == []
