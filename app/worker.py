"""The worker as Faust's own command line wants it: `faust -A app.worker worker`. `reviewstream worker` is the same."""

from typing import Any

from app.adapters.logging import logs
from app.config import load_settings
from app.wiring.whole_worker import build_app


def __getattr__(name: str) -> Any:
    """Build `app` when it is asked for: an import reads no environment and opens nothing."""
    if name == "app":
        settings = load_settings()
        logs.configure(settings.log_level, settings.log_format, secrets=settings.secrets())
        return build_app(settings)
    raise AttributeError(name)
