"""Run pytest on every sample attempt and keep what it prints beside the attempt: `python generate_logs.py`.

The logs of the samples are real ones: made by this script, committed, read by the demo. Run it again after
changing a sample. The attempts run in a temporary copy, and the only edits to the output replace what belongs
to one machine (folder, interpreter, host name, today's date) by what a student's machine would have shown.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent

ARGUMENTS: dict[str, list[str]] = {
    "anna.petrova/hw1-feature-store/attempt-1": ["-v"],
    "anna.petrova/hw1-feature-store/attempt-2": ["-v", "--color=yes"],
    "anna.petrova/hw1-feature-store/attempt-3": ["-q"],
    "anna.petrova/hw2-ranking-service/attempt-1": ["--tb=short", "-ra"],
    "anna.petrova/hw2-ranking-service/attempt-2": ["-q", "--junit-xml=junit.xml"],
    "boris.ivanov/hw1-feature-store/attempt-1": ["-q"],
    "boris.ivanov/hw1-feature-store/attempt-2": ["--color=yes", "-v"],
    "boris.ivanov/hw1-feature-store/attempt-3": ["-v", "--durations=3"],
    # darya.kim's first attempt, a notebook, came without a log.
    "darya.kim/hw2-ranking-service/attempt-2": [],
    "darya.kim/hw2-ranking-service/attempt-3": ["-v"],
    "viktor.sokolov/hw1-feature-store/attempt-1": ["-v", "--tb=line"],
    "viktor.sokolov/hw1-feature-store/attempt-2": ["-rs"],
}
"""Attempt -> pytest's arguments; chosen so that the formats differ, as students' logs do."""

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a student has none of our plugins
    "PYTHONDONTWRITEBYTECODE": "1",
    "COLUMNS": "100",
    "LANG": "C.UTF-8",
}


def run_pytest(attempt: str, arguments: list[str]) -> None:
    """Run the attempt's tests in a copy and write `attempt-N.pytest.log`, and `attempt-N.junit.xml` if asked for."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch).resolve() / "homework"
        shutil.copytree(SAMPLES / attempt, copy)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=copy,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode not in (0, 1, 2) or done.stderr:
            raise SystemExit(f"{attempt}: pytest ended with {done.returncode}\n{done.stdout}{done.stderr}")
        home = f"/home/student/{attempt.split('/')[1]}"
        write_log(attempt, "pytest.log", done.stdout, copy, home)
        junit = copy / "junit.xml"
        if junit.exists():
            write_log(attempt, "junit.xml", junit.read_text(encoding="utf-8"), copy, home)


def write_log(attempt: str, suffix: str, text: str, copy: Path, home: str) -> None:
    """Write `text` beside the attempt, as it would look on the student's machine."""
    text = re.sub(r" -- /\S+$", " -- /usr/bin/python3", text, count=1, flags=re.MULTILINE)  # pytest's header
    text = text.replace(str(copy), home)
    text = text.replace(sysconfig.get_path("purelib"), "/home/student/.venv/lib/python3.11/site-packages")
    text = text.replace(sysconfig.get_path("stdlib"), "/usr/lib/python3.11")
    text = re.sub(r'hostname="[^"]*"', 'hostname="student-laptop"', text)
    text = re.sub(r'timestamp="[^"]*"', 'timestamp="2025-10-24T18:02:11.000000+03:00"', text)
    text = re.sub(r"/tmp/pytest-of-\w+", "/tmp/pytest-of-student", text)
    path = SAMPLES / f"{attempt}.{suffix}"
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    for _attempt, _arguments in ARGUMENTS.items():
        run_pytest(_attempt, _arguments)
        print(_attempt)
