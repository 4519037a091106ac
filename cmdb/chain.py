"""
Canonical JSON (RFC 8785) and the hash chain over it.

Two documents are the same exactly when their canonical bytes are. Hashes are SHA-256 in lower-case hexadecimal.
"""

from __future__ import annotations

import json
import json.encoder
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import hashlib

START = "0" * 64
_SAFE_INTEGER = 2**53 - 1


_EASY = frozenset({str, bool, type(None)})


def _plain(value: Any) -> bool:
    """Tell whether the standard encoder writes ``value`` exactly as RFC 8785 does: plain keys, everyday numbers."""
    kind = type(value)
    if kind in _EASY:
        return True
    if kind is int:
        return bool(-_SAFE_INTEGER <= value <= _SAFE_INTEGER)
    if kind is float:
        return bool(1e-4 <= value < 1e15 and value != int(value))
    if kind is dict:
        try:
            if not "".join(value).isascii():
                return False
        except TypeError:
            return False
        value = value.values()
    elif kind is not list and kind is not tuple:
        return False
    # Without a call for each text: documents are mostly texts, and they come by the million.
    return all(type(each) in _EASY or _plain(each) for each in value)


def _encoder() -> Callable[[Any], str]:
    """Return the standard encoder; ``encode`` of the library makes its compiled one anew for every value."""
    standard = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    compiled: Any = json.encoder.c_make_encoder  # type: ignore[attr-defined]
    if compiled is None:
        return standard.encode
    quoted = json.encoder.encode_basestring
    encode = compiled(None, standard.default, quoted, None, ":", ",", True, False, False)
    return lambda value: "".join(encode(value, 0))


_ENCODE = _encoder()


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
