"""Why TLS failed, in words with a cure: told by OpenSSL's codes, never by message text."""

import ssl
from typing import Final

_CAUSES_MAX: Final = 10  # links of an error's chain of causes: httpx, httpcore and the socket make three

_UNTRUSTED: Final = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's X509_V_ERR codes of a chain that ends in no known authority; 18 and 19 are self-signed."""
_OUT_OF_DATE: Final = frozenset({9, 10})
_OTHER_NAME: Final = frozenset({62, 63, 64})


def tls_problem(error: BaseException) -> str | None:
    """What is wrong with TLS where that is what ended the request, else None. Nothing of the message is quoted."""
    found = _ssl_error(error)
    if found is None:
        return None
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
    return f"its TLS certificate is not accepted (OpenSSL code {code})"


def _ssl_error(error: BaseException) -> ssl.SSLError | None:
    """The `ssl.SSLError` behind `error`: httpx and httpcore wrap it, and not always as the named cause."""
    link: BaseException | None = error
    for _ in range(_CAUSES_MAX):
        if link is None or isinstance(link, ssl.SSLError):
            return link
        link = link.__cause__ or link.__context__
    return None
