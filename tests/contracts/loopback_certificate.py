"""A certificate for 127.0.0.1 of an authority that nobody trusts, valid for a hundred years, and its key.

It guards nothing: it is here so that tests see what an installation's private authority looks like.
"""

from pathlib import Path

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBuzCCAWCgAwIBAgIUGsO+hUIgwp0rFQlqtsL4/aeHMNgwCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWYSB0ZXN0J3Mgb3duIGF1dGhvcml0eTAgFw0yNjExMjYwMjMw
MzlaGA8yMTI2MTEwMjAyMzAzOVowITEfMB0GA1UEAwwWYSB0ZXN0J3Mgb3duIGF1
dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLQ0rrMCx+MGZUt1UhCL
N+cYiDHlXadXkEXt4P7HxAYpxFOd092/7gVJhFxnzejDTPxhRjA5UO8nZOLlXnZL
/eSjdDByMB0GA1UdDgQWBBQ++3SR3CUmXXgddgFwyxPjcMbiQzAfBgNVHSMEGDAW
gBQ++3SR3CUmXXgddgFwyxPjcMbiQzAPBgNVHREECDAGhwR/AAABMA8GA1UdEwEB
/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgKEMAoGCCqGSM49BAMCA0kAMEYCIQCr/eX/
gPf10Cu0uabDkjXK4NACDzHLOPFRSwiWB5Vw7gIhAMKmH0T7yK3Upcn1B0QNDrEF
+g21mGOLTdAiERwaaBAf
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6cSnmtzyN5XZAXNJ
hk+WC+EtgOpxDjgxV19yxwsVXwihRANCAAS0NK6zAsfjBmVLdVIQizfnGIgx5V2n
V5BF7eD+x8QGKcRTndPdv+4FSYRcZ83ow0z8YUYwOVDvJ2Ti5V52S/3k
-----END PRIVATE KEY-----
"""


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """The files of the certificate and of its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_text(CERTIFICATE)
    key.write_text(KEY)
    return certificate, key
