"""`reviewstream replay`: what it takes, what it says, and how it ends."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from app.cli.replay import handlers
from app.cli.replay.options import OffsetsOption
from app.core.replaying.items import ItemPhase, ReplayItem
from app.core.replaying.paired import compare_reviews, pair
from app.replay.stories import ReplayRequest
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.replay import ReplayPhase, ReplayState, Selection
from tests.builders.records import NOON, a_review
from tests.builders.replays import a_head, a_state, an_item

FAILED = an_item(3, phase=ItemPhase.FAILED, why="archive_missing: gone\x1b[2J")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["replay", *arguments])


class Stories:
    """Stands for the stories that the commands tell; notes what was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state = a_state(chosen=4, sent=3, reviewed=3, phase=ReplayPhase.FINISHED)
        self.failed: list[ReplayItem] = []
        self.requests: list[ReplayRequest] = []
        self.turned: list[tuple[str, ReplayPhase]] = []
        self.promoted: list[tuple[float, str | None]] = []
        self.ends_with: BaseException | None = None
        self.niceness = 0
        monkeypatch.setattr("os.nice", self.step_back)
        for name in ("begin_replay", "resume_replay", "look_at_replay", "turn_replay", "list_replays"):
            monkeypatch.setattr(handlers, name, getattr(self, name))
        for name in ("diff_replay", "promote_replay", "discard_replay"):
            monkeypatch.setattr(handlers, name, getattr(self, name))

    async def begin_replay(
        self, _settings: Any, request: ReplayRequest, *, looking: Any, announce: Any, tell: Any
    ) -> ReplayState:
        self.requests.append(request)
        looking(1_000)
        announce(self.state)
        tell(self.state)
        if self.ends_with is not None:
            raise self.ends_with
        return self.state

    def step_back(self, by: int) -> int:
        self.niceness += by
        return self.niceness

    async def resume_replay(self, _settings: Any, replay_id: str, *, announce: Any, tell: Any) -> ReplayState:
        assert replay_id == self.state.replay_id
        announce(self.state)
        tell(self.state)
        if self.ends_with is not None:
            raise self.ends_with
        return self.state

    async def look_at_replay(self, _settings: Any, replay_id: str) -> tuple[ReplayState, list[ReplayItem]]:
        assert replay_id == self.state.replay_id
        return self.state, self.failed

    async def turn_replay(self, _settings: Any, replay_id: str, phase: ReplayPhase) -> ReplayState:
        self.turned.append((replay_id, phase))
        return self.state.model_copy(update={"phase": phase})

    async def list_replays(self, _settings: Any, limit: int) -> list[ReplayState]:
        return [self.state] * min(limit, 3)

    async def diff_replay(self, _settings: Any, replay_id: str) -> Any:
        return compare_reviews(replay_id, [pair(a_head(), a_review(), a_review(generation=1))])

    async def promote_replay(
        self, _settings: Any, _replay_id: str, *, band: float, forced_for: str | None, tell: Any
    ) -> ReplayState:
        tell(1)
        self.promoted.append((band, forced_for))
        return self.state

    async def discard_replay(self, _settings: Any, _replay_id: str) -> ReplayState:
        return self.state


@pytest.fixture
def stories(monkeypatch: pytest.MonkeyPatch) -> Stories:
    """The stories behind the commands."""
    return Stories(monkeypatch)


NAMES = ("plan", "run", "resume", "status", "pause", "cancel", "list", "diff", "promote", "discard")


