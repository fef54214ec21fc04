"""Hand in submissions: one JSON document a line on stdin.

Usage: python produce_submissions.py BOOTSTRAP_SERVERS TOPIC < submissions.jsonl

Prints one JSON line for each, with the partition and offset that it got. aiokafka's own partitioner is Kafka's murmur2,
as every producer's must be: a student's history lives in one partition, and a record in another one is refused.
"""

import asyncio
import json
import os
import sys

from aiokafka import AIOKafkaProducer


async def main(servers: str, topic: str) -> None:
    """Produce every line; what the brokers did not acknowledge raises."""
    # Only a broker without idempotent producers, as Tansu is, needs false; `demo.env` says so for it.
    is_idempotent = os.environ.get("KAFKA_IDEMPOTENT_PRODUCER", "true") == "true"
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=is_idempotent)
    await producer.start()
    try:
        for line in sys.stdin:
            submission = json.loads(line)
            key = submission["student_id"].encode()
            sent = await producer.send_and_wait(topic, json.dumps(submission).encode(), key=key)
            told = {"submission_id": submission["submission_id"], "partition": sent.partition, "offset": sent.offset}
            sys.stdout.write(json.dumps(told) + "\n")
    finally:
        await producer.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
