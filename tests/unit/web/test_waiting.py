"""The places of those who wait: no token takes all of them."""

from contextlib import ExitStack

import pytest

from app.core.access import KnownToken, Scope
from app.core.limits import WebLimits
from app.web.parts import parts_in
from app.web.problems import ProblemRaised
from app.web.waiting import WaitingPlaces
from tests.builders.state_records import refused, submitted
from tests.fakes.web import FakeWeb
from tests.unit.web.test_api import TASK, check_problem, tell

READ = frozenset({Scope.READ})
STUDENT = KnownToken("anna", READ, "0" * 64, "student-1")
PLATFORM = KnownToken("platform", READ, "1" * 64)
DESK = KnownToken("desk", READ, "2" * 64)
LIMITS = WebLimits(waiting_max=6, token_waiting_max=4, student_waiting_max=2)


def test_each_token_has_its_share() -> None:
    """A student's own a small one, any other a larger one, and all together no more than there are."""
    places = WaitingPlaces(LIMITS)
    with ExitStack() as held:
        for token in (STUDENT, STUDENT, PLATFORM, PLATFORM, PLATFORM):
            held.enter_context(places.hold(token))
        with pytest.raises(ProblemRaised, match="2 requests of this token"), places.hold(STUDENT):
            pass
        held.enter_context(places.hold(PLATFORM))
        assert places.free == 0
        with pytest.raises(ProblemRaised, match="6 requests are waiting") as full, places.hold(DESK):
            pass
        assert (full.value.status_code, full.value.code) == (503, "too_many_waiting")
    assert places.free == 6
    assert places.refusal(STUDENT) is None


def test_a_platform_keeps_no_other_out() -> None:
    """Its share is less than all places."""
    places = WaitingPlaces(LIMITS)
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(places.hold(PLATFORM))
        assert str(places.refusal(PLATFORM)).startswith("503: 4 requests of this token")
        assert places.refusal(DESK) is None
    assert WebLimits().token_waiting_max <= WebLimits().waiting_max / 2


@pytest.mark.parametrize("path", ["?wait=1", "/events"])
async def test_a_token_without_a_place_is_told_so(path: str) -> None:
    """A student's waiting requests keep neither the platform waiting nor the same student's plain question."""
    web = FakeWeb(limits=LIMITS)
    await tell(web, submitted(1))
    await tell(web, refused("comparator", 1))
    parts = parts_in(web.app)
    (token,) = (one for one in parts.access.tokens if one.student_id == "student-1")
    url = f"/api/v1/reviews/{TASK}"
    async with web.client("student-1") as student, web.client("read") as platform:
        with parts.waiting.hold(token), parts.waiting.hold(token):
            problem = check_problem(await student.get(f"{url}{path}"), 503)
            assert problem["type"].endswith("too_many_waiting")
            assert (await student.get(url)).status_code == 200
            assert (await platform.get(f"{url}{path}")).status_code == 200
        assert (await student.get(f"{url}{path}")).status_code == 200
    assert parts.waiting.free == LIMITS.waiting_max
