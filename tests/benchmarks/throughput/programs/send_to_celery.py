"""Sends a task for each submission that comes on stdin, one JSON document a line."""

import json
import sys

from tests.benchmarks.throughput.programs.on_celery import review

for line in sys.stdin.buffer:
    review.delay(json.loads(line))
