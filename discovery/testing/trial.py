"""One reading under watch: what it gave, how it ended, whether it ended at all, and whether a credential got out."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from discovery.ports import Connector, Part, Shaped
from discovery.testing.line import TrialLine

WATCH = 30.0
"""Seconds after which a reading that goes on is taken to go on for ever."""
_LEAST_SECRET = 8


@dataclass(slots=True)
class Trial:
    """
    What came of a reading: ``error`` is what ended it, ``shaped`` what became of the parts where nothing did.

    ``fetched`` tells whether it came as far as ``fetch``.
    """

    line: TrialLine
    parts: list[Part] = field(default_factory=list)
    error: BaseException | None = None
    shaped: Shaped | None = None
    ended: bool = False
    fetched: bool = False
    seconds: float = 0.0

    def said(self) -> str:
        """Return all that it let out."""
        error = "" if self.error is None else "".join(traceback.format_exception(self.error)) + repr(self.error)
        facts = repr(getattr(self.error, "facts", ""))
        return "\n".join((error, facts, repr(self.parts), repr(self.shaped), repr(self.line.notes)))


def read(connector: Connector, settings: Mapping[str, Any], line: TrialLine, *, watch: float = WATCH) -> Trial:
    """Read the first target of a source in a thread of its own, and wait until that ended, but not for ever."""
    trial = Trial(line)

    def work() -> None:
        began = time.monotonic()
        try:
            target = next(iter(connector.targets(settings, line)), None)
            if target is None:
                raise LookupError("targets yields none")
            trial.fetched = True
            for part in connector.fetch(target, settings, line):
                trial.parts.append(part)
            trial.shaped = connector.shape(target, settings, trial.parts)
        except BaseException as error:  # It is judged by whoever asked for the trial.
            trial.error = error
        finally:
            trial.seconds = time.monotonic() - began

    thread = threading.Thread(target=work, daemon=True, name="trial")
    thread.start()
    thread.join(watch)
    trial.ended = not thread.is_alive()
    return trial


def let_out(text: str, secrets: Iterable[str]) -> Iterator[str]:
    """Yield what a text holds of credentials: one as a whole, or a line of it."""
    for secret in secrets:
        for line in {secret.strip(), *map(str.strip, secret.splitlines())}:
            if len(line) >= _LEAST_SECRET and not line.startswith("-----") and line in text:
                yield line
