"""Marked code that is no Python: SQL, a shell's, Docker's, YAML, and what people mark that is no code at all."""

import re
from typing import Final

from app.core.reviewing.anchors.quotes import count_word_chars
from app.core.reviewing.hints.python_code import is_harmless, tree_of

_NAMES: Final = re.compile(
    r"""
    [@*]{0,2}[\w.]{1,120}(?:\(\))?                                   # a name, dotted, called, a decorator
    | -{1,2}[\w-]{1,60}(?:=[\w./:-]{1,60})?                          # a flag
    | \.{0,2}/?-{0,2}[\w.@~]{1,60}(?:[/\\:-]{1,3}[\w.@*~]{1,60}){1,40}-{0,2}/? # a path, a package, words joined
    | [\w.-]{1,60}(?:\[[\w,]{1,40}\])?(?:[=~><]=|===)\d{1,6}\.[\d.*]{1,20} # a package with its version
    | (?:[\w./-]{1,160}::)*\w{1,80}(?:\[[^\]\n]{0,80}\])             # a test with its parameters
    | [\w./-]{1,160}(?:::\w{1,80}){1,4}
    | [OoΘΩ]\([^()\n]{1,40}(?:\([^()\n]{0,20}\))?[^()\n]{0,20}\)      # a complexity
    | https?://\S{1,300}
    | \#!?.{0,120}                                                   # a comment
    """,
    re.VERBOSE,
)
_TEST_NAME: Final = re.compile(r"(?:[\w./-]{1,160}::)?test\w{0,80}\[[^\]\n]{0,80}\]")
_ERROR: Final = re.compile(r"[\w.]{0,80}(?:Error|Exception|Warning|Interrupt|Iteration|Exit|error|warning|note)\b:?.*")
_KEYWORDS: Final = re.compile(r"[A-Z]{2,20}(?: (?:[A-Z]{2,20}|\*)){0,4}|[A-Z_]{2,20}\(\*?\)")
_TOOLS: Final = re.compile(
    r"(?:pytest|pip3?|ruff|mypy|black|flake8|isort|pylint|bandit|radon|git|make|docker|docker-compose|poetry|uv|tox|nox"
    r"|coverage|pre-commit|jupyter|conda|npm|python3?|py|cd|ls|uvicorn|alembic|dvc|hadolint|shellcheck|sqlfluff)\b"
    r"(?! -c\b)[^|;&<>$`\n(){}]{0,120}"
)
_SHELL: Final = re.compile(
    r"\$ \S|\$\(|\$\{|(?:&&|\|\|) ?\w|\w ?\| ?\w|(?:^|\s)\d?>{1,2} ?[\w/&.]|^#!"
    r"|^(?:sudo|grep|sed|awk|curl|wget|chmod|chown|xargs|mkdir|tar|ssh|scp|nohup|apt|apt-get|apk) +[\w./$\"'*+~-]"
    r"|^(?:cat|cp|cut|echo|export|find|head|kill|mv|rm|set|sort|source|tail|touch|tr|uniq|wc)"
    r" +(?:-\w|[\"'$*~./]|[\w-]{1,80}[./=]\w)"
)
_SQL: Final = re.compile(
    r"\bselect\b.{1,600}?\bfrom\b|\binsert\s+into\s+\w|\bupdate\s+[\w.]+\s+set\b|\bdelete\s+from\s+\w"
    r"|\b(?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:unique\s+)?(?:table|index|view|function|trigger)\s+\w"
    r"|\bjoin\s+[\w.]+(?:\s+(?:as\s+)?\w+)?\s+(?:on|using)\b|\b(?:where|having|on)\s+[\w.(]+\)?\s*(?:[=<>]|in\b|is\b|like\b)"
    r"|\b(?:group|order|partition)\s+by\s+\w|\bwith\s+\w+\s+as\s*\(|\bover\s*\(|\blimit\s+\d",
    re.IGNORECASE | re.DOTALL,
)
_DOCKER: Final = re.compile(
    r"(?:FROM|RUN|COPY|ADD|CMD|ENTRYPOINT|ENV|WORKDIR|EXPOSE|ARG|USER|VOLUME|LABEL|HEALTHCHECK|SHELL|STOPSIGNAL)"
    r"[ \t]+[\w.\[\"'/$-]"
)
_SETTING: Final = re.compile(r"(?:- )?[A-Za-z_][\w.-]{0,60}:\s+\S")
_HEADER: Final = re.compile(r"(?:if|elif|for|while|with|def|class|match|case|async|lambda)\b.{1,400}:\s*(?:$|\S)")
_HARD: Final = re.compile(
    r"[\w\])]\((?!\)|\.\.\.\)|…\))[^)\n]|(?<![=!<>:])=(?!=)\s*\S|->|:=|\w\[[^\]\n]|^\[[^\]\n]*:|\blambda\b.+:"
)
_CHARS_MAX: Final = 2000


def gives_away(marked: str) -> bool:
    """Whether marked text is code that says how to write something: more than a name, a command or an error's words."""
    text = marked.strip().rstrip(",;")
    if not count_word_chars(text) or _is_named(text):
        return False
    if len(text) > _CHARS_MAX:
        return True
    tree = tree_of(text)
    if tree is not None:
        return not is_harmless(tree)
    if "\n" in text:
        return any(gives_away(_signless(line)) for line in text.split("\n"))
    is_partial = _HARD.search(text) or _HEADER.match(text) or _is_setting(text)
    return bool(is_partial) or is_statement_of_other_language(text)


def is_statement_of_other_language(text: str) -> bool:
    """Whether `text` is SQL, a shell's or an instruction of Docker."""
    if _TOOLS.fullmatch(text):
        return False
    return bool(_SQL.search(text) or _DOCKER.match(text) or _SHELL.search(text))


def _is_named(text: str) -> bool:
    patterns = (_NAMES, _TEST_NAME, _KEYWORDS, _TOOLS)
    if any(pattern.fullmatch(text) for pattern in patterns):
        return not ("[" in text and not text.startswith(("test", "tests/")) and "::" not in text and "=" not in text)
    return _ERROR.fullmatch(text) is not None


def _is_setting(text: str) -> bool:
    return _SETTING.match(text) is not None and len(text.split()) <= 6 and text.isascii()


def _signless(line: str) -> str:
    return line[1:] if line[:1] in {"+", "-"} and line[1:2] not in {"-", "+"} else line
