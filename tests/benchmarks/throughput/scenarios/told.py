"""A run's figures as a document, the same for all scenarios."""

from typing import Any, Final

from tests.benchmarks.throughput import figures
from tests.benchmarks.throughput.bench import Run

_MIB: Final = 1024 * 1024
_CHARS_PER_TOKEN: Final = 4  # as the scripted model counts


def told(run: Run) -> dict[str, Any]:
    """Rates per second, processor time in milliseconds per submission, memory in MiB, tokens of one prompt."""
    steady = figures.steady(run.record, run.form, run.fed_at, run.mean_s)
    done = figures.ends(run.record, run.form)
    calls = [call for call in run.record.calls if call.answered_at is not None]
    return {
        "name": run.name,
        "form": run.form,
        "in_flight": run.in_flight,
        "call_s": run.mean_s,
        "submissions": run.count,
        "complete": run.is_complete,
        "per_s": round(steady.per_s, 3),
        "efficiency": round(steady.efficiency(run.in_flight), 3),
        "took_s": round(max(done.values()) - run.began_at, 1) if done else None,
        "processor_ms": round(1000 * run.processor_s / run.count, 1),
        "servers_processor_ms": round(1000 * run.servers_processor_s / run.count, 1),
        "memory_mib": round(max((memory for _, memory, _ in run.loads), default=0) / _MIB),
        "prompt_tokens": round(sum(c.prompt_chars for c in calls) / _CHARS_PER_TOKEN / len(calls)) if calls else None,
        "calls_each": round(len(calls) / run.count, 3),
    }


def told_losses(losses: figures.Losses, run: Run) -> dict[str, Any]:
    """What a crash cost."""
    return {
        "submissions": run.count,
        "call_s": run.mean_s,
        "lost": losses.lost,
        "doubled": losses.doubled,
        "calls_again": losses.calls_again,
    }


def memory_over_time(run: Run) -> list[int]:
    """MiB at the begin, after each quarter, and at the end."""
    memory = [round(memory / _MIB) for _, memory, _ in run.loads]
    return [memory[len(memory) * n // 4] for n in range(4)] + memory[-1:] if memory else []


def told_follow(run: Run) -> dict[str, Any]:
    """Whether publication follows reviewing."""
    follow = figures.follow(run.record, run.began_at)
    return {
        "first_review_s": round(follow.first_s, 2),
        "waiting_max": follow.waiting_max,
        "pause_s": round(follow.pause_s, 2),
    }
