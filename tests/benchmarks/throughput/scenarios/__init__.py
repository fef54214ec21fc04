"""The scenarios, in the order in which they are run. Each gives a document of figures, which is kept."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.scenarios.burst import burst
from tests.benchmarks.throughput.scenarios.desk import desk
from tests.benchmarks.throughput.scenarios.endurance import endurance
from tests.benchmarks.throughput.scenarios.knee import knee
from tests.benchmarks.throughput.scenarios.large import large
from tests.benchmarks.throughput.scenarios.side_by_side import side_by_side
from tests.benchmarks.throughput.scenarios.state import state
from tests.benchmarks.throughput.scenarios.students import students
from tests.benchmarks.throughput.sizes import Sizes

Figures = dict[str, Any]
Scenario = Callable[[Bench, Sizes, tuple[str, ...]], Awaitable[Figures]]

SCENARIOS: Final[dict[str, Scenario]] = {
    "peers": side_by_side,
    "knee": knee,
    "students": students,
    "large": large,
    "burst": burst,
    "endurance": endurance,
    "state": state,
    "desk": desk,
}
