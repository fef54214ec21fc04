"""Why there was no answer, in words with a cure: told by types and OpenSSL's codes, never by message text."""

import ssl
from dataclasses import dataclass
from typing import Final, Literal

_CAUSES_MAX: Final = 10  # links of an error's chain of causes: httpx, httpcore and the socket make three

_UNTRUSTED: Final = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's X509_V_ERR codes of a chain that ends in no known authority; 18 and 19 are self-signed."""
_OUT_OF_DATE: Final = frozenset({9, 10})
_OTHER_NAME: Final = frozenset({62, 63, 64})
_NOT_STRICT: Final = frozenset(range(76, 95))
"""Codes of certificates that break RFC 5280, as home-made authorities do; Python insists on it from 3.13 on."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """What ended a request: `fault` tells which settings it blames, `said` is for a log and quotes nothing."""

    fault: Literal["tls", "proxy", "other"]
    said: str


def why_no_answer(error: BaseException, proxy_error: type[Exception]) -> NoAnswer:
    """Why a request has no answer. `proxy_error` is the HTTP library's class for a proxy that fails."""
    links = _links(error)
    for link in links:
        if isinstance(link, ssl.SSLError):
            return NoAnswer("tls", _tls_in_words(link))
    if any(isinstance(link, proxy_error) for link in links):
        words = "the proxy does not let it through (ProxyError): check HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
        return NoAnswer("proxy", words)
    return NoAnswer("other", f"no answer: {type(error).__name__}")


def _tls_in_words(found: ssl.SSLError) -> str:
    if not isinstance(found, ssl.SSLCertVerificationError):
        reason = found.reason if isinstance(found.reason, str) and found.reason.isupper() else type(found).__name__
        return f"TLS failed ({reason}): does that address speak https?"
    code = found.verify_code
    if code in _UNTRUSTED:
        return (
            f"its TLS certificate is not trusted (OpenSSL code {code}): where its authority is a private one, put "
            "that into a PEM file beside the public ones and name the file in SSL_CERT_FILE"
        )
    if code in _OUT_OF_DATE:
        return f"its TLS certificate is out of date (OpenSSL code {code}): renew it, or set this machine's clock"
    if code in _OTHER_NAME:
        return f"its TLS certificate is for another name (OpenSSL code {code}): correct the address"
    if code in _NOT_STRICT:
        return (
            f"its TLS certificate, or its authority's, breaks RFC 5280 (OpenSSL code {code}), on which Python insists "
            "from 3.13 on: have it issued anew, with key usage and key identifiers"
        )
    return f"its TLS certificate is not accepted (OpenSSL code {code})"


def _links(error: BaseException) -> list[BaseException]:
    """The error and what it came from: libraries wrap each other's, and not always as the named cause."""
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and len(links) < _CAUSES_MAX:
        links.append(link)
        link = link.__cause__ or link.__context__
    return links
