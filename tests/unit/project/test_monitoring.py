"""The alert rules and the dashboard: Prometheus accepts them, and they ask for metrics that are there."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

from app.core.metrics import METRICS, MetricKind
from tests import ROOT

MONITORING: Final = ROOT / "docs" / "monitoring"
CASES: Final = ROOT / "tests" / "unit" / "project" / "alert_rules_test.yml"
RULES: Final[list[dict[str, Any]]] = [
    rule
    for group in yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD: Final[dict[str, Any]] = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
LABELS: Final = {metric.name: {*metric.labels, "instance"} for metric in METRICS}
_NAME: Final = re.compile(r"reviewstream_\w+")
_BY: Final = re.compile(r"by \(([^)]*)\)")


def series() -> dict[str, str]:
    """The names that may be asked for, and the metric that each belongs to."""
    names = {metric.name: metric.name for metric in METRICS if metric.kind is not MetricKind.HISTOGRAM}
    histograms = [metric.name for metric in METRICS if metric.kind is MetricKind.HISTOGRAM]
    return names | {f"{name}_{part}": name for name in histograms for part in ("bucket", "sum", "count")}


def expressions() -> Iterator[str]:
    """All that rules and panels ask."""
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])


@pytest.mark.parametrize(("check", "name"), [("rules", "alerts.yml"), ("config", "prometheus.yml")])
def test_promtool_accepts_the_files(check: str, name: str) -> None:
    """`promtool check` finds nothing wrong."""
    assert shutil.which("promtool"), "apt-get install prometheus (Debian), or put promtool on PATH"
    checked = subprocess.run(
        ["promtool", "check", check, str(MONITORING / name)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_alerts_fire_when_they_should() -> None:
    """`promtool test rules` has its way with made series: each alert fires in one case and is silent in one."""
    tested = subprocess.run(["promtool", "test", "rules", str(CASES)], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    fires, silent = set[str](), set[str]()
    for case in yaml.safe_load(CASES.read_text("utf-8"))["tests"]:
        for asked in case["promql_expr_test"]:
            names = set(re.findall(r'alertname="(\w+)"', asked["expr"]))
            (fires if asked.get("exp_samples") else silent).update(names)
    assert fires == silent == {rule["alert"] for rule in RULES}


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_what_is_asked_for_is_in_the_list(expression: str) -> None:
    """Every metric that a rule or a panel names is in the list, with the labels that it is summed by."""
    known = series()
    named = set(_NAME.findall(expression))
    assert named <= set(known)
    for labels in _BY.findall(expression):
        wanted = set(labels.split(", ")) - {"le"}
        assert all(wanted <= LABELS[known[name]] for name in named), expression


def test_every_metric_is_shown() -> None:
    """What is measured is looked at: each metric is in a panel."""
    known = series()
    shown = {
        known[name]
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
        for name in _NAME.findall(target["expr"])
    }
    assert shown == {metric.name for metric in METRICS}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_has_cause_and_cure(rule: dict[str, Any]) -> None:
    """Whoever is woken up reads what happened, why, and what to do."""
    assert set(rule["annotations"]) == {"summary", "cause", "cure"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_what_a_panel_writes_into_its_legend_is_a_label() -> None:
    """A legend names labels that its expression keeps."""
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            kept = {label for labels in _BY.findall(target["expr"]) for label in labels.split(", ")} or {"instance"}
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= kept, panel["title"]
