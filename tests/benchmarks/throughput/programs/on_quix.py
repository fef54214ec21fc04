"""Quix Streams: a function with state, then one that calls; a process for each partition."""

import os
from typing import Any, Final

from quixstreams import Application, State

from tests.benchmarks.throughput.port import SESSION_TIMEOUT_S
from tests.benchmarks.throughput.programs import work

_TIMES: Final = {"session.timeout.ms": int(SESSION_TIMEOUT_S * 1000), "heartbeat.interval.ms": 1000}


def ask(submission: dict[str, Any]) -> None:
    """Ask the model about one submission."""
    work.blocking().ask(submission["files"])


def compare(submission: dict[str, Any], state: State) -> dict[str, Any]:
    """Compare one submission with the student's previous one, and keep it."""
    files = submission["files"]
    progress = work.compare(state.get("previous"), files)
    state.set("previous", files)
    return work.review(submission, progress, "") | {"changed": dict(progress.changed)}


def review(document: dict[str, Any]) -> None:
    """Ask the model, store, deliver."""
    answer = work.blocking().ask(document.pop("changed"), document["diff_info"]["diff"])
    work.blocking().publish(document | {"review_result": answer})


def main() -> None:
    """Run until the process is ended."""
    app = Application(
        broker_address=work.BOOTSTRAP,
        consumer_group=work.PREFIX,
        auto_offset_reset="earliest",
        state_dir=os.environ.get("DATA_DIR", "data"),
        consumer_extra_config=_TIMES,
        producer_extra_config={"message.max.bytes": 16 * 1024 * 1024},
        loglevel="WARNING",
    )
    frame = app.dataframe(app.topic(f"{work.PREFIX}-submissions", value_deserializer="json"))
    if work.BARE:
        frame.update(ask)
    else:
        frame.apply(compare, stateful=True).update(review)
    app.run()


if __name__ == "__main__":
    main()
