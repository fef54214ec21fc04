"""Logs as the systems that carry them write them down: one builder per system's prefix."""

from collections.abc import Callable
from typing import Final

Carry = Callable[[str], str]


def _each(prefix: Callable[[int], str]) -> Carry:
    """Put `prefix(number of the line)` before each line."""
    return lambda text: "\n".join(prefix(number) + line for number, line in enumerate(text.split("\n")))


def _clock(number: int) -> str:
    return f"{10 + number // 3600 % 14:02}:{number // 60 % 60:02}:{number % 60:02}"


def _time(number: int, zone: str = "Z", digits: int = 7, gap: str = "T") -> str:
    fraction = f".{number * 7919 % 10**digits:0{digits}}" if digits else ""
    return f"2026-03-02{gap}{_clock(number)}{fraction}{zone}"


def _bare_at_blank_lines(carry: Carry) -> Carry:
    """What an editor that drops blanks at the ends of lines leaves."""
    return lambda text: "\n".join(line.rstrip(" ") for line in carry(text).split("\n"))


def _gitlab_in_pieces(text: str) -> str:
    """GitLab's own cut within lines: the runner flushed half of it, and the rest continues it."""
    lines = []
    for number, line in enumerate(text.split("\n")):
        half = len(line) // 2 if number % 5 == 2 else len(line)
        lines.append(f"{_time(number, digits=6)} 00O {line[:half]}")
        if half < len(line):
            lines.append(f"{_time(number, digits=6)} 00O+{line[half:]}")
    return "\n".join(lines)


def _cri_in_pieces(text: str) -> str:
    """The container runtime's cut of long lines: all pieces but the last are marked `P`."""
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        pieces = [line[at : at + 60] for at in range(0, len(line), 60)] or [""]
        marks = "P" * (len(pieces) - 1) + "F"
        lines.extend(f"{_time(number, '+01:00', 9)} stdout {m} {p}" for m, p in zip(marks, pieces, strict=True))
    return "\n".join(lines)


def _beside_a_database(text: str) -> str:
    """Two services of a compose project writing at once."""
    lines = [
        f"tests-1  | {line}\ndb-1     | {_time(n, ' UTC', 3, ' ')} LOG:  ready"
        for n, line in enumerate(text.split("\n"))
    ]
    return "\n".join(["Attaching to db-1, tests-1", *lines, "tests-1 exited with code 1"])


gitlab_marking_whole_lines: Final = _each(lambda n: f"{_time(n, digits=6)} 01O{'+' if n % 7 == 0 else ' '}")
"""GitLab's mark of a continued line where nothing is continued, as it was seen in logs."""

