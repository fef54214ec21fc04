"""Whatever JSON an endpoint answers with is a completion within bounds, or is named as what it is instead."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from app.adapters.llm.reading import Completion, ErrorInSuccess, UnreadableAnswer, read_completion

COUNT_MAX = 10**9

numbers = st.integers() | st.integers(10**308, 10**420) | st.floats()
scalars = st.none() | st.booleans() | numbers | st.text(max_size=20) | st.sampled_from(["stop", "\ud800", "9" * 5000])
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def an_object(*names: str, of: st.SearchStrategy[Any] = anything) -> st.SearchStrategy[Any]:
    """An object in which any of `names` may stand, or something else in its place."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, of)) | anything


functions = an_object("arguments", "name")
messages = an_object(
    *("content", "reasoning", "reasoning_content", "refusal", "parsed", "function_call"),
) | st.fixed_dictionaries(
    {"content": anything, "tool_calls": st.lists(an_object("function", of=functions), max_size=3)}
)
choices = st.fixed_dictionaries(
    {"message": messages | anything}, optional={"finish_reason": anything, "error": anything}
)
usages = an_object("prompt_tokens", "completion_tokens", "prompt_cache_hit_tokens", of=numbers | anything)
errors = an_object("code", "status", "param", "message", "metadata", "retry_after", of=numbers | anything)
documents = st.fixed_dictionaries(
    {"choices": st.lists(choices, min_size=1, max_size=2) | anything},
    optional={"usage": usages, "model": anything, "error": st.none() | errors, "data": anything},
)


def outcome(body: bytes) -> Completion | ErrorInSuccess | UnreadableAnswer:
    """What a body is read as."""
    try:
        return read_completion(body)
    except (ErrorInSuccess, UnreadableAnswer) as told:
        return told


@given(documents)
@example({"choices": [{"message": {"content": "{}"}}], "usage": {"prompt_tokens": 10**400}})
@example({"choices": [{"message": {"content": "{}"}}], "model": "\ud800"})
@example({"error": {"code": "x", "retry_after": 10**400}})
def test_any_json_is_a_completion_or_named(document: dict[str, Any]) -> None:
    """Counts are within reason, and what reviews tell of a completion can be stored."""
    found = outcome(json.dumps(document).encode())
    if isinstance(found, Completion):
        counts = (found.prompt_tokens, found.completion_tokens, found.cached_prompt_tokens)
        assert all(0 <= count <= COUNT_MAX for count in counts)
        assert (found.model or "m").encode()
    else:
        assert str(found) or isinstance(found, ErrorInSuccess)


@given(st.binary(max_size=300) | st.text(st.sampled_from('{}[]":,data: 0e9\n'), max_size=80).map(str.encode))
def test_any_bytes_are_a_completion_or_named(body: bytes) -> None:
    """Bytes that are no JSON raise nothing else either."""
    assert isinstance(outcome(body), Completion | ErrorInSuccess | UnreadableAnswer)
