"""A run's result, for people and for machines."""

import platform
from typing import Any

from tests.chaos.run import Result

_IDS_SHOWN = 20


def as_document(result: Result) -> dict[str, Any]:
    """Everything, violations with their ids."""
    verdict, cost = result.verdict, result.verdict.cost
    scenario = result.scenario
    return {
        "holds": verdict.holds,
        "semantics": "stock Faust" if scenario.stock else "reviewstream",
        "seed": scenario.seed,
        "submissions": scenario.submissions,
        "workers": scenario.workers,
        "disturbances": dict(result.disturbed),
        "drains": result.rebalances,
        "violations": {name: list(ids) for name, ids in verdict.violations.items()},
        "llm": {
            "calls": cost.calls,
            "per_submission": round(cost.calls / scenario.submissions, 4),
            "scripted_faults": cost.faults,
            "in_flight_at_disturbances": cost.in_flight,
            "ended_without_a_cause": cost.unexplained,
            "repeated": cost.repeated,
            "allowed": cost.allowed,
            "answered_twice": list(verdict.answered_twice),
        },
        "repeated_records": verdict.repeated_records,
        "differing_records": verdict.differing_records,
        "orphans": result.orphans,
        "duration_s": round(result.duration_s, 1),
        "stop_s_max": round(result.stop_s_max, 1),
        "rss_max_mib": result.rss_max_bytes // (1024 * 1024),
        "python": platform.python_version(),
    }


def as_text(result: Result) -> str:
    """The table, and under it the ids of every violation."""
    verdict, cost = result.verdict, result.verdict.cost
    scenario, done = result.scenario, result.disturbed
    broker = done.get("broker_stop", 0) + done.get("broker_kill", 0)
    mongo = done.get("mongo_stop", 0) + done.get("mongo_kill", 0)
    rows = [
        ("semantics", "stock Faust" if scenario.stock else "reviewstream"),
        ("seed", scenario.seed),
        ("submissions", scenario.submissions),
        ("kills (-9)", done.get("kill", 0)),
        ("stops (SIGTERM)", done.get("term", 0) + done.get("remove", 0)),
        ("workers added, frozen", f"{done.get('add', 0)}, {done.get('pause', 0)}"),
        ("outages of broker, MongoDB", f"{broker}, {mongo}"),
        ("outages of API, model", f"{done.get('api_down', 0)}, {done.get('llm_down', 0)}"),
        ("drains (a rebalance or a stop)", result.rebalances),
        *((name, len(ids)) for name, ids in verdict.violations.items()),
        ("LLM calls per submission", f"{cost.calls / scenario.submissions:.3f}"),
        ("LLM calls, allowed", f"{cost.calls}, {cost.allowed}"),
        ("of these scripted faults", cost.faults),
        ("of these in flight at disturbances", cost.in_flight),
        ("of these ended without a cause", cost.unexplained),
        ("good calls repeated", cost.repeated),
        ("submissions answered twice", len(verdict.answered_twice)),
        ("records repeated, differing", f"{verdict.repeated_records}, {verdict.differing_records}"),
        ("processes left by killed workers", ", ".join(result.orphans) or 0),
        ("longest stop", f"{result.stop_s_max:.1f} s"),
        ("duration", f"{result.duration_s:.0f} s"),
        ("highest memory of a worker", f"{result.rss_max_bytes // (1024 * 1024)} MiB"),
    ]
    lines = [f"{name:36}{value}" for name, value in rows]
    for name, ids in verdict.violations.items():
        lines += [f"{name}: {id_}" for id_ in ids[:_IDS_SHOWN]]
        lines += [f"{name}: and {len(ids) - _IDS_SHOWN} more"] if len(ids) > _IDS_SHOWN else []
    return "\n".join(lines)
