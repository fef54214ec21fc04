"""URLs as settings: which are well formed, and how one is shown without what is secret in it."""

from urllib.parse import urlsplit


def redact_url(url: str) -> str:
    """`url` fit for a log: user and password, and the values of the query, become `***`.

    Never raises, and hides too much rather than too little: what stands before the last `@` is taken as the
    user's, for a password that should have been percent-encoded often was not.
    """
    scheme, mark, rest = url.rpartition("://") if url.count("://") == 1 else ("", "", url)
    _, at, shown = rest.rpartition("@")
    address, question, query = shown.partition("?")
    hidden = "&".join(pair.partition("=")[0] + "=***" for pair in query.split("&")) if query else ""
    return f"{scheme}{mark}{'***@' if at else ''}{address}{question}{hidden}"


def password_of(url: str) -> str:
    """What stands between the user's colon and the last `@`, as it is written."""
    user, at, _ = url.partition("://")[2].rpartition("@")
    return user.partition(":")[2] if at else ""


def is_http_url(url: str) -> bool:
    """Whether `url` is an http(s) URL that names a host and, if any, a port that exists."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0 and " " not in url
