"""`reviewstream` at a teacher's desk: what it says, to whom, and with which status."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.catalogue import words_in
from app.cli.main import main
from app.core.submission import ignored

NOWHERE = "127.0.0.1:1"


def call(*arguments: str | Path, stdin: str = "") -> Result:
    environment = {"KAFKA_BOOTSTRAP_SERVERS": NOWHERE}
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin, env=environment)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A file of code with a line that is longer than any terminal is wide."""
    path = tmp_path / "main.py"
    path.write_text(f"def answer():\n\treturn 42  # {'long ' * 100}end\n")
    return path


def test_a_test_log_that_cannot_be_read_is_no_refusal(tmp_path: Path, code: Path) -> None:
    """A test log that is not there cannot be read; no reason of the stream is named."""
    for result in (call("testlog", tmp_path / "none"), call("review", "-", code, "--test-logs", tmp_path / "none")):
        assert result.exit_code == 1
        assert f"error: {tmp_path / 'none'} cannot be read: No such file or directory\n" in result.stderr
        assert "refused" not in result.stderr


def test_a_test_log_comes_from_stdin() -> None:
    """`testlog -` reads standard input."""
    result = call("testlog", "-", "--text", stdin="===== 3 passed in 0.1s =====\n")
    assert result.exit_code == 0
    assert "3 passed" in result.stdout


@pytest.mark.parametrize("command", ["review", "diff"])
def test_a_dash_is_only_for_previous(command: str, code: Path) -> None:
    """`-` as CURRENT is wrong usage, and the message says where it is right."""
    result = call(command, code, "-")
    assert result.exit_code == 2
    assert "only for PREVIOUS" in result.stderr


@pytest.mark.parametrize("side", ["PREVIOUS", "CURRENT"])
def test_a_refusal_names_the_side(side: str, tmp_path: Path, code: Path) -> None:
    """Which of the two paths is refused stands in the message, and what to do about it."""
    absent = tmp_path / "none"
    result = call("diff", *((absent, code) if side == "PREVIOUS" else (code, absent)))
    assert result.exit_code == 1
    error, cure = result.stderr.splitlines()
    assert error == f"error: refused (archive_missing): {side}: {absent}: does not exist"
    assert cure.startswith("  cure: check the path")


def test_prose_alone_is_not_reviewed(tmp_path: Path) -> None:
    """Two sides without any code give no scores but a message."""
    (tmp_path / "x.txt").write_text("hello")
    result = call("review", "-", tmp_path / "x.txt")
    assert result.exit_code == 1
    assert "there is no code to review" in result.stderr


def test_a_diff_is_never_wrapped(code: Path) -> None:
    """Each line of a diff is one line of output, tabs included, however long."""
    result = call("diff", "--text", "-", code)
    assert f"+\treturn 42  # {'long ' * 100}end" in result.stdout.splitlines()


def test_a_test_log_is_not_wrapped() -> None:
    """A test's name is one line of output, however long."""
    name = f"tests/test_x.py::test_{'long_' * 50}"
    result = call("testlog", "-", "--text", stdin=f"{name} PASSED [100%]\n===== 1 passed in 0.1s =====\n")
    assert any(line.endswith(name) for line in result.stdout.splitlines())


def test_several_logs_are_one_submissions(tmp_path: Path) -> None:
    """Files and folders of logs make one report, and each is named with what it was."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text("===== 3 passed in 0.1s =====\n")
    (tmp_path / "b.txt").write_text("hello\n")
    shown = call("testlog", tmp_path / "logs", tmp_path / "b.txt", "--text").stdout
    assert "read: a.log, 29 characters, pytest\n" in shown
    assert "read: b.txt, 6 characters, in no known format\n" in shown
    document = json.loads(call("testlog", tmp_path / "logs", tmp_path / "b.txt", "--json").stdout)
    assert document["totals"] == {"passed": 3}
    assert document["logs"] == [
        {"name": "a.log", "chars": 29, "formats": ["pytest"]},
        {"name": "b.txt", "chars": 6, "formats": []},
    ]


def test_a_log_in_no_known_format_is_shown(tmp_path: Path) -> None:
    """Unknown text is said to be unknown, and its end is shown without what acts on a terminal."""
    (tmp_path / "b.txt").write_text("training\x1b[2J\nepoch 1\n")
    shown = call("testlog", tmp_path / "b.txt", "--text").stdout
    assert shown.startswith("unknown format: no totals (confidence 0.00)\n")
    assert shown.endswith("its end:\n  training\n  epoch 1\n")


def test_tests_without_names_are_counted() -> None:
    """A quiet log's passing tests have no names, and how many they are is said."""
    shown = call("testlog", "-", "--text", stdin="===== 3 passed in 0.1s =====\n").stdout
    assert "and 3 tests that are counted and not named\n" in shown


