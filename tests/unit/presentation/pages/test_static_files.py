"""The files that pages load."""

import re

import pytest

from app.presentation.pages.static_files import static_files, static_url, static_version


def test_an_address_holds_the_version() -> None:
    """The same for all, and only for files that are there."""
    assert static_url("pages.css") == f"/static/{static_version()}/pages.css"
    with pytest.raises(KeyError):
        static_url("nothing.css")


def test_no_file_loads_another() -> None:
    """No address stands in a style sheet, a script or a picture, but for the name of SVG itself."""
    for name, file in static_files().items():
        text = file.body.decode().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|url\(|@import", text), name
