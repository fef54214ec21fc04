"""Keep the current review of every submission, from the topic `reviews` alone.

Usage: python current_reviews.py BOOTSTRAP_SERVERS TOPIC

Reads the topic from offset 0 to its end, then prints one JSON line for each submission: its current review, and
whether that was made again. A service goes on reading; the rules are the same.

Four rules are enough:

1. Of two records with one `review_id` the first counts: delivery is at least once.
2. Of two reviews of one submission the higher `generation` counts: 0 is live, a higher one was made again by a replay,
   and `replay.supersedes` names the review in whose place it stands.
3. A review with `replay.is_shadow` counts only in a record with the header `__reviewstream.promoted`: before that an
   operator has not let it out.
4. A review with `release` "after_approval" does not count from this topic: whether a teacher approved it stands in the
   topic `decisions`, and the platform's API and the webhook are told of it only then.

What teachers edit or reject afterwards reaches the API, the webhook and MongoDB, never this topic.
"""

import asyncio
import json
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer

PROMOTED = "__reviewstream.promoted"

Submission = tuple[str, str, str]


def take(current: dict[Submission, dict[str, Any]], value: bytes, headers: list[tuple[str, bytes]]) -> str:
    """Take in one record; says what it was: new, regenerated, repeated, older, shadow, waiting."""
    review = json.loads(value)
    replay = review.get("replay")
    if replay and replay["is_shadow"] and all(name != PROMOTED for name, _ in headers):
        return "shadow"
    if review.get("release") == "after_approval":
        return "waiting"
    submission = review["student_id"], review["assignment_id"], review["new_submission_id"]
    known = current.get(submission)
    if known is not None and known["review_id"] == review["review_id"]:
        return "repeated"
    if known is not None and known["generation"] > review["generation"]:
        return "older"
    current[submission] = review
    return "new" if review["generation"] == 0 else "regenerated"


async def main(servers: str, topic: str) -> None:
    """Read the topic from its first record to its last."""
    current: dict[Submission, dict[str, Any]] = {}
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=servers,
        group_id=None,  # then all partitions are this consumer's
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        places = list(consumer.assignment())
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    take(current, record.value, list(record.headers))
    finally:
        await consumer.stop()
    for (student, assignment, submission), review in sorted(current.items()):
        line = {
            "student_id": student,
            "assignment_id": assignment,
            "submission_id": submission,
            "review_id": review["review_id"],
            "generation": review["generation"],
            "overall_score": review["review_result"]["overall_score"],
            "is_regenerated": review["generation"] > 0,
        }
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
