"""Which parts are chosen, and why: for the tests' run, and for Apache Kafka's own needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.embedded.broker.apache_kafka import FoundKafka, NotUsable, cache_dir, find, server_properties
from app.embedded.broker.tansu import WORKER_ENVIRONMENT
from schemas.errors import StartRefused
from tests.parts import telling
from tests.parts.choice import plan
from tests.parts.docker import container_environment, docker_absence
from tests.patience import PATIENCE_S

JVM = FoundKafka(Path("/usr/bin/java"), 17, Path("/cache/kafka"), Path("/usr/bin/mvn"))
NO_JVM = NotUsable("no Java was found")
NO_DOCKER = "no Docker engine answers"


@pytest.mark.parametrize(
    ("asked", "no_docker", "jvm", "broker", "mongo"),
    [
        (None, None, JVM, "docker", "docker"),
        (None, NO_DOCKER, JVM, "apache-kafka", "secantusdb"),
        (None, NO_DOCKER, NO_JVM, "tansu", "secantusdb"),
        ("tansu", None, JVM, "tansu", "secantusdb"),
        ("apache-kafka", None, JVM, "apache-kafka", "secantusdb"),
        ("docker", None, NO_JVM, "docker", "docker"),
    ],
)
def test_parts_are_chosen_in_order(
    asked: str | None, no_docker: str | None, jvm: FoundKafka | NotUsable, broker: str, mongo: str
) -> None:
    """Docker comes first, then the JVM, then Tansu, unless one of them is asked for."""
    chosen = plan(asked, no_docker=no_docker, jvm=jvm)
    assert (chosen.broker, chosen.mongo) == (broker, mongo)


def test_degraded_choice_names_both_reasons() -> None:
    """A run on Tansu says why there is neither Docker nor Java."""
    chosen = plan(None, no_docker=NO_DOCKER, jvm=NO_JVM)
    assert chosen.degraded
    assert chosen.lines()[0] == "kafka: Tansu (no Docker engine answers, and no Java was found)"


@pytest.mark.parametrize("asked", ["docker", "apache-kafka", "redpanda"])
def test_part_asked_for_in_vain_is_refused(asked: str) -> None:
    """What `TEST_BROKER` asks for is used or refused, never replaced."""
    with pytest.raises(StartRefused, match=f"TEST_BROKER .*{asked}"):
        plan(asked, no_docker=NO_DOCKER, jvm=NO_JVM)


def _run_pytest(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A pytest run of its own, on a machine that has neither Docker nor Java."""
    bare = {"PATH": str(tmp_path), "HOME": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/none"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        env=bare | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_run_without_apache_kafka_fails_where_it_is_required(tmp_path: Path) -> None:
    """With REQUIRE_APACHE_KAFKA=1 a run that would do without it ends at once with an error that says why."""
    run = _run_pytest(tmp_path, "--collect-only", __file__, REQUIRE_APACHE_KAFKA="1")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "this run would have to do without Apache Kafka: no Docker engine answers, and no Java" in run.stderr


def test_header_names_the_parts(tmp_path: Path) -> None:
    """Pytest's header says which parts a run uses, and why."""
    run = _run_pytest(tmp_path, "--collect-only", __file__)
    assert run.returncode == pytest.ExitCode.OK
    assert "kafka: Tansu (no Docker engine answers, and no Java was found" in run.stdout
    assert "mongodb: SecantusDB (no Docker engine answers)" in run.stdout


ON_KAFKA: telling.Used = {"kafka": "Apache Kafka (why)", "lesser_kafka": False, "mongo": "mongodb: SecantusDB (why)"}
ON_TANSU: telling.Used = {"kafka": "Tansu (no jars)", "lesser_kafka": True, "mongo": None}
ON_NOTHING: telling.Used = {"kafka": None, "lesser_kafka": False, "mongo": None}


@pytest.mark.parametrize(
    ("processes", "said"),
    [
        ([ON_KAFKA, ON_KAFKA], ["kafka: ran on Apache Kafka (why)", "mongodb: SecantusDB (why)"]),
        ([ON_KAFKA, ON_NOTHING], ["kafka: ran on Apache Kafka (why)", "mongodb: SecantusDB (why)"]),
        (
            [ON_KAFKA, ON_TANSU],
            [
                "kafka: ran on Apache Kafka (why)",
                "kafka: ran on Tansu (no jars)",
                "mongodb: SecantusDB (why)",
                telling.NOT_PROVED,
            ],
        ),
        (
            [ON_NOTHING],
            ["kafka: not started, no test asked for it", "mongodb: not started, no test asked for it"],
        ),
        (
            [ON_KAFKA, None],
            [
                "kafka: ran on Apache Kafka (why)",
                "mongodb: SecantusDB (why)",
                "1 process(es) ended without telling what they ran on",
            ],
        ),
        ([None, None], ["2 process(es) ended without telling what they ran on"]),
    ],
    ids=["alike", "one idle", "one lesser", "all idle", "one crashed", "interrupted"],
)
def test_the_summary_speaks_for_all_processes(processes: list[telling.Used | None], said: list[str]) -> None:
    """What any process ran on is told once; one lesser broker makes the run a degraded one; a crash is told."""
    assert telling.summary(processes) == said


def test_remote_docker_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Docker engine on another machine is not used: its containers could not be reached on loopback."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    assert docker_absence() == "DOCKER_HOST is tcp, and the tests' containers must be on this machine"


def test_dead_docker_socket_is_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A socket behind which nobody listens is no Docker engine."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    assert docker_absence() == NO_DOCKER


def test_container_gets_the_embedded_settings() -> None:
    """The container's broker has the embedded one's settings, in the image's spelling, and tells clients loopback."""
    environment = container_environment(23_456)
    assert environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert environment["KAFKA_ADVERTISED_LISTENERS"] == "PLAINTEXT://127.0.0.1:23456"
    assert environment["KAFKA_LISTENERS"] == "PLAINTEXT://0.0.0.0:23456,CONTROLLER://127.0.0.1:9093"


def test_embedded_broker_listens_on_loopback_only() -> None:
    """Every address in the broker's settings is 127.0.0.1."""
    text = server_properties(port=1, controller_port=2, data_dir=Path("/d"), message_bytes_max=3)
    addresses = [line for line in text.splitlines() if "//" in line or "@" in line]
    assert len(addresses) == 3
    assert "0.0.0.0" not in "".join(addresses)
    assert all(line.count("127.0.0.1") == line.count(":1") + line.count(":2") for line in addresses)


def _executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo '    java.specification.version = 11' >&2", "is Java 11, and Apache Kafka needs 17 or newer"),
        ("echo '    java.specification.version = 1.8' >&2", "is Java 8, and Apache Kafka needs 17 or newer"),
        ("exit 1", "does not tell its version"),
    ],
)
def test_unfit_java_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, why: str
) -> None:
    """A Java that is too old or does not run is named with the reason why it cannot be used."""
    java = _executable(tmp_path / "bin" / "java", script)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert find(tmp_path) == NotUsable(f"{java} {why}")


