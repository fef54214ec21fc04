"""What a real worker tells of itself: alive, ready, its metrics, a partition that has stopped, and traces."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.core.metrics import WORKER_METRICS
from app.embedded.machine.loopback import LoopbackServer
from app.embedded.machine.processes import ServerProcess
from schemas.codec import encode
from schemas.history import SUBMISSION_HISTORY
from tests.builders.records import a_submission
from tests.patience import PATIENCE_S
from tests.system.line import Line

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

FILES = {"store.py": "def get(key):\n    return FEATURES[key]\n"}
TRACE = "0af7651916cd43dd8448eb211c80319c"


async def ask(worker: ServerProcess, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{worker.spec.environment['WEB_PORT']}{path}")


async def events_of(worker: ServerProcess) -> list[str]:
    """The names of the lines that it has written."""
    text = await asyncio.to_thread(worker.spec.log_path.read_text)
    return [json.loads(line)["event"] for line in text.splitlines() if line.startswith("{")]


async def ready_when(worker: ServerProcess, holds: Callable[[int, Any], bool]) -> Any:
    """What `/ready` says once `holds` of its status and its body."""
    body: Any = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await ask(worker, "/ready")
                except httpx.TransportError:
                    await asyncio.sleep(0.1)  # the port opens once the producer is connected
                    continue
                body = answer.json()
                if holds(answer.status_code, body):
                    return body
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"/ready last said {body}")


async def test_a_worker_tells_how_it_is(line: Line) -> None:
    """It becomes ready; alive and every metric are told, and one review has been counted in each stage."""
    worker = await line.start_worker()
    await line.produce(a_submission(files=FILES))
    await line.wait_until_published(1)
    body = await ready_when(worker, lambda status, _: status == 200)
    assert body == {"ready": True, "causes": []}
    assert (await ask(worker, "/health")).json() == {"alive": True}
    assert [(await ask(worker, path)).status_code for path in ("/table/", "/router/", "/")] == [404, 404, 200]
    answer = await ask(worker, "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    for metric in WORKER_METRICS:
        assert f"# TYPE {metric.name} {metric.kind}" in answer.text
    for stage in ("comparator", "reviewer", "publisher"):
        assert f'reviewstream_events_done_total{{stage="{stage}"}} 1.0' in answer.text
    assert 'reviewstream_reviews_published_total{outcome="published"} 1.0' in answer.text
    assert f'reviewstream_table_entries{{table="{SUBMISSION_HISTORY}"}} 1.0' in answer.text
    assert "reviewstream_ready 1.0" in answer.text


async def test_a_partition_that_stops_names_itself(line: Line) -> None:
    """Consumption silently stops: log, metric and `/ready` name the partition; once it goes on, they take it back."""
    worker = await line.start_worker("-m", "tests.system.frozen_worker", STALL_AFTER_S="5")
    await line.produce(a_submission(files=FILES, submission_id="first"))
    await line.wait_until_published(1)
    freeze = worker.spec.work_dir / "data" / "freeze"
    freeze.touch()
    async with asyncio.timeout(PATIENCE_S):
        while not freeze.with_name("frozen").exists():
            await asyncio.sleep(0.1)
    produced = await line.produce_bytes(
        encode(a_submission(files=FILES, submission_id="second")), key=a_submission().student_id.encode()
    )
    started = time.monotonic()
    name = f"{line.topic('submissions')}[{produced.partition}]"
    body = await ready_when(worker, lambda _, said: any(name in cause["what"] for cause in said["causes"]))
    assert 5 <= time.monotonic() - started < 25
    assert not body["ready"]
    assert "1 records left" in body["causes"][0]["what"]
    assert "restart this worker" in body["causes"][0]["cure"]
    labels = f'{{partition="{produced.partition}",topic="{line.topic("submissions")}"}}'
    text = (await ask(worker, "/metrics")).text
    assert f"reviewstream_partition_stalled{labels} 1.0" in text
    assert f"reviewstream_partition_lag_events{labels} 1.0" in text
    assert "reviewstream_ready 0.0" in text
    assert (await events_of(worker)).count("partition_stalled") == 1
    freeze.unlink()
    await line.wait_until_published(2)
    await ready_when(worker, lambda status, _: status == 200)
    assert "partition_moves" in await events_of(worker)


async def test_a_trace_goes_from_the_producer_to_the_publication(line: Line) -> None:
    """A record with `traceparent` has one span in each stage, and its review carries the trace on."""
    spans: dict[str, str] = {}

    async def collect(request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                spans.update({span.name: span.trace_id.hex() for span in scope.spans})
        return web.Response()

    def application() -> web.Application:
        made = web.Application()
        made.router.add_post("/v1/traces", collect)
        return made

    collector = LoopbackServer(application)
    await collector.start()
    try:
        await line.start_worker(OTEL_EXPORTER_OTLP_ENDPOINT=collector.base_url, OTEL_EXPORTER_OTLP_COMPRESSION="none")
        submission = a_submission(files=FILES)
        header = f"00-{TRACE}-b7ad6b7169203331-01".encode()
        key = submission.student_id.encode()
        await line.produce_bytes(encode(submission), key=key, headers=[("traceparent", header)])
        (record,) = await line.wait_for("reviews", 1)
        async with asyncio.timeout(PATIENCE_S):
            while len(spans) < 3:
                await asyncio.sleep(0.1)
    finally:
        await collector.down()
    assert spans == {f"process {stage}": TRACE for stage in ("comparator", "reviewer", "publisher")}
    assert dict(record.headers)["traceparent"].decode().split("-")[1] == TRACE
