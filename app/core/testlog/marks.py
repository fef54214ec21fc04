"""What any log may say beside its tests: an exit code, a coverage total, signs of a crash."""

import re

from app.core.testlog.cleaning import Log, seconds

# Each sign stands at the start of a line, as the tools write it; words in a test's name or message do not count.
_SIGNS = {
    "timeout": re.compile(
        r"""^(?:E\s+)?Failed:\ Timeout\ [(>]
        |^\+{3,}\ Timeout\ \+{3,}$ | \ \+{10,}\ Timeout\ \+{10,}$
        |^panic:\ test\ timed\ out\ after
        |^\s{0,8}(?:thrown:\ ")?Exceeded\ timeout\ of\ \d+\ ?ms
        |^(?:E\s+)?subprocess\.TimeoutExpired:
        |^\W{0,8}(?:execution\ timed\ out|time\ limit\ exceeded|timed\ out\ after\ \d)
        |^timeout:\ sending\ signal""",
        re.MULTILINE | re.VERBOSE | re.IGNORECASE,
    ),
    "out_of_memory": re.compile(
        r"""^(?:E\s+)?(?:numpy\.\S{0,60})?MemoryError\b
        |^FATAL\ ERROR:[^\n]*heap\ out\ of\ memory
        |^fatal\ error:\ runtime:\ (?:cannot\ allocate|out\ of)\ memory
        |^[^\n]{0,60}\bOOMKilled\b
        |^[^\n]{0,60}\bOut\ of\ memory:\ Kill
        |^java\.lang\.OutOfMemoryError
        |^(?:E\s+)?(?:torch\.)?(?:cuda\.)?OutOfMemoryError\b""",
        re.MULTILINE | re.VERBOSE,
    ),
    "killed": re.compile(r"^(?:[^\n]{0,80}: line \d+: +\d+ )?Killed\b[^\n]{0,200}$", re.MULTILINE),
    "crashed": re.compile(
        r"^(?:Fatal Python error: |[^\n]{0,80}\bSegmentation fault\b|SIGSEGV: |Windows fatal exception: )", re.MULTILINE
    ),
    "usage_error": re.compile(
        r"^ERROR: (?:file or directory not found|not found|usage|Wrong expression)\b|^\S{0,80}pytest\S{0,20}: error: ",
        re.MULTILINE,
    ),
    "truncated": re.compile(
        r"""^[ \t]{0,8}(?:\[|<|\.{3}|…|--|\#|\()[^\n]{0,60}?
        \b(?:output\ truncated|log\ truncated|truncated\]|lines?\ (?:omitted|truncated|left\ out)
        |(?:bytes|characters|chars)\ (?:omitted|truncated|left\ out|skipped))\b""",
        re.MULTILINE | re.VERBOSE | re.IGNORECASE,
    ),
}
_PYTEST_OWN_CUT = re.compile(r"\.\.\.Full output truncated[^\n]*")
_EXIT_CODE = re.compile(
    r"""^(?:exit\ status|exit\ code:?
    |(?:process\ )?(?:finished|exited|completed)\ with\ (?:exit\ )?(?:code|status)
    |(?:\#\#\[error\]|error:\ )process\ completed\ with\ exit\ code
    |command\ exited\ with\ (?:non-zero\ status|code)
    |[\w.-]{1,60}\ exited\ with\ code
    |make:\ \*\*\*\ \[[^\]\n]{1,200}\]\ error)\ (\d{1,3})\b""",
    re.MULTILINE | re.VERBOSE | re.IGNORECASE,
)
_COVERAGE = re.compile(
    r"""^TOTAL(?:[ \t]+\d+)+[ \t]+(\d{1,3}(?:\.\d{1,4})?)%[ \t]*$
    |^All\ files[ \t]*\|[ \t]*(\d{1,3}(?:\.\d{1,4})?)[ \t]*\|
    |^(?:ok[ \t][^\n]{1,400}[ \t])?coverage:\ (\d{1,3}(?:\.\d{1,4})?)%\ of\ statements""",
    re.MULTILINE | re.VERBOSE,
)
_KILLED_CODE = 137
_TIMEOUT_CODE = 124
_CRASHED_CODE = 139


def read_marks(log: Log) -> tuple[str, ...]:
    """Signs of an end that no test reports: `timeout`, `out_of_memory`, `killed`, `crashed`, and of a cut log."""
    text = "\n".join(log.lines)
    whole = _PYTEST_OWN_CUT.sub("", text)
    marks = [mark for mark, sign in _SIGNS.items() if sign.search(whole)]
    code = read_exit_code(log)
    by_code = {_KILLED_CODE: "killed", _TIMEOUT_CODE: "timeout", _CRASHED_CODE: "crashed"}
    if code in by_code:
        marks.append(by_code[code])
    if log.cut:
        marks.append("truncated")
    return tuple(dict.fromkeys(marks))


def read_exit_code(log: Log) -> int | None:
    """The last exit code, 0 to 255, that a shell, an editor or a CI system wrote on a line of its own."""
    codes = [int(code) for code in _EXIT_CODE.findall("\n".join(log.lines)) if int(code) <= 255]
    return codes[-1] if codes else None


def read_coverage(log: Log) -> float | None:
    """The last coverage total in percent: coverage.py's `TOTAL`, Istanbul's `All files`, Go's of a single package.

    Go states no total over packages, and a mean would not be one.
    """
    total = None
    packages = set()
    for python, javascript, statements in _COVERAGE.findall("\n".join(log.lines)):
        percent = seconds(python or javascript or statements)
        if percent is None or percent > 100:
            continue
        if statements:
            packages.add(percent)
        else:
            total = percent
    return packages.pop() if total is None and len(packages) == 1 else total
