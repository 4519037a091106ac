"""
The circuit breaker: a target that nobody answered at in several runs is asked less and less often, not in each run.

After :data:`CLOSED` runs in a row it is left out for a while, then tried once; if it still does not answer, it is left
out for twice as long. It forgets when it is forgotten: at worst a target is asked that need not have been.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cmdb.context import Context
from discovery.ports import TargetError

CLOSED = 3
"""Runs in a row in which nobody answers before a target is left out."""
FIRST = timedelta(minutes=15)
LONGEST = timedelta(days=1)
_REMEMBERED = 30 * 86_400.0


class Away(NamedTuple):
    """A target nobody answered at: in how many runs in a row, and until when it is left out (None: it is not)."""

    target: str
    runs: int
    until: datetime | None


class TargetAway(TargetError):
    """The target was not asked, because nobody answered there in the last runs."""

    code = "target.away"
    sentence = "{target} was not asked: {reason}; it is tried again after {until}"

    def __init__(self, *, target: str, reason: str, until: str) -> None:
        super().__init__(target=target, reason=reason, until=until)


class Breaker:
    """
    The breaker of one source during one run; only the thread that has the context calls it.

    ``asks_all``: a person asked for the run, so every target is tried, those that were away once.
    """

    def __init__(self, context: Context, source: str, *, asks_all: bool) -> None:
        self._context = context
        self._name = _name(source)
        self._asks_all = asks_all
        self._runs = {each.target: each for each in away(context, source)}
        self._before = dict(self._runs)

    def refuse_away(self, target: str) -> None:
        """
        Return if the target is to be asked.

        Raises:
            TargetAway: not in this run.
        """
        found = self._before.get(target)
        now = self._context.clock.now()
        # A clock that was set back must not keep a target out for longer than it ever is.
        if found and found.until and not self._asks_all and now < found.until <= now + LONGEST:
            reason = f"nobody answered in the last {found.runs} runs"
            raise TargetAway(target=target, reason=reason, until=_text(found.until))

    def attempts(self, target: str, usual: int) -> int:
        """Return how often the target may be tried in this run."""
        found = self._before.get(target)
        return 1 if found is not None and found.until is not None else usual

    def silent(self, target: str) -> None:
        """Remember that nobody answered."""
        before = self._before.get(target)
        runs = 1 + (before.runs if before else 0)
        pause = min(LONGEST, FIRST * 2 ** min(runs - CLOSED, 32)) if runs >= CLOSED else None
        until = self._context.clock.now() + pause if pause else None
        self._runs[target] = Away(target, runs, until)

    def answered(self, target: str) -> None:
        """Remember that somebody did, whatever was said."""
        self._runs.pop(target, None)

    def keep(self, targets: Collection[str] | None) -> None:
        """Keep what was found, of ``targets`` alone if they are all there are."""
        kept = {key: each for key, each in self._runs.items() if targets is None or key in targets}
        if kept == self._before:
            return
        state = {each.target: [each.runs, each.until and _text(each.until)] for each in kept.values()}
        self._context.coordination.leave(self._name, state, seconds=_REMEMBERED)
        self._before, self._runs = kept, dict(kept)


def away(context: Context, source: str) -> list[Away]:
    """Return the targets of a source nobody answered at in its last run, by name; raises NotAllowed."""
    context.allow("source:read")
    left: dict[str, Any] = context.coordination.seen([_name(source)]).get(_name(source), {})
    return [
        Away(target, runs, datetime.fromisoformat(until) if until else None)
        for target, (runs, until) in sorted(left.items())
    ]


def _name(source: str) -> str:
    return f"away {source}"


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
