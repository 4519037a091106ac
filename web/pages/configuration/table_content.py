"""A table between two steps of its import: packed into the page, so that nothing is kept before it is applied."""

from __future__ import annotations

import base64
import binascii
import zlib

LARGEST = 16 * 1024**2
"""So many bytes a table may have on the pages; larger ones are for the command line."""

LARGEST_FORM = 24 * 1024**2
"""So many bytes a form that carries one may have."""


def kept(content: bytes) -> str:
    """Return a table as a form can carry it."""
    return base64.b64encode(zlib.compress(content, 6)).decode()


def sent(text: str) -> bytes | None:
    """Return the table that a form carries, None where it carries none, or none that could have been sent."""
    if not text:
        return None
    try:
        packed = base64.b64decode(text, validate=True)
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, LARGEST + 1)
    except (binascii.Error, zlib.error):
        return None
    return content if unpacking.eof and len(content) <= LARGEST else None