def test_maven_is_needed_until_the_jars_are_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without Maven Apache Kafka cannot be used, unless its jars were fetched before."""
    _executable(tmp_path / "bin" / "java", "echo '    java.specification.version = 21' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    assert find(tmp_path) == NotUsable("Maven (mvn), which would fetch Apache Kafka's jars, is not on the PATH")
    (tmp_path / "kafka-4.3.0").mkdir()
    found = find(tmp_path)
    assert isinstance(found, FoundKafka)
    assert (found.fetched, found.java_version) == (True, 21)


def test_cache_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`REVIEWSTREAM_CACHE` names the cache; in a checkout it is `.cache` beside `pyproject.toml` otherwise."""
    monkeypatch.setenv("REVIEWSTREAM_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("REVIEWSTREAM_CACHE")
    assert (cache_dir().name, (cache_dir().parent / "pyproject.toml").is_file()) == (".cache", True)


def test_tansu_gets_what_it_can_bear() -> None:
    """Workers on Tansu are told the only times with which a restart does not hang, and to do without idempotence."""
    assert WORKER_ENVIRONMENT == {
        "KAFKA_SESSION_TIMEOUT_S": "6",
        "KAFKA_HEARTBEAT_INTERVAL_S": "1",
        "KAFKA_REBALANCE_TIMEOUT_S": "6",
        "KAFKA_IDEMPOTENT_PRODUCER": "false",
    }
