"""Configuration files compared by their keys: YAML, JSON, TOML, INI and its relatives, `.env`."""

from app.core.diff.other_files.config.keys import compare_config
from app.core.diff.other_files.config.node import Unreadable

__all__ = ["Unreadable", "compare_config"]
