"""What stands before the lines of a log that some system carried: timestamps, names of services, quote marks.

A system is recognised by the majority of the lines, never by the first one, and its prefix is taken from the lines
that carry it. Several may lie on each other (`docker compose logs --timestamps` in a CI job): they come off one by
one. Where a text cannot be understood so, `other_readings` gives guesses, which the caller may weigh by what the
readers make of them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
_ISO = rf"\d{{4}}[-/]\d\d[-/]\d\d[T ]{_CLOCK}(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
_SYSLOG = r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d " + _CLOCK + rf"|{_ISO})"


@dataclass(frozen=True, slots=True)
class System:
    """One system's prefix. Where it has groups, the first names whose line it is: lines of one source belong together.

    A blank at its end may be the line's end instead: a line that was empty often lost it.
    """

    name: str
    prefix: re.Pattern[str]

    @classmethod
    def of(cls, name: str, prefix: str) -> "System":
        """A system whose lines begin with `prefix`."""
        return cls(name, re.compile(rf"^(?:{prefix})", re.MULTILINE))


# The longest prefix of those that begin alike comes first. Each expression is anchored and bounded.
_SYSTEMS = (
    System.of("github", rf"([^\t\n]{{1,100}})\t[^\t\n]{{1,200}}\t{_ISO}(?: |$)"),  # gh run view: job, step, time
    System.of("gitlab", rf"{_ISO} [0-9a-f]{{2}}[OE](?:[ +]|$)"),
    System.of("cri", rf"{_ISO} (?:stdout|stderr) [FP](?: |$)"),
    System.of("journal", rf"{_SYSLOG} [\w.-]{{1,80}} [^\s\[\]:]{{1,80}}(?:\[\d{{1,9}}\])?:(?: |$)"),
    System.of("heroku", rf"{_ISO} [\w.-]{{1,40}}\[[\w.-]{{1,60}}\]:(?: |$)"),
    System.of("teamcity", rf"\[{_CLOCK}\][ \w]?:\t*(?: |$)(?:\[Step [^\]\n]{{1,60}}\](?: |$))?"),
    System.of("container", rf"\[Container\] {_ISO}(?: |$)"),  # AWS CodeBuild
    System.of("bracketed time", rf"\[(?:{_ISO}|{_CLOCK})\](?:[ \t]|$)"),  # Jenkins, Buildkite, ts
    System.of("time", rf"{_ISO}(?:[ \t]|$)"),  # GitHub, Azure, docker logs -t
    System.of("clock", rf"{_CLOCK}(?:  |[ \t]|$)"),  # Jenkins writes two blanks
    System.of("syslog time", rf"[A-Z][a-z]{{2}} [ \d]\d {_CLOCK}(?: |$)"),
    System.of("kernel time", r"\[ {0,8}\d{1,9}\.\d{1,9}\](?: |$)"),
    System.of("buildkite", r"_bk;t=\d{1,20}"),
    System.of("buildkit", r"#\d{1,5} \d{1,6}\.\d{1,6}(?: |$)"),
    System.of("cloud build", r'Step #\d{1,4}(?: - "[^"\n]{1,80}")?:(?: |$)'),
    System.of("act", r"\[([^\]\n]{1,100})\] {1,4}\|(?: |$)"),
    System.of("kubectl", r"\[(pod/[^\]\n]{1,200})\](?: |$)"),
    System.of("compose", r" {0,40}([\w./+-]{1,80}) *\|(?: |$)"),
    System.of("bar", r"\|(?: |$)"),
    System.of("quote", r">(?: |(?=>)|$)"),
    System.of("numbered", r" {0,6}\d{1,7}\t"),  # cat -n
)
_ROUNDS_MAX = 6
_MAJORITY = 50  # percent of the lines that are not blank
_MINORITY = 5
_CONTINUED = re.compile(rf"^{_ISO} ([0-9a-f]{{2}}[OE])([ +]|$)")
_PARTIAL = re.compile(rf"^{_ISO} (stdout|stderr) ([FP])(?: |$)")
_SERVICE_MESSAGE = re.compile(r"^\s{0,8}##teamcity\[[^\n]*\n?", re.MULTILINE)
_NUMBER = re.compile(r"\d+")
_LINES_TRIED = 5_000
_GUESS_CHARS_MAX = 160
_DELIMITERS = " \t|:>])"


def without_prefixes(text: str) -> tuple[str, ...]:
    """`text` without the prefixes that most of its lines carry.

    Two texts where GitLab marks lines as continued: they are joined to what they continue in the first, and lines of
    their own in the second, for the mark also stands at lines that were written whole.
    """
    return tuple(dict.fromkeys(_peeled(text, _MAJORITY, joined=joined) for joined in (True, False)))


def other_readings(text: str, plain: str) -> Iterator[str]:
    """What `text` may be where it is not understood as `plain`, the likeliest first.

    A prefix that only some lines carry; one of no known system that most lines share; the text without the
    indentation that most lines share; the text as it stands.
    """
    seen = {text, plain}
    for reading in _guesses(text, plain):
        if reading not in seen:
            seen.add(reading)
            yield reading
    if text != plain:
        yield text


def _guesses(text: str, plain: str) -> Iterator[str]:
    yield _peeled(text, _MINORITY, joined=True)
    for shared in _shared_prefixes(plain):
        yield _peeled(shared.sub("", plain), _MAJORITY, joined=True)
    for outdented in _outdented(plain):
        yield _peeled(outdented, _MAJORITY, joined=True)


def _peeled(text: str, share: int, *, joined: bool) -> str:
    for _ in range(_ROUNDS_MAX):
        text = from_json(text)
        needed = max(2, -(-share * _filled(text) // 100))
        system = next((system for system in _SYSTEMS if _carries(system, text, needed)), None)
        if system is None:
            break
        text = _stripped(system, text, joined=joined)
    return _SERVICE_MESSAGE.sub("", text) if "##teamcity[" in text else text


def _filled(text: str) -> int:
    return sum(1 for line in text.split("\n") if line and not line.isspace())


def _carries(system: System, text: str, needed: int) -> bool:
    found = system.prefix.findall(text)
    if len(found) < needed:
        return False
    if not system.prefix.groups:
        return True
    return len(set(found)) * 2 <= len(found)  # rows of a table have a name each


def _stripped(system: System, text: str, *, joined: bool) -> str:
    if system.name == "gitlab" and joined:
        text = _with_joined(text, _CONTINUED, lambda found, _: found[2] == "+")
    elif system.name == "cri":
        text = _with_joined(text, _PARTIAL, lambda _, before: before is not None and before[2] == "P")
    elif system.prefix.groups:
        text = _by_source(system, text)
    return system.prefix.sub("", text)


def _with_joined(text: str, prefix: re.Pattern[str], continues: Any) -> str:
    """`text` with the lines that continue an earlier one of their stream at that one's end."""
    lines: list[list[str]] = []
    last: dict[str, tuple[list[str], re.Match[str]]] = {}
    for line in text.split("\n"):
        found = prefix.match(line)
        if found is None:
            lines.append([line])
            continue
        before = last.get(found[1])
        if before is not None and continues(found, before[1]):
            before[0].append(line[found.end() :])
            last[found[1]] = (before[0], found)
        else:
            lines.append([line])
            last[found[1]] = (lines[-1], found)
    return "\n".join(map("".join, lines))