SYSTEMS: Final[dict[str, Carry]] = {
    "github raw": _each(lambda n: f"{_time(n)} "),
    "github run view": _each(lambda n: f"test\tRun tests\t{_time(n)} "),
    "github run view, two words": _each(lambda n: f"build (3.12)\tUNKNOWN STEP\t\ufeff{_time(n)} "),
    "gitlab": _each(lambda n: f"{_time(n, digits=6)} 00O "),
    "gitlab, two streams": _each(lambda n: f"{_time(n, digits=6)} 0{n % 2}{'OE'[n % 2]} "),
    "gitlab, in pieces": _gitlab_in_pieces,
    "jenkins": _each(lambda n: f"[{_time(n, digits=3)}] "),
    "jenkins, clock": _each(lambda n: f"{_clock(n)}  "),
    "compose": _each(lambda _: "tests-1  | "),
    "compose v1": _each(lambda _: "hw_web_1  | "),
    "compose, coloured": _each(lambda _: "\x1b[36mtests-1  | \x1b[0m"),
    "compose, timestamps": _each(lambda n: f"tests-1  | {_time(n, digits=9)} "),
    "compose, two services": _beside_a_database,
    "compose in github": _each(lambda n: f"{_time(n)} tests-1  | "),
    "docker": _each(lambda n: f"{_time(n, digits=9)} "),
    "docker, offset": _each(lambda n: f"{_time(n, '+03:00', 9)} "),
    "docker, negative offset": _each(lambda n: f"{_time(n, '-0530', 0)} "),
    "cri": _each(lambda n: f"{_time(n, digits=9)} stdout F "),
    "cri, in pieces": _cri_in_pieces,
    "kubectl": _each(lambda _: "[pod/tests-7d9f/runner] "),
    "kubectl, timestamps": _each(lambda n: f"[pod/tests-7d9f/runner] {_time(n, digits=9)} "),
    "stern": _each(lambda _: "tests-7d9f runner "),
    "teamcity": _each(lambda n: f"[{_clock(n)}] : "),
    "teamcity, step": _each(lambda n: f"[{_clock(n)}]{':WEi'[n % 4] if n % 4 else ' '}:\t [Step 1/2] "),
    "azure": _each(lambda n: f"{_time(n)} "),
    "buildkite": _each(lambda n: f"\x1b_bk;t={1772446000000 + n}\x07"),
    "buildkite, timestamps": _each(lambda n: f"[{_time(n, digits=0)}] "),
    "act": _each(lambda _: "[CI/test]   | "),
    "act, bar": _each(lambda _: "| "),
    "journal": _each(lambda n: f"Mar  2 {_clock(n)} host tests[417]: "),
    "journal, iso": _each(lambda n: f"{_time(n, '+0000', 0)} host tests[417]: "),
    "syslog time": _each(lambda n: f"Mar 02 {_clock(n)} "),
    "clock in brackets": _each(lambda n: f"[{_clock(n)}] "),
    "heroku": _each(lambda n: f"{_time(n, '+00:00', 6)} app[run.417]: "),
    "cloudwatch": _each(lambda n: f"{_time(n, digits=3)}\t"),
    "logging": _each(lambda n: f"{_time(n, '', 0, ' ')},123 INFO "),
    "buildkit": _each(lambda n: f"#12 {n // 10}.{n % 10}17 "),
    "cloud build": _each(lambda _: 'Step #1 - "tests": '),
    "earthly": _each(lambda _: "             +tests | "),
    "drone": _each(lambda n: f"[tests:{n}] "),
    "a tool of one's own": _each(lambda n: f"<runner-3 +{n}s> "),
    "cat -n": _each(lambda n: f"{n + 1:6}\t"),
    "mail": _each(lambda _: "> "),
    "mail, twice": _each(lambda _: "> > "),
    "mail, bare": _bare_at_blank_lines(_each(lambda _: ">> ")),
    "indented": _each(lambda _: "    "),
    "indented by a tab": _each(lambda _: "\t"),
    "indented and quoted": _each(lambda _: "  > "),
    "colours": _each(lambda _: "\x1b[0m\x1b[1m"),
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "carriage returns alone": lambda text: text.replace("\n", "\r"),
    "carriage returns doubled": lambda text: text.replace("\n", "\r\r\n"),
    "byte order mark": lambda text: f"\ufeff{text}",
    "utf-16 taken for latin-1": lambda text: text.encode("utf-16-le").decode("latin-1") if text.isascii() else text,
    "docker's json": lambda text: "\n".join(
        f'{{"log":{_json(line)},"stream":"stdout","time":"{_time(n)}"}}' for n, line in enumerate(text.split("\n"))
    ),
}
"""System -> what becomes of a log that it carries."""


def _json(line: str) -> str:
    return '"' + f"{line}\n".replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def among_others(carried: str) -> str:
    """`carried` with nearly as many lines of the system's own, which have no prefix, around it."""
    count = carried.count("\n") + 1
    before = [f"Preparing layer {number} of the environment ... done" for number in range(count // 2 - 1)]
    return "\n".join([*before, carried, *("Cleaning up" for _ in range(count // 2 - 1))])
