"""Writes the sample logs beside this file by running the real tools on small projects made here.

Run it with `python generate.py TOOLS` in this folder; TOOLS is a scratch folder that keeps the tools between
runs. Samples of a tool that is not installed (go, node, npm, mvn, an old Python for nose) are left as they are, and
this is said. Paths and host names of the machine are replaced, so that samples say nothing about where they were made.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROJECTS = HERE / "projects"
PYTHON_TOOLS = [
    *("pytest", "pytest-xdist", "pytest-rerunfailures", "pytest-cov", "pytest-timeout"),
    *("pynose", "nose2", "unittest-xml-reporting"),
]
NOSE_PYTHONS = ["python3.9", "python3.8", "python3.7", "python3.6"]  # nose itself runs on none after these
NODE_TOOLS = ["jest", "jest-junit", "mocha", "bats", "tape"]

# sample file -> (project, arguments of pytest)
PYTEST_RUNS = {
    "pytest_verbose.txt": ("calc", ["-v"]),
    "pytest_default.txt": ("calc", []),
    "pytest_quiet.txt": ("calc", ["-q"]),
    "pytest_very_quiet.txt": ("calc", ["-qq"]),
    "pytest_xdist_verbose.txt": ("calc", ["-n", "2", "-v"]),
    "pytest_xdist_quiet.txt": ("calc", ["-n", "2", "-q"]),
    "pytest_colours.txt": ("calc", ["-v", "--color=yes"]),
    "pytest_all_reasons.txt": ("calc", ["-ra", "-q"]),
    "pytest_all_reasons_passes.txt": ("calc", ["-rA"]),
    "pytest_tb_short.txt": ("calc", ["--tb=short"]),
    "pytest_tb_line.txt": ("calc", ["--tb=line"]),
    "pytest_tb_native.txt": ("calc", ["--tb=native"]),
    "pytest_tb_no.txt": ("calc", ["--tb=no", "-q"]),
    "pytest_unnamed_failures.txt": ("calc", ["-rN"]),
    "pytest_stop_at_first.txt": ("calc", ["-x", "-v"]),
    "pytest_uncaptured.txt": ("calc", ["-v", "-s"]),
    "pytest_live_log.txt": ("calc", ["-v", "-o", "log_cli=true", "-o", "log_cli_level=INFO"]),
    "pytest_durations.txt": ("calc", ["-q", "--durations=3", "-vv"]),
    "pytest_coverage.txt": ("calc", ["-q", "--cov=calc", "--cov-report=term-missing"]),
    "pytest_no_tests.txt": ("calc", ["-k", "nothing_is_called_this"]),
    "pytest_usage_error.txt": ("calc", ["no_such_folder"]),
    "pytest_parametrised.txt": ("parametrised", ["-v"]),
    "pytest_parametrised_quiet.txt": ("parametrised", ["-q"]),
    "pytest_reruns.txt": ("reruns", ["-v", "--reruns", "2"]),
    "pytest_reruns_quiet.txt": ("reruns", ["-q", "--reruns", "2", "-rR"]),
    "pytest_subtests.txt": ("subtests", ["-v"]),
    "pytest_subtests_default.txt": ("subtests", []),
    "pytest_doctest.txt": ("doctests", ["-v", "--doctest-modules", "--doctest-glob=*.md"]),
    "pytest_collection_error.txt": ("broken", []),
    "pytest_collection_error_continued.txt": ("broken", ["-v", "--continue-on-collection-errors"]),
    "pytest_internal_error.txt": ("internal", []),
    "pytest_timeout.txt": ("slow", ["-v", "--timeout=1"]),
    "pytest_forged.txt": ("forged", []),
    "pytest_passing_quiet.txt": ("passing", ["-q"]),
    "pytest_passing_verbose.txt": ("passing", ["-v"]),
    "pytest_runs_unittest.txt": ("unittests", ["-v"]),
}

# sample file -> (project, arguments of the interpreter)
PYTHON_RUNS = {
    "unittest_verbose.txt": ("unittests", ["-m", "unittest", "-v"]),
    "unittest_default.txt": ("unittests", ["-m", "unittest"]),
    "unittest_buffered.txt": ("unittests", ["-m", "unittest", "-v", "-b"]),
    "unittest_import_error.txt": ("unittests_broken", ["-m", "unittest", "-v"]),
    "unittest_passing.txt": ("unittests_passing", ["-m", "unittest", "-v"]),
    "unittest_no_tests.txt": ("calc", ["-m", "unittest", "-v"]),
    "pynose_verbose.txt": ("nose", ["-m", "nose", "-v"]),
    "pynose_default.txt": ("nose", ["-m", "nose"]),
    "nose2_verbose.txt": ("nose", ["-m", "nose2", "-v"]),
    "doctest_plain.txt": ("doctests", ["-m", "doctest", "words.py"]),
    "doctest_verbose.txt": ("doctests", ["-m", "doctest", "-v", "words.py"]),
    "traceback_plain.txt": ("crash", ["main.py"]),
    "traceback_chained.txt": ("crash", ["main.py", "chained"]),
    "traceback_syntax.txt": ("crash", ["typo.py"]),
    "plain_output.txt": ("crash", ["main.py", "fine"]),
}

# sample file -> (project, command)
OTHER_RUNS = {
    "nose_verbose.txt": ("nose", ["{nose}", "-m", "nose", "-v"]),
    "nose_default.txt": ("nose", ["{nose}", "-m", "nose"]),
    "go_verbose.txt": ("golang", ["go", "test", "-v", "-cover", "./..."]),
    "go_default.txt": ("golang", ["go", "test", "./..."]),
    "go_json.txt": ("golang", ["go", "test", "-json", "./..."]),
    "go_panic.txt": ("golang_panic", ["go", "test", "-v", "./..."]),
    "go_timeout.txt": ("golang_slow", ["go", "test", "-v", "-timeout", "1s", "./..."]),
    "go_build_failed.txt": ("golang_broken", ["go", "test", "./..."]),
    "go_build_failed_json.txt": ("golang_broken", ["go", "test", "-json", "./..."]),
    "tap_node.txt": ("node", ["node", "--test", "--test-reporter=tap"]),
    "node_spec.txt": ("node", ["node", "--test", "--test-reporter=spec"]),
    "junit_node.xml": ("node", ["node", "--test", "--test-reporter=junit"]),
    "jest_default.txt": ("jest", ["{node}/jest"]),
    "jest_verbose.txt": ("jest", ["{node}/jest", "--verbose", "--coverage"]),
    "jest_colours.txt": ("jest", ["{node}/jest", "--verbose", "--colors"]),
    "jest_json.txt": ("jest", ["{node}/jest", "--json"]),
    "jest_one_file.txt": ("jest", ["{node}/jest", "cart"]),
    "mocha_spec.txt": ("mocha", ["{node}/mocha"]),
    "mocha_tap.txt": ("mocha", ["{node}/mocha", "--reporter", "tap"]),
    "tap_bats.txt": ("bats", ["{node}/../bats/bin/bats", "--formatter", "tap", "cart.bats"]),
    "tap_tape.txt": ("tape", ["node", "cart.js"]),
    "surefire_text.txt": ("maven", ["mvn", "-o", "-B", "-ntp", "-Dstyle.color=never", "test"]),
    "junit_mocha.xml": ("mocha", ["{node}/mocha", "--reporter", "xunit"]),
}


# sample file -> what a shell is told to run on the project `deaths`
DEATHS = {
    "death_out_of_memory.txt": "ulimit -v 200000; python main.py hungry; echo exit code: $?",
    "death_timeout.txt": "timeout --verbose 1 python main.py slow; echo exit code: $?",
    "death_killed.txt": "python main.py killed; echo exit code: $?",
    "death_crashed.txt": "python -X faulthandler main.py crashed; echo exit code: $?",
    "death_exit_code.txt": "python main.py failed; echo exit code: $?",
}

# sample file -> (project, command, the report that the tool writes)
REPORTS = {
    "junit_pytest_xunit1.xml": (
        "calc",
        ["{python}", "-m", "pytest", "-o", "junit_family=xunit1", "--junit-xml=report.xml"],
        "report.xml",
    ),
    "junit_pytest_xunit2.xml": (
        "calc",
        ["{python}", "-m", "pytest", "-o", "junit_family=xunit2", "--junit-xml=report.xml"],
        "report.xml",
    ),
    "junit_unittest.xml": ("unittests", ["{python}", "-m", "xmlrunner", "--output-file", "report.xml"], "report.xml"),
    "junit_jest.xml": ("jest", ["{node}/jest", "--reporters=jest-junit"], "junit.xml"),
    "junit_surefire.xml": ("maven", ["mvn", "-B", "-q", "test"], "target/surefire-reports/TEST-shop.CartTest.xml"),
}


def main() -> None:
    """Install the tools where they are not, then write every sample."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("tools", type=Path, help="scratch folder for the tools")
    arguments.add_argument("only", nargs="*", help="names of samples; all where none is given")
    given = arguments.parse_args()
    tools: Path = given.tools.resolve()
    python = _python(tools)
    node = _node(tools)
    nose = _nose(tools)
    runs = {
        **{name: (project, [str(python), "-m", "pytest", *rest]) for name, (project, rest) in PYTEST_RUNS.items()},
        **{name: (project, [str(python), *rest]) for name, (project, rest) in PYTHON_RUNS.items()},
        **{
            name: (project, [part.format(node=node, nose=nose) for part in rest])
            for name, (project, rest) in OTHER_RUNS.items()
        },
        **{name: ("deaths", ["bash", "-c", script]) for name, script in DEATHS.items()},
    }
    reports = {
        name: (project, [part.format(node=node, python=python) for part in command], report)
        for name, (project, command, report) in REPORTS.items()
    }
    everything = {**reports, **{name: (*run, None) for name, run in runs.items()}}
    for name, (project, command, report) in everything.items():
        if given.only and name not in given.only:
            continue
        if shutil.which(command[0]) is None:
            sys.stdout.write(f"left as it is, {Path(command[0]).name} is not installed: {name}\n")
            continue
        _write(name, _run(project, command, tools, report))