def _by_source(system: System, text: str) -> str:
    """`text` with each source's lines together, under its name, as they stood before several wrote at once."""
    lines = text.split("\n")
    sources = [found[1] if (found := system.prefix.match(line)) else "" for line in lines]
    if len(set(sources) - {""}) < 2:
        return text
    by_source: dict[str, list[str]] = {}
    for source, line in zip(sources, lines, strict=True):
        by_source.setdefault(source, []).append(line)
    return "\n".join(line for source, own in by_source.items() for line in (f"[{source}]", *own))


def from_json(text: str) -> str:
    """Docker's own log files hold a JSON object per line: the text of `log` in each, the rest as it stands."""
    if text.count('{"log":"') * 2 < _filled(text) or '{"log":"' not in text:
        return text
    parts = []
    for line in text.split("\n"):
        try:
            entry = orjson.loads(line) if line.startswith('{"log":"') else None
        except orjson.JSONDecodeError:
            entry = None
        written = entry.get("log") if isinstance(entry, dict) else None
        parts.append(written if isinstance(written, str) else f"{line}\n")
    return "".join(parts)


def _shared_prefixes(text: str) -> Iterator[re.Pattern[str]]:
    """What all lines begin with, and what most do, numbers aside, up to the last sign that may end a prefix.

    What all bear comes first: `INTERNALERROR> ` stands at most of pytest's lines behind it, and is pytest's own.
    """
    lines = [line for line in text.split("\n", _LINES_TRIED)[:_LINES_TRIED] if line and not line.isspace()]
    lines = [_NUMBER.sub("0", line[:_GUESS_CHARS_MAX]) for line in lines]
    everybody, by_all = len(lines), ""
    needed, prefix = max(2, -(-_MAJORITY * len(lines) // 100)), ""
    while lines and len(prefix) < _GUESS_CHARS_MAX:
        nexts = Counter(line[len(prefix)] for line in lines if len(line) > len(prefix))
        character, count = nexts.most_common(1)[0] if nexts else ("", 0)
        if count < needed:
            break
        if not prefix:
            needed = max(needed, count * 9 // 10)  # beyond the prefix the lines go apart
        lines = [line for line in lines if line[len(prefix) : len(prefix) + 1] == character]
        prefix += character
        if count == everybody:
            by_all = prefix
    for shared in dict.fromkeys(map(_as_prefix, (by_all, prefix))):
        if shared:
            body = re.escape(shared[:-1]).replace("0", r"\d{1,20}")
            yield re.compile(rf"^{body}(?:{re.escape(shared[-1])}|$)", re.MULTILINE)


def _as_prefix(shared: str) -> str:
    """`shared` up to what may end a prefix; empty where it can be none."""
    start = shared.split('{"', maxsplit=1)[0]  # objects of one kind begin alike: they are what is carried
    prefix = start[: max(start.rfind(delimiter) for delimiter in _DELIMITERS) + 1]
    return "" if len(prefix) < 2 or prefix.isspace() else prefix


def _outdented(text: str) -> Iterator[str]:
    """`text` without the indentation of nearly all its lines; and with two blanks of it, which mocha writes itself."""
    indents = sorted(len(line) - len(line.lstrip(" \t")) for line in text.split("\n") if line and not line.isspace())
    if not indents:
        return
    indented = [indent for indent in indents if indent]
    shared = {indents[0], indents[len(indents) // 10], indents[len(indents) // 2], *indented[:1]}
    for indent in sorted({*shared, *(indent - 2 for indent in shared)}):
        if indent > 0:
            yield re.sub(rf"^[ \t]{{1,{indent}}}", "", text, flags=re.MULTILINE)
