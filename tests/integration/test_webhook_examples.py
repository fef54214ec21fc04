"""The examples that verify the webhook's signature, in both languages, against what really signs."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.adapters.http.webhook import message, signature
from tests import ROOT
from tests.builders.records import a_review
from tests.parts.node_packages import NodePackages

SECRET = "a secret of the installation's"
BODY = message(a_review(student_id="вера".encode().hex()))

Verify = Callable[[str, bytes], tuple[int, str]]


@pytest.fixture(params=["py", "mjs"])
def verify(request: pytest.FixtureRequest, node_packages: NodePackages) -> Verify:
    """The example, called with a header and a body: its exit code and what it says."""
    program = sys.executable if request.param == "py" else node_packages.node()
    script = ROOT / "docs" / "examples" / f"verify_webhook.{request.param}"

    def call(header: str, body: bytes) -> tuple[int, str]:
        ended = subprocess.run(
            [program, str(script), header], input=body, env={"WEBHOOK_SECRET": SECRET}, capture_output=True, check=False
        )
        assert ended.stderr == b""
        return ended.returncode, ended.stdout.decode().strip()

    return call


def signed(age_s: int = 0, body: bytes = BODY, secret: str = SECRET) -> str:
    return signature(secret.encode(), int(time.time()) - age_s, body)


@pytest.mark.parametrize("body", [BODY, b"", b"\xff\x00\n"], ids=["a call", "empty", "any bytes"])
def test_what_we_signed_just_now_is_genuine(verify: Verify, body: bytes) -> None:
    """Over the body's bytes, whatever they are."""
    assert verify(signed(10, body), body) == (0, "genuine")


def test_what_will_be_signed_later_is_read_by_its_known_part(verify: Verify) -> None:
    """A part that is added to the header does no harm."""
    assert verify(f"{signed()},v2=abc", BODY) == (0, "genuine")


@dataclass(frozen=True, slots=True)
class Forged:
    """A call that is not to be believed, and what is said of it."""

    header: Callable[[], str]
    body: bytes
    said: str


NOT_OURS = "the signature is not ours, or not of this body"
CASES = {
    "another secret": Forged(lambda: signed(secret="another"), BODY, NOT_OURS),
    "another body": Forged(signed, BODY.replace(b"70", b"99"), NOT_OURS),
    "a space more": Forged(signed, BODY + b" ", NOT_OURS),
    "a new time": Forged(lambda: f"t={int(time.time())},{signed(60).split(',')[1]}", BODY, NOT_OURS),
    "an old call again": Forged(lambda: signed(301), BODY, "signed too long ago"),
    "a call of tomorrow": Forged(lambda: signed(-3600), BODY, "signed too long ago"),
    "half a signature": Forged(lambda: signed()[:-32], BODY, NOT_OURS),
    "a signature of other letters": Forged(lambda: f"t={int(time.time())},v1={'ы' * 64}", BODY, NOT_OURS),
    "no header": Forged(lambda: "", BODY, "no signature"),
    "no signature": Forged(lambda: f"t={int(time.time())}", BODY, "no signature"),
    "no time": Forged(lambda: signed().split(",")[1], BODY, "no signature"),
    "a time that is none": Forged(lambda: f"t=-1,{signed().split(',')[1]}", BODY, "no signature"),
}


@pytest.mark.parametrize("forged", CASES.values(), ids=CASES.keys())
def test_everything_else_is_refused(verify: Verify, forged: Forged) -> None:
    """With its reason, and exit code 1."""
    assert verify(forged.header(), forged.body) == (1, forged.said)