@pytest.mark.parametrize("command", [(), *((name,) for name in NAMES)])
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    """`--help` exits 0 and says something."""
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert "replay" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan",), "say which submissions are meant, or --all"),
        (("plan", "--all", "--submission", "a"), "--all"),
        (("plan", "--all", "--look-at", "0"), "0"),
        (("run",), "say which submissions are meant, or --all"),
        (("run", "--shadow"), "say which submissions are meant"),
        (("run", "--offsets", "3"), "PARTITION:FIRST-LAST"),
        (("run", "--offsets", "3:5-x"), "PARTITION:FIRST-LAST"),
        (("run", "--offsets", "0:5-3"), "ends before it begins"),
        (("run", "--offsets", "0:1-2", "--offsets", "0:5-6"), "partition 0 is given twice"),
        (("run", "--student", "a b"), "--student"),
        (("run", "--submission", ""), "--submission"),
        (("run", "--score-min", "101"), "101"),
        (("run", "--score-min", "60", "--score-max", "50"), "--score-min lies above --score-max"),
        (("run", "--since", "2026-03-02", "--until", "2026-03-01"), "--since lies above --until"),
        (("run", "--all", "--student", "a"), "--all"),
        (("run", "--all", "--rate", "0"), "0"),
        (("run", "--all", "--rate", "nan"), "nan"),
        (("run", "--all", "--rate", "inf"), "inf"),
        (("run", "--all", "--in-flight", "65"), "65"),
        (("run", "--all", "--since", "yesterday"), "give a time as"),
        (("run", "--all", "--reason", "x" * 2_001), "--reason"),
        (("run", "--appeal", "--student", "a", "--reason", "r"), "--appeal wants the --submission"),
        (("run", "--appeal", "--submission", "a"), "and its --reason"),
        (("promote", "replay-1", "--force"), "belong together"),
        (("promote", "replay-1", "--reason", "r"), "belong together"),
        (("promote", "replay-1", "--band", "nan"), "nan"),
        (("promote", "replay-1", "--band", "-1"), "-1"),
        (("diff",), "REPLAY_ID"),
        (("list", "--limit", "0"), "0"),
    ],
)
def test_wrong_usage_is_named(stories: Stories, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, before anything is connected to."""
    result = call(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert stories.requests == []


def test_the_options_are_what_is_chosen(stories: Stories) -> None:
    """Offsets are given with the last one included."""
    result = call(
        *("run", "--offsets", "0:3-5", "--offsets", "1:7", "--offsets", "2:9-", "--student", "a", "--student", "b"),
        *("--assignment", "hw", "--submission", "s", "--since", "2026-03-02", "--until", "2026-03-03T12:00Z"),
        *("--prompt-version", "p", "--rubric-version", "r", "--model", "m", "--score-min", "1", "--score-max", "9"),
        *("--shadow", "--fresh", "--appeal", "--reason", "why", "--rate", "0.5", "--in-flight", "3"),
    )
    assert result.exit_code == 0, result.output
    selection = Selection(
        offsets={0: (3, 6), 1: (7, 8), 2: (9, None)},
        students=("a", "b"),
        assignments=("hw",),
        submissions=("s",),
        since=datetime(2026, 3, 2, tzinfo=UTC),
        until=datetime(2026, 3, 3, 12, tzinfo=UTC),
        prompt_version="p",
        rubric_version="r",
        model="m",
        score_min=1,
        score_max=9,
    )
    assert stories.requests == [ReplayRequest(selection, "why", True, True, True, 0.5, 3)]


def test_offsets_come_through_unchanged_where_they_were_read_before() -> None:
    """Click converts defaults once more."""
    assert OffsetsOption().convert((1, 2, 3), None, None) == (1, 2, 3)
    with pytest.raises(click.UsageError):
        OffsetsOption().convert("1:" + "9" * 40, None, None)


def test_a_run_says_its_id_first_and_ends_with_its_state(stories: Stories) -> None:
    """One JSON document on stdout, the rest on stderr."""
    result = call("run", "--all", "--json")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[:2] == [
        "replay-1: 4 submissions, generation 1",
        "  after a kill: reviewstream replay resume replay-1",
    ]
    document = json.loads(result.stdout)
    assert (document["replay_id"], document["reviewed"], document["failures"]) == ("replay-1", 3, [])
    assert stories.niceness == 10, "live work goes first"
    assert stories.requests[0].selection == Selection()


@pytest.mark.parametrize("arguments", [("run", "--all"), ("resume", "replay-1")])
def test_a_replay_of_which_part_failed_exits_1_and_names_it(stories: Stories, arguments: tuple[str, ...]) -> None:
    """With the cure, and with nothing that acts on a terminal."""
    stories.state = stories.state.model_copy(update={"failed": 1})
    stories.failed = [FAILED]
    result = call(*arguments, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failures"] == [
        {
            "student": "student-1",
            "assignment": "hw-1",
            "submission": "sub-3",
            "origin": str(a_head(3).origin),
            "why": "archive_missing: gone\x1b[2J",
        }
    ]
    assert "failed: student-1 sub-3: archive_missing: gone" in result.stderr
    assert "\x1b" not in result.stderr
    assert "1 of 4 submissions have no review" in result.stderr
    assert "replay status replay-1" in result.stderr


@pytest.mark.parametrize("arguments", [("run", "--all"), ("resume", "replay-1")])
def test_an_interrupted_replay_says_how_to_go_on(stories: Stories, arguments: tuple[str, ...]) -> None:
    """Ctrl-C exits 130."""
    stories.ends_with = KeyboardInterrupt()
    result = call(*arguments)
    assert result.exit_code == 130
    assert "interrupted; go on: reviewstream replay resume replay-1" in result.stderr


def test_all_that_failed_are_named_by_status(stories: Stories) -> None:
    """A run names some and says where the rest is."""
    stories.state = stories.state.model_copy(update={"failed": 30})
    stories.failed = [FAILED] * 30
    assert call("run", "--all").stderr.count("failed: student-1") == 20
    assert call("status", "replay-1", "--text").stdout.count("failed: student-1") == 30


@pytest.mark.parametrize("is_shadow", [True, False])
def test_a_run_says_where_a_rejected_review_gets_a_successor(stories: Stories, is_shadow: bool) -> None:
    """In the shadow nothing is delivered."""
    stories.state = stories.state.model_copy(update={"rejected": 2, "is_shadow": is_shadow})
    said = "a teacher rejected the review of 2 of them; a new one is delivered" in call("run", "--all").stderr
    assert said is not is_shadow


def test_an_interrupt_before_anything_began_says_just_that(stories: Stories, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to go on with."""

    async def interrupted(*_: Any, **__: Any) -> ReplayState:
        raise KeyboardInterrupt

    monkeypatch.setattr(handlers, "begin_replay", interrupted)
    result = call("run", "--all")
    assert result.exit_code == 130
    assert "resume" not in result.stderr
    assert stories.requests == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StartRefused("there is no replay replay-9", "list them"), "list them"),
        (Unavailable(Dependency.MONGODB, "gone"), "mongodb is unavailable: gone"),
        (Unavailable(Dependency.KAFKA, "gone"), "doctor"),
    ],
)
def test_what_ends_a_command_is_a_sentence_with_its_cure(stories: Stories, error: Exception, said: str) -> None:
    """No traceback; exit code 1."""
    stories.ends_with = error
    result = call("resume", "replay-1")
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("phase", "ago", "is_abandoned"),
    [
        (ReplayPhase.RUNNING, timedelta(seconds=5), False),
        (ReplayPhase.RUNNING, timedelta(minutes=10), True),
        (ReplayPhase.PAUSED, timedelta(minutes=10), False),
        (ReplayPhase.FINISHED, timedelta(days=1), False),
    ],
)
def test_status_tells_that_nobody_works_on_it(
    stories: Stories, phase: ReplayPhase, ago: timedelta, is_abandoned: bool
) -> None:
    """With the command that goes on; a failure is named."""
    stories.state = stories.state.model_copy(update={"phase": phase, "heard_at": datetime.now(UTC) - ago})
    stories.failed = [FAILED]
    text = call("status", "replay-1", "--text")
    assert ("reviewstream replay resume replay-1" in text.stdout) is is_abandoned
    assert "failed: student-1 sub-3: archive_missing" in text.stdout
    assert "\x1b" not in text.stdout
    assert json.loads(call("status", "replay-1", "--json").stdout)["is_abandoned"] is is_abandoned


