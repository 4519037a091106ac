"""Where somebody may be sent after signing in: to a page of ours, and nowhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

HOME = "/"
LONGEST = 2000


def own_path(text: str | None) -> str:
    r"""
    Return the text if it is a path of this server, otherwise that of the home page.

    >>> own_path("/changes?state=draft"), own_path("//evil.example"), own_path("/\\evil.example"), own_path("https:x")
    ('/changes?state=draft', '/', '/', '/')
    """
    path = text or HOME
    # Browsers read a backslash as a slash, and leave out tabs and line ends wherever they stand.
    plain = all(character.isprintable() and character not in "\\ " for character in path)
    if not path.startswith("/") or path.startswith("//") or not plain or len(path) > LONGEST:
        return HOME
    try:
        parts = urlsplit(path)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc or parts.path.startswith("/sign-in") else path
