"""Plain Faust: an agent that writes a table, a topic, and an agent of many actors that asks the model."""

import asyncio
import os
from typing import Any, Final

import faust

from tests.benchmarks.throughput.port import PARTITIONS, SESSION_TIMEOUT_S
from tests.benchmarks.throughput.programs import work

app = faust.App(
    work.PREFIX,
    broker=f"kafka://{work.BOOTSTRAP}",
    store="rocksdb://",
    datadir=os.environ.get("DATA_DIR", "data"),
    topic_partitions=PARTITIONS,
    topic_disable_leader=True,
    value_serializer="json",
    key_serializer="raw",
    broker_session_timeout=SESSION_TIMEOUT_S,
    broker_heartbeat_interval=1.0,
    consumer_auto_offset_reset="earliest",
    consumer_max_fetch_size=16 * 1024 * 1024,
    producer_max_request_size=16 * 1024 * 1024,
    web_enabled=False,
)
submissions: Final = app.topic(f"{work.PREFIX}-submissions")
compared: Final = app.topic(f"{work.PREFIX}-compared")

if work.BARE:

    @app.agent(submissions, concurrency=work.IN_FLIGHT)
    async def ask(stream: Any) -> None:
        """Ask the model about each submission."""
        async for submission in stream:
            await work.waiting().ask(submission["files"])

else:
    previous: Final = app.Table("previous", partitions=PARTITIONS)

    @app.agent(submissions)
    async def compare(stream: Any) -> None:
        """Compare each submission with the student's previous one, and keep it."""
        async for submission in stream:
            student, files = submission["student_id"], submission["files"]
            progress = await asyncio.to_thread(work.compare, previous.get(student), files)
            document = work.review(submission, progress, "") | {"changed": dict(progress.changed)}
            await compared.send(key=student.encode(), value=document)
            previous[student] = files

    @app.agent(compared, concurrency=work.IN_FLIGHT)
    async def review(stream: Any) -> None:
        """Ask the model, store, deliver."""
        async for document in stream:
            answer = await work.waiting().ask(document.pop("changed"), document["diff_info"]["diff"])
            await work.waiting().publish(document | {"review_result": answer})


if __name__ == "__main__":
    app.main()