def test_what_is_left_out_of_either_side_is_told(tmp_path: Path) -> None:
    """`diff` says of both sides what was read, what was left out, why, and the first files of each reason by name."""
    for side in ("old", "new"):
        (tmp_path / side / "data").mkdir(parents=True)
        (tmp_path / side / "main.py").write_text("x = 1\n")
        (tmp_path / side / "data" / f"{side}.csv").write_text("1\n")
    shown = call("diff", tmp_path / "old", tmp_path / "new", "--text").stdout
    assert "PREVIOUS: 1 files read, 6 characters\n  left out as data (data files), 1: data/old.csv\n" in shown
    assert "CURRENT: 1 files read, 6 characters\n  left out as data (data files), 1: data/new.csv\n" in shown
    document = json.loads(call("diff", tmp_path / "old", tmp_path / "new", "--json").stdout)
    assert document["coverage"]["omitted_files"] == {"data": ["data/new.csv"]}
    assert document["previous_coverage"]["omitted_files"] == {"data": ["data/old.csv"]}


@pytest.mark.parametrize("assignment", ["", "дз1", "a b/c"])
def test_an_assignment_that_is_no_id_is_wrong_usage(assignment: str, code: Path) -> None:
    """It exits 2 and says what an id is, for no review could be stored under it."""
    result = call("review", "-", code, "--offline", "--assignment", assignment)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{assignment!r} is no id: it wants Latin letters, digits" in " ".join(result.stderr.split())


def test_any_two_folders_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a submission would be refused for, size or a link that leaves it, is said at a desk and compared."""
    monkeypatch.setenv("SUBMISSION_CHARS_MAX", "1024")
    for side, value in (("old", 1), ("new", 2)):
        (tmp_path / side).mkdir()
        (tmp_path / side / "main.py").write_text(f"x = {value}\n")
    (tmp_path / "old" / "out.py").symlink_to("/etc/hostname")
    (tmp_path / "new" / "long.py").write_text("y = 1\n" * 200)
    document = json.loads(call("diff", tmp_path / "old", tmp_path / "new", "--json").stdout)
    assert {change["kind"] for change in document["changes"]} == {"add_constant", "modify_constant"}
    assert document["previous_coverage"]["notes"] == [
        "a submission like this would be refused (archive_unsafe): a link leads out of the folder: out.py"
    ]
    (note,) = document["coverage"]["notes"]
    assert note.startswith("a submission like this would be refused (submission_too_large): the text of 2 files has")


def test_every_reason_is_explained() -> None:
    """Each reason that a path alone can be left out for is told in words beside its name."""
    told = {*ignored.FOLDERS.values(), *ignored._FILES.values(), *ignored._SUFFIXES.values()}
    assert told <= words_in("en").omissions.keys()


def test_dead_letters_without_a_broker(caplog: pytest.LogCaptureFixture) -> None:
    """Where no broker answers, `deadletters` names the address, and the client's own lines are not shown."""
    result = call("deadletters", "list")
    assert result.exit_code == 1
    assert f"error: no broker at {NOWHERE}\n" in result.stderr
    assert [record for record in caplog.records if record.name.startswith("aiokafka")] == []


def test_a_review_as_a_sarif_log(code: Path) -> None:
    """With `--sarif` stdout is one SARIF log, also where it is a terminal; other forms beside it are wrong usage."""
    result = call("review", "-", code, "--offline", "--sarif")
    assert result.exit_code == 0
    log = json.loads(result.stdout)
    assert log["version"] == "2.1.0"
    assert log["runs"][0]["tool"]["driver"]["name"] == "reviewstream"
    assert call("review", "-", code, "--offline", "--sarif", "--json").exit_code == 2
