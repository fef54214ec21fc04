"""Tokens and their scopes, and how often somebody may ask."""

import pytest

from app.core.access import AccessTable, Scope, hash_token, read_tokens
from app.core.buckets import RateLimiter


def test_tokens_are_read_and_found() -> None:
    """By what was presented, never by its hash."""
    text = f"platform:submit+review:{hash_token('a')}, desk : read : {hash_token('b')}"
    table = AccessTable(read_tokens(text))
    found = table.find("a")
    assert found is not None
    assert (found.name, found.scopes) == ("platform", frozenset({Scope.SUBMIT, Scope.REVIEW}))
    assert table.find(hash_token("a")) is None
    assert table.find("") is None
    assert AccessTable(()).find("a") is None


def test_a_student_s_token_is_for_that_student() -> None:
    """Whose id may hold a colon; a platform's is for everybody."""
    text = f"anna:read:{hash_token('a')}:course:anna, platform:read:{hash_token('b')}"
    anna, platform = read_tokens(text)
    assert (anna.student_id, platform.student_id) == ("course:anna", None)
    assert [anna.may_see(student) for student in ("course:anna", "course:boris", "anna")] == [True, False, False]
    assert platform.may_see("course:boris")


HASH = hash_token("a")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("platform", "1 has not three or four parts"),
        (f"platform::{HASH}", "1 has a scope"),
        (f"platform:all:{HASH}", "1 has a scope"),
        ("platform:read:abc", "1 has no sha256"),
        (f"a b:read:{HASH}", "1 has no plain name"),
        (f"x:read:{HASH},x:read:{hash_token('b')}", "2 has a name that stands before it"),
        (f"x:read:{HASH},", "2 has not three or four parts"),
        (f"x:read:{HASH}:", "1 has no student's id"),
        (f"x:read:{HASH}:an na", "1 has no student's id"),
        (f"x:read+operate:{HASH}:anna", "1 is a student's own"),
        (f"x:submit:{HASH}:anna", "1 is a student's own"),
        (f"x:read+review:{HASH}:anna", "1 is a student's own"),
    ],
)
def test_wrong_tokens_are_told_without_quoting(text: str, told: str) -> None:
    """What is wanted, in words, and which entry is not so; a token in place of its hash must not end in a log."""
    with pytest.raises(ValueError, match=f"name:scopes:sha256.*; entry {told}") as caught:
        read_tokens(text)
    assert HASH not in str(caught.value)


def test_a_bucket_refills() -> None:
    """A burst at once, then as many as the rate allows; each caller has its own."""
    limiter = RateLimiter(rate_per_s=2, burst=3)
    assert [limiter.take("a", 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert limiter.take("b", 0.0) == 0
    assert limiter.take("a", 0.5) == 0
    assert limiter.take("a", 0.5) > 0
