"""The address of a one-time link, at the address people reach the server by."""

from __future__ import annotations

LISTENS = "http://127.0.0.1:8080"


def link_of(secret: str, public_url: str) -> str:
    """Return the link that bears a secret; without a public address that of a server on this machine."""
    return f"{public_url.rstrip('/') or LISTENS}/sign-in/link/{secret}"
