"""Figures as tables of Markdown, the same for the docs and for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from tests.benchmarks.throughput.capacity import COURSES, Basis, Course, need_of
from tests.benchmarks.throughput.kept import Kept

NOT_YET: Final = "*Not measured yet: `make bench` fills this in.*"
LONG: Final = "endurance_long"
"""What an endurance run of `LONG_MINUTES` or more is kept as: it is no part of a usual run, which would replace it."""
LONG_MINUTES: Final = 30
_BASE: Final = "celery"


def speed_lines(kept: Kept) -> list[str]:
    """All that was measured; a scenario that was not says so."""
    lines = [*_circumstances(kept), ""]
    for title, scenario, tell in (
        ("The same work", "peers", _same_work),
        ("Bare: only the call", "peers", _bare),
        ("More calls in flight", "knee", _knee),
        ("Few students", "students", _students),
        ("Large submissions", "large", _large),
        ("A deadline night", "burst", _burst),
        ("Endurance", "endurance", _endurance),
        ("Endurance, for long", LONG, _endurance),
        ("The tables of a large course", "state", _state),
        ("At a teacher's desk", "desk", _desk),
    ):
        figures = kept.read(scenario)
        if figures is None and scenario == LONG:
            continue
        lines += [f"### {title}", "", *(tell(figures) if figures is not None else [NOT_YET]), ""]
    return lines


def capacity_lines(kept: Kept) -> list[str]:
    """What one worker was measured to do and keep, and what courses need by it."""
    knee = kept.read("knee")
    if knee is None or not knee["storage"]:
        return [NOT_YET, ""]
    basis = Basis.of(knee)
    measured = [
        ("submissions a second of one worker", f"{basis.per_s:.1f}, {basis.in_flight} calls in flight"),
        ("seconds of a call (scripted)", f"{basis.call_s:g}"),
        ("processor per submission, worker", f"{basis.worker_ms:.0f} ms"),
        ("processor per submission, Kafka and MongoDB", f"{basis.servers_ms:.0f} ms"),
        ("memory of a worker, at most", f"{basis.worker_mib} MiB"),
        ("prompt of a submission of 5 files", f"{basis.prompt_tokens} tokens"),
        ("Kafka per submission, topics", _size(basis.topic_bytes)),
        ("Kafka per submission, changelogs before compaction", _size(basis.changelog_bytes)),
        ("MongoDB per submission, uncompressed", _size(basis.mongo_bytes)),
        ("table on a worker's disk, per student and assignment", _size(basis.table_bytes)),
    ]
    return [
        *_circumstances(kept), "", "### Measured", "", *_table(("what", "figure"), measured), "",
        "### Computed", "", *_needs([(course, need_of(course, basis)) for course in COURSES]), "",
    ]  # fmt: skip


def _needs(needs: Sequence[tuple[Course, Any]]) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("submissions in all", *(f"{course.submissions:,}" for course, _ in needs)),
        ("a second, last hour", *(f"{course.peak_per_s:.1f}" for course, _ in needs)),
        ("workers", *(str(need.workers) for _, need in needs)),
        ("`TOPIC_PARTITIONS`", *(str(need.partitions) for _, need in needs)),
        ("calls in flight", *(f"{need.calls:,}" for _, need in needs)),
        ("cores of the workers", *(f"{need.worker_cores:.1f}" for _, need in needs)),
        ("cores of Kafka and MongoDB", *(f"{need.server_cores:.1f}" for _, need in needs)),
        ("memory of the workers", *(f"{need.worker_gib:.1f} GiB" for _, need in needs)),
        ("limit of the model: requests a minute", *(f"{need.requests_per_minute:,}" for _, need in needs)),
        ("limit of the model: prompt tokens a minute", *(f"{need.prompt_tokens_per_minute:,}" for _, need in needs)),
        ("prompt tokens in all", *(f"{need.prompt_tokens / 1e6:,.0f} million" for _, need in needs)),
        ("Kafka, one replica, nothing expired", *(f"{need.kafka_gib:,.0f} GiB" for _, need in needs)),
        ("MongoDB, uncompressed", *(f"{need.mongo_gib:,.0f} GiB" for _, need in needs)),
        ("tables on the workers' disks", *(f"{need.table_gib:,.1f} GiB" for _, need in needs)),
    ]
    return _table(("students", *(f"{course.students:,}" for course, _ in needs)), rows)


def _circumstances(kept: Kept) -> Iterator[str]:
    """One sentence for each set of circumstances, for `--only` renews a part alone."""
    told: dict[str, list[str]] = {}
    for scenario, at, machine in kept.circumstances():
        on = ", ".join(f"{name} {value}" for name, value in machine.items())
        told.setdefault(f"{kept.folder.name} size; {on}", []).append(f"{scenario} ({at})")
    for on, scenarios in told.items():
        yield f"Measured: {', '.join(scenarios)}. On: {on}."


def _same_work(figures: dict[str, Any]) -> list[str]:
    rows = figures["same_work"]
    failed = [f"Did not run: {key}: {why}." for key, why in figures["failed"].items()]
    if not rows:
        return [*failed, NOT_YET]
    base = next((row["per_s"] for row in rows if row["peer"] == _BASE), None)
    table = _table(
        ("peer", "calls in flight", "submissions/s", "times Celery", "efficiency", "processor ms", "servers' ms",
         "memory MiB", "prompt tokens", "lost", "doubled", "bought again"),
        [
            (
                row["name"], row["in_flight"], f"{row['per_s']:.2f}", f"{row['per_s'] / base:.1f}" if base else "",
                f"{row['efficiency']:.2f}", row["processor_ms"], row["servers_processor_ms"], row["memory_mib"],
                row["prompt_tokens"], *_crash(row["crash"]),
            )
            for row in rows
        ],
    )  # fmt: skip
    crashes = [row["crash"] for row in rows if row["crash"] is not None]
    sizes = ", ".join(f"{row['name']} {row['crash']['submissions']}" for row in rows if row["crash"] is not None)
    after = f"The last three: after one `kill -9` of everything at a third of another run ({sizes} submissions, calls "
    return [
        f"Calls of {rows[0]['call_s']:g} s.", "", *table, "",
        *([f"{after}of {crashes[0]['call_s']:g} s)."] if crashes else []),
        *failed,
    ]  # fmt: skip


def _crash(crash: dict[str, Any] | None) -> tuple[Any, Any, Any]:
    return ("–", "–", "–") if crash is None else (crash["lost"], crash["doubled"], crash["calls_again"])


def _bare(figures: dict[str, Any]) -> list[str]:
    rows = figures["bare"]
    if not rows:
        return [NOT_YET]
    return [
        f"Calls of {rows[0]['call_s']:g} s.", "",
        *_table(
            ("peer", "calls in flight", "submissions/s", "efficiency", "processor ms", "servers' ms", "memory MiB"),
            [
                (row["name"], row["in_flight"], f"{row['per_s']:.2f}", f"{row['efficiency']:.2f}",
                 row["processor_ms"], row["servers_processor_ms"], row["memory_mib"])
                for row in rows
            ],
        ),
    ]  # fmt: skip


def _knee(figures: dict[str, Any]) -> list[str]:
    return [
        f"One worker, {figures['students']:,} students; four submissions for each call in flight, at once.", "",
        *_table(
            ("in flight", "call s", "submissions/s", "efficiency", "processor ms", "servers' ms", "memory MiB",
             "first review after s", "most answers waiting"),
            [
                (row["in_flight"], f"{row['call_s']:g}", f"{row['per_s']:.2f}", f"{row['efficiency']:.2f}",
                 *(row[name] if row["complete"] else "–" for name in ("processor_ms", "servers_processor_ms")),
                 row["memory_mib"], row["first_review_s"], row["waiting_max"])
                for row in figures["rows"]
            ],
        ),
    ]  # fmt: skip


def _students(figures: dict[str, Any]) -> list[str]:
    return _table(
        ("students", "submissions", "in flight at most", "call s", "took s", "calls alone s", "share"),
        [
            (row["students"], row["submissions"], row["in_flight"], f"{row['call_s']:g}", row["took_s"],
             row["ideal_s"], f"{row['ideal_s'] / row['took_s']:.2f}")
            for row in figures["rows"]
        ],
    )  # fmt: skip


def _large(row: dict[str, Any]) -> list[str]:
    return _table(
        ("files", "changed", "submissions/s", "processor ms", "servers' ms", "memory MiB", "prompt tokens"),
        [(25, 6, f"{row['per_s']:.2f}", row["processor_ms"], row["servers_processor_ms"], row["memory_mib"],
          row["prompt_tokens"])],
    )  # fmt: skip


def _burst(row: dict[str, Any]) -> list[str]:
    return _table(
        ("submissions", "in flight", "call s", "took s", "calls alone s", "times the ideal", "first review after s",
         "most answers waiting", "memory MiB over time"),
        [(row["submissions"], row["in_flight"], f"{row['call_s']:g}", row["took_s"], row["ideal_s"],
          f"{row['took_s'] / row['ideal_s']:.2f}", row["first_review_s"], row["waiting_max"],
          ", ".join(map(str, row["memory_mib_over_time"])))],
    )  # fmt: skip


def _endurance(row: dict[str, Any]) -> list[str]:
    beside = row["beside_the_call_ms"]
    quarters = row["quarters"]
    table = _table(
        ("minutes", "submissions", "a second", "beside the call p50 / p95 / p99 ms", "memory MiB by quarter",
         "descriptors by quarter", "waiting by quarter", "processor ms"),
        [(f"{row['minutes']:g}", f"{row['submissions']:,}", f"{row['offered_per_s']:g}",
          " / ".join(str(ms) for ms in beside.values()),
          *(", ".join(f"{quarter[name]:.0f}" for quarter in quarters)
            for name in ("memory_mib", "descriptors", "waiting")),
          row["processor_ms"])],
    )  # fmt: skip
    grew = [f"Grew by more than the tables explain: {one}." for one in row["growth"]]
    return [*table, "", *(grew or ["Nothing grew by more than the tables explain."])]


def _state(figures: dict[str, Any]) -> list[str]:
    table = _table(
        ("start", "partitions assigned after s", "tables ready after s", "of which recovery s", "memory MiB at most"),
        [
            (name, start["assigned_s"], start["tables_ready_s"], start["recovery_s"], round(start["memory_mib"]))
            for name, start in figures["starts"].items()
        ],
    )
    attempts = f"{figures['students']:,} students with {figures['attempts']} attempts, {_size(figures['entry_bytes'])}"
    kept = f"{_size(figures['bytes_per_student'])} on disk for each student, both tables together"
    return [f"{attempts} each when packed: {kept}.", "", *table]


def _desk(figures: dict[str, Any]) -> list[str]:
    return _table(
        ("command", "runs", "seconds (median)", "at most", "processor s"),
        [
            (f"`reviewstream {row['command']}`", row["runs"], row["seconds"], row["seconds_max"], row["processor_s"])
            for row in figures["rows"]
        ],
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join('---' for _ in head)}|",
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
    ]


def _size(size: int) -> str:
    return f"{size / 1024:.1f} KiB"
