"""README and docs: links lead somewhere, generated pages are current, the front door stays short."""

import re
from pathlib import Path

import pytest

from tests import ROOT
from tests.docs.configuration import configuration_page
from tests.docs.metrics import metrics_page
from tests.docs.review_picture import review_picture

PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md") for path in ROOT.glob(pattern) if not path.name.startswith(".")
)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors_of(page: Path) -> set[str]:
    """The names by which a code host lets headings be linked."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Each relative link names a file that is there, and a heading of it where it names one."""
    targets = _LINK.findall(_FENCE.sub("", page.read_text("utf-8")))
    for target in (target for target in targets if not re.match(r"[a-z]+:", target)):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors_of(linked), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_is_named_is_there(page: Path) -> None:
    """A file or folder of ours that a page names in running text exists."""
    named = set(re.findall(r"`((?:app|agents|schemas|tables|tests|docs|\.ci)/[\w./-]*)`", page.read_text("utf-8")))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_page_is_linked() -> None:
    """Each page of the docs is reached from the front door, in two steps at most."""
    reached = {ROOT / "README.md"}
    for _ in range(2):
        for page in list(reached):
            found = (page.parent / target.partition("#")[0] for target in _LINK.findall(page.read_text("utf-8")))
            reached |= {path.resolve() for path in found if path.suffix == ".md" and path.exists()}
    assert [page for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in reached] == []


def test_the_front_door_is_short() -> None:
    """The README is read in a few minutes: 140 lines at most."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 140


def test_the_page_of_settings_is_current() -> None:
    """`docs/configuration.md` is what `make docs` writes."""
    assert (ROOT / "docs" / "configuration.md").read_text("utf-8") == configuration_page()


def test_the_page_of_metrics_is_current() -> None:
    """`docs/metrics.md` is what `make docs` writes."""
    assert (ROOT / "docs" / "metrics.md").read_text("utf-8") == metrics_page()


async def test_the_picture_of_a_review_is_current() -> None:
    """`docs/images/review.svg` is what `make docs` writes."""
    assert (ROOT / "docs" / "images" / "review.svg").read_text("utf-8") == await review_picture()
