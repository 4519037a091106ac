"""What a connector has of the outside while it reads a target: credentials, patience, and ears for being stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import quote, quote_plus

from cmdb.model.run import Said
from cmdb.ports.outside import Secrets
from discovery.ports import TimedOut

HIDDEN = "(hidden)"
_SHORTEST_SECRET = 4
_STEP = 0.2


class TargetLine:
    """
    The line to one target, :class:`discovery.ports.Line` as runs have it.

    ``check_run`` raises when the run is to end, ``check_secret`` when a target may not be asked with what a set of
    references stands for; ``credential`` is what was given out, by reference. ``pause`` are the seconds between two
    requests. What credentials stand for is remembered, so that no sentence can let it out (:meth:`hidden`).
    """

    def __init__(
        self,
        target: str,
        secrets: Secrets,
        *,
        seconds: float,
        pause: float = 0.0,
        check_run: Callable[[], None] = lambda: None,
        check_secret: Callable[[str, Collection[str]], None] = lambda *_: None,
    ) -> None:
        self.target = target
        self.notes: list[Said] = []
        self._secrets = secrets
        self._deadline = time.monotonic() + seconds
        self._seconds = seconds
        self._pause = pause
        self._next = 0.0
        self._check_run = check_run
        self._check_secret = check_secret
        self._known: tuple[str, ...] = ()
        self.credential: dict[str, str] = {}

    def secret(self, reference: str) -> str:
        """
        Return what a reference stands for.

        Raises:
            CredentialHeld: too many targets refused it.
            Whatever :meth:`cmdb.ports.outside.Secrets.read` raises.
        """
        self._check_secret(self.target, {*self.credential, reference})
        value = self._secrets.read(reference)
        self.credential[reference] = value
        if len(value) >= _SHORTEST_SECRET:
            # One may be the beginning of another, so the longest goes first.
            self._known = tuple(sorted({*self._known, *_spellings(value)}, key=lambda each: (-len(each), each)))
        return value

    def check(self) -> None:
        """Return if the reading is to go on; raises TimedOut, or what ends the run."""
        self._check_run()
        if self.left() <= 0:
            raise TimedOut(target=self.target, reason=f"the {self._seconds:g} s it may take are over")

    def pace(self) -> None:
        """Wait until the next request may be sent; raises as :meth:`check`."""
        self.check()
        self.wait(self._next - time.monotonic())
        self._next = time.monotonic() + self._pause

    def wait(self, seconds: float) -> None:
        """Wait; raises as :meth:`check`."""
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(rest, _STEP))

    def left(self) -> float:
        """Return how many seconds the reading may still take."""
        return max(0.0, self._deadline - time.monotonic())

    def note(self, code: str, **facts: Any) -> None:
        """Keep something to tell people."""
        self.notes.append(
            Said(code, {"target": self.target, **{key: self.hidden(value) for key, value in facts.items()}})
        )

    def hidden(self, value: Any) -> Any:
        """Return a value without any credential that this line gave out."""
        if isinstance(value, str):
            for secret in self._known:
                value = value.replace(secret, HIDDEN)
        elif isinstance(value, (list, tuple)):
            return [self.hidden(each) for each in value]
        elif isinstance(value, dict):
            return {self.hidden(key): self.hidden(each) for key, each in value.items()}
        return value


def _spellings(secret: str) -> set[str]:
    """Return a secret as it may stand in what others say: plain, in an address, in JSON."""
    addressed = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {secret, *addressed, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
