"""What a worker says of its installation before it waits for anything."""

from pathlib import Path

import structlog

from app.adapters.doctor.probes import probe_archives
from app.adapters.mongo.collection import HasIndexes
from app.config import misspelt_variables
from app.core.limits import DeliveryLimits
from schemas.errors import Unavailable

log = structlog.get_logger(__name__)


async def note_misspelt_settings(env_file: Path = Path(".env")) -> None:
    """Name what stands in `.env`, is no setting and looks like one: it changes nothing, which nobody would notice."""
    for name, meant in misspelt_variables(env_file).items():
        log.warning("setting_unknown", name=name, file=str(env_file), did_you_mean=meant)


async def note_archive_root(path: Path) -> None:
    """Say where submissions without sources of their own will wait.

    A root that is not there is an outage, not a refusal: its disk may be mounted later, and submissions that bring
    their sources along need none. But whoever misspelt it should not have to wait for the first submission to hear.
    """
    probe = await probe_archives(DeliveryLimits().probe_s, path)
    if not probe.ok:
        log.warning("archive_root_not_readable", detail=probe.cause, cure=probe.cure)
    elif probe.detail["empty"]:
        log.info("archive_root_empty", detail=probe.cause)


async def check_collection(collection: HasIndexes) -> None:
    """End the start where indexes of others stand in the place of ours, before a review waits for them.

    A database that is away is no reason not to start: it is looked at again before the first document is stored.
    """
    try:
        await collection.missing_indexes()
    except Unavailable as exc:
        log.warning("store_not_checked", detail=exc.detail)
