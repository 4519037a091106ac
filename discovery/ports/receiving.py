"""
Receiving, for a connector whose source is pushed to: what hears senders between two runs.

Senders push whenever they like, and a run pulls when its schedule says. A connector of such a source has ``receive``
besides its three functions: it opens what takes in what is sent and leaves it where ``fetch`` finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol


class Answer(NamedTuple):
    """What to send back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Receiving(Protocol):
    """What receives for one source in one process; it may be asked from many threads."""

    @property
    def most_bytes(self) -> int:
        """How large a body may be as it is sent."""
        ...

    @property
    def guarded(self) -> bool:
        """Whether senders have to show a token, which it checks itself; else whoever mounts it says who may send."""
        ...

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """
        Answer the body of a POST below the address of the source; ``path`` is without a leading slash.

        Of the body at most ``most_bytes`` + 1 bytes were read. Where there is no room now, the answer is 429 or 503
        with ``retry-after``.

        Raises:
            TargetError: a library is missing.
        """
        ...

    def close(self) -> None:
        """Take nothing more, and leave behind what is held."""
        ...


Receive = Callable[[Mapping[str, Any], Callable[[str], str], bool], Receiving | None]
"""
Opens a source's receiving: its settings, what turns a reference into what it stands for, and whether this process is
to run the servers that the settings name (True: None where they name none), or to be handed bodies.
"""
