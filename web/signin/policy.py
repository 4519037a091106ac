"""How signing in works in this process, read from the settings once."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cmdb.errors import InvalidInput, Problem
from cmdb.people.sessions import Limits
from web.settings import Settings

OFF, ON = "off", "on"
MOST_MINUTES = 30 * 24 * 60
_LABEL = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class SignIn:
    """
    What holds for signing in at one server.

    ``limits`` are those of sessions, ``cookie`` the name of the one that bears a session's secret, ``secure`` whether
    it is for encrypted connections alone, ``public_url`` where people reach the server (empty: where it listens) and
    ``hosts`` the names it answers to besides this machine's own.
    """

    limits: Limits
    cookie: str
    secure: bool
    public_url: str
    hosts: frozenset[str]

    @property
    def origin(self) -> str:
        """What a browser sends as Origin from our own pages at the public address, empty where there is none."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}" if self.public_url else ""


def is_on(settings: Settings) -> bool:
    """
    Tell whether persons sign in.

    Raises:
        InvalidInput: the setting is neither on nor off.
    """
    if settings.sign_in not in ("", OFF, ON):
        sentence = "{given} is neither on nor off"
        problem = Problem("sign_in.setting", sentence, {"given": settings.sign_in}, "")
        raise InvalidInput([problem], what="FORESHOCK_SIGN_IN", setting=True)
    return settings.sign_in == ON


def policy_of(settings: Settings, *, host: str = "", store: str = "") -> SignIn | None:
    """
    Return how signing in works by these settings, None where nobody signs in.

    ``host`` is the address the server listens on, ``store`` tells the servers of one machine apart.

    Raises:
        InvalidInput: a setting is wrong; every fault is named.
    """
    if not is_on(settings):
        return None
    problems: list[Problem] = []
    limits = _limits(settings.session_minutes, problems)
    url = settings.public_url.rstrip("/")
    parts = urlsplit(url) if _is_address(url) else None
    if url and parts is None:
        sentence = "{url} is no address of a server; https://cmdb.example.org would be right, without a path"
        # What stands before an @ may be a password.
        problems.append(Problem("public_url.address", sentence, {"url": url.rpartition("@")[2]}, ""))
    if problems:
        raise InvalidInput(problems, what="the settings of signing in", setting=True)
    secure = parts is not None and parts.scheme == "https"
    # Cookies know no ports: two servers on one machine must not overwrite each other's, and one that is started again
    # must know its own. With the prefix no other name of the domain can plant one.
    own = f"foreshock-{hashlib.sha256(store.encode()).hexdigest()[:8]}"
    hosts = {host, parts.hostname or "" if parts else ""} - {"", "0.0.0.0", "::"}
    return SignIn(limits, f"__Host-{own}" if secure else own, secure, url, frozenset(hosts))


def _limits(text: str, problems: list[Problem]) -> Limits:
    if not text:
        return Limits()
    found = re.fullmatch(r"([0-9]{1,5}),([0-9]{1,5})", text, re.ASCII)
    idle, whole = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= idle <= whole <= MOST_MINUTES:
        sentence = "{given} is not two numbers of minutes, such as 60,720: unused, and at all, {most} at most"
        problems.append(Problem("session.minutes", sentence, {"given": text, "most": MOST_MINUTES}, ""))
    return Limits(idle * 60.0, whole * 60.0)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    bare = parts.netloc.removesuffix(f":{port}")
    plain = not (parts.path or parts.query or parts.fragment) and _LABEL.fullmatch(bare) is not None
    return parts.scheme in ("http", "https") and plain
