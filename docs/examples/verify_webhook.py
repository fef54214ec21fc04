"""Verify a call of the webhook: that we signed this very body, a short while ago.

Usage: WEBHOOK_SECRET=... python verify_webhook.py "$SIGNATURE_HEADER" < body

SIGNATURE_HEADER is the value of `X-Reviewstream-Signature`: `t=<unix seconds>,v1=<hex>`. Exit code 0: genuine; 1: not.
In a service take `problem_of` with the body's bytes as they came: JSON that was read and written again has others.
"""

import hmac
import os
import sys
import time
from hashlib import sha256

TOLERANCE_S = 300
"""Older calls may be somebody's copy; newer ones than this clock's time are allowed as much for clocks that differ."""


def problem_of(secret: bytes, header: str, body: bytes, now_s: float) -> str | None:
    """Why the call is not to be believed, None where it is."""
    fields = dict(part.partition("=")[::2] for part in header.split(","))
    signed_at, given = fields.get("t", ""), fields.get("v1", "")
    if not (signed_at.isascii() and signed_at.isdigit() and given):
        return "no signature"
    digest = hmac.new(secret, f"{signed_at}.".encode() + body, sha256).hexdigest()
    if not hmac.compare_digest(digest.encode(), given.encode()):
        return "the signature is not ours, or not of this body"
    if abs(now_s - int(signed_at)) > TOLERANCE_S:
        return "signed too long ago"
    return None


if __name__ == "__main__":
    problem = problem_of(os.environ["WEBHOOK_SECRET"].encode(), sys.argv[1], sys.stdin.buffer.read(), time.time())
    sys.stdout.write(f"{problem or 'genuine'}\n")
    sys.exit(problem is not None)
