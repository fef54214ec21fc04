"""What axe-core finds on a page: every rule that it has for WCAG 2.2 up to AA, and its best practices."""

from functools import cache
from typing import Any, Final

from playwright.sync_api import Page

from tests.parts.node_packages import AXE_CORE, NodePackages

_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN: Final = """rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})
    .then(({violations, passes}) => ({violations, passes: passes.length}))"""
"""Every rule looks at every place; of what is well only the number comes over, for of a large page it is megabytes."""


@cache
def axe_source(packages: NodePackages) -> str:
    """The script. It is put into a page before the page's own scripts, where the page's policy does not hold."""
    return (packages.folder(AXE_CORE) / "axe.min.js").read_text("utf-8")


def violations(page: Page) -> list[str]:
    """Each violation with the first places where it is, and why."""
    found: dict[str, Any] = page.evaluate(_RUN, _RULES)
    assert found["passes"], "axe has looked at nothing"
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]
