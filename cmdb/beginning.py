"""When a run may begin: limits that runs share, times that are closed to what nobody waits for, and why one waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cmdb.model.run import Run, Said

CLOCK = "clock"
"""Who asks for the runs that are due."""
HOOK = "hook:"
"""Who is called so, and then as what it asks for, asks because something outside called."""


class Limit(NamedTuple):
    """At most so many runs of all that share the limit's ``name`` go on at one time, wherever their workers are."""

    name: str
    most: int


class Closed(NamedTuple):
    """A job may not be begun by itself until then; ``stops``: nor may a run of it go on."""

    until: datetime
    stops: bool = False


def always_open(_: datetime) -> Closed | None:
    """Return None: a run may begin at any moment."""
    return None


def by_itself(run: Run) -> bool:
    """Tell whether a run was asked for by the clock or a call from outside, so that nobody waits for it."""
    return run.requested_by == CLOCK or run.requested_by.startswith(HOOK)


def waiting(said: Said) -> dict[str, Any]:
    """Return the progress of a run that may not begin now, and why."""
    return {"step": "wait", "done": 0, "why": [said.code, plain(said.facts)]}


def moment_text(moment: datetime) -> str:
    """
    Return a moment as runs tell it.

    >>> moment_text(datetime(2026, 3, 2, 2, 30, tzinfo=UTC))
    '2026-03-02T02:30:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(value: Any) -> Any:
    """Return a fact as JSON has it."""
    if value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and value - value == 0):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) and not hasattr(value, "_fields"):
        return [plain(inner) for inner in (value if isinstance(value, (list, tuple)) else sorted(value, key=str))]
    return str(value)