def _python(tools: Path) -> Path:
    python = tools / "python" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", tools / "python"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PYTHON_TOOLS], check=True)
    return python


def _nose(tools: Path) -> Path:
    """An old Python with nose; a path where nothing is if no old Python runs."""
    python = tools / "nose" / "bin" / "python"
    for name in NOSE_PYTHONS:
        if python.exists():
            break
        if subprocess.run(["bash", "-c", f"{name} -c pass"], check=False, capture_output=True).returncode == 0:
            subprocess.run([name, "-m", "venv", tools / "nose"], check=True)
            subprocess.run([python, "-m", "pip", "install", "-q", "nose==1.3.7"], check=True)
    return python


def _node(tools: Path) -> Path:
    npm = shutil.which("npm")
    if npm and not (tools / "node_modules").exists():
        subprocess.run([npm, "install", "--silent", "--prefix", tools, *NODE_TOOLS], check=True)
    return tools / "node_modules" / ".bin"


def _run(project: str, command: list[str], tools: Path, report: str | None = None) -> str:
    """What the tool writes to both streams, in order; or its report file. The exit status does not matter."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve() / "homework"
        shutil.copytree(PROJECTS / project, root)
        for path in sorted(root.rglob("*.sample")):  # named so that no tool of this repository reads them
            path.rename(path.with_suffix(""))
        if project in {"jest", "mocha", "tape"}:
            (root / "node_modules").symlink_to(tools / "node_modules")
        environment = {
            "PATH": f"{tools / 'python' / 'bin'}:{os.environ['PATH']}",
            "HOME": os.environ.get("HOME", scratch),
            "COLUMNS": "80",
            "LANG": "C.UTF-8",
            "GOFLAGS": "-mod=mod",
            "JEST_JUNIT_ADD_FILE_ATTRIBUTE": "true",
        }
        done = subprocess.run(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        text = (root / report).read_text() if report else done.stdout.decode("utf-8", "replace")
        return _anonymous(text, root, tools)


def _anonymous(text: str, root: Path, tools: Path) -> str:
    replaced = {
        str(root): "/home/student/homework",
        str(tools / "node_modules"): "/home/student/homework/node_modules",
        str(tools / "python"): "/home/student/.venv",
        str(tools / "nose"): "/home/student/.venv",
        str(Path(sys.base_prefix)): "/usr/local",
        str(Path.home()): "/home/student",
        platform.node(): "laptop",
    }
    for old, new in replaced.items():
        if len(old) > 3:
            text = text.replace(old, new)
    # Surefire writes down all of the machine's properties: their names are kept.
    text = re.sub(r'(<property name="[^"]*" value=")[^"]*"', r'\1"', text)
    return re.sub(r'hostname="[^"]*"', 'hostname="laptop"', text)


def _write(name: str, text: str) -> None:
    (HERE / name).write_text(text)
    sys.stdout.write(f"{name}: {len(text)} characters\n")


if __name__ == "__main__":
    main()
