"""Bodies of bounded size."""

from collections.abc import AsyncIterator

import pytest

from app.adapters.http.body import BodyTooLong, bounded, read_bounded


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("parts", [(), (b"",), (b"abcd",), (b"ab", b"", b"cd")])
async def test_body_within_its_bound_is_whole(parts: tuple[bytes, ...]) -> None:
    """Up to the bound, that included, nothing is lost."""
    assert await read_bounded(chunks(*parts), 4) == b"".join(parts)


@pytest.mark.parametrize("parts", [(b"abcde",), (b"abcd", b"e"), (b"ab", b"cdefgh", b"i")])
async def test_longer_body_ends_at_its_bound(parts: tuple[bytes, ...]) -> None:
    """Of a longer body exactly the bound is handed on, then it is refused; nothing more is asked for."""
    seen = bytearray()

    async def read() -> None:
        async for chunk in bounded(chunks(*parts), 4):
            seen.extend(chunk)

    with pytest.raises(BodyTooLong, match="more than 4 bytes"):
        await read()
    assert bytes(seen) == b"abcd"
