"""The files that pages load: style sheets, scripts and pictures of ours, and nothing of anybody else's.

Their address holds a digest of all of them, so browsers may keep them for ever: a change is another address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

STATIC_PREFIX: Final = "/static/"

_MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_VERSION_CHARS: Final = 12


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    media_type: str
    body: bytes


@cache
def static_files() -> Mapping[str, StaticFile]:
    """All of them by name, read once."""
    folder = files("app.presentation.pages") / "static"
    found = sorted((item.name, item.read_bytes()) for item in folder.iterdir())
    return {
        name: StaticFile(_MEDIA_TYPES[suffix], body)
        for name, body in found
        if (suffix := name.rpartition(".")[2]) in _MEDIA_TYPES
    }


@cache
def static_version() -> str:
    """A digest of all names and contents."""
    digest = sha256()
    for name, file in static_files().items():
        digest.update(f"{len(name)}:{name}{len(file.body)}:".encode() + file.body)
    return digest.hexdigest()[:_VERSION_CHARS]


def static_url(name: str) -> str:
    """The address of a file. Raises `KeyError` for one that is not there."""
    static_files()[name]
    return f"{STATIC_PREFIX}{static_version()}/{name}"
