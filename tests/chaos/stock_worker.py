"""What one would write with Faust alone, to show that the suite can fail: concurrency, no ledger, plain sends.

It is fair to Faust: session timeouts and commit interval are ours, and no exception leaves the agent, for a failing
call is repeated until it succeeds. What is lost is lost by offsets committed too early and sends that nobody awaits.
"""

import asyncio
import os
from typing import Any

import faust
import httpx
import orjson

from tests.builders.prompts import work_line

CONCURRENCY = 16


def main() -> None:
    """Run the worker on the environment that production workers get."""
    env = os.environ
    app = faust.App(
        env["KAFKA_GROUP_ID"],
        broker=f"kafka://{env['KAFKA_BOOTSTRAP_SERVERS']}",
        broker_session_timeout=float(env["KAFKA_SESSION_TIMEOUT_S"]),
        broker_commit_interval=1.0,
        broker_heartbeat_interval=float(env["KAFKA_HEARTBEAT_INTERVAL_S"]),
        consumer_auto_offset_reset="earliest",
        topic_partitions=int(env["TOPIC_PARTITIONS"]),
        topic_disable_leader=True,
        store="memory://",
        datadir=env["DATA_DIR"],
        web_bind="127.0.0.1",
        web_port=int(env["WEB_PORT"]),
        autodiscover=False,
    )
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    submissions = app.topic(env["TOPIC_SUBMISSIONS"], **raw)
    reviews = app.topic(env["TOPIC_REVIEWS"], **raw)
    client = httpx.AsyncClient(timeout=float(env["LLM_TIMEOUT_S"]), trust_env=False)

    @app.agent(submissions, concurrency=CONCURRENCY)
    async def review(stream: faust.StreamT[bytes]) -> None:
        async for value in stream:
            submission = orjson.loads(value)
            answer = await ask(client, submission["submission_id"])
            document = {"new_submission_id": submission["submission_id"], "student_id": submission["student_id"]}
            await reviews.send(key=submission["student_id"].encode(), value=orjson.dumps(document | {"answer": answer}))

    faust.Worker(app, loglevel="INFO").execute_from_commandline()


async def ask(client: httpx.AsyncClient, submission_id: str) -> str:
    """The model's answer, whatever it takes."""
    url = f"{os.environ['LLM_BASE_URL']}/chat/completions"
    headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    body = {"model": "m", "messages": [{"role": "user", "content": f"1|{work_line(submission_id)}"}]}
    while True:
        try:
            answer = (await client.post(url, json=body, headers=headers)).raise_for_status()
            return str(answer.json()["choices"][0]["message"]["content"])
        except (httpx.HTTPError, ValueError):
            await asyncio.sleep(0.5)


if __name__ == "__main__":
    main()
