"""The published contracts: schemas and AsyncAPI of an installation as it comes, whatever this machine sets."""

from typing import Final

from app.config import Settings
from tests import ROOT

CONTRACTS_FOLDER: Final = ROOT / "docs" / "schemas"


def published_settings() -> Settings:
    """All defaults: neither environment nor `.env` is read."""
    return Settings.model_construct()
