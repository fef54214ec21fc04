"""One submission of a replay, as it is kept."""

from app.core.replaying.items import ItemPhase, ReplayItem
from tests.builders.replays import a_head, a_step, an_item


def test_an_item_comes_back_as_it_was_kept() -> None:
    """Its place, its predecessor and what it supersedes, through JSON."""
    item = an_item(3, step=a_step(3, a_head(2)), phase=ItemPhase.FAILED, why="no_sources: gone")
    assert ReplayItem.model_validate_json(item.model_dump_json()) == item
    assert ReplayItem.model_validate(item.model_dump(mode="json")) == item
