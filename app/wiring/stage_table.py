"""The table in which a stage keeps what came before."""

import asyncio

from app.config import Settings
from app.core.ports import Acknowledged
from app.stream.faust.app import ReviewApp
from app.stream.faust.recovery import check_recovered
from app.stream.faust.sends import send_confirmed
from schemas.errors import StartRefused
from tables.confirmed import ConfirmedTable


def new_table(app: ReviewApp, settings: Settings, name: str, source: str) -> ConfirmedTable:
    """A table whose changelog is confirmed, filled by the events of the topic `source`."""

    async def send(topic: str, key: bytes, value: bytes, partition: int) -> Acknowledged:
        return await send_confirmed(app, topic, key=key, value=value, partition=partition)

    def fail(error: Exception) -> None:
        refusal = StartRefused(
            f"table {name} cannot be recovered from its changelog: {type(error).__name__}",
            f"see that DATA_DIR {settings.data_dir} is writable and has room; if it is damaged, remove it: "
            "the table is then rebuilt from the changelog topic",
        )
        failing.append(asyncio.get_running_loop().create_task(app.crash(refusal)))

    failing: list[asyncio.Task[None]] = []  # a task that nobody holds may be collected before it runs
    table = ConfirmedTable(app, send=send, on_failure=fail, name=name, partitions=settings.topic_partitions)

    @table.on_recover
    async def check() -> None:
        try:
            await check_recovered(app, table.stamps(), source)
        except Exception as exc:  # noqa: BLE001 - Faust drops what a recovery callback raises
            await app.crash(exc)

    app.tables.add(table)
    return table