@pytest.mark.parametrize(("command", "phase"), [("pause", ReplayPhase.PAUSED), ("cancel", ReplayPhase.CANCELLED)])
def test_a_replay_is_turned(stories: Stories, command: str, phase: ReplayPhase) -> None:
    """And its new phase is said."""
    result = call(command, "replay-1", "--text")
    assert (result.exit_code, stories.turned) == (0, [("replay-1", phase)])
    assert phase.value in result.stdout


def test_replays_are_listed(stories: Stories, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each, or one document; none is said too."""
    assert len(call("list", "--limit", "2", "--text").stdout.splitlines()) == 2
    assert len(json.loads(call("list", "--json").stdout)) == 3

    async def none(*_: Any) -> list[ReplayState]:
        return []

    monkeypatch.setattr(handlers, "list_replays", none)
    assert "no replays yet" in call("list", "--text").stdout
    assert json.loads(call("list", "--json").stdout) == []
    assert stories.requests == []


def test_a_diff_is_lines_a_document_or_a_page(stories: Stories, tmp_path: Path) -> None:
    """The page is one file without scripts."""
    assert "promotion:" in call("diff", "replay-1", "--text").stdout
    page = tmp_path / "diff.html"
    result = call("diff", "replay-1", "--json", "--html", str(page))
    assert json.loads(result.stdout)["replay_id"] == stories.state.replay_id
    assert f"written to {page}" in result.stderr
    assert "<script" not in page.read_text("utf-8")


def test_a_page_that_cannot_be_written_is_said(stories: Stories, tmp_path: Path) -> None:
    """In a sentence."""
    result = call("diff", stories.state.replay_id, "--html", str(tmp_path / "no" / "diff.html"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_promotion_takes_its_band_and_its_reason(stories: Stories) -> None:
    """A reason alone overrules nothing."""
    assert call("promote", "replay-1").exit_code == 0
    assert call("promote", "replay-1", "--band", "0.5", "--force", "--reason", "why").exit_code == 0
    assert stories.promoted == [(3.0, None), (0.5, "why")]
    assert call("discard", "replay-1").exit_code == 0


def test_times_are_in_utc() -> None:
    """What a state says stands in the line as it is."""
    say: Callable[[ReplayState], str] = handlers._line
    assert say(a_state(heard_at=NOON)).endswith("last heard of at 2026-03-02 12:00:00Z")
