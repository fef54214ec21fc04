"""Configuration files compared by their keys: YAML, JSON, TOML, INI and its relatives, `.env`."""

from app.core.diff.config.compare import compare_config
from app.core.diff.config.node import Unreadable

__all__ = ["Unreadable", "compare_config"]
