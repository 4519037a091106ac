"""
Canonical JSON (RFC 8785) and the hash chain over it.

Two documents are the same exactly when their canonical bytes are. Hashes are SHA-256 in lower-case hexadecimal.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import hashlib

START = "0" * 64
_SAFE_INTEGER = 2**53 - 1


def _plain(value: Any) -> bool:
    """Tell whether the standard encoder writes ``value`` exactly as RFC 8785 does: plain keys, everyday numbers."""
    kind = type(value)
    if kind is str:
        return True
    if kind is dict:
        return all(type(k) is str and k.isascii() and _plain(v) for k, v in value.items())
    if kind is list or kind is tuple:
        return all(map(_plain, value))
    if kind is int:
        return bool(-_SAFE_INTEGER <= value <= _SAFE_INTEGER)
    if kind is float:
        return bool(1e-4 <= value < 1e15 and value != int(value))
    return value is None or kind is bool


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode


def canonical(value: Any) -> bytes:
    """
    Return the RFC 8785 bytes of a JSON value.

    Raises:
        ValueError: it holds NaN, an infinity, a whole number beyond 2**53 - 1 or text that is not Unicode.
    """
    if _plain(value):
        # The standard encoder is many times faster and agrees on these; the tests hold it to the library.
        return _ENCODE(value).encode("utf-8")
    import rfc8785

    return bytes(rfc8785.dumps(value))


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes of a JSON value."""
    return sha256(canonical(value)).hexdigest()


def sha256(content: bytes = b"") -> hashlib._Hash:
    """Return the running SHA-256 of ``content``; a command that only reads never loads the library behind it."""
    import hashlib

    return hashlib.sha256(content)
