"""The traces that the settings ask for: kept by OpenTelemetry, or by nobody."""

from collections.abc import Awaitable, Callable

from app.config import Settings
from app.core.tracing import UNTRACED, Tracing
from schemas.errors import StartRefused


def new_tracing(settings: Settings, on_close: Callable[[Callable[[], Awaitable[None]]], object]) -> Tracing:
    """OpenTelemetry where it is switched on, else nothing. `on_close` gets what sends the last spans.

    Raises `StartRefused` where it is switched on and not installed.
    """
    if not settings.otel_traces and settings.otel_exporter_otlp_endpoint is None:
        return UNTRACED
    try:
        # Imported where traces are wanted: the packages are an extra.
        from app.adapters.telemetry.otel import new_otel  # noqa: PLC0415
    except ImportError as exc:
        raise StartRefused(
            f"traces are switched on, and the package for them is not installed ({exc.name})",
            "install reviewstream[tracing], or unset OTEL_TRACES and OTEL_EXPORTER_OTLP_ENDPOINT",
        ) from exc
    endpoint = settings.otel_exporter_otlp_endpoint
    tracing, close = new_otel(endpoint.get_secret_value() if endpoint is not None else None)
    on_close(close)
    return tracing
