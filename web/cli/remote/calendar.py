"""The calendar of changes, asked of a server."""

from __future__ import annotations

from collections.abc import Sequence

from cmdb.model.change import ChangeState
from cmdb.model.kind import Kind
from cmdb.records import from_document
from impact.questions.conflicts import COUNTED, ConflictsAnswer
from web.cli.remote import RemoteContext

_ANSWER = Kind(ConflictsAnswer, name="conflicts")


def conflicts_in(
    context: RemoteContext,
    *,
    since: str | None = None,
    until: str | None = None,
    down: Sequence[str] = (),
    states: Sequence[ChangeState] = COUNTED,
    moves: bool = True,
) -> ConflictsAnswer:
    query = {
        "from": since,
        "to": until,
        "down": list(down),
        "state": [state.value for state in states],
        "moves": str(moves).lower(),
    }
    return from_document(_ANSWER, context.server.get("calendar", "conflicts", **query).document)
