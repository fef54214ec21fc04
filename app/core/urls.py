"""URLs as settings: which are well formed, and how one is shown without what is secret in it."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

_MONGO_SCHEMES: Final = ("mongodb://", "mongodb+srv://")
_MONGO_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^\s:\[\]]+)(?::([0-9]{1,5}))?")
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SECRET_NAME: Final = re.compile(
    r"(?:pass|password|passwd|pwd|secret|token|key|sig|signature|auth|code)$", re.IGNORECASE
)
_NO_PORT: Final = re.compile(r":(?![0-9]*(?:[,/?]|$))[^,/?\]]*(?=[,/?]|$)")


def redact_url(url: str) -> str:
    """`url` fit for a log: user and password, and the values of the query, become `***`.

    Never raises, and hides too much rather than too little: what stands before the last `@` is taken as the
    user's, for a password that should have been percent-encoded often was not. What stands in the place of a port
    and is none may be a password without its host.
    """
    scheme, mark, rest = url.rpartition("://") if url.count("://") == 1 else ("", "", url)
    _, at, shown = rest.rpartition("@")
    address, question, query = shown.partition("?")
    host, slash, path = address.partition("/")
    address = f"{_NO_PORT.sub(':***', host)}{slash}{path}"
    hidden = "&".join(pair.partition("=")[0] + "=***" for pair in query.split("&")) if query else ""
    return f"{scheme}{mark}{'***@' if at else ''}{address}{question}{hidden}"


def password_of(url: str) -> str:
    """What stands between the user's colon and the last `@`, as it is written."""
    user, at, _ = url.partition("://")[2].rpartition("@")
    return user.partition(":")[2] if at else ""


def secrets_of(url: str) -> tuple[str, ...]:
    """What is secret in `url`: its password, a user that is a token, values of the query that are named as secrets."""
    scheme, _, rest = url.partition("://")
    user, at, _ = rest.rpartition("@")
    found = [password_of(url)]
    if at and ":" not in user and not scheme.lower().startswith("mongodb"):
        found.append(user)  # as in https://TOKEN@host
    for pair in rest.partition("#")[0].partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        if _SECRET_NAME.search(name):
            found.append(value)
        elif name.lower() == "authmechanismproperties":
            found += [prop.partition(":")[2] for prop in unquote(value).split(",") if "TOKEN:" in prop.upper()]
    return tuple(secret for secret in found if secret)


def is_http_url(url: str) -> bool:
    """Whether `url` is an http(s) URL that names a host and, if any, a port that exists."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0 and " " not in url


def mongo_url_problem(url: str) -> str | None:
    """What a MongoDB URL should be instead, as a sentence's end without anything of it; None if it is one.

    By the rules of MongoDB's connection strings, which drivers report in messages that quote the password.
    """
    scheme = next((scheme for scheme in _MONGO_SCHEMES if url.startswith(scheme)), None)
    named = "a URL that starts with mongodb:// or mongodb+srv:// and names a host"
    if scheme is None:
        return named
    rest = url.removeprefix(scheme)
    encoded = "user name and password percent-encoded: / as %2F, : as %3A, @ as %40, ? as %3F, % as %25"
    before_options = rest.partition("?")[0]
    address, _, path = before_options.partition("/")
    login, at, hosts = address.rpartition("@")
    if "@" in path or "@" in login or login.count(":") > 1 or _LONE_PERCENT.search(login):
        return encoded
    if not hosts or not all(hosts.split(",")) or (at and not login.partition(":")[0]):
        return named + (", and a user before the @" if at and hosts else "")
    ports = [_MONGO_HOST.fullmatch(host) for host in hosts.split(",")]
    if not all(port is not None and (port[1] is None or 1 <= int(port[1]) <= 65535) for port in ports):
        return encoded if "@" in rest else "host:port, the port a number from 1 to 65535"
    return None
