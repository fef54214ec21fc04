"""Bodies of bounded size: what a server sends ends somewhere, whatever it says."""

from collections.abc import AsyncIterable, AsyncIterator


class BodyTooLong(Exception):
    """More bytes than the reader has room for."""


async def bounded(chunks: AsyncIterable[bytes], bytes_max: int) -> AsyncIterator[bytes]:
    """`chunks` as they come, `bytes_max` bytes in all; then `BodyTooLong` where there are more."""
    room = bytes_max
    async for chunk in chunks:
        if len(chunk) > room:
            yield chunk[:room]
            raise BodyTooLong(f"more than {bytes_max} bytes")
        room -= len(chunk)
        yield chunk


async def read_bounded(chunks: AsyncIterable[bytes], bytes_max: int) -> bytes:
    """The whole body, as `bounded` lets it through."""
    body = bytearray()
    async for chunk in bounded(chunks, bytes_max):
        body += chunk
    return bytes(body)
