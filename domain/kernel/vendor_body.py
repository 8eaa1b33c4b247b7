"""Reading an answer within bounds: never more than the cap in memory, whatever the compression promises."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

from aiohttp import ClientResponse

from domain.kernel.vendor_errors import NotJsonError, TooBigError

_STEP = 1 << 20
_CHUNK = 1 << 18
_LONGEST_LINE = 1 << 20


async def whole(response: ClientResponse, cap: int) -> bytes:
    """The decoded body; TooBigError beyond `cap` bytes."""
    if response.content_length is not None and response.content_length > cap:
        raise TooBigError(f"the answer has {response.content_length:,} bytes; at most {cap:,} are read.")
    parts: list[bytes] = []
    size = 0
    async for part in _decoded(response):
        size += len(part)
        if size > cap:
            raise TooBigError(f"the answer has more than {cap:,} bytes.")
        parts.append(part)
    return b"".join(parts)


async def lines(response: ClientResponse) -> AsyncIterator[list[bytes]]:
    """The decoded body as whole lines, some at a time; TooBigError for a line of more than a megabyte."""
    rest = b""
    async for part in _decoded(response):
        *full, rest = (rest + part).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise TooBigError("a single line of the answer has more than a megabyte.")
        if full:
            yield full
    if rest:
        yield [rest]


async def _decoded(response: ClientResponse) -> AsyncIterator[bytes]:
    encoding = response.headers.get("Content-Encoding", "identity").lower()
    if encoding in ("identity", ""):
        async for chunk in response.content.iter_chunked(_CHUNK):
            yield chunk
        return
    if encoding not in ("gzip", "deflate"):
        raise NotJsonError(f"the answer is packed as {encoding[:20]!r}, which was not asked for.")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)
    async for chunk in response.content.iter_chunked(_CHUNK):
        for part in _unpacked(unpack, chunk):
            yield part


def _unpacked(unpack: zlib._Decompress, chunk: bytes) -> Iterator[bytes]:
    """A chunk unpacked a megabyte at a time, so that a bomb is noticed before it is held."""
    try:
        while chunk:
            yield unpack.decompress(chunk, _STEP)
            chunk = unpack.unconsumed_tail
    except zlib.error as error:
        raise NotJsonError("the answer says it is packed, but cannot be unpacked.") from error
