"""Fixtures for tests on real parts, and pytest's words about which parts those are.

Nothing is started for tests that ask for nothing: see `tests/parts/choice.py` for the choice. Under pytest-xdist each
process that runs tests has parts of its own: tests stop and kill the broker, and nobody else may notice.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings
from structlog.contextvars import clear_contextvars, get_contextvars

from app.embedded.platform.review_api import RecordingApi
from schemas.errors import StartRefused
from tests.fakes.llm_server import ScriptedLlm
from tests.parts import telling
from tests.parts.choice import Kafka, Parts, apache_kafka_is_required, look_around
from tests.parts.llama import LlamaServer
from tests.parts.node_packages import NodePackages

# No time is asserted: on a busy machine an example takes many times its milliseconds. pytest-timeout ends what hangs.
# The same code is tried with the same examples, so that a change is judged by what it changed.
# `make explore` draws others.
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    database=None,
)
settings.register_profile(
    "exploring", settings.get_profile("patient"), derandomize=False, print_blob=True, max_examples=500
)
settings.load_profile("patient")

PARTS = pytest.StashKey[Parts]()
PROCESSES = pytest.StashKey[dict[str, telling.Used | None]]()

_DEGRADED = "REQUIRE_APACHE_KAFKA is set, and this run would have to do without Apache Kafka"


def pytest_configure(config: pytest.Config) -> None:
    """Choose the parts; fail at once where the choice is not good enough."""
    config.stash[PROCESSES] = {}
    try:
        config.stash[PARTS] = Parts(look_around())
    except StartRefused as exc:
        raise pytest.UsageError(str(exc)) from exc
    chosen = config.stash[PARTS].plan
    if chosen.degraded and apache_kafka_is_required():
        raise pytest.UsageError(f"{_DEGRADED}: {chosen.broker_why}")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which parts the tests will use."""
    return config.stash[PARTS].plan.lines()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what only Apache Kafka can prove where there is none, and say so."""
    if item.get_closest_marker("apache_kafka") is None:
        return
    kafka = _start_kafka(item.config)
    if not kafka.is_apache_kafka:
        pytest.skip(f"needs Apache Kafka, and this is {kafka.name}: {kafka.why}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under pytest-xdist: hand what this process used to the one that speaks."""
    workeroutput = getattr(session.config, "workeroutput", None)
    if workeroutput is not None:
        workeroutput[telling.WHERE] = telling.used(session.config.stash[PARTS])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under pytest-xdist: a process will have something to tell."""
    node.config.stash[PROCESSES][node.gateway.id] = None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Under pytest-xdist: take what a process used; one that crashed has nothing to hand over."""
    node.config.stash[PROCESSES][node.gateway.id] = getattr(node, "workeroutput", {}).get(telling.WHERE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say again which parts were used, and how many tests were skipped."""
    processes: list[telling.Used | None] = [*config.stash[PROCESSES].values()]
    if not processes:
        processes.append(telling.used(config.stash[PARTS]))
    terminalreporter.section("real parts")
    for line in telling.summary(processes):
        terminalreporter.line(line, yellow=line == telling.NOT_PROVED)
    terminalreporter.line(f"skipped: {len(terminalreporter.stats.get('skipped', []))}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the parts, however the run ended."""
    if PARTS in config.stash:
        config.stash[PARTS].end()


@pytest.fixture(autouse=True)
def _names_are_bound_for_nobody_else() -> Iterator[None]:
    """What a test binds for its log lines is gone with it: the next test's lines would carry it."""
    yield
    left = get_contextvars()
    clear_contextvars()
    assert not left, "bound outside of a task, or never unbound"


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Kafka:
    """The broker that all tests share: use topic names of your own."""
    return _start_kafka(request.config)


@pytest.fixture(scope="session")
def mongo_url(request: pytest.FixtureRequest) -> str:
    """The database server that all tests share: use a database name of your own."""
    return request.config.stash[PARTS].start_mongo()


@pytest.fixture(scope="session")
def llama_server(request: pytest.FixtureRequest) -> LlamaServer:
    """The language model that all tests share. Whoever stops it starts it again."""
    return request.config.stash[PARTS].start_llama()


@pytest.fixture(scope="session")
def node_packages() -> NodePackages:
    """Node and what it needs; where they are not there, or cannot be fetched, the test says so and is skipped."""
    return NodePackages(do_without)


@pytest.fixture
async def recording_api() -> AsyncIterator[RecordingApi]:
    """The platform's review API and webhook receiver, fresh for each test."""
    api = RecordingApi()
    await api.start()
    yield api
    await api.stop()


@pytest.fixture
async def scripted_llm() -> AsyncIterator[ScriptedLlm]:
    """A language model without a script: the test sets `script`."""
    llm = ScriptedLlm()
    await llm.start()
    yield llm
    await llm.stop()


def do_without(refusal: StartRefused) -> NoReturn:
    if apache_kafka_is_required():
        pytest.fail(f"this run must prove everything: {refusal}", pytrace=False)
    pytest.skip(str(refusal))


def _start_kafka(config: pytest.Config) -> Kafka:
    kafka = config.stash[PARTS].start_kafka()
    if not kafka.is_apache_kafka and apache_kafka_is_required():
        pytest.fail(f"{_DEGRADED}: {kafka.why}", pytrace=False)
    return kafka
